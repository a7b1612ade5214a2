import { assertEquals, assertStringIncludes } from "@std/assert";
import { assertFailed, runIn } from "../../testing/fake_io.ts";

const explain = (...args: string[]) => runIn({ args: ["explain", ...args] });

Deno.test("explain lists every code with its exit code, and needs nothing", async () => {
  const { exitCode, stdout, touched } = await explain("--json");
  const list: { code: string; exitCode: number }[] = JSON.parse(stdout);
  assertEquals([exitCode, touched], [0, []]);
  const lines = (await explain()).stdout.matchAll(/^ *(\d+) {2}(\S+) /gm);
  const shown = Array.from(lines, ([, exitCode, code]) => [code, Number(exitCode)]);
  assertEquals(list.map(({ code, exitCode }) => [code, exitCode]), shown);
});

Deno.test("explain tells one code in depth as JSON", async () => {
  assertEquals(
    Object.keys(JSON.parse((await explain("wrong-region", "--json")).stdout)).join(),
    "code,exitCode,title,meaning,example,fix,source",
  );
});

Deno.test("explain shows every code as it is written, with names for the values of a run", async () => {
  for (const { code } of JSON.parse((await explain("--json")).stdout)) {
    for (const lang of ["en", "zh"]) {
      const { exitCode, stdout } = await explain(code, "--lang", lang);
      const unfilled = /undefined|chars\)|\{[a-z]+\}(?!”|")/.exec(stdout)?.[0];
      assertEquals([code, exitCode, unfilled], [code, 0, undefined]);
    }
  }
});

Deno.test("explain mends in a binary what a binary can", async () => {
  for (const [binary, words] of [[false, "--allow-net=<host>"], [true, "deno task compile"]]) {
    const args = ["explain", "sandbox-net", "--json"];
    const { fix } = JSON.parse((await runIn({ args, binary: binary === true })).stdout);
    assertStringIncludes(fix, String(words));
    assertEquals(fix.startsWith("A binary"), binary);
  }
});

Deno.test("explain suggests the nearest code", async () => {
  assertFailed(await explain("connection-refuse"), 2, "usage", "connection-refused");
  assertFailed(await explain("key-demaged"), 2, "usage", "key-damaged");
});

const MEANT: [typed: string, codes: string][] = [
  ["error[client-refused]:", "client-refused"],
  ["CLIENT-REFUSED", "client-refused"],
  ["wrong region", "wrong-region"],
  ["The app belongs to the other region", "wrong-region"],
  ["Unexpected token '<'", "answer-invalid"],
  [
    "4101 Your token does not have permission to access createBot. Please verify",
    "permission-missing",
  ],
  ["4028", "quota-exhausted"],
  ["api.coze.cn:443 said 4028", "quota-exhausted"],
  ["4999", "api-refused"],
  ["5000", "model-fault server-fault"],
  ['{"code":4101}', "token-invalid permission-missing scope-narrows workspace-not-granted"],
  ["HTTP/1.1 401 Unauthorized", "client-refused token-invalid"],
  ["407", "proxy-refused"],
  ["502", "server-fault"],
  ["130", "interrupted"],
  ["7", "quota-exhausted rate-limited"],
  ["invalid_client", "client-refused key-id-unknown"],
  ["access_deny", "client-refused app-type-wrong app-disabled login-session-invalid"],
  [
    "invalid_client invalid jwt: kid not been registred",
    "wrong-region key-id-unknown",
  ],
  ["invalid_client invalid jwt (emulator: iss)", "client-refused key-id-unknown"],
  ["invalid client", "client-refused key-id-unknown"],
  ["unsupported_grant_type", "client-refused wire-body-invalid"],
  [
    "HttpCode: 401, Code: invalid_client, Message: invalid jwt: kid not been registred, LogID: 2",
    "wrong-region key-id-unknown",
  ],
  ["CozeAPIError: code: 4101, msg: The token you entered is incorrect, logid: 2", "token-invalid"],
  ["exit 7", "quota-exhausted rate-limited"],
  ["Empty JWT token", "wire-no-bearer"],
  ["app: my-own is currently deactivated by the owner", "app-disabled"],
  ['{"code":700012006,"msg":"access token invalid"}', "token-invalid"],
  ["access token invalid", "token-invalid"],
  ["Your free quota has been used up", "quota-exhausted"],
  ["connect ECONNREFUSED 127.0.0.1:8787", "connection-refused"],
  ["connect ECONNREFUSED api.coze.cn:443", "connection-refused"],
  ["Error: connect ECONNREFUSED ::1:3000 at (node:net:1495:16)", "connection-refused"],
  ["java.net.UnknownHostException: api.coze.cn", "dns-failure"],
  ["the request was refused because of the clock", "clock-skew"],
  ["getaddrinfo ENOTFOUND api.coze.cn", "dns-failure"],
  ["read ECONNRESET", "connection-lost"],
  ["socket hang up", "connection-lost"],
  ["connect ETIMEDOUT 1.2.3.4:443", "timeout"],
  ["self-signed certificate in certificate chain", "tls-untrusted"],
  ["SSL: CERTIFICATE_VERIFY_FAILED", "tls-untrusted"],
  ["invalid character '<' looking for beginning of value", "answer-invalid"],
  ["fetch failed", "connection-lost"],
  ["Login verification is invalid", "token-invalid"],
  ["no such host", "dns-failure"],
  ["error_code: 4101", "token-invalid permission-missing scope-narrows workspace-not-granted"],
  ['{"error_code":"invalid_client","error_message":"new"}', "client-refused key-id-unknown"],
  ["404", "base-url-not-api api-refused"],
  ["Service Unavailable", "server-fault"],
  ["Exit code: 7", "quota-exhausted rate-limited"],
  ["退出码 7", "quota-exhausted rate-limited"],
  ["encrypted", "key-is-encrypted"],
  ["clock", "clock-skew"],
  ["额度", "quota-exhausted"],
  ["超时", "timeout"],
  ["时钟", "clock-skew"],
  ["区域不对", "wrong-region"],
  ["令牌无效", "token-invalid"],
  ["未发布", "bot-not-published"],
];
for (const [typed, codes] of MEANT) {
  Deno.test(`explain leads from ${typed} to ${codes}`, async () => {
    const { exitCode, stdout } = await explain(typed, "--json");
    const found: { code: string }[] = [JSON.parse(stdout)].flat();
    assertEquals([exitCode, found.map(({ code }) => code).join(" ")], [0, codes]);
  });
}

Deno.test("explain knows nothing of a word that stands in many sentences", async () => {
  for (const word of ["key", "12", "200", "", " ", "the"]) {
    assertFailed(await explain(word), 2, "usage", "`coze-jwt explain`");
  }
});
