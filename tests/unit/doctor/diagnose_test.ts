import type { FindingCode } from "../../../lib/doctor/kinds.ts";
import { createVerify } from "node:crypto";
import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { diagnose, type DiagnoseOptions } from "../../../lib/doctor/mod.ts";
import { createEmulator, type EmulatorOptions } from "../../../lib/emulator/mod.ts";
import { type CozeApp, CozeError, decodeAssertion, importPrivateKey } from "../../../mod.ts";
import { CLIENT_ID, KEY_ID, otherPkcs8Pem, pkcs8Pem, publicPem } from "../../testing/keys.ts";

const APP = { clientId: CLIENT_ID, keyId: KEY_ID, privateKey: pkcs8Pem() };
const KNOWN = { clientId: CLIENT_ID, keys: { [KEY_ID]: publicPem() }, accounts: ["7"] };

/** Diagnoses at an emulator that knows the app, and keeps what was sent. */
async function run(
  app: Partial<CozeApp> = {},
  options: DiagnoseOptions = {},
  emulatorOptions: EmulatorOptions = {},
) {
  const sent: { host: string; path: string; jwt?: string }[] = [];
  const emulator = createEmulator({ apps: [KNOWN], ...emulatorOptions });
  const diagnosis = await diagnose({ ...APP, ...app }, {
    fetch(request) {
      const { host, pathname } = new URL(request.url);
      const bearer = request.headers.get("authorization")?.replace("Bearer ", "");
      sent.push({ host, path: pathname, jwt: bearer?.startsWith("eyJ") ? bearer : undefined });
      return emulator(request);
    },
    ...options,
  });
  const [first] = diagnosis.findings;
  return {
    ...diagnosis,
    names: diagnosis.probes.map(({ name }) => name),
    codes: diagnosis.findings.map(({ code }) => code),
    first: [first?.code, first?.certainty],
    sent,
  };
}

/** The emulator, with one check more before its own. */
function withCheck(refuses: (claims: Record<string, unknown>) => boolean) {
  const emulator = createEmulator({ apps: [KNOWN] });
  return (request: Request) => {
    const jwt = request.headers.get("authorization")?.replace("Bearer ", "") ?? "";
    if (!jwt.startsWith("eyJ") || !refuses(decodeAssertion(jwt).claims)) return emulator(request);
    const code = "invalid_client";
    const body = { error: code, error_code: code, error_message: "invalid jwt (another check)" };
    return Promise.resolve(Response.json(body, { status: 401 }));
  };
}

Deno.test("diagnose() finds nothing wrong in a healthy setup, with two requests", async () => {
  const { ok, exitCode, codes, names } = await run();
  assertEquals([ok, exitCode, codes, names], [true, 0, [], ["baseline", "workspaces"]]);
});

Deno.test("diagnose() takes the key as bytes and as an imported key", async () => {
  for (
    const privateKey of [new TextEncoder().encode(pkcs8Pem()), await importPrivateKey(pkcs8Pem())]
  ) {
    assertEquals((await run({ privateKey })).codes, []);
  }
});

Deno.test("diagnose() sends nothing when the cause can be seen", async () => {
  const cases: [Partial<CozeApp>, string][] = [
    [{ privateKey: "" }, "key-damaged"],
    [{ clientId: "" }, "config-missing"],
    [{ clientId: KEY_ID, keyId: CLIENT_ID }, "ids-swapped"],
    [{ baseUrl: "https://api.c0ze.cn" }, "base-url-lookalike"],
    [{ baseUrl: "https://coze.example.com" }, "base-url-lookalike"],
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
  const apps = [{ clientId: CLIENT_ID, keys: { short: publicPem() } }];
  const works = await run({ keyId: "short" }, {}, { apps });
  assertEquals([works.ok, works.codes], [true, ["key-id-malformed"]]);
  const refused = await run({ keyId: "shorter" }, {}, { apps });
  assertEquals([refused.codes[0], refused.names], ["key-id-malformed", ["baseline"]]);
});

Deno.test("diagnose() offline sends nothing", async () => {
  const { sent, ok, codes } = await run({}, { offline: true });
  assertEquals([sent, ok, codes], [[], true, []]);
});

Deno.test("diagnose() announces each request", async () => {
  const announced: string[][] = [];
  const { names } = await run({ privateKey: otherPkcs8Pem() }, {
    onProbe: (name, host) => void announced.push([name, host]),
  });
  assertEquals(announced, names.map((name) => [name, "api.coze.cn"]));
});

Deno.test("diagnose() proves that a key does not match", async () => {
  const { first, exitCode, probes } = await run({ privateKey: otherPkcs8Pem() }, {
    fetch: withCheck(({ iss }) => iss !== CLIENT_ID),
  });
  assertEquals([first, exitCode], [["key-mismatch", "proven"], 5]);
  assertEquals(probes.map(({ name, sameAsBaseline }) => [name, sameAsBaseline]), [
    ["baseline", null],
    ["foreign-key", true],
    ["random-key-id", false],
    ["random-app-id", false],
  ]);
});

Deno.test("diagnose() gives each probe its own jti, and 60 s to live", async () => {
  const { sent } = await run({ privateKey: otherPkcs8Pem() });
  const claims = sent.map(({ jwt }) => decodeAssertion(jwt!).claims);
  assertEquals(claims.map(({ iat, exp }) => Number(exp) - Number(iat)), [600, 60, 60, 60, 60]);
  for (const { jti } of claims) assertMatch(String(jti), /^[0-9a-f]{64}$/);
  assertEquals(new Set(claims.map(({ jti }) => jti)).size, 5);
});

/** Whether a JWT is signed with the user's key. */
function isSigned(jwt: string): boolean {
  const at = jwt.lastIndexOf(".");
  const signature = Uint8Array.fromBase64(jwt.slice(at + 1), { alphabet: "base64url" });
  return createVerify("RSA-SHA256").update(jwt.slice(0, at)).verify(publicPem(), signature);
}

Deno.test("diagnose() asks the other region with a throw-away key (security 2)", async () => {
  const { sent, codes, findings } = await run({ keyId: "A".repeat(43) }, { otherRegion: true });
  assertEquals(codes[0], "key-id-unknown");
  assertMatch(findings[0]!.evidence.join(), /api\.coze\.com/);
  const elsewhere = sent.filter(({ host }) => host !== "api.coze.cn");
  assertEquals(elsewhere.map(({ host }) => host), ["api.coze.com", "api.coze.com"]);
  for (const { jwt, host } of elsewhere) {
    assert(!isSigned(jwt!));
    assertEquals(decodeAssertion(jwt!).claims.aud, host);
  }
  assert(isSigned(sent[0]!.jwt!));
});

Deno.test("diagnose() proves the wrong region when the other one knows the key id", async () => {
  const [own, other] = [createEmulator(), createEmulator({ apps: [KNOWN] })];
  const { first } = await run({}, {
    otherRegion: true,
    fetch: (request) => (new URL(request.url).host === "api.coze.cn" ? own : other)(request),
  });
  assertEquals(first, ["wrong-region", "proven"]);
  assertEquals(other.journal.map(({ status }) => status), [401, 401]);
});

Deno.test("diagnose() sends the token only to the host that issued it (security 2)", async () => {
  const { sent } = await run();
  assertEquals(sent.map(({ host, path }) => host + path), [
    "api.coze.cn/api/permission/oauth2/token",
    "api.coze.cn/v1/workspaces",
  ]);
});

Deno.test("diagnose() refuses to ask the other region of a host that is not Coze's", async () => {
  const error = await assertRejects(
    () => run({ baseUrl: "http://127.0.0.1:1" }, { otherRegion: true }),
    CozeError,
  );
  assertEquals(error.code, "usage");
});

for (const [seconds, reason] of [[3600, "ahead"], [-3600, "behind"], [5, "ahead"]] as const) {
  Deno.test(`diagnose() proves that a clock is ${Math.abs(seconds)} s ${reason}`, async () => {
    const { first, findings, names } = await run({}, { now: () => Date.now() + seconds * 1000 });
    assertEquals(first, ["clock-skew", "proven"]);
    assertMatch(findings[0]!.evidence[0]!, new RegExp(`${Math.abs(seconds)} s ${reason}`));
    assert(names.length <= 4);
  });
}

Deno.test("diagnose() tells a lifetime that is too long from a wrong clock", async () => {
  const { first } = await run({}, {
    fetch: withCheck(({ iat, exp }) => Number(exp) - Number(iat) > 300),
  });
  assertEquals(first, ["assertion-lifetime", "proven"]);
});

const scope = { permissions: ["Bot.createBot"] };
const REQUESTS: [request: DiagnoseOptions["request"], code: FindingCode][] = [
  [{ scope }, "scope-rejected"],
  [{ accountId: "8" }, "account-path-refused"],
  [{ accountId: "7", scope }, "scope-rejected"],
  [{ accountId: "8", durationSeconds: 60 }, "account-path-refused"],
  [{ durationSeconds: 0 }, "duration-out-of-range"],
];
for (const [request, code] of REQUESTS) {
  Deno.test(`diagnose() proves ${code} for ${JSON.stringify(request)}`, async () => {
    assertEquals((await run({}, { request })).first, [code, "proven"]);
  });
}

Deno.test("diagnose() tells a missing permission from a token that a scope narrows", async () => {
  const missing = await run({}, {}, { apps: [{ ...KNOWN, permissions: [] }] });
  assertEquals([missing.codes, missing.exitCode], [["permission-missing"], 6]);
  const request = { scope: { permissions: ["Connector.botChat"] } };
  const narrowed = await run({}, { request });
  assertEquals([narrowed.codes, narrowed.ok], [["scope-narrows"], true]);
});

const json = (code: number, msg = "x") => Response.json({ code, msg });
const READS: [answer: string, Response | Error, codes: string[]][] = [
  ["401", new Response("{}", { status: 401 }), ["token-invalid"]],
  ["4100 with status 200", json(4100, "authentication is invalid"), ["token-invalid"]],
  [
    "4101 with the words for a bad token",
    json(4101, "The token you entered is incorrect. Please double-check and try again."),
    ["token-invalid"],
  ],
  ["an empty balance", json(4011), ["quota-exhausted"]],
  ["5000", json(5000), ["server-fault"]],
  ["an unknown number", json(4000), []],
  ["403 without a number", new Response("{}", { status: 403 }), []],
  ["302", new Response("{}", { status: 302 }), ["redirected"]],
  ["a web page", new Response("<html>"), ["answer-invalid"]],
  ["no connection", new TypeError("fetch failed"), ["connection-lost"]],
];
for (const [what, answer, expected] of READS) {
  Deno.test(`diagnose() finds ${expected} when the read is answered by ${what}`, async () => {
    const emulator = createEmulator({ apps: [KNOWN] });
    const { codes, ok } = await run({}, {
      fetch(request) {
        if (request.method === "POST") return emulator(request);
        return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
      },
    });
    assertEquals([codes, ok], [expected, expected.length === 0]);
  });
}

const FAULTS: [Response | Error, string][] = [
  [new Response("{}", { status: 429, headers: { "retry-after": "3" } }), "rate-limited"],
  [new Response(null, { status: 302, headers: { location: "https://x" } }), "redirected"],
  [new TypeError("fetch failed", { cause: new Error("dns error") }), "dns-failure"],
];
for (const [answer, code] of FAULTS) {
  Deno.test(`diagnose() asks once and finds ${code}, which is no refusal`, async () => {
    const { codes, names } = await run({}, {
      fetch: () => answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer),
    });
    assertEquals([codes, names], [[code], ["baseline"]]);
  });
}

Deno.test("diagnose() stops at a later fault, and keeps what it knows", async () => {
  let count = 0;
  const emulator = createEmulator();
  const { codes, probes } = await run({}, {
    fetch: (request) =>
      ++count < 2 ? emulator(request) : Promise.resolve(new Response("", { status: 503 })),
  });
  assertEquals(codes, ["wrong-region", "key-id-unknown"]);
  assertEquals(probes.map(({ status }) => status), [401, 503]);
});

Deno.test("diagnose() speaks Chinese when asked", async () => {
  const { findings } = await run({ privateKey: "" }, { language: "zh" });
  assertMatch(findings[0]!.title, /私钥/);
});

Deno.test("diagnose() ends with interrupted when its signal aborts", async () => {
  const error = await assertRejects(() => run({}, { signal: AbortSignal.abort() }), CozeError);
  assertEquals(error.code, "interrupted");
});

Deno.test("diagnose() repeats no token that a server repeats (security 12)", async () => {
  const token = "of/a+form.that=nobody-knows";
  const diagnosis = await run({}, {
    fetch: (request) =>
      Promise.resolve(
        request.method === "POST"
          ? Response.json({ "access_token": token, "expires_in": 900 })
          : Response.json({ code: 4100, msg: `bad token ${token}` }, { status: 401 }),
      ),
  });
  assertMatch(diagnosis.findings[0]!.evidence.join(), /bad token of\/a\+f…/);
  assert(!JSON.stringify(diagnosis).includes(token));
});
