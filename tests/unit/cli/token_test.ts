import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import {
  assertFailed,
  healthyEmulator,
  healthyFiles,
  named,
  runIn,
  type World,
} from "../../testing/fake_io.ts";
import { KEY_ID, pkcs8Pem } from "../../testing/keys.ts";

const token = (args: string[] = [], more: Partial<World> = {}) =>
  runIn({ args: ["token", ...args], files: healthyFiles(), fetch: healthyEmulator(), ...more });

/** The healthy files with one in place of another. */
const withFile = (name: string, text: string) => ({ ...healthyFiles(), [`keys/${name}`]: text });

const BOTS = {
  "account_permission": { "permission_list": ["Connector.botChat"] },
  "attribute_constraint": { "connector_bot_chat_attribute": { "bot_id_list": ["7351", "7352"] } },
};
const SENT: [args: string[], path: string, session?: string, seconds?: number, scope?: object][] = [
  [["--duration", "2h", "--session-name", "user 1"], "/token", "user 1", 7200],
  [["--scope-bot", "7351", "--scope-bot", "7352"], "/token", undefined, 900, BOTS],
  [["--account-id", "123"], "/account/123/token"],
  [["--enterprise-id", "volcano_1"], "/enterprise_id/volcano_1/token"],
];
for (const [args, path, session, seconds = 900, scope] of SENT) {
  Deno.test(`token ${args[0]} reaches the request`, async () => {
    const fetch = healthyEmulator();
    await token(args, { fetch });
    const [entry] = fetch.journal;
    assertEquals(entry!.path, `/api/permission/oauth2${path}`);
    assertEquals((entry!.claims as Record<string, unknown>)["session_name"], session);
    const body = entry!.body as Record<string, unknown>;
    assertEquals([body["duration_seconds"], body["scope"]], [seconds, scope]);
  });
}

Deno.test("token names a host that is not Coze's in the first line of stderr (security 6)", async () => {
  const { exitCode, stderr } = await token(["--base-url", "http://127.0.0.1:9999"]);
  assertEquals(exitCode, 0);
  assertMatch(stderr, /^Sending to 127\.0\.0\.1:9999, which is not Coze's API\n$/);
});

const DOUBTED = [["api.c0ze.cn", "base-url-lookalike"], ["www.coze.cn", "base-url-not-api"]];
for (const [host, code] of DOUBTED) {
  Deno.test(`token doubts the host ${host} before it names a flag of the sandbox`, async () => {
    const args = ["--base-url", `https://${host}`];
    const fetch = () => Promise.reject(named("NotCapable"));
    const outcome = await token(args, { fetch });
    const inOrder = new RegExp(`error\\[${code}\\][^]*error\\[sandbox-net\\]`);
    assertFailed(outcome, 9, "sandbox-net", inOrder, "https://api.coze.cn");
    assert(!outcome.stderr.includes("--allow-net"), "and does not say how to let it through");
    const { error } = JSON.parse((await token([...args, "--json"], { fetch })).stderr);
    assertEquals(error.code, "sandbox-net");
    assertStringIncludes(error.help, "https://api.coze.cn");
  });
}

Deno.test("token says what the clocks differ by when the refusal has a Date", async () => {
  const now = () => Date.now() + 3_600_000;
  const words = /error\[clock-skew\]: .* \(likely\)\n {2}= .*\b3600 s ahead/;
  assertFailed(await token([], { now }), 5, "clock-skew", words);
});

Deno.test("token sends what merely looks wrong, and says so only after a refusal", async () => {
  const fetch = healthyEmulator();
  assertFailed(await token(["--client-id", "abc"], { fetch }), 5, "client-id-malformed");
  assertEquals(fetch.journal.length, 1);
});

type Row = [name: string, world: Partial<World>, exit: number, code: string];
const NO_KEY = { "keys/.env": `COZE_CLIENT_ID=1\nCOZE_KEY_ID=${KEY_ID}\n` };
const A_PATH = { COZE_CLIENT_ID: "1", COZE_KEY_ID: "x", COZE_PRIVATE_KEY: "keys/a.pem" };
const BASE64 = pkcs8Pem().replace(/-----.*|\n/g, "");
const BLOCKED: Row[] = [
  ["no configuration", { files: {} }, 3, "config-missing"],
  ["half of it", { files: withFile(".env", "COZE_CLIENT_ID=1\n") }, 3, "config-missing"],
  ["no key", { files: NO_KEY }, 4, "key-file-missing"],
  ["an empty key file", { files: withFile("private_key.pem", "") }, 4, "key-damaged"],
  ["a path as key text", { files: {}, env: A_PATH }, 4, "key-is-a-path"],
  ["control characters", { env: { COZE_CLIENT_ID: "1\n2" } }, 3, "client-id-malformed"],
  ["an escape in the key id", { env: { COZE_KEY_ID: "\x1b[31m" } }, 3, "key-id-malformed"],
  ["a key as App ID (security 12)", { env: { COZE_CLIENT_ID: BASE64 } }, 3, "client-id-malformed"],
  ["a key as key id (security 12)", { env: { COZE_KEY_ID: BASE64 } }, 3, "key-id-is-public-key"],
  ["http (security 6)", { args: ["--base-url", "http://api.coze.cn"] }, 3, "base-url-insecure"],
  ["no URL", { args: ["--base-url", "api.coze.cn"] }, 3, "base-url-not-api"],
  ["too long a duration", { args: ["--duration", "24h"] }, 2, "duration-out-of-range"],
  ["an impossible time-out", { args: ["--timeout", "never"] }, 2, "usage"],
  ["a time-out of nothing", { args: ["--timeout", "0"] }, 2, "usage"],
  ["a language that is none", { args: ["--lang", "de"] }, 2, "usage"],
  ["another path (security 13)", { args: ["--account-id", "../../v1/x?y="] }, 2, "usage"],
];
for (const [name, { args = [], ...world }, exitCode, code] of BLOCKED) {
  Deno.test(`token refuses to send for ${name}: ${code}`, async () => {
    const fetch = () => Promise.reject(new Error("sent"));
    assertFailed(await token(args, { fetch, ...world }), exitCode, code);
    const json = await token([...args, "--json"], { fetch, ...world });
    assertEquals(json.stdout, "");
    assertEquals(Object.keys(JSON.parse(json.stderr)), ["error"]);
  });
}

Deno.test("token and inspect say of a public key as key id only that, with its source", async () => {
  const publicKey = "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----";
  const files = withFile(".env", `COZE_CLIENT_ID=1\nCOZE_KEY_ID='${publicKey}'\n`);
  for (const command of ["token", "inspect"]) {
    const { exitCode, stderr } = await runIn({ args: [command], files });
    assertEquals(exitCode, 3);
    assertEquals(stderr.match(/^(?:error|warning)\[.*?\]/gm), ["error[key-id-is-public-key]"]);
    assertStringIncludes(stderr, " --> keys/.env COZE_KEY_ID\n");
  }
});

const answer = (body: string, status = 200, headers = {}) => () =>
  Promise.resolve(new Response(body, { status, headers }));
/** Those without a golden screen; which answer means which error is the library's matter. */
const ANSWERS: Row[] = [
  ["403", { fetch: answer('{"code":1,"msg":"\\u001b[31mno"}', 403) }, 5, "client-refused"],
  ["302", { fetch: answer("", 302, { location: "https://a/" }) }, 5, "redirected"],
  ["500", { fetch: answer("", 500, { "retry-after": "99" }) }, 8, "server-fault"],
  ["HTML", { fetch: answer("<html>\x1b[31mhi</html>") }, 8, "answer-invalid"],
  [
    "no connection",
    { fetch: () => Promise.reject(new TypeError("fetch failed")) },
    8,
    "connection-lost",
  ],
];
for (const [name, world, exitCode, code] of ANSWERS) {
  Deno.test(`token ends with ${exitCode} and ${code} for ${name}`, async () => {
    const outcome = await token([], world);
    assertFailed(outcome, exitCode, code);
    assert(!outcome.stderr.includes("\x1b"));
  });
}

for (const exitCode of [130, 143] as const) {
  Deno.test(`token ends with ${exitCode} when it is interrupted`, async () => {
    let interrupt = (_: 130 | 143) => {};
    const outcome = await token([], {
      interrupt: (callback) => interrupt = callback,
      fetch(request) {
        interrupt(exitCode);
        return Promise.reject(request.signal.reason);
      },
    });
    assertFailed(outcome, exitCode, "interrupted");
  });
}

Deno.test("token speaks Chinese when the system or --lang does", async () => {
  const bySystem = await token([], { files: {}, language: "zh-CN" });
  const byFlag = await token(["--lang", "zh"], { files: {} });
  const against = await token(["--lang=en"], { files: {}, language: "zh-CN" });
  assertStringIncludes(bySystem.stderr, "缺少");
  // The commands that are printed speak it too.
  assertEquals(byFlag.stderr.replaceAll(" --lang zh", ""), bySystem.stderr);
  assertStringIncludes(against.stderr, "Not set");
});

Deno.test("token shows colours on a terminal only", async () => {
  assert((await token([], { files: {}, terminal: true })).stderr.includes("\x1b[31m"));
  assert(!(await token([], { files: {} })).stderr.includes("\x1b"));
});

Deno.test("token --trace logs request and answer with masked secrets (security 12)", async () => {
  const { stdout, stderr } = await token(["--trace"]);
  assertStringIncludes(stderr, "trace: > POST https://api.coze.cn/api/permission/oauth2/token");
  assertMatch(stderr, /authorization: Bearer eyJhbG…\(\d+ chars\)/);
  assertMatch(stderr, /"access_token":"czs_em…\(56 chars\)"/);
  assert(!stderr.includes(stdout.trim()));
  assertStringIncludes(stdout, "czs_emulator_");
});

Deno.test("token --trace masks a token that the answer encodes (security 12)", async () => {
  const secret = "Canary0123456789abcdef";
  const body = `{"access_token":"\\u0043anary0123456789abcdef","expires_in":900,"msg":"${secret}"}`;
  const headers = { "x-tt-logid": "%43anary0123456789abcdef" };
  const fetch = () => Promise.resolve(new Response(body, { headers }));
  const { stdout, stderr } = await token(["--trace"], { fetch });
  assertEquals(stdout, `${secret}\n`);
  assertStringIncludes(stderr, "Canary…(22 chars)");
  assert(!stderr.includes("anary0123456789"), stderr);
});

Deno.test("run() reports a fault of its own as unexpected, with a stack only for --trace", async () => {
  const now = () => {
    throw new TypeError("boom");
  };
  const quiet = await token([], { now });
  assertFailed(quiet, 1, "unexpected", "TypeError: boom");
  assert(!/^\s+at /m.test(quiet.stderr));
  assertMatch((await token(["--trace"], { now })).stderr, /^\s+at /m);
});

Deno.test("token wipes the bytes of the key file when it is done with them (security 4)", async () => {
  for (const pem of [pkcs8Pem(), pkcs8Pem().slice(0, 900)]) {
    const key = new TextEncoder().encode(pem);
    await token([], { files: { ...healthyFiles(), "keys/private_key.pem": key } });
    assert(key.every((byte) => byte === 0));
  }
});

Deno.test("token --env prints a line for the shell, under the name that the SDKs' examples read", async () => {
  const fetch = () =>
    Promise.resolve(Response.json({ "access_token": "czs_0123456789", "expires_in": 900 }));
  const { stdout } = await token(["--env"], { fetch });
  assertEquals(stdout, "export COZE_API_TOKEN='czs_0123456789'\n");
  const powershell = await token(["--env"], { fetch, shell: "powershell" });
  assertEquals(powershell.stdout, "$env:COZE_API_TOKEN = 'czs_0123456789'\n");
});

Deno.test("token --env keeps a quote of the server inside the token, which a shell evaluates", async () => {
  const fetch = () =>
    Promise.resolve(Response.json({ "access_token": "czs_0123';id;'", "expires_in": 900 }));
  const { stdout } = await token(["--env"], { fetch });
  assertEquals(stdout, "export COZE_API_TOKEN='czs_0123'\\'';id;'\\'''\n");
  const powershell = await token(["--env"], { fetch, shell: "powershell" });
  assertEquals(powershell.stdout, "$env:COZE_API_TOKEN = 'czs_0123'';id;'''\n");
});
