import { assert, assertEquals } from "@std/assert";
import { judgePasted as judgeInWords } from "../../../../lib/doctor/mod.ts";
import { readAnswer } from "../../../../lib/doctor/pasted/answer.ts";
import { judgePasted } from "../../../../lib/doctor/pasted/judge.ts";
import { BODY, found, healthyCurl, jwt, NOW, URL_ } from "../../../testing/pasted_requests.ts";

const KID = "_v0VjcMlLdQc3tRTD3jC5Xz29TUnKQOhtuD5k-gpyf4";
const OTHER_KID = "invalid jwt: kid not been registred";
const EMPTY = '{"error":"invalid_client","error_message":"invalid jwt: empty jwt token"}';
const PEM =
  "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n-----END PRIVATE KEY-----";
const UNKNOWN_KID = ["wrong-region.unasked", "key-id-unknown.said"];
const encoded = (value: unknown) => btoa(JSON.stringify(value));
const PROJECT = `${encoded({ alg: "RS256" })}.${
  encoded({
    iss: "https://api.coze.cn",
    aud: ["x"],
    sub: "spiffe://api.coze.cn/workload_identity/1",
  })
}.${"aB3_".repeat(85)}`;
const BLOG = `curl –location ‘${URL_}’ —header “Authorization: Bearer ${jwt()}” ` +
  `–header ‘Content-Type: application/json’ –data ‘${BODY.replace(/"(.*?)"/g, "“$1”")}’`;
const api = (token: string, path = "/v3/chat") =>
  `curl https://api.coze.cn${path} -H "Authorization: Bearer ${token}" -d '{"bot_id":"1"}'`;

const TEXTS: [name: string, text: string, kind: string, found: string[]][] = [
  ["an error body", EMPTY, "answer", ["wire-no-bearer"]],
  [
    "a log line of coze-go",
    `HttpCode: 401, Code: invalid_client, Message: ${OTHER_KID}, LogID: 20251127`,
    "answer",
    UNKNOWN_KID,
  ],
  [
    "cozepy",
    `cozepy.exception.CozeAPIError: msg: ${OTHER_KID}, logid: 2025`,
    "answer",
    UNKNOWN_KID,
  ],
  ["coze-js", "AuthenticationError: logid: 2025112710", "answer", ["client-refused"]],
  [
    "requests",
    `requests.exceptions.HTTPError: 401 Client Error: Unauthorized for url: ${URL_}`,
    "answer",
    ["client-refused"],
  ],
  ["4100", '{"code":4100,"msg":"authentication is invalid"}', "answer", ["token-invalid"]],
  ["4101", '{"code":4101,"msg":"Your token … createBot. Please"}', "answer", [
    "permission-missing",
  ]],
  [
    "the other 4101",
    '{"code":4101,"msg":"The token you entered is incorrect"}',
    "answer",
    ["token-invalid"],
  ],
  ["429", "HTTP/1.1 429 Too Many Requests\n\n{}", "answer", ["rate-limited"]],
  ["a token", '{"access_token":"czs_abcdefgh","expires_in":1}', "answer", [
    "# secret-pasted.answer",
  ]],
  [
    "curl -v",
    `> POST /api/permission/oauth2/token HTTP/2\n> Host: api.coze.cn\n> Content-Type: ` +
    `application/json\n> Authorization: Bearer ${jwt()}\n>\n< HTTP/2 401\n< x-tt-logid: 2025\n<\n` +
    `{"error":"invalid_client","error_message":"${OTHER_KID}"}`,
    "request-with-answer",
    UNKNOWN_KID,
  ],
  [
    "an answer that the request explains",
    `curl ${URL_} -H 'Content-Type: application/json' -d '${BODY}'\n${EMPTY}`,
    "request-with-answer",
    ["wire-no-bearer.absent"],
  ],
  ["a blog", BLOG, "token-request", ["wire-typography.count"]],
  ["an API call", api("pat_abcdefghijkl"), "api-call", []],
  ["an API call of the console", api("$T").replace("api.", "www."), "api-call", [
    "base-url-not-api.host",
  ]],
  ["an API call, Bearer twice", api("Bearer czs_abcdefgh"), "api-call", [
    "wire-bearer-malformed.doubled",
  ]],
  ["an API call without a token", "curl https://api.coze.cn/v1/workspaces", "api-call", [
    "wire-no-bearer.call",
  ]],
  ["an API call with a JWT", api(jwt()), "api-call", ["token-invalid.assertion"]],
  ["an API call with a project token", api(PROJECT), "api-call", ["token-invalid.project"]],
  ["a project token", PROJECT, "project-token-or-call", []],
  ["a project call", api("$T").replace("api.coze.cn", "x1.coze.site"), "project-token-or-call", []],
  ["an exchange of a project token", healthyCurl(PROJECT), "token-request", [
    "wire-not-an-assertion.project",
  ]],
  ["a JWT", jwt(), "assertion", []],
  ["a JWT in b'…'", `b'${jwt()}'`, "assertion", []],
  ["a JWT in JSON", `{"jwt": "${jwt()}"}`, "assertion", []],
  ["a JWT in lines", jwt().replace(/.{76}/g, "$&\n"), "assertion", []],
  ["a JWT in percent", jwt().replaceAll(".", "%2E"), "assertion", ["wire-claims-invalid.percent"]],
  ["a JWT with padding", jwt().replaceAll(".", "=."), "assertion", ["wire-claims-invalid.padding"]],
  ["base64 in the signature", jwt().replaceAll("aB3_", "aB3/"), "assertion", [
    "wire-claims-invalid.alphabet",
  ]],
  ["a JWT that ended", jwt({ iat: 1, exp: 601 }), "assertion", ["# wire-claims-invalid.expired"]],
  ["a request with it", healthyCurl(jwt({ iat: 1, exp: 601 })), "token-request", [
    "? wire-claims-invalid.expired",
  ]],
  ["a time zone", jwt({ iat: NOW / 1000 + 28_800, exp: NOW / 1000 + 29_400 }), "assertion", [
    "wire-claims-invalid.members",
  ]],
  ["a number as session", jwt({ session_name: 5 }), "assertion", ["wire-claims-invalid.members"]],
  ["HS256, a list", jwt({ aud: ["api.coze.cn"] }, { alg: "HS256" }), "assertion", [
    "wire-claims-invalid.audience",
  ]],
  ["the App ID as key id", jwt({ iss: KID }, { kid: "1127900106117" }), "assertion", [
    "ids-swapped",
  ]],
  ["half a JWT", jwt().slice(0, 150), "assertion", ["wire-not-an-assertion.cut"]],
  ["a masked JWT", `${jwt().slice(0, 60)}...`, "assertion", ["? wire-not-an-assertion.masked"]],
  [
    "another service's JWT",
    `${encoded({ alg: "HS256" })}.${encoded({ sub: "u" })}.sig`,
    "assertion",
    [
      "wire-not-an-assertion.foreign",
    ],
  ],
  ["an access token", "pat_abcdefghijkl", "access-token", ["wire-not-an-assertion.token-pat"]],
  ["a header of one", "'Authorization: Bearer czu_abcdefghijkl'", "access-token", [
    "wire-not-an-assertion.token-czu",
  ]],
  ["a program with one", 'const token = "cztei_abcdefghijkl";', "access-token", [
    "# wire-not-an-assertion.token-cztei",
  ]],
  [
    "the authorize page",
    "https://www.coze.cn/api/permission/oauth2/authorize?response_type=code",
    "web-flow",
    ["? config-wrong-client-type.flow"],
  ],
  ["a private key", PEM, "private-key", ["? secret-pasted.key"]],
  ["a fingerprint", KID, "settings", []],
  ["an App ID", "1127900106117", "settings", []],
  ["a client id", "5772304302.app.coze", "settings", ["client-id-is-web-client"]],
  ["a .env", `COZE_CLIENT_ID=1127900106117\nCOZE_KEY_ID=${KID}\n`, "settings", []],
  ["swapped ids", `COZE_APP_ID=${KID}\nCOZE_KEY_ID=1127900106117`, "settings", ["ids-swapped"]],
  [
    "the file of a web app",
    '{"client_type":"web","client_id":"57.app.coze","coze_api_base":"https://api.coze.cn"}',
    "settings",
    ["config-wrong-client-type"],
  ],
  ["claims", '{"iss":"1","aud":"https://api.coze.cn","iat":1795467705,"exp":1}', "settings", [
    "wire-claims-invalid.audience",
  ]],
  ["prose", "我用了“Authorization: Bearer”请求头——还是 401：怎么办？", "none", []],
  ["another service", "curl https://api.example.com/v1/x -H 'Authorization: Bearer y'", "none", []],
];
for (const [name, text, kind, expected] of TEXTS) {
  Deno.test(`judgePasted() knows ${name}`, () => {
    assertEquals([judgePasted(text, { now: NOW }).kind, ...found(text)], [kind, ...expected]);
  });
}

Deno.test("judgePasted() goes by the host that is given for a JWT alone", () => {
  const { findings } = judgePasted(jwt(), { host: "api.coze.com", now: NOW });
  assertEquals(findings[0]?.details.host, "api.coze.com");
});

Deno.test("judgePasted() judges the call that asks for the token, and knows its lines", () => {
  const text = `${healthyCurl().replace("Bearer ", "Bearer")}\n\n${api("Bearer Bearer x")}\n`;
  const { findings: [finding], kind } = judgePasted(`\n${text}`, { now: NOW });
  assertEquals([kind, finding?.code, finding?.place?.line], [
    "token-request",
    "wire-bearer-malformed",
    2,
  ]);
});

Deno.test("judgePasted() of doctor describes the findings, in both languages", () => {
  const now = () => NOW;
  const text = `\ncurl ${URL_} -d assertion=$JWT`;
  const [en] = judgeInWords(text, { now });
  assertEquals([en?.code, en?.place?.line], ["wire-assertion-in-body", 2]);
  assertEquals(en?.place?.excerpt, `curl ${URL_} -d assertion=$JWT`);
  const [zh] = judgeInWords(text, { now, language: "zh" });
  assert(/\p{Script=Han}/u.test(zh!.title + zh!.fix + zh!.evidence[0]));
});

Deno.test("judgePasted() shows no line of a key that stands alone (security 12)", () => {
  const line = "xawG69xOOdEdOWF96cxOfX4z+9H3t890r3JrV6yZ0e7hAZ8l9FfJ4qCu7XypoAb";
  for (const text of [`Bearer ${line}`, `curl ${URL_} -d ${line}`, `${PEM}\n${line}`]) {
    assert(!JSON.stringify(judgeInWords(text)).includes(line.slice(0, 20)));
  }
});

const ANSWERS: [text: string, answer: unknown][] = [
  ["hello", undefined],
  [`code: 4101, msg: does not have permission to access x, logid: 2025112710`, {
    errorCode: "4101",
    message: "does not have permission to access x",
    logId: "2025112710",
  }],
  [`HTTP/1.1 401\nX-Tt-Logid: 2025112710\n\n${EMPTY}`, {
    status: 401,
    errorCode: "invalid_client",
    message: "invalid jwt: empty jwt token",
    logId: "2025112710",
  }],
];
for (const [text, answer] of ANSWERS) {
  Deno.test(`readAnswer() reads ${text.slice(0, 30)}`, () => {
    const { hasToken: _, ...read } = readAnswer(text) ?? { hasToken: false };
    assertEquals(JSON.stringify(read), JSON.stringify(answer ?? {}));
  });
}
