import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { generatePrivateKey, publicKeyOf } from "../../../lib/cli/key_pair.ts";
import { diagnose, type DiagnoseOptions, type ProbeName } from "../../../lib/doctor/mod.ts";
import {
  createEmulator,
  type EmulatorOptions,
  type JournalEntry,
} from "../../../lib/emulator/mod.ts";
import { CozeError, decodeAssertion } from "../../../mod.ts";
import { verifies } from "./signature.ts";

const CLIENT_ID = "1127900106117";
const KEY_ID = "_v0VjcMlLdQc3tRTD3jC5Xz29TUnKQOhtuD5k-gpyf4";
const [PEM, OTHER_PEM] = await Promise.all([generatePrivateKey(), generatePrivateKey()]);
const APP = { clientId: CLIENT_ID, keyId: KEY_ID, privateKey: PEM };

/** What was sent: the host, and the JWT where there was one. */
interface Sent {
  host: string;
  path: string;
  jwt?: string;
}

/** Diagnoses at an emulator that knows the app, and keeps what was sent. */
async function run(
  app: Partial<typeof APP> & { baseUrl?: string } = {},
  options: DiagnoseOptions = {},
  emulatorOptions: EmulatorOptions = {},
) {
  const sent: Sent[] = [];
  const keys = { [KEY_ID]: publicKeyOf(PEM) };
  const emulator = createEmulator({
    apps: [{ clientId: CLIENT_ID, keys, accounts: ["7"] }],
    ...emulatorOptions,
  });
  const diagnosis = await diagnose({ ...APP, ...app }, {
    fetch(request) {
      const { host, pathname } = new URL(request.url);
      const bearer = request.headers.get("authorization")?.replace("Bearer ", "");
      sent.push({ host, path: pathname, ...(bearer?.startsWith("eyJ") && { jwt: bearer }) });
      return emulator(request);
    },
    ...options,
  });
  const names = diagnosis.probes.map(({ name }) => name);
  const codes = diagnosis.findings.map(({ code }) => code);
  return { ...diagnosis, codes, names, sent, journal: emulator.journal as JournalEntry[] };
}

Deno.test("diagnose() finds nothing wrong in a healthy setup, with two requests", async () => {
  const { ok, exitCode, codes, names } = await run();
  assertEquals([ok, exitCode, codes, names], [true, 0, [], ["baseline", "workspaces"]]);
});

Deno.test("diagnose() takes the key as bytes and as an imported key", async () => {
  const { importPrivateKey } = await import("../../../mod.ts");
  for (const privateKey of [new TextEncoder().encode(PEM), await importPrivateKey(PEM)]) {
    assertEquals((await run({ privateKey: privateKey as never })).codes, []);
  }
});

Deno.test("diagnose() sends nothing when the cause can be seen", async () => {
  const cases: [Partial<typeof APP> & { baseUrl?: string }, string][] = [
    [{ privateKey: "" }, "key-damaged"],
    [{ clientId: "" }, "config-missing"],
    [{ clientId: KEY_ID, keyId: CLIENT_ID }, "ids-swapped"],
    [{ baseUrl: "https://api.c0ze.cn" }, "base-url-lookalike"],
    [{ baseUrl: "https://www.coze.cn" }, "base-url-not-api"],
    [{ baseUrl: "nonsense" }, "base-url-not-api"],
    [{ keyId: "a\nb" }, "key-id-malformed"],
  ];
  for (const [app, code] of cases) {
    const { codes, sent, ok } = await run(app);
    assertEquals([codes[0], sent, ok], [code, [], false]);
  }
});

Deno.test("diagnose() asks once about what merely looks wrong, and believes a token", async () => {
  const keys = { short: publicKeyOf(PEM) };
  const apps = [{ clientId: CLIENT_ID, keys }];
  const works = await run({ keyId: "short" }, {}, { apps });
  assertEquals([works.ok, works.codes], [true, ["key-id-malformed"]]);
  const refused = await run({ keyId: "shorter" }, {}, { apps });
  assertEquals(refused.codes[0], "key-id-malformed");
  assertEquals(refused.names, ["baseline"]);
});

Deno.test("diagnose() offline sends nothing", async () => {
  const { sent, ok, codes } = await run({}, { offline: true });
  assertEquals([sent, ok, codes], [[], true, []]);
});

Deno.test("diagnose() says what it is about to send", async () => {
  const announced: [ProbeName | "workspaces", string][] = [];
  const { names } = await run({ privateKey: OTHER_PEM }, {
    onProbe: (name, host) => void announced.push([name, host]),
  }, { order: ["kid", "iss"] });
  assertEquals(announced, names.map((name) => [name, "api.coze.cn"]));
});

Deno.test("diagnose() names a key that is not the pair, and proves it", async () => {
  const { findings, exitCode, probes } = await run({ privateKey: OTHER_PEM }, {}, {
    order: ["kid", "iss", "signature"],
  });
  const [first] = findings;
  assertEquals([first!.code, first!.certainty, exitCode], ["key-mismatch", "proven", 5]);
  assertEquals(probes.map(({ name, sameAsBaseline }) => [name, sameAsBaseline]), [
    ["baseline", null],
    ["foreign-key", true],
    ["random-key-id", false],
    ["random-app-id", false],
  ]);
});

Deno.test("diagnose() gives each probe its own times and jti, and 60 s to live", async () => {
  const { journal } = await run({ privateKey: OTHER_PEM });
  const claims = journal.map(({ claims }) => claims as Record<string, number & string>);
  assertEquals(claims.map(({ iat, exp }) => exp! - iat!), [600, 60, 60, 60, 60]);
  assertEquals(new Set(claims.map(({ jti }) => jti)).size, 5);
  for (const { jti } of claims) assertMatch(jti!, /^[0-9a-f]{64}$/);
});

Deno.test("diagnose() asks the other region with what nobody has signed (security 2)", async () => {
  const { sent, codes, findings } = await run({ keyId: "A".repeat(43) }, { otherRegion: true });
  assertEquals(codes[0], "key-id-unknown");
  assertMatch(findings[0]!.evidence.join(), /api\.coze\.com answers alike/);
  const elsewhere = sent.filter(({ host }) => host !== "api.coze.cn");
  assertEquals(elsewhere.map(({ host }) => host), ["api.coze.com", "api.coze.com"]);
  for (const { jwt, host } of elsewhere) {
    assert(!await verifies(jwt!, PEM));
    assertEquals(decodeAssertion(jwt!).claims.aud, host);
  }
  // The same check tells a signature that is there.
  assert(await verifies(sent[0]!.jwt!, PEM));
});

Deno.test("diagnose() proves the wrong region when the other one knows the key id", async () => {
  const own = createEmulator();
  const other = createEmulator({
    apps: [{ clientId: CLIENT_ID, keys: { [KEY_ID]: publicKeyOf(PEM) } }],
  });
  const fetch = (request: Request) =>
    (new URL(request.url).host === "api.coze.cn" ? own : other)(request);
  const { findings } = await diagnose(APP, { fetch, otherRegion: true });
  assertEquals([findings[0]!.code, findings[0]!.certainty], ["wrong-region", "proven"]);
  assertEquals(other.journal.map(({ status }) => status), [401, 401]);
});

Deno.test("diagnose() sends the token to no host but the one that gave it (security 2)", async () => {
  const { sent } = await run();
  assertEquals(sent.map(({ host, path }) => host + path), [
    "api.coze.cn/api/permission/oauth2/token",
    "api.coze.cn/v1/workspaces",
  ]);
});

Deno.test("diagnose() refuses to ask the other region of a host that is not Coze's", async () => {
  const error = await assertRejects(
    () => diagnose({ ...APP, baseUrl: "http://127.0.0.1:1" }, { otherRegion: true }),
    CozeError,
  );
  assertEquals(error.code, "usage-value");
});

Deno.test("diagnose() measures the clock, and proves it by times that are accepted", async () => {
  for (const [seconds, reason] of [[3600, "ahead"], [-3600, "behind"], [5, "ahead"]] as const) {
    const { findings, names } = await run({}, { now: () => Date.now() + seconds * 1000 });
    assertEquals(
      [findings[0]!.code, findings[0]!.certainty],
      ["clock-skew", "proven"],
      String(seconds),
    );
    assertMatch(findings[0]!.evidence[0]!, new RegExp(`${Math.abs(seconds)} s ${reason}`));
    assert(names.length <= 4);
  }
});

Deno.test("diagnose() tells a life that is too long from a wrong clock", async () => {
  const { findings } = await run({}, {}, { maxLifetimeSeconds: 300 });
  assertEquals([findings[0]!.code, findings[0]!.certainty], ["assertion-lifetime", "proven"]);
});

Deno.test("diagnose() finds out which part of a request is refused", async () => {
  const scope = { permissions: ["Bot.createBot"] };
  const cases: [DiagnoseOptions["request"], string][] = [
    [{ scope }, "scope-rejected"],
    [{ accountId: "8" }, "account-path-refused"],
    [{ accountId: "7", scope }, "scope-rejected"],
    [{ accountId: "8", durationSeconds: 60 }, "account-path-refused"],
  ];
  for (const [request, code] of cases) {
    const { findings } = await run({}, { request: request! });
    assertEquals([findings[0]!.code, findings[0]!.certainty], [code, "proven"]);
  }
  assertEquals((await run({}, { request: { durationSeconds: 0 } })).codes, [
    "duration-out-of-range",
  ]);
});

Deno.test("diagnose() tells a bad token, a missing permission and a narrowed token apart", async () => {
  const keys = { [KEY_ID]: publicKeyOf(PEM) };
  const missing = await run({}, {}, { apps: [{ clientId: CLIENT_ID, keys, permissions: [] }] });
  assertEquals([missing.codes, missing.exitCode], [["permission-missing"], 6]);
  const request = { scope: { permissions: ["Connector.botChat"] } };
  const narrowed = await run({}, { request });
  assertEquals([narrowed.codes, narrowed.ok], [["scope-narrows"], true]);
});

const READS: [string, Response | Error, string[]][] = [
  ["401", new Response("{}", { status: 401 }), ["token-invalid"]],
  ["4100 with status 200", Response.json({ code: 4100, msg: "authentication is invalid" }), [
    "token-invalid",
  ]],
  ["700012006", Response.json({ code: 700012006, msg: "access token invalid" }), ["token-invalid"]],
  [
    "a token of the other region",
    Response.json({
      code: 4101,
      msg: "The token you entered is incorrect. Please double-check and try again.",
    }),
    ["token-other-region"],
  ],
  ["an empty balance", Response.json({ code: 4011, msg: "x" }), ["quota-exhausted"]],
  ["403 without a code", new Response("{}", { status: 403 }), []],
  ["429", new Response("{}", { status: 429 }), ["rate-limited"]],
  ["503", new Response("busy", { status: 503 }), ["server-fault"]],
  ["a web page", new Response("<html>"), ["answer-not-json"]],
  ["302", new Response("{}", { status: 302 }), ["redirected"]],
  ["407", new Response("{}", { status: 407 }), ["proxy-refused"]],
  ["5000", Response.json({ code: 5000, msg: "x" }), ["server-fault"]],
  ["4009", Response.json({ code: 4009, msg: "x" }), ["rate-limited"]],
  ["another number", Response.json({ code: 4000, msg: "Request parameter error" }), []],
  ["no connection", new TypeError("fetch failed"), ["connection-lost"]],
];
for (const [what, answer, expected] of READS) {
  Deno.test(`diagnose() concludes ${expected} from a read that is answered by ${what}`, async () => {
    const emulator = createEmulator({
      apps: [{ clientId: CLIENT_ID, keys: { [KEY_ID]: publicKeyOf(PEM) } }],
    });
    const fetch = (request: Request) => {
      if (request.method === "POST") return emulator(request);
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer.clone());
    };
    const { findings, ok } = await diagnose(APP, { fetch });
    assertEquals([findings.map(({ code }) => code), ok], [expected, expected.length === 0]);
  });
}

Deno.test("diagnose() calls no fault on the way a refusal", async () => {
  const faults: [Response | Error, string][] = [
    [new Response("{}", { status: 429, headers: { "retry-after": "3" } }), "rate-limited"],
    [new Response("", { status: 503 }), "server-fault"],
    [new Response(null, { status: 302, headers: { location: "https://x" } }), "redirected"],
    [new Response("<html>"), "answer-not-json"],
    [new TypeError("fetch failed", { cause: new Error("dns error") }), "dns-failure"],
  ];
  for (const [answer, code] of faults) {
    let count = 0;
    const fetch = () => {
      count++;
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    };
    const { findings } = await diagnose(APP, { fetch });
    assertEquals([findings.map(({ code }) => code), count], [[code], 1]);
  }
});

Deno.test("diagnose() stops when a later answer says nothing, and keeps what it knows", async () => {
  let count = 0;
  const emulator = createEmulator();
  const fetch = (request: Request) =>
    ++count < 2 ? emulator(request) : Promise.resolve(new Response("", { status: 503 }));
  const { findings, probes } = await diagnose(APP, { fetch });
  assertEquals(findings.map(({ code }) => code), ["wrong-region", "key-id-unknown"]);
  assertEquals(probes.map(({ status }) => status), [401, 503]);
});

Deno.test("diagnose() speaks Chinese when asked", async () => {
  const { findings } = await run({ privateKey: "" }, { language: "zh" });
  assertMatch(findings[0]!.title, /私钥/);
});

Deno.test("diagnose() ends with interrupted when its signal aborts", async () => {
  const error = await assertRejects(
    () => diagnose(APP, { signal: AbortSignal.abort() }),
    CozeError,
  );
  assertEquals(error.code, "interrupted");
});

Deno.test("diagnose() repeats no token that a server repeats (security 12)", async () => {
  const token = "of/a+form.that=nobody-knows";
  const fetch = (request: Request) =>
    Promise.resolve(
      request.method === "POST"
        ? Response.json({ "access_token": token, "expires_in": 900 })
        : Response.json({ code: 4100, msg: `bad token ${token}` }, { status: 401 }),
    );
  const diagnosis = await diagnose(APP, { fetch });
  assertMatch(diagnosis.findings[0]!.evidence.join(), /bad token of\/a\+f…/);
  assert(!JSON.stringify(diagnosis).includes(token));
});
