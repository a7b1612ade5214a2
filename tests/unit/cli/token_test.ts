import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import {
  healthyEmulator,
  healthyFiles,
  KEY_ID,
  named,
  privateKeyPem,
  runIn,
  type World,
} from "../../testing/fake_io.ts";

async function token(args: string[] = [], more: Partial<World> = {}) {
  const fetch = more.fetch ?? await healthyEmulator();
  return await runIn({ args: ["token", ...args], files: await healthyFiles(), fetch, ...more });
}

Deno.test("token prints the token, one line on stdout, and nothing else", async () => {
  const { exitCode, stdout, stderr } = await token();
  assertEquals([exitCode, stderr], [0, ""]);
  assertMatch(stdout, /^czs_emulator_[\w-]+\n$/);
});

Deno.test("token --json prints the AccessToken object", async () => {
  const { stdout, stderr } = await token(["--json"]);
  const result = JSON.parse(stdout);
  assertEquals(stderr, "");
  assertEquals(Object.keys(result).sort(), ["accessToken", "expiresAt", "logId"]);
  assert(Math.abs(result.expiresAt - Date.now() - 900_000) < 10_000);
});

Deno.test("token --header prints a header for curl", async () => {
  assertMatch((await token(["--header"])).stdout, /^Authorization: Bearer czs_[\w-]+\n$/);
});

Deno.test("token --duration and --session-name reach the request", async () => {
  const emulator = await healthyEmulator();
  const args = ["--duration", "2h", "--session-name", "user 1"];
  assertEquals((await token(args, { fetch: emulator })).exitCode, 0);
  const { body, claims } = emulator.journal[0]!;
  assertEquals((body as Record<string, unknown>)["duration_seconds"], 7200);
  assertEquals((claims as Record<string, unknown>)["session_name"], "user 1");
});

Deno.test("token --scope-bot asks for Connector.botChat", async () => {
  const emulator = await healthyEmulator();
  await token(["--scope-bot", "7351", "--scope-bot", "7352"], { fetch: emulator });
  assertEquals((emulator.journal[0]!.body as Record<string, unknown>)["scope"], {
    "account_permission": { "permission_list": ["Connector.botChat"] },
    "attribute_constraint": {
      "connector_bot_chat_attribute": { "bot_id_list": ["7351", "7352"] },
    },
  });
});

Deno.test("token --account-id and --enterprise-id choose the path", async () => {
  const emulator = await healthyEmulator();
  await token(["--account-id", "123"], { fetch: emulator });
  await token(["--enterprise-id", "volcano_1"], { fetch: emulator });
  assertEquals(emulator.journal.map(({ path }) => path), [
    "/api/permission/oauth2/account/123/token",
    "/api/permission/oauth2/enterprise_id/volcano_1/token",
  ]);
});

Deno.test("token gives up its read permission before it sends (security 5)", async () => {
  const { dropped, touchedAfterDrop } = await token();
  assertEquals([dropped, touchedAfterDrop], [true, []]);
});

Deno.test("token names a host that is not Coze's in the first line of stderr (security 6)", async () => {
  const args = ["--base-url", "http://127.0.0.1:9999"];
  const { exitCode, stderr } = await token(args);
  assertEquals(exitCode, 0);
  assertMatch(stderr, /^Sending to 127\.0\.0\.1:9999, which is not Coze's own host\n$/);
});

Deno.test("token says after a refusal what the server said and what the rules find", async () => {
  const other = KEY_ID.replace("_v", "_w");
  const { exitCode, stdout, stderr } = await token(["--key-id", other]);
  assertEquals([exitCode, stdout], [5, ""]);
  const order = [
    "error[client-refused]: ",
    "= server said: invalid_client invalid jwt: kid not been registred, logid 20",
    "error[wrong-region]: ",
    `help: coze-jwt doctor --key-id ${other} looks for the cause`,
  ];
  const places = order.map((text) => stderr.indexOf(text));
  assert(places.every((place, i) => place >= 0 && (i === 0 || place > places[i - 1]!)), stderr);
  // The most certain finding and no other: all of them are the doctor's matter.
  assertEquals(stderr.match(/^(?:error|warning|note)\[/gm)?.length, 2);
});

Deno.test("token --json says a refusal in one JSON line", async () => {
  const { exitCode, stdout, stderr } = await token(["--key-id", "x", "--json", "--lang", "zh"]);
  assertEquals([exitCode, stdout, stderr.split("\n").length], [5, "", 2]);
  const { error } = JSON.parse(stderr);
  assertEquals(Object.keys(error), ["code", "message", "server", "help"]);
  assertEquals(error.code, "client-refused");
  assertEquals(error.server.message, "invalid jwt: kid not been registred");
  assertMatch(error.message, /^[\x20-\x7e]+$/);
});

Deno.test("token doubts the host before it says how to let it through the sandbox", async () => {
  const fetch = () => Promise.reject(named("NotCapable"));
  for (
    const [host, code] of [["api.c0ze.cn", "base-url-lookalike"], [
      "www.coze.cn",
      "base-url-not-api",
    ]]
  ) {
    const { exitCode, stderr } = await token(["--base-url", `https://${host}`], { fetch });
    assertEquals(exitCode, 9);
    assert(stderr.indexOf(`error[${code}]`) < stderr.indexOf("error[sandbox-net]"), stderr);
    assertStringIncludes(stderr, "https://api.coze.cn");
    assert(!stderr.includes("--allow-net"), "and does not say how to let it through");
    const json = await token(["--base-url", `https://${host}`, "--json"], { fetch });
    const { error } = JSON.parse(json.stderr);
    assertEquals(error.code, "sandbox-net");
    assertStringIncludes(error.help, "https://api.coze.cn");
  }
});

Deno.test("token warns after a refusal of a value that won over another file's", async () => {
  const files = {
    ...await healthyFiles(),
    "keys/coze_oauth_config.json": '{"public_key_id": "other"}',
  };
  const { stderr } = await token(["--client-id", "1"], { files });
  assertStringIncludes(stderr, "warning[config-shadowed]");
});

Deno.test("token says what the clocks differ by when the refusal has a Date", async () => {
  const hour = 3_600_000;
  const emulator = await healthyEmulator();
  const now = () => Date.now() + hour;
  const { exitCode, stderr } = await token([], { fetch: emulator, now });
  assertEquals(exitCode, 5);
  assertStringIncludes(
    stderr,
    "error[clock-skew]: This machine's clock is off (likely)\n  = it is 3600 s ahead",
  );
});

Deno.test("token sends what merely looks wrong, and says so only after a refusal", async () => {
  const emulator = await healthyEmulator();
  const { exitCode, stderr } = await token(["--client-id", "abc"], { fetch: emulator });
  assertEquals([exitCode, emulator.journal.length], [5, 1]);
  assertStringIncludes(stderr, "error[client-id-malformed]");
});

const PEM = await privateKeyPem();
const BLOCKED: [
  name: string,
  world: Partial<World> & { args?: string[] },
  exit: number,
  code: string,
][] = [
  ["no configuration", { files: {} }, 3, "config-missing"],
  ["no configuration, no key", { files: {} }, 3, "key-file-missing"],
  [
    "half of it",
    { files: { "keys/.env": `COZE_CLIENT_ID=1\n`, "keys/private_key.pem": PEM } },
    3,
    "config-missing",
  ],
  [
    "no key",
    { files: { "keys/.env": `COZE_CLIENT_ID=1\nCOZE_KEY_ID=${KEY_ID}\n` } },
    4,
    "key-file-missing",
  ],
  [
    "a public key",
    {
      files: {
        ...await healthyFiles(),
        "keys/private_key.pem": "-----BEGIN PUBLIC KEY-----\nAA==\n-----END PUBLIC KEY-----",
      },
    },
    4,
    "key-is-public",
  ],
  [
    "an empty key file",
    { files: { ...await healthyFiles(), "keys/private_key.pem": "" } },
    4,
    "key-damaged",
  ],
  [
    "a cut key file",
    { files: { ...await healthyFiles(), "keys/private_key.pem": PEM.slice(0, 400) } },
    4,
    "key-damaged",
  ],
  [
    "a path as key text",
    {
      files: {},
      env: { COZE_CLIENT_ID: "1", COZE_KEY_ID: KEY_ID, COZE_PRIVATE_KEY: "keys/private_key.pem" },
    },
    4,
    "key-is-a-path",
  ],
  ["control characters", { env: { COZE_CLIENT_ID: "1\n2" } }, 3, "client-id-malformed"],
  ["control characters in the key id", { env: { COZE_KEY_ID: "\x1b[31m" } }, 3, "key-id-malformed"],
  ["http", { args: ["--base-url", "http://api.coze.cn"] }, 3, "base-url-insecure"],
  [
    "user info",
    { args: ["--base-url", "https://api.coze.cn@evil.example"] },
    3,
    "base-url-insecure",
  ],
  ["no URL", { args: ["--base-url", "api.coze.cn"] }, 3, "base-url-not-api"],
  ["too long a duration", { args: ["--duration", "24h"] }, 2, "duration-out-of-range"],
  ["no duration", { args: ["--duration", "0"] }, 2, "duration-out-of-range"],
  ["an impossible duration", { args: ["--duration", "soon"] }, 2, "usage-value"],
  ["an impossible time-out", { args: ["--timeout", "never"] }, 2, "usage-value"],
  ["a time-out of nothing", { args: ["--timeout", "0"] }, 2, "usage-value"],
  ["a language that is none", { args: ["--lang", "de"] }, 2, "usage-value"],
  [
    "an account id that leads elsewhere",
    { args: ["--account-id", "../../../v1/x?y="] },
    2,
    "usage-value",
  ],
];
for (const [name, { args, ...world }, exitCode, code] of BLOCKED) {
  Deno.test(`token refuses to send for ${name}: ${code}`, async () => {
    const fetch = () => Promise.reject(new Error("sent"));
    const outcome = await token(args, { fetch, ...world });
    assertStringIncludes(outcome.stderr, `error[${code}]`);
    assertEquals([outcome.exitCode, outcome.stdout], [exitCode, ""]);
    const json = await token([...args ?? [], "--json"], { fetch, ...world });
    assertEquals(json.stdout, "");
    assertEquals(Object.keys(JSON.parse(json.stderr)), ["error"]);
  });
}

Deno.test("token and inspect say of a public key as key id only that, with its source", async () => {
  const publicKey = "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----";
  const files = {
    ...await healthyFiles(),
    "keys/.env": `COZE_CLIENT_ID=1\nCOZE_KEY_ID='${publicKey}'\n`,
  };
  for (const command of ["token", "inspect"]) {
    const { exitCode, stderr } = await runIn({ args: [command], files });
    assertEquals(exitCode, 3);
    assertEquals(stderr.match(/^(?:error|warning)\[.*?\]/gm), ["error[key-id-is-public-key]"]);
    assertStringIncludes(stderr, " --> keys/.env COZE_KEY_ID\n");
  }
});

Deno.test("token names the kind of a key that cannot sign RS256", async () => {
  const ec = "-----BEGIN EC PRIVATE KEY-----\nAA==\n-----END EC PRIVATE KEY-----\n";
  const files = { ...await healthyFiles(), "keys/private_key.pem": ec };
  assertStringIncludes((await token([], { files })).stderr, "not an RSA key for signing: EC\n");
});

Deno.test("token says every value that is missing at once", async () => {
  const { stderr } = await token([], { files: {} });
  assertStringIncludes(stderr, "Not set: COZE_CLIENT_ID, COZE_KEY_ID");
  assertStringIncludes(stderr, "mv .env keys/.env");
  assertStringIncludes(stderr, "error[key-file-missing]");
});

const ANSWERS: [name: string, response: () => Response, exit: number, code: string][] = [
  ["HTML", () => new Response("<html>\x1b[31mhi</html>"), 8, "answer-not-json"],
  ["an empty answer", () => new Response(""), 8, "answer-not-json"],
  ["a truncated answer", () => new Response('{"access_tok'), 8, "answer-not-json"],
  ["an answer of another form", () => Response.json({ hello: 1 }), 8, "answer-invalid"],
  ["a huge answer", () => new Response("x".repeat(70_000)), 8, "answer-too-large"],
  ["403", () => Response.json({ code: 1, msg: "no" }, { status: 403 }), 5, "client-refused"],
  [
    "429",
    () => new Response("", { status: 429, headers: { "retry-after": "99" } }),
    7,
    "rate-limited",
  ],
  [
    "500",
    () => new Response("", { status: 500, headers: { "retry-after": "99" } }),
    8,
    "server-fault",
  ],
  [
    "302",
    () => new Response("", { status: 302, headers: { location: "https://a/" } }),
    5,
    "redirected",
  ],
  ["407", () => new Response("", { status: 407 }), 8, "proxy-refused"],
];
for (const [name, response, exitCode, code] of ANSWERS) {
  Deno.test(`token ends with ${exitCode} and ${code} for ${name}`, async () => {
    const outcome = await token([], { fetch: () => Promise.resolve(response()) });
    assertStringIncludes(outcome.stderr, `error[${code}]`);
    assertEquals([outcome.exitCode, outcome.stdout], [exitCode, ""]);
    assert(!outcome.stderr.includes("\x1b"));
  });
}

const FAILURES: [error: Error, exit: number, code: string][] = [
  [named("NotCapable"), 9, "sandbox-net"],
  [
    new TypeError("fetch failed", { cause: new Error("invalid peer certificate") }),
    8,
    "tls-untrusted",
  ],
];
for (const [error, exitCode, code] of FAILURES) {
  Deno.test(`token ends with ${exitCode} and ${code} without an answer`, async () => {
    const outcome = await token([], { fetch: () => Promise.reject(error) });
    assertStringIncludes(outcome.stderr, `error[${code}]`);
    assertEquals([outcome.exitCode, outcome.stdout], [exitCode, ""]);
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
    assertEquals([outcome.exitCode, outcome.stdout], [exitCode, ""]);
    assertStringIncludes(outcome.stderr, "error[interrupted]");
  });
}

Deno.test("token speaks Chinese when the system or --lang does", async () => {
  const bySystem = await token([], { files: {}, language: "zh-CN" });
  const byFlag = await token(["--lang", "zh"], { files: {} });
  const against = await token(["--lang=en"], { files: {}, language: "zh-CN" });
  assertStringIncludes(bySystem.stderr, "缺少");
  assertEquals(byFlag.stderr, bySystem.stderr);
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

Deno.test("run() reports a fault of its own as unexpected, with a stack only for --trace", async () => {
  const now = () => {
    throw new TypeError("boom");
  };
  const quiet = await token([], { now });
  assertEquals([quiet.exitCode, quiet.stdout], [1, ""]);
  assertStringIncludes(quiet.stderr, "error[unexpected]");
  assertStringIncludes(quiet.stderr, "TypeError: boom");
  assert(!/^\s+at /m.test(quiet.stderr));
  assertMatch((await token(["--trace"], { now })).stderr, /^\s+at /m);
});

Deno.test("token wipes the bytes of the key file when it is done with them (security 4)", async () => {
  const bytes = new TextEncoder().encode(PEM);
  const damaged = new TextEncoder().encode(PEM.slice(0, 900));
  for (const key of [bytes, damaged]) {
    await token([], { files: { ...await healthyFiles(), "keys/private_key.pem": key } as never });
    assert(key.every((byte) => byte === 0));
  }
});
