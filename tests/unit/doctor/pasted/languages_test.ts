// The same request in the languages and tools in which people write it, right and wrong.

import { assertEquals } from "@std/assert";
import { judgePasted } from "../../../../lib/doctor/pasted/judge.ts";
import { BODY, GRANT, jwt, NOW, URL_ } from "../../../testing/pasted_requests.ts";

const js = `const jwt = require("jsonwebtoken");
const token = jwt.sign({ iss: APP_ID, aud: "api.coze.cn", iat: Math.floor(Date.now() / 1000), exp: Math.floor(Date.now() / 1000) + 600, jti: crypto.randomUUID() }, key, { algorithm: "RS256", keyid: KID });
const res = await fetch("${URL_}", {
  method: "POST",
  headers: { "Content-Type": "application/json", Authorization: \`Bearer \${token}\` },
  body: JSON.stringify({ grant_type: "${GRANT}", duration_seconds: 900 }),
});`;
const py = `import jwt, time, uuid, requests
payload = {"iss": APP_ID, "aud": "api.coze.cn", "iat": int(time.time()), "exp": int(time.time()) + 600, "jti": str(uuid.uuid4())}
assertion = jwt.encode(payload, key, algorithm="RS256", headers={"kid": KEY_ID})
resp = requests.post(
    "${URL_}",
    headers={"Authorization": f"Bearer {assertion}", "Content-Type": "application/json"},
    json={"grant_type": "${GRANT}", "duration_seconds": 900},
)
print(resp.json())`;
const java = `String jwt = Jwts.builder()
    .setHeaderParam("kid", KEY_ID)
    .setIssuer(APP_ID).setAudience("api.coze.cn")
    .setIssuedAt(new Date()).setExpiration(new Date(System.currentTimeMillis() + 600_000))
    .setId(UUID.randomUUID().toString())
    .signWith(privateKey, SignatureAlgorithm.RS256).compact();
String body = "{\\"grant_type\\":\\"${GRANT}\\",\\"duration_seconds\\":900}";
HttpRequest req = HttpRequest.newBuilder(URI.create("${URL_}"))
    .header("Authorization", "Bearer " + jwt)
    .header("Content-Type", "application/json")
    .POST(HttpRequest.BodyPublishers.ofString(body)).build();`;
const go =
  `claims := jwt.MapClaims{"iss": appID, "aud": "api.coze.cn", "iat": time.Now().Unix(), "exp": time.Now().Add(10*time.Minute).Unix(), "jti": uuid.NewString()}
tok := jwt.NewWithClaims(jwt.SigningMethodRS256, claims)
tok.Header["kid"] = keyID
signed, _ := tok.SignedString(priv)
payload := strings.NewReader(\`{"grant_type":"${GRANT}","duration_seconds":900}\`)
req, _ := http.NewRequest(http.MethodPost, "${URL_}", payload)
req.Header.Set("Authorization", "Bearer "+signed)
req.Header.Set("Content-Type", "application/json")
resp, err := http.DefaultClient.Do(req)`;
const php = `<?php
$jwt = JWT::encode(['iss' => $appId, 'aud' => 'api.coze.cn', 'iat' => time(), 'exp' => time() + 600, 'jti' => bin2hex(random_bytes(16))], $key, 'RS256', $kid);
$ch = curl_init('${URL_}');
curl_setopt($ch, CURLOPT_POST, true);
curl_setopt($ch, CURLOPT_HTTPHEADER, ['Content-Type: application/json', 'Authorization: Bearer ' . $jwt]);
curl_setopt($ch, CURLOPT_POSTFIELDS, json_encode(['grant_type' => '${GRANT}', 'duration_seconds' => 900]));
echo curl_exec($ch);`;
const cs = `using var client = new HttpClient();
client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
var content = new StringContent("{\\"grant_type\\":\\"${GRANT}\\",\\"duration_seconds\\":900}", Encoding.UTF8, "application/json");
var response = await client.PostAsync("${URL_}", content);`;
const ps = `$headers = @{ Authorization = "Bearer $jwt" }
$body = @{ grant_type = "${GRANT}"; duration_seconds = 900 } | ConvertTo-Json
Invoke-RestMethod -Uri "${URL_}" -Method Post -Headers $headers -ContentType "application/json" -Body $body`;
const rb = `require 'net/http'
uri = URI("${URL_}")
req = Net::HTTP::Post.new(uri, "Content-Type" => "application/json", "Authorization" => "Bearer #{token}")
req.body = JSON.generate(grant_type: "${GRANT}", duration_seconds: 900)
Net::HTTP.start(uri.host, uri.port, use_ssl: true) { |h| h.request(req) }`;
const swift = `var request = URLRequest(url: URL(string: "${URL_}")!)
request.httpMethod = "POST"
request.setValue("Bearer \\(jwt)", forHTTPHeaderField: "Authorization")
request.setValue("application/json", forHTTPHeaderField: "Content-Type")
request.httpBody = try JSONSerialization.data(withJSONObject: ["grant_type": "${GRANT}", "duration_seconds": 900])
let (data, _) = try await URLSession.shared.data(for: request)`;
const dart = `final res = await http.post(
  Uri.parse('${URL_}'),
  headers: {'Authorization': 'Bearer $jwt', 'Content-Type': 'application/json'},
  body: jsonEncode({'grant_type': '${GRANT}', 'duration_seconds': 900}),
);`;
const axios = `const { data } = await axios.post('${URL_}', {
  grant_type: '${GRANT}', duration_seconds: 900 }, { headers: { Authorization: 'Bearer ' + assertion } });`;
const kt = `val client = OkHttpClient()
val json = """{"grant_type":"${GRANT}","duration_seconds":900}"""
val request = Request.Builder().url("${URL_}").addHeader("Authorization", "Bearer $jwt")
  .post(json.toRequestBody("application/json".toMediaType())).build()
fun run() = client.newCall(request).execute()`;
const spring = `RestTemplate rt = new RestTemplate();
HttpHeaders h = new HttpHeaders();
h.setContentType(MediaType.APPLICATION_JSON);
h.setBearerAuth(jwt);
Map<String, Object> body = new HashMap<>();
body.put("grant_type", "${GRANT}");
body.put("duration_seconds", 86399);
String r = rt.postForObject("${URL_}", new HttpEntity<>(body, h), String.class);`;
const aio = `async with aiohttp.ClientSession(base_url="https://api.coze.cn") as s:
    async with s.post("/api/permission/oauth2/token", json=dict(grant_type=GRANT, duration_seconds=900), headers=headers) as r:
        return await r.json()
`;
const curl =
  `curl '${URL_}' -H "Authorization: Bearer $JWT" -H 'Content-Type: application/json' -d '${BODY}'`;
const wget =
  `wget -qO- --header="Content-Type: application/json" --header="Authorization: Bearer $JWT" --post-data='${BODY}' ${URL_}`;

const tr = `PAYLOAD=$(echo -n "$CLAIMS" | base64 | tr '+/' '-_' | tr -d '=')\n${curl}`;
const refresh = `
async def refresh(self):
    async with self.session.post("${URL_}",
        json=dict(grant_type="urn:ietf:params:oauth:grant-type:jwt-bearer", duration_seconds=self.ttl),
        headers={"Authorization": f"Bearer {self.sign()}"}) as resp:
        data = await resp.json()
    if "access_token" not in data:
        raise CozeError(data.get("error_code"), data.get("error_message"))
`;

/** The same request in each, with nothing wrong. */
const HEALTHY: Record<string, [language: string, text: string]> = {
  js: ["javascript", js],
  axios: ["javascript", axios],
  py: ["python", py],
  aio: ["python", aio],
  java: ["java", java],
  spring: ["java", spring],
  go: ["go", go],
  php: ["php", php],
  cs: ["csharp", cs],
  ps: ["powershell", ps],
  rb: ["ruby", rb],
  swift: ["swift", swift],
  dart: ["dart", dart],
  kt: ["kotlin", kt],
  refresh: ["python", refresh],
  curl: ["curl", curl],
  tr: ["curl", tr],
  wget: ["wget", wget],
};
for (const [name, [language, text]] of Object.entries(HEALTHY)) {
  Deno.test(`judgePasted() has nothing against a healthy request: ${name}`, () => {
    const pasted = judgePasted(text, { now: NOW });
    assertEquals([pasted.kind, pasted.language, pasted.findings], ["token-request", language, []]);
  });
}

const FORM = "application/x-www-form-urlencoded";
/** What people write at first, as replacements in a healthy request, and all that is wrong then. */
const WRONG: [
  name: string,
  codes: string,
  ...replacements: [from: string | RegExp, to: string][],
][] = [
  ["js", "wire-assertion-in-body wire-body-invalid", ["application/json", FORM], [
    /, Authorization: .*`/,
    "",
  ], [/body: .*/, `body: new URLSearchParams({ grant_type: "${GRANT}", assertion: token }),`]],
  ["js", "wire-claims-invalid", ['aud: "api.coze.cn"', 'aud: "https://api.coze.cn"']],
  ["js", "wire-claims-invalid", ["iat: Math.floor(Date.now() / 1000)", "iat: Date.now()"]],
  ["js", "wire-claims-invalid", ["RS256", "HS256"]],
  ["js", "wire-claims-invalid", ["jti:", 'scope: "Connector.botChat", jti:']],
  ["js", "wire-claims-invalid", ["iss: APP_ID", "iss: 1127900106117"]],
  ["js", "wire-claims-invalid", [", keyid: KID", ""]],
  ["js", "wire-body-invalid", [GRANT, "client_credentials"]],
  ["js", "wire-bearer-malformed", ["`Bearer $", "`Bearer Bearer $"]],
  ["js", "wire-bearer-malformed", ["${token}", "${auth}"], [/^/, "const auth = 'Bearer ' + t;\n"]],
  ["js", "wire-bearer-malformed", ["`Bearer ${token}`", "jwtToken"]],
  ["js", "ids-swapped", ["keyid: KID", 'keyid: "1127900106117"'], [
    "APP_ID",
    '"_v0VjcMlLdQc3tRTD3jC5Xz29TUnKQOhtuD5k-gpyf4"',
  ]],
  ["js", "key-id-is-public-key key-is-public", [
    "keyid: KID",
    'keyid: "-----BEGIN PUBLIC KEY-----\\nMIIB"',
  ]],
  ["js", "wire-wrong-endpoint", ["POST", "GET"]],
  ["js", "base-url-lookalike", ["api.coze.cn/", "api.cozee.cn/"]],
  ["axios", "wire-wrong-endpoint", ["axios.post", "axios.get"]],
  ["py", "wire-assertion-in-body wire-body-invalid", ["json={", 'data={"assertion": assertion, '], [
    '"Authorization": f"Bearer {assertion}", ',
    "",
  ]],
  ["py", "wire-body-invalid", ["json={", "data={"]],
  ["py", "wire-claims-invalid", ['"iat": int(time.time())', '"iat": int(time.time() * 1000)']],
  ["py", "wire-claims-invalid", ['"iat": int(time.time())', '"iat": time.time()']],
  ["py", "wire-claims-invalid", ['"aud": "api.coze.cn"', '"aud": "api.coze.com"']],
  ["py", "wire-claims-invalid", ['"aud": "api.coze.cn"', '"aud": ["api.coze.cn"]']],
  ["py", "wire-claims-invalid", [', headers={"kid": KEY_ID}', ""]],
  ["py", "wire-no-bearer", ['"Authorization": f"Bearer {assertion}", ', ""]],
  ["java", "wire-assertion-in-body wire-body-invalid", ["application/json", FORM], [
    /"\{\\"grant_type.*/,
    `"grant_type=${GRANT}&assertion=" + jwt;`,
  ], [/\n.*"Bearer " \+ jwt\)/, ""]],
  ["java", "wire-bearer-malformed", ['"Bearer " +', '"Bearer" +']],
  ["java", "wire-claims-invalid", [".setId", '.claim("scope", "x").setId']],
  ["java", "wire-claims-invalid", ["RS256", "HS256"]],
  ["java", "duration-out-of-range", [":900", ":86400"]],
  ["go", "wire-assertion-in-body wire-body-invalid", ["application/json", FORM], [
    /payload := .*/,
    `form := url.Values{}\nform.Set("grant_type", "${GRANT}")\nform.Set("assertion", signed)`,
  ], [/req.Header.Set\("Auth.*\n/, ""]],
  ["go", "wire-claims-invalid", ["time.Now().Unix()", "time.Now().UnixMilli()"]],
  ["go", "wire-wrong-endpoint", ["MethodPost", "MethodGet"]],
  ["php", "wire-body-invalid", ["json_encode([", "http_build_query(["], ["application/json", FORM]],
  ["php", "wire-claims-invalid", ["'iat' => time()", "'iat' => microtime(true) * 1000"]],
  ["php", "base-url-not-api", ["//api.", "//www."]],
  ["cs", "wire-assertion-in-body wire-body-invalid", [/client.Default.*\n/, ""], [
    /var content = .*/,
    "var content = new FormUrlEncodedContent(new Dictionary<string, string>" +
    `{ ["grant_type"] = "${GRANT}", ["assertion"] = token });`,
  ]],
  ["cs", "wire-not-an-assertion", ['"Bearer", token', '"Bearer", "pat_abcdefghijklmnop"']],
  ["ps", "wire-body-invalid", [" | ConvertTo-Json", ""]],
  ["ps", "wire-wrong-endpoint", ["-Method Post ", ""]],
  [
    "rb",
    "wire-assertion-in-body wire-body-invalid",
    [', "Authorization" => "Bearer #{token}"', ""],
    [
      /req.body = .*/,
      `req.set_form_data(grant_type: '${GRANT}', assertion: token)`,
    ],
  ],
  ["swift", "wire-assertion-in-body wire-body-invalid", [/.*"Authorization"\)\n/, ""], [
    /try JSON.*/,
    `"grant_type=${GRANT}&assertion=\\(jwt)".data(using: .utf8)`,
  ]],
  ["swift", "wire-bearer-malformed", ['"Bearer \\(', '"Bearer\\(']],
  ["dart", "wire-wrong-endpoint", ["permission/oauth2", "oauth2"]],
  ["kt", "wire-assertion-in-body", ['{"grant', '{"assertion":"$jwt","grant']],
  ["wget", "wire-bearer-malformed", ["Bearer $JWT", `Bearer: ${jwt()}`]],
];
for (const [name, codes, ...replacements] of WRONG) {
  const all = replacements.map(([from, to]) => `${from} -> ${to}`).join(", ").slice(0, 60);
  Deno.test(`judgePasted() finds all that is wrong in ${name}: ${all}`, () => {
    const text = replacements.reduce(
      (text, [from, to]) => text.replace(from, () => to),
      HEALTHY[name]![1],
    );
    const { findings } = judgePasted(text, { now: NOW });
    assertEquals(findings.map(({ code }) => code).sort().join(" "), codes);
  });
}
