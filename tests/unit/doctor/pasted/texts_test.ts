import { assert, assertEquals } from "@std/assert";
import { judgePasted as judgeInWords } from "../../../../lib/doctor/mod.ts";
import { readAnswer } from "../../../../lib/doctor/pasted/answer.ts";
import { judgePasted } from "../../../../lib/doctor/pasted/judge.ts";
import {
  BODY,
  found,
  GRANT,
  healthyCurl,
  jwt,
  NOW,
  URL_,
} from "../../../testing/pasted_requests.ts";

const KID = "_v0VjcMlLdQc3tRTD3jC5Xz29TUnKQOhtuD5k-gpyf4";
const OTHER_KID = "invalid jwt: kid not been registred";
const EMPTY = '{"error":"invalid_client","error_message":"invalid jwt: empty jwt token"}';
const PEM =
  "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n-----END PRIVATE KEY-----";
const UNKNOWN_KID = "wrong-region.unasked, key-id-unknown.said";
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

/** Texts by their kind and by what is found in them. */
const TEXTS: Record<string, string[]> = {
  "answer: wire-no-bearer": [EMPTY],
  [`answer: ${UNKNOWN_KID}`]: [
    `HttpCode: 401, Code: invalid_client, Message: ${OTHER_KID}, LogID: 20251127`,
    `cozepy.exception.CozeAPIError: msg: ${OTHER_KID}, logid: 2025`,
    `level=ERROR msg="no token" err="HttpCode: 401, Code: invalid_client, Message: ${OTHER_KID}"`,
  ],
  "answer: client-refused": [
    "401 invalid_client",
    " invalid_client\n",
    "Error: 401 invalid_client invalid jwt",
    "AuthenticationError: logid: 2025112710",
    `requests.exceptions.HTTPError: 401 Client Error: Unauthorized for url: ${URL_}`,
  ],
  "answer: token-invalid": [
    '{"code":4100,"msg":"authentication is invalid"}',
    '{"code":4101,"msg":"The token you entered is incorrect"}',
    'AuthenticationError: logid: 2025112710\nStatus: 401\nMessage: "authentication is invalid"',
  ],
  "answer: scope-rejected": [
    '{"error":"invalid_request","error_message":"invalid request: scope"}',
  ],
  "answer: permission-missing": [
    "4101 Your token does not have permission to access createBot. Please verify whether",
    "  = server said: 4101 Your token does not have permission to access chat. Please verify",
    '{"code":4101,"msg":"Your token … createBot. Please"}',
  ],
  "answer: rate-limited": ["HTTP/1.1 429 Too Many Requests\n\n{}"],
  "answer: # secret-pasted.answer": ['{"access_token":"czs_abcdefgh","expires_in":1}'],
  [`request-with-answer: ${UNKNOWN_KID}`]: [
    `> POST /api/permission/oauth2/token HTTP/2\n> Host: api.coze.cn\n> Content-Type: ` +
    `application/json\n> Authorization: Bearer ${jwt()}\n>\n< HTTP/2 401\n< x-tt-logid: 2025\n<\n` +
    `{"error":"invalid_client","error_message":"${OTHER_KID}"}`,
  ],
  "request-with-answer: wire-no-bearer.absent": [
    `curl ${URL_} -H 'Content-Type: application/json' -d '${BODY}'\n${EMPTY}`,
  ],
  "token-request": [
    `fetch("${URL_}", { method: "POST", headers: { Authorization: token, ` +
    `"Content-Type": "application/json" }, body: JSON.stringify({ grant_type: "${GRANT}" }) })`,
  ],
  "token-request: wire-bearer-malformed.scheme": [
    `token = jwt.encode(claims, key, algorithm="RS256", headers={"kid": KID})\n` +
    `requests.post("${URL_}", headers={"Authorization": token}, json={"grant_type": "${GRANT}"})`,
  ],
  "token-request: wire-typography.count": [BLOG],
  "token-request: wire-bearer-malformed.no-blank": [
    `fetch("${URL_}", { method: "POST", headers: { Authorization: "Bearer".concat(t), ` +
    `"Content-Type": "application/json" }, body: JSON.stringify({ grant_type: g }) })`,
  ],
  "token-request: wire-wrong-endpoint.method, wire-body-invalid.query": [
    `token:\n\t@curl -sS -G "$(COZE)/api/permission/oauth2/token" -H "Authorization: Bearer $(JWT)"`,
  ],
  "api-call": [api("pat_abcdefghijkl")],
  "api-call: base-url-not-api.host": [api("$T").replace("api.", "www.")],
  "api-call: wire-bearer-malformed.doubled": [api("Bearer czs_abcdefgh")],
  "api-call: wire-no-bearer.empty": [
    `requests.post("https://api.coze.cn/v3/chat", headers={"Authorization": ""}, json=data)`,
  ],
  "api-call: wire-no-bearer.call": ["curl https://api.coze.cn/v1/workspaces"],
  "api-call: token-invalid.assertion": [api(jwt())],
  "api-call: token-invalid.project": [api(PROJECT)],
  "project-token-or-call": [api("$T").replace("api.coze.cn", "x1.coze.site")],
  "project-token-or-call: wire-not-an-assertion.project": [PROJECT, `token="${PROJECT}"`],
  "token-request: wire-not-an-assertion.project": [healthyCurl(PROJECT)],
  "assertion": [
    jwt().replace(/.{76}/g, '$&" +\n  "').replace(/.*/s, '"$&"'),
    jwt(),
    `b'${jwt()}'`,
    `{"jwt": "${jwt()}"}`,
    jwt().replace(/.{76}/g, "$&\n"),
  ],
  "assertion: wire-claims-invalid.percent": [jwt().replaceAll(".", "%2E")],
  "assertion: wire-claims-invalid.padding": [jwt().replaceAll(".", "=.")],
  "assertion: wire-claims-invalid.alphabet": [jwt().replaceAll("aB3_", "aB3/")],
  "assertion: # wire-claims-invalid.expired": [jwt({ iat: 1, exp: 601 })],
  "token-request: ? wire-claims-invalid.expired": [healthyCurl(jwt({ iat: 1, exp: 601 }))],
  "assertion: wire-claims-invalid.members": [
    jwt({ iat: NOW / 1000 + 28_800, exp: NOW / 1000 + 29_400 }),
    jwt({ session_name: 5 }),
  ],
  "assertion: wire-claims-invalid.audience": [jwt({ aud: ["api.coze.cn"] }, { alg: "HS256" })],
  "assertion: ids-swapped": [jwt({ iss: KID }, { kid: "1127900106117" })],
  "assertion: wire-not-an-assertion.cut": [jwt().slice(0, 150)],
  "assertion: ? wire-not-an-assertion.masked": [`${jwt().slice(0, 60)}...`],
  "assertion: wire-not-an-assertion.foreign": [
    `${encoded({ alg: "HS256" })}.${encoded({ sub: "u" })}.sig`,
  ],
  "access-token: wire-not-an-assertion.token-pat": ["pat_abcdefghijkl"],
  "access-token: wire-not-an-assertion.token-czu": ["'Authorization: Bearer czu_abcdefghijkl'"],
  "access-token: # wire-not-an-assertion.token-cztei": ['const token = "cztei_abcdefghijkl";'],
  "web-flow: ? config-wrong-client-type.flow": [
    "https://www.coze.cn/api/permission/oauth2/authorize?response_type=code",
  ],
  "private-key: ? secret-pasted.key": [PEM],
  "settings": [KID, "1127900106117", `COZE_CLIENT_ID=1127900106117\nCOZE_KEY_ID=${KID}\n`],
  "settings: client-id-is-web-client": ["5772304302.app.coze"],
  "settings: ids-swapped": [`COZE_APP_ID=${KID}\nCOZE_KEY_ID=1127900106117`],
  "settings: config-wrong-client-type": [
    '{"client_type":"web","client_id":"57.app.coze","coze_api_base":"https://api.coze.cn"}',
  ],
  "settings: wire-claims-invalid.audience": [
    '{"iss":"1","aud":"https://api.coze.cn","iat":1795467705,"exp":1}',
  ],
  "none": [
    'curl http://localhost:3000/orders -H "Authorization: Bearer <token>"',
    "我用了“Authorization: Bearer”请求头——还是 401：怎么办？",
    "curl https://api.example.com/v1/x -H 'Authorization: Bearer y'",
  ],
};
for (const [expected, texts] of Object.entries(TEXTS)) {
  Deno.test(`judgePasted() knows ${expected}`, () => {
    for (const text of texts) {
      const { kind } = judgePasted(text, { now: NOW });
      assertEquals([kind, found(text).join(", ")].filter(Boolean).join(": "), expected);
    }
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

/** Secrets of other services, and parts of ours, by no form that anyone knows. */
const CANARIES = [
  "sk-proj-3yb8EerwJsGHKbZCYQkHp1uGWRbXHMWYNFu8D0qM",
  "xoxb-123456789012-umjIevIZwGUjPn0rGfqNPlk4",
  "e83207c3e178ab9f4f99300a91df3e51",
  "d0a7db25-193a-45e8-8ad6-86c0667357d2",
  "xawG69xOOdEdOWF96cxOfX4z+9H3t890r3JrV6yZ0e7hAZ8l9FfJ4qCu7XypoAb",
  "9Canary7Pass8word1",
  "https://svc:CanaryPassword@api.coze.cn",
];
/** Places from which a value reaches what is said, or the corrected request. */
const PLACES: Record<string, (secret: string) => string> = {
  "the grant": (secret) => healthyCurl(jwt(), `{"grant_type":"${secret}"}`),
  "a long grant": (secret) =>
    healthyCurl(jwt(), `{"grant_type":"urn:ietf:params:oauth:${secret}"}`),
  "the lifetime": (secret) => healthyCurl(jwt(), BODY.replace("900", `"${secret}"`)),
  "the type of the body": (secret) => healthyCurl().replace("application/json", `text/${secret}`),
  "the verb": (secret) => healthyCurl().replace("curl", `curl -X ${secret}`),
  "an option": (secret) => healthyCurl().replace("curl", `curl -G -${secret}`),
  "the host": (secret) => healthyCurl(jwt(), BODY, `http://${secret}.coze.cn/oauth2/token`),
  "a variable": (secret) => healthyCurl(`$${secret}`, "x"),
  "the account": (secret) =>
    healthyCurl(jwt(), "x", `https://api.coze.cn/api/permission/oauth2/account/${secret}/token`),
  "a name in code": (secret) => `const ${secret} = axios.post("${URL_}", qs.stringify(${secret}))`,
  "a message": (secret) => `{"code":4100,"msg":"the token ${secret} is unknown"}`,
  "an error code": (secret) => `{"error_code":"${secret}","error_message":"${OTHER_KID}"}`,
  "a log id": (secret) => `${EMPTY}\nx-tt-logid: ${secret}`,
};
for (const [place, write] of Object.entries(PLACES)) {
  Deno.test(`judgePasted() says nothing of a secret in ${place} (security 12)`, () => {
    for (const secret of CANARIES) {
      const text = write(secret);
      const said = JSON.stringify([judgePasted(text, { now: NOW }), judgeInWords(text)]);
      const parts = secret.split("//").at(-1)!.split("@")[0]!.replace("svc:", "");
      for (let at = 0; at + 8 <= parts.length; at++) {
        assert(!said.includes(parts.slice(at, at + 8)), `${text}\n${said}`);
      }
    }
  });
}
