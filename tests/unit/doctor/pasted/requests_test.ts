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
  "lower-case headers": healthyHttp().replace("Authorization:", "authorization:"),
};
for (const [name, text] of Object.entries(HEALTHY)) {
  Deno.test(`judgePasted() has nothing against ${name}`, () => assertEquals(found(text), []));
}

const FIRST = `curl ${URL_} -H 'Content-Type: application/x-www-form-urlencoded' ` +
  `-d 'grant_type=${encodeURIComponent(GRANT)}' -d 'assertion=${
    jwt({ scope: "[]", aud: "https://api.coze.cn" })
  }'`;

const WRONG: [name: string, text: string, found: string[]][] = [
  ["the common first attempt", FIRST, [
    "wire-assertion-in-body.form",
    "wire-body-invalid.form",
    "wire-claims-invalid.audience",
  ]],
  ["no header", `curl ${URL_} ${TYPE} ${DATA}`, ["wire-no-bearer.absent"]],
  ["another header", withAuth(`X-Token: ${JWT}`), ["wire-no-bearer.absent"]],
  ["an empty header", withAuth("Authorization: Bearer "), ["wire-no-bearer.empty"]],
  ["-u", `curl ${URL_} -u me:secret ${TYPE} ${DATA}`, ["wire-no-bearer.absent"]],
  ["Basic", withAuth("Authorization: Basic eDp5"), ["wire-bearer-malformed.basic"]],
  ["no scheme", withAuth(`Authorization: ${JWT}`), ["wire-bearer-malformed.scheme"]],
  ["no blank", withAuth(`Authorization: Bearer${JWT}`), ["wire-bearer-malformed.no-blank"]],
  ["two blanks", withAuth(`Authorization: Bearer  ${JWT}`), ["wire-bearer-malformed.blanks"]],
  ["a tab", withAuth(`Authorization: Bearer\\t${JWT}`), ["wire-bearer-malformed.blanks"]],
  ["bearer", withAuth(`Authorization: bearer ${JWT}`), ["? wire-bearer-malformed.case"]],
  ["Bearer twice", withAuth(`Authorization: Bearer Bearer ${JWT}`), [
    "wire-bearer-malformed.doubled",
  ]],
  ["quotes", withAuth(`Authorization: Bearer "${JWT}`), ["wire-bearer-malformed.quotes"]],
  ["a newline", withAuth(`Authorization: Bearer ${JWT}\\n`), ["wire-bearer-malformed.control"]],
  ["a trailing blank", withAuth(`Authorization: Bearer ${JWT} `), [
    "wire-bearer-malformed.trailing",
  ]],
  ["a blank inside", withAuth(`Authorization: Bearer ${JWT.replace(".", ". ")}`), [
    "wire-bearer-malformed.inside",
  ]],
  ["a zero-width space", withAuth(`Authorization: Bearer \u200b${JWT}`), [
    "wire-bearer-malformed.invisible",
  ]],
  ["a no-break space", withAuth(`Authorization: Bearer\u00a0${JWT}`), [
    "wire-bearer-malformed.invisible",
  ]],
  ["a zero-width space in the name", withAuth(`Author\u200bization: Bearer ${JWT}`), [
    "wire-bearer-malformed.name",
  ]],
  ["no colon", withAuth(`Authorization Bearer ${JWT}`), ["wire-no-bearer.absent"]],
  ["the header twice", `${healthyCurl(JWT)} ${AUTH}`, ["wire-bearer-malformed.twice"]],
  ["a wrapped line", healthyHttp(`${JWT.slice(0, 80)}\n${JWT.slice(80)}`), [
    "wire-bearer-malformed.control",
  ]],
  ["an access token", healthyCurl("pat_abcdefghijkl"), ["wire-not-an-assertion.token"]],
  ["two segments", healthyCurl("YWJj.YWJj"), ["wire-not-an-assertion.segments"]],
  ["no base64url", healthyCurl("a!b.c.d"), ["wire-not-an-assertion.encoding"]],
  ["a variable in single quotes", withUrl(URL_).replace(JWT, "$JWT"), [
    "wire-not-an-assertion.literal",
  ]],
  [
    "assertion in JSON",
    `curl ${URL_} ${TYPE} -d '{"grant_type":"${GRANT}","assertion":"${JWT}"}'`,
    ["wire-assertion-in-body.json"],
  ],
  ["assertion in the address", withUrl(`'${URL_}?assertion=${JWT}'`), [
    "wire-assertion-in-body.form",
  ]],
  ["no body", `curl -X POST ${URL_} ${AUTH} ${TYPE}`, ["wire-body-invalid.none"]],
  ["-F", `curl ${URL_} ${AUTH} -F grant_type=${GRANT}`, ["wire-body-invalid.multipart"]],
  ["-G", `curl -G ${URL_} ${AUTH} ${TYPE} ${DATA}`, [
    "wire-wrong-endpoint.method",
    "wire-body-invalid.query",
  ]],
  ["a form", withBody(`grant_type=${GRANT}`), ["wire-body-invalid.form"]],
  ["no type", `curl ${URL_} ${AUTH} ${DATA}`, ["wire-body-invalid.client-type"]],
  ["no type and a file", `curl ${URL_} ${AUTH} -d @x`, ["wire-body-invalid.client-type"]],
  ["no type in HTTP", healthyHttp().replace(/Content-Type.*\r\n/, ""), [
    "wire-body-invalid.no-type",
  ]],
  ["another type", healthyCurl().replace("application/json", "text/plain"), [
    "wire-body-invalid.type",
  ]],
  ["no quotes left", `curl ${URL_} ${AUTH} ${TYPE} -d {"grant_type":"${GRANT}"}`, [
    "wire-body-invalid.unquoted",
  ]],
  ["single quotes in JSON", healthyHttp(JWT, `{'a':1}`), ["wire-body-invalid.single-quotes"]],
  ["a comma too many", withBody(`{"grant_type":"${GRANT}",}`), ["wire-body-invalid.syntax"]],
  ["an end too early", withBody(`{"grant_type":"${GRANT}"`), ["wire-body-invalid.syntax"]],
  ["no JSON", withBody(`{"grant_type":"${GRANT}" "a":1}`), ["wire-body-invalid.syntax"]],
  ["a list", withBody("[]"), ["wire-body-invalid.syntax"]],
  ["another grant", withBody(`{"grant_type":"client_credentials"}`), ["wire-body-invalid.grant"]],
  ["a grant that is no text", withBody(`{"grant_type":1}`), ["wire-body-invalid.grant"]],
  ["no grant", withBody("{}"), ["wire-body-invalid.no-grant"]],
  ["GET", withUrl(URL_).replace("POST", "GET"), ["wire-wrong-endpoint.method"]],
  ["post", withUrl(URL_).replace("POST", "post"), ["wire-wrong-endpoint.method"]],
  ["no address", `curl -X POST ${AUTH} ${TYPE} ${DATA}`, ["wire-wrong-endpoint.missing"]],
  ["the host alone", withUrl("https://api.coze.cn"), ["wire-wrong-endpoint.none"]],
  ["another path", withUrl("https://api.coze.cn/v1/token"), ["wire-wrong-endpoint.other"]],
  ["a slash too many", withUrl(`${URL_}/`), ["wire-wrong-endpoint.other"]],
  ["the console", withUrl(URL_.replace("api.", "www.")), ["base-url-not-api.host"]],
  ["a lookalike", withUrl(URL_.replace("coze", "c0ze")), ["base-url-lookalike"]],
  ["http", withUrl(URL_.replace("https", "http")), ["base-url-insecure.http"]],
  ["no scheme in the address", withUrl(URL_.slice(8)), ["base-url-insecure.http"]],
  ["a password in the address", withUrl(URL_.replace("//", "//me:pw@")), [
    "base-url-insecure.user-info",
  ]],
  ["the other region", withUrl(URL_.replace(".cn", ".com")), ["wire-claims-invalid.audience"]],
  ["a URL as aud", healthyCurl(jwt({ aud: URL_ })), ["wire-claims-invalid.audience"]],
  ["a list as aud", healthyCurl(jwt({ aud: ["api.coze.cn"] })), ["wire-claims-invalid.audience"]],
  ["no aud", healthyCurl(jwt({ aud: undefined })), ["wire-claims-invalid.members"]],
  ["milliseconds", healthyCurl(jwt({ iat: NOW, exp: NOW + 6e5 })), ["wire-claims-invalid.members"]],
  ["HS256", healthyCurl(jwt({}, { alg: "HS256" })), ["wire-claims-invalid.members"]],
  ["padding", healthyCurl(JWT.replace(".", "=.")), ["wire-claims-invalid.padding"]],
  ["scope in the claims", healthyCurl(jwt({ scope: "a" })), ["wire-claims-invalid.members"]],
  ["24 hours", withBody(BODY.replace("900", "86400")), ["duration-out-of-range.range"]],
  ["no time", withBody(BODY.replace("900", "0")), ["duration-out-of-range.range"]],
  ["half a second", withBody(BODY.replace("900", "0.5")), ["duration-out-of-range.range"]],
  ["a lifetime as text", withBody(BODY.replace("900", '"900"')), ["duration-out-of-range.string"]],
];
for (const [name, text, expected] of WRONG) {
  Deno.test(`judgePasted() finds ${name}`, () => assertEquals(found(text), expected));
}

Deno.test("judgePasted() has words for each reason, in both languages", async () => {
  for (const language of ["en", "zh"] as const) {
    const words: Readonly<Record<string, string>> = await loadWords(language);
    for (const reason of WRONG.flatMap(([, , found]) => found)) {
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
