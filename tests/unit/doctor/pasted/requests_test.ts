import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { judgePasted } from "../../../../lib/doctor/pasted/judge.ts";
import { loadWords } from "../../../../lib/words/words.ts";
import {
  BODY,
  found,
  GRANT,
  healthyCurl,
  healthyHttp,
  jwt,
  NOW,
  SIGNATURE,
  URL_,
} from "../../../testing/pasted_requests.ts";

const JWT = jwt();
const AUTH = `-H 'Authorization: Bearer ${JWT}'`;
const TYPE = "-H 'Content-Type: application/json'";
const DATA = `-d '${BODY}'`;
const withAuth = (header: string) => `curl ${URL_} -H $'${header}' ${TYPE} ${DATA}`;
const withBody = (body: string) => healthyCurl(JWT, body);
const withUrl = (url: string) => `curl -X POST ${url} ${AUTH} ${TYPE} ${DATA}`;

const HEALTHY: Record<string, string> = {
  "a masked JWT": healthyCurl("eyJhbGciOi..."),
  "curl": healthyCurl(),
  "HTTP": healthyHttp(),
  "a variable": healthyCurl("$JWT"),
  "a variable in braces": healthyCurl("${JWT}"),
  "a command": healthyCurl("$(coze-jwt sign)"),
  "a variable of cmd": healthyCurl("%JWT%"),
  "a placeholder": healthyCurl("<JWT>"),
  "a template": healthyHttp("{{jwt}}"),
  "a variable in HTTP": healthyHttp("$JWT"),
  "a variable in the address": healthyCurl(JWT, BODY, URL_).replace(`'${URL_}'`, '"$BASE/x$Y"')
    .replace("/x$Y", "/api/permission/oauth2/token"),
  "an address that is a variable": healthyCurl().replace(`'${URL_}'`, "$URL"),
  "an account": withUrl("https://api.coze.cn/api/permission/oauth2/account/77/token"),
  "an account in a variable": withUrl(
    "https://api.coze.cn/api/permission/oauth2/account/$ID/token",
  ),
  "an enterprise": withUrl("https://api.coze.cn/api/permission/oauth2/enterprise_id/v_1/token"),
  "a body in a file": `curl ${URL_} ${AUTH} ${TYPE} -d @body.json`,
  "a body in a variable": `curl ${URL_} ${AUTH} ${TYPE} -d "$BODY"`,
  "headers in a file": `curl ${URL_} -H @headers ${DATA}`,
  "a variable for the lifetime":
    `curl ${URL_} ${AUTH} ${TYPE} -d "{\\"grant_type\\":\\"${GRANT}\\",` +
    `\\"duration_seconds\\":$TTL}"`,
  "the charset": healthyCurl().replace("application/json", "application/json; charset=utf-8"),
  "--json": `curl ${URL_} ${AUTH} --json '${BODY}'`,
  "no duration": withBody(`{"grant_type":"${GRANT}"}`),
  "a scope": withBody(JSON.stringify({ "grant_type": GRANT, scope: { "account_permission": {} } })),
  "the emulator": healthyCurl(
    jwt({ aud: "127.0.0.1:8080" }),
    BODY,
    `http://127.0.0.1:8080${new URL(URL_).pathname}`,
  ),
  "quotes in HTTP": healthyHttp(JWT, `{"grant_type":"${GRANT}","note":"\\"a\\" \\n"}`),
  "English quotes around it": `“First”, it says, “run” – then:\n${healthyCurl()}`,
  "lower-case headers": healthyHttp().replace("Authorization:", "authorization:"),
};
for (const [name, text] of Object.entries(HEALTHY)) {
  Deno.test(`judgePasted() has nothing against ${name}`, () => assertEquals(found(text), []));
}

const FIRST = `curl ${URL_} -H 'Content-Type: application/x-www-form-urlencoded' ` +
  `-d 'grant_type=${encodeURIComponent(GRANT)}' -d 'assertion=${
    jwt({ scope: "[]", aud: "https://api.coze.cn" })
  }'`;

/** Requests with one mistake, by its code and reason. */
const WRONG: Record<string, string[]> = {
  "wire-assertion-in-body.form, wire-body-invalid.form, wire-claims-invalid.audience": [FIRST],
  "wire-no-bearer.absent": [
    `curl ${URL_} ${TYPE} ${DATA}`,
    withAuth(`X-Token: ${JWT}`),
    `curl ${URL_} -u me:secret ${TYPE} ${DATA}`,
    withAuth(`Authorization Bearer ${JWT}`),
  ],
  "wire-no-bearer.empty": [withAuth("Authorization: Bearer ")],
  "wire-bearer-malformed.basic": [withAuth("Authorization: Basic eDp5")],
  "wire-bearer-malformed.scheme": [withAuth(`Authorization: ${JWT}`)],
  "wire-bearer-malformed.no-blank": [withAuth(`Authorization: Bearer${JWT}`)],
  "wire-bearer-malformed.blanks": [
    withAuth(`Authorization: Bearer  ${JWT}`),
    withAuth(`Authorization: Bearer\\t${JWT}`),
  ],
  "? wire-bearer-malformed.case": [withAuth(`Authorization: bearer ${JWT}`)],
  "wire-bearer-malformed.doubled": [withAuth(`Authorization: Bearer Bearer ${JWT}`)],
  "wire-bearer-malformed.quotes": [
    withAuth(`Authorization: Bearer "${JWT}`),
    withUrl(URL_).replace(JWT, `'\\''${JWT}'\\''`),
  ],
  "wire-bearer-malformed.control": [
    withAuth(`Authorization: Bearer ${JWT}\\n`),
    healthyHttp(`${JWT.slice(0, 80)}\n${JWT.slice(80)}`),
  ],
  "wire-bearer-malformed.trailing": [withAuth(`Authorization: Bearer ${JWT} `)],
  "wire-bearer-malformed.inside": [withAuth(`Authorization: Bearer ${JWT.replace(".", ". ")}`)],
  "wire-bearer-malformed.invisible": [
    withAuth(`Authorization: Bearer \u200b${JWT}`),
    withAuth(`Authorization: Bearer\u00a0${JWT}`),
  ],
  "wire-bearer-malformed.name": [withAuth(`Author\u200bization: Bearer ${JWT}`)],
  "wire-bearer-malformed.twice": [`${healthyCurl(JWT)} ${AUTH}`],
  "wire-not-an-assertion.token": [healthyCurl("pat_abcdefghijkl")],
  "wire-not-an-assertion.segments": [healthyCurl("YWJj.YWJj")],
  "wire-not-an-assertion.encoding": [healthyCurl("a!b.c.d")],
  "wire-not-an-assertion.literal": [withUrl(URL_).replace(JWT, "$JWT")],
  "wire-assertion-in-body.json": [
    `curl ${URL_} ${TYPE} -d '{"grant_type":"${GRANT}","assertion":"${JWT}"}'`,
    `fetch("${URL_}", { method: "POST", body: JSON.stringify({ grant_type: "${GRANT}", assertion }) })`,
  ],
  "wire-assertion-in-body.form": [withUrl(`'${URL_}?assertion=${JWT}'`)],
  "wire-body-invalid.none": [`curl -X POST ${URL_} ${AUTH} ${TYPE}`],
  "wire-body-invalid.multipart": [`curl ${URL_} ${AUTH} -F grant_type=${GRANT}`],
  "wire-wrong-endpoint.method, wire-body-invalid.query": [
    `curl -G ${URL_} ${AUTH} ${TYPE} ${DATA}`,
  ],
  "wire-body-invalid.form": [withBody(`grant_type=${GRANT}`)],
  "wire-body-invalid.client-type": [`curl ${URL_} ${AUTH} ${DATA}`, `curl ${URL_} ${AUTH} -d @x`],
  "wire-body-invalid.no-type": [healthyHttp().replace(/Content-Type.*\r\n/, "")],
  "wire-body-invalid.type": [healthyCurl().replace("application/json", "text/plain")],
  "wire-body-invalid.unquoted": [`curl ${URL_} ${AUTH} ${TYPE} -d {"grant_type":"${GRANT}"}`],
  "wire-body-invalid.single-quotes": [
    healthyHttp(JWT, `{'a':1}`),
    `C:\\x>curl ${URL_} ${AUTH.replaceAll("'", '"')} ${TYPE.replaceAll("'", '"')} ${DATA}`,
  ],
  "wire-body-invalid.syntax": [
    withBody(`{"grant_type":"${GRANT}",}`),
    withBody(`{"grant_type":"${GRANT}"`),
    withBody(`{"grant_type":"${GRANT}" "a":1}`),
    withBody("[]"),
  ],
  "wire-body-invalid.grant": [
    withBody(`{"grant_type":"client_credentials"}`),
    withBody(`{"grant_type":1}`),
  ],
  "wire-body-invalid.no-grant": [withBody("{}")],
  "wire-wrong-endpoint.method": [
    withUrl(URL_).replace("POST", "GET"),
    withUrl(URL_).replace("POST", "post"),
  ],
  "wire-wrong-endpoint.missing": [`curl -X POST ${AUTH} ${TYPE} ${DATA}`],
  "wire-wrong-endpoint.none": [withUrl("https://api.coze.cn")],
  "wire-wrong-endpoint.other": [withUrl("https://api.coze.cn/v1/token"), withUrl(`${URL_}/`)],
  "base-url-not-api.host": [withUrl(URL_.replace("api.", "www."))],
  "base-url-lookalike": [withUrl(URL_.replace("coze", "c0ze"))],
  "base-url-insecure.http": [withUrl(URL_.replace("https", "http")), withUrl(URL_.slice(8))],
  "base-url-insecure.user-info": [withUrl(URL_.replace("//", "//me:pw@"))],
  "wire-claims-invalid.audience": [
    withUrl(URL_.replace(".cn", ".com")),
    healthyCurl(jwt({ aud: URL_ })),
    healthyCurl(jwt({ aud: ["api.coze.cn"] })),
  ],
  "wire-claims-invalid.members": [
    healthyCurl(jwt({ aud: undefined })),
    healthyCurl(jwt({ iat: NOW, exp: NOW + 6e5 })),
    healthyCurl(jwt({}, { alg: "HS256" })),
    healthyCurl(jwt({ scope: "a" })),
  ],
  "wire-claims-invalid.padding": [healthyCurl(JWT.replace(".", "=."))],
  "duration-out-of-range.range": [
    withBody(BODY.replace("900", "86400")),
    withBody(BODY.replace("900", "0")),
    withBody(BODY.replace("900", "0.5")),
  ],
  "duration-out-of-range.string": [withBody(BODY.replace("900", '"900"'))],
};
for (const [expected, texts] of Object.entries(WRONG)) {
  Deno.test(`judgePasted() finds ${expected}`, () => {
    for (const text of texts) assertEquals(found(text).join(", "), expected);
  });
}

Deno.test("judgePasted() has words for each reason, in both languages", async () => {
  for (const language of ["en", "zh"] as const) {
    const words: Readonly<Record<string, string>> = await loadWords(language);
    for (const reason of Object.keys(WRONG).flatMap((found) => found.split(", "))) {
      const key = reason.replace("? ", "").replace(".", ".evidence.");
      assert(key in words || !reason.includes("."), `${language} ${reason}`);
    }
  }
});

/** What the corrected request keeps and leaves out. */
const CORRECTED: [name: string, text: string, has: string, hasNot?: string][] = [
  ["the region", `curl ${URL_.replace(".cn", ".com")}`, "//api.coze.com/"],
  ["the region of the console", "curl https://www.coze.com/x", "'https://api.coze.com/api/"],
  ["the host of a lookalike", "curl https://api.coze.cm/x", "'https://api.coze.c"],
  ["https", "curl http://api.coze.com", "'https://api.coze.com/api/"],
  ["an account", `curl ${URL_.replace("token", "account/77/token/")}`, "/account/77/token'"],
  ["a lifetime", `curl ${URL_} -d duration_seconds=60`, '"duration_seconds":60'],
  ["a variable", `curl ${URL_} -H 'Authorization: Bearer $T'`, '"Authorization: Bearer $T"'],
  ["a variable in the body", `curl ${URL_} -d "assertion=$MY_JWT"`, "Bearer $MY_JWT"],
  ["no JWT", `curl ${URL_} -d assertion=${JWT}`, "Bearer <JWT>", SIGNATURE.slice(0, 20)],
  ["no password", "curl https://me:pw@api.coze.cn/x", "'https://api.coze.cn/", "pw"],
  ["no wrong lifetime", withBody(BODY.replace("900", "86400")), ":900", "86400"],
];
for (const [name, text, has, hasNot] of CORRECTED) {
  Deno.test(`judgePasted() corrects a request with ${name}`, () => {
    const { corrected = "" } = judgePasted(text, { now: NOW });
    assertStringIncludes(corrected, has);
    assert(hasNot === undefined || !corrected.includes(hasNot), corrected);
    assertEquals(found(corrected), []);
  });
}

Deno.test("judgePasted() says what it could not judge", () => {
  const unjudged = (text: string) => judgePasted(text, { now: NOW }).unjudged;
  assertEquals(unjudged(healthyCurl()), []);
  assertEquals(unjudged(healthyCurl("$JWT")), ["jwt"]);
  assertEquals(unjudged(withUrl(URL_).replace(JWT, "$JWT")), []);
  assertEquals(unjudged(`curl ${URL_} -H @h -d @b`), ["headers", "body"]);
});
