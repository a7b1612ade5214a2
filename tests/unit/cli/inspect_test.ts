import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { createAssertion } from "../../../mod.ts";
import { encode } from "../../testing/emulator_client.ts";
import { assertFailed, healthyFiles, named, runIn, type World } from "../../testing/fake_io.ts";
import { CLIENT_ID, KEY_ID, pkcs8Pem } from "../../testing/keys.ts";

const NOW = 1_795_467_705_000;

const inspect = (args: string[] = [], more: Partial<World> = {}) =>
  runIn({ args: ["inspect", ...args], files: healthyFiles(), now: () => NOW, ...more });

Deno.test("inspect --json says the same for programs", async () => {
  const { exitCode, stdout, stderr } = await inspect(["--json", "--lang", "zh"]);
  const json = JSON.parse(stdout);
  assertEquals([exitCode, stderr, json.ok, json.schema], [0, "", true, 1]);
  assertEquals(json.request.url, "https://api.coze.cn/api/permission/oauth2/token");
  assertEquals(json.header, { alg: "RS256", typ: "JWT", kid: KEY_ID });
  assertEquals([json.claims.iss, json.claims.exp - json.claims.iat], [CLIENT_ID, 600]);
  assertEquals(json.verdicts.every(({ mark }: { mark: string }) => mark === "ok"), true);
  assertEquals(json.findings, []);
});

Deno.test("inspect shows the request as token would send it, flags included", async () => {
  const args = ["--json", "--region", "com", "--duration", "1h", "--account-id", "77"];
  const { request, claims } = JSON.parse((await inspect([...args, "--scope-bot", "7"])).stdout);
  assertEquals(request.url, "https://api.coze.com/api/permission/oauth2/account/77/token");
  assertEquals(claims.aud, "api.coze.com");
  assertEquals(request.body.duration_seconds, 3600);
  assertEquals(request.body.scope.account_permission.permission_list, ["Connector.botChat"]);
});

/** One of each class; what the rules find is their own tests' matter. */
const FOUND: [name: string, world: Partial<World>, exit: number, code: string][] = [
  ["swapped ids", { args: [`--client-id=${KEY_ID}`, `--key-id=${CLIENT_ID}`] }, 3, "ids-swapped"],
  ["a bot id", { args: ["--client-id", "7351234567890123456"] }, 0, "client-id-looks-like-bot-id"],
  ["no URL", { args: ["--base-url", "x"] }, 3, "base-url-not-api"],
  ["no configuration", { files: {} }, 3, "config-missing"],
  ["an impossible duration", { args: ["--duration", "24h"] }, 2, "duration-out-of-range"],
];
for (const [name, { args = [], ...world }, exitCode, code] of FOUND) {
  Deno.test(`inspect finds ${name}: ${code}`, async () => {
    const outcome = await inspect(args, world);
    assertStringIncludes(outcome.stderr, `[${code}]`);
    assertEquals(outcome.exitCode, exitCode);
    const json = JSON.parse((await inspect([...args, "--json"], world)).stdout);
    assert(json.findings.some((finding: { code: string }) => finding.code === code));
    assertEquals([json.ok, json.exitCode], [exitCode === 0, exitCode]);
  });
}

Deno.test("inspect never shows a value too long to be an id, which may be a key (security 12)", async () => {
  const base64 = pkcs8Pem().replace(/-----[^-]+-----|\n/g, "");
  for (const args of [[], ["--json"]]) {
    const { stdout, stderr } = await inspect(args, { env: { COZE_KEY_ID: base64 } });
    assert(!(stdout + stderr).includes(base64.slice(40, 80)));
  }
});

const ODD = [
  "a\u0090b",
  "-----BEGIN PRIVATE KEY----- MIIEvQIBADANBgkqhkiG9w0B",
  "\x1b]0;x",
  "\u2028",
];
for (const text of ODD) {
  Deno.test(`inspect --json stays JSON with ${JSON.stringify(text)} in it (security 11)`, async () => {
    const flag = await inspect(["--json", `--session-name=${text}`], { files: {} });
    const pasted = await paste(unsigned({ [text]: text }, { [text]: { [text]: [text] } }), [
      "--json",
    ]);
    for (const { stdout } of [flag, pasted]) {
      assertEquals(JSON.parse(stdout).schema, 1);
      assert(!/[^\P{Cc}\n]/u.test(stdout));
    }
  });
}

const paste = (stdin: string, args: string[] = [], more: Partial<World> = {}) =>
  inspect(["-", ...args], { stdin, ...more });

function ownJwt(baseUrl = "https://api.coze.cn"): Promise<string> {
  const app = { clientId: CLIENT_ID, keyId: KEY_ID, privateKey: pkcs8Pem(), baseUrl };
  return createAssertion(app, {}, { now: () => NOW });
}

function unsigned(header: unknown, claims: unknown): string {
  return `${encode(header)}.${encode(claims)}.c2ln`;
}

Deno.test("inspect - judges a JWT from stdin, alone, quoted or as a header line", async () => {
  const jwt = await ownJwt();
  for (const text of [jwt, `"${jwt}"\n`, `Bearer ${jwt}`, `Authorization: Bearer ${jwt}\n`]) {
    const { exitCode, stdout, stderr } = await paste(text, [], { files: {} });
    assertEquals([exitCode, stderr], [0, ""]);
    assertStringIncludes(stdout, "The signature was not verified");
    assert(!stdout.includes(jwt.split(".")[2]!));
  }
});

Deno.test("inspect - names an aud of the other region", async () => {
  const { exitCode, stdout, stderr } = await paste(await ownJwt(), ["--region", "com"]);
  assertEquals(exitCode, 5);
  assertMatch(stdout, /✗ aud {2}"api\.coze\.cn" +must be api\.coze\.com/);
  assertStringIncludes(stderr, "error[wire-claims-invalid]");
});

Deno.test("inspect - goes by the flags when the files cannot be read", async () => {
  const files = { "keys/.env": named("NotCapable") };
  const jwt = await ownJwt("https://api.coze.com");
  const { exitCode, stdout } = await paste(jwt, ["--region", "com"], { files });
  assertEquals(exitCode, 0);
  assertStringIncludes(stdout, '✓ aud  "api.coze.com"');
});

Deno.test("inspect - refuses flags that token refuses", async () => {
  const jwt = await ownJwt();
  assertFailed(await paste(jwt, ["--duration", "soon"]), 2, "usage");
  assertFailed(await paste(jwt, ["--base-url", "x"]), 3, "base-url-not-api");
});

Deno.test("inspect - shows times far off without breaking", async () => {
  const { stdout } = await paste(unsigned({ alg: "RS256" }, { iat: 1e11, exp: 1e15 }));
  assertMatch(stdout, /iat {2}100000000000 +5138-11-1\d \d\d:\d6:40 [+-]\d\d:\d\d, /);
});

Deno.test("inspect - refuses what is not a JWT, and needs something on stdin", async () => {
  for (const text of ["hello", "a.b", "a.b.c"]) assertEquals((await paste(text)).exitCode, 2, text);
  const damaged = await paste("eyJhIjoxfQ.bm8.x");
  assertEquals(damaged.exitCode, 5);
  assertStringIncludes(damaged.stderr, "error[wire-not-an-assertion]");
  assertFailed(await paste(" \n"), 2, "usage");
});
