import { assertEquals } from "@std/assert";
import { parsePasted, type PastedRequest } from "../../../../lib/doctor/pasted/pasted_request.ts";
import { judgeRequest } from "../../../../lib/doctor/pasted/rules.ts";
import { CozeError } from "../../../../lib/error.ts";
import { assertLinear } from "../../../testing/growth.ts";
import { BODY, healthyHttp, jwt, NOW, URL_ } from "../../../testing/pasted_requests.ts";

const JWT = jwt();
const SIZE = 8192;

/** What a request says, without where it stood. */
function model({ method, url, headers, body, bodyKind }: PastedRequest) {
  return {
    method: method.text,
    url: url?.text,
    headers: headers.map(({ name, value }) => `${name.text}: ${value.text}`)
      .filter((line) => /^(?:auth|content-type)/i.test(line)).sort(),
    body: body?.text,
    bodyKind,
  };
}

const AUTH = `Authorization: Bearer ${JWT}`;
const TYPE = "Content-Type: application/json";
const ESCAPED = BODY.replaceAll('"', '\\"');
const SPELLINGS: Record<string, string> = {
  "single quotes": `curl -X POST '${URL_}' -H '${AUTH}' -H '${TYPE}' -d '${BODY}'`,
  "double quotes": `curl -X POST "${URL_}" -H "${AUTH}" -H "${TYPE}" -d "${ESCAPED}"`,
  "dollar quotes": `curl ${URL_} -H $'${AUTH}' -H $'${TYPE}' --data-raw $'${
    BODY.replaceAll('"', "\\x22").replaceAll("{", "\\u007b")
  }'`,
  "backslashes": `curl ${URL_} -H ${AUTH.replaceAll(" ", "\\ ")} -H ${
    TYPE.replaceAll(" ", "\\ ")
  } -d ${BODY.replace(/["{}]/g, "\\$&")}`,
  "line continuation": `curl --request POST \\\n  --url ${URL_} \\\n  --header '${AUTH}' \\\n` +
    `  --header '${TYPE}' \\\n  --data '${BODY}'\n`,
  "lost continuation": `curl ${URL_}\n  -H '${AUTH}'\n  -H '${TYPE}'\n  -d '${BODY}'`,
  "glued": `curl -XPOST -H'${AUTH}' -H'${TYPE}' -sSLd'${BODY}' ${URL_}`,
  "equals": `curl --request=POST --header='${AUTH}' --header='${TYPE}' --data-binary='${BODY}' ` +
    `--url=${URL_}`,
  "prompt and pipe": `$ curl.exe -s ${URL_} -H '${AUTH}' -H '${TYPE}' -d '${BODY}' | jq .`,
  "oauth2-bearer": `curl --oauth2-bearer ${JWT} ${URL_} -H '${TYPE}' -d '${BODY}'`,
  "parts": `curl ${URL_} -H "Authorization: Bearer "'${JWT.slice(0, 9)}'"${JWT.slice(9)}" ` +
    `-H '${TYPE}' -d '${BODY}'`,
  "other options": `curl -o out.json -A agent -e ref -b a=b -c jar -x proxy:1 -m 10 -w '%{x}' ` +
    `--connect-timeout 5 --cacert ca.pem --resolve a:1:b -k -v --compressed ${URL_} ` +
    `-H '${AUTH}' -H '${TYPE}' -d '${BODY}'`,
  "data in two parts": `curl ${URL_} -H '${AUTH}' -H '${TYPE}' --json '${BODY.slice(0, 20)}' ` +
    `--json '${BODY.slice(20)}'`,
  "cmd": `curl ^"${URL_}^" ^\r\n  -H ^"${AUTH}^" ^\r\n  -H ^"${TYPE}^" ^\r\n  --data-raw ^"${
    BODY.replace(/["]/g, '^\\^"').replace(/[{}]/g, "^$&")
  }^"`,
  "PowerShell": `curl.exe -X POST \`\n  "${URL_}" \`\n  -H '${AUTH}' \`\n  -H '${TYPE}' \`\n` +
    `  -d '${ESCAPED}'`,
  "HTTP": `POST ${URL_} HTTP/1.1\r\n${AUTH}\r\n${TYPE}\r\n\r\n${BODY}\r\n`,
  "HTTP with Host": healthyHttp(JWT),
  "HTTP with LF": healthyHttp(JWT).replaceAll("\r", ""),
  "HTTP without version": `POST ${URL_}\n${TYPE}\n${AUTH}\n\n${BODY}`,
};
for (const [name, text] of Object.entries(SPELLINGS)) {
  Deno.test(`parsePasted() reads the same request in ${name}`, () => {
    assertEquals(model(parsePasted(text)!), {
      method: "POST",
      url: URL_,
      headers: [AUTH, TYPE],
      body: BODY,
      bodyKind: "text",
    });
  });
}

Deno.test("parsePasted() reads what curl -v shows", () => {
  const text = `* Connected\n> POST /api/permission/oauth2/token HTTP/1.1\n> Host: api.coze.cn\n` +
    `> ${AUTH}\n> ${TYPE}\n> Content-Length: 80\n>\n< HTTP/1.1 401\n< x: y\n`;
  const read = model(parsePasted(text)!);
  assertEquals([read.url, read.bodyKind, read.headers], [URL_, "unknown", [AUTH, TYPE]]);
});

const DATA: [options: string, method: string, kind: string, body: string | undefined][] = [
  ["", "GET", "none", undefined],
  ["-I", "HEAD", "none", undefined],
  ["-d a -d b", "POST", "text", "a&b"],
  ["-G -d a", "GET", "query", "a"],
  ["-d @file", "POST", "unknown", "@file"],
  ["--data-raw @x", "POST", "text", "@x"],
  ["--data-urlencode 'a=b c&d'", "POST", "text", "a=b%20c%26d"],
  ["--data-urlencode '=b=c'", "POST", "text", "b%3Dc"],
  ["--data-urlencode 'b c'", "POST", "text", "b%20c"],
  ["--data-urlencode a@file", "POST", "unknown", "a@file"],
  ["--data-urlencode @file", "POST", "unknown", "@file"],
  ["-F a=b", "POST", "multipart", "a=b"],
  ["-T file", "POST", "unknown", "file"],
  ["-X PUT -d a", "PUT", "text", "a"],
  ['-d "$BODY"', "POST", "unknown", "\ufffc"],
];
for (const [options, method, kind, body] of DATA) {
  Deno.test(`parsePasted() knows what curl sends with ${options || "no data"}`, () => {
    const read = model(parsePasted(`curl ${options} ${URL_}`)!);
    assertEquals([read.method, read.bodyKind, read.body, read.url], [method, kind, body, URL_]);
  });
}

Deno.test("parsePasted() takes neither prose nor a JWT for a request", () => {
  for (const text of ["hello", JWT, "use curl here", "curlew x", "POST", "", "we POST /x"]) {
    assertEquals(parsePasted(text), undefined, text);
  }
});

const PIECES = [
  '"',
  " ",
  "$(",
  "'",
  '\\"',
  "`",
  "${a",
  "\n",
  " -",
  "^\n",
  "eyJ",
  "$(a",
  ";a=",
  "%2",
];
Deno.test("parsePasted() and judgeRequest() take twice the time for twice the text", async () => {
  for (const piece of PIECES) {
    const wraps = [
      (text: string) => `curl ${text}`,
      (text: string) => `curl "${text}"`,
      (text: string) => `curl -d '${text}'`,
      (text: string) => `curl -H 'Authorization: ${text}.'`,
      (text: string) => `POST / HTTP/1.1\n${text}`,
    ];
    for (const wrap of wraps) {
      await assertLinear(
        (size) => wrap(piece.repeat(size / piece.length)),
        (text) => {
          try {
            const request = parsePasted(text);
            if (request) judgeRequest(request, "api.coze.cn", NOW);
          } catch (error) {
            if (!(error instanceof CozeError)) throw error;
          }
        },
        SIZE,
        wrap(piece),
      );
    }
  }
});
