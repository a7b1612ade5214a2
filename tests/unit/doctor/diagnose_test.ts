import type { FindingCode } from "../../../lib/doctor/kinds.ts";
import { createVerify } from "node:crypto";
import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { diagnose, type DiagnoseOptions } from "../../../lib/doctor/mod.ts";
import { createEmulator } from "../../../lib/emulator/mod.ts";
import {
  type CozeApp,
  CozeError,
  decodeAssertion,
  fingerprints,
  importPrivateKey,
} from "../../../mod.ts";
import { createChance } from "../../../scripts/measure/matrix/random.ts";
import {
  type App,
  createServer,
  type Handler,
  type ServerOptions,
} from "../../../scripts/measure/matrix/server.ts";
import {
  CLIENT_ID,
  KEY_ID,
  otherPkcs8Pem,
  pkcs8Pem,
  publicPem,
  rsaPair,
} from "../../testing/keys.ts";

const APP = { clientId: CLIENT_ID, keyId: KEY_ID, privateKey: pkcs8Pem() };
const KNOWN: App = {
  clientId: CLIENT_ID,
  keys: { [KEY_ID]: rsaPair().publicKey },
  owners: ["7"],
};

/** Makes a server that shares no code with the library and the emulator. */
function serve(options: Partial<ServerOptions> = {}): Handler {
  const clock = {
    get now() {
      return Date.now();
    },
  };
  return createServer(
    {
      host: "api.coze.cn",
      apps: [KNOWN],
      order: ["kid", "iss", "signature", "claims", "time"],
      unverifiable: "refuse",
      issuer: "owns-kid",
      wording: "documented",
      outerFirst: false,
      tolerance: 3,
      longestLife: 86_400,
      sendsDate: true,
      volatile: false,
      deniedStatus: 403,
      pathError: "access_deny",
      ...options,
    },
    clock,
    createChance(1),
  );
}

/** Runs diagnose() at a server that knows the app, and records the requests. */
async function run(
  app: Partial<CozeApp> = {},
  options: DiagnoseOptions = {},
  server: Partial<ServerOptions> = {},
) {
  const sent: { host: string; path: string; jwt?: string }[] = [];
  const hosts: Record<string, Handler> = {
    "api.coze.com": serve({ ...server, host: "api.coze.com", apps: [] }),
  };
  const handler = serve(server);
  const diagnosis = await diagnose({ ...APP, ...app }, {
    fetch(request) {
      const { host, pathname } = new URL(request.url);
      const bearer = request.headers.get("authorization")?.replace("Bearer ", "");
      sent.push({ host, path: pathname, jwt: bearer?.startsWith("eyJ") ? bearer : undefined });
      return (hosts[host] ?? handler)(request);
    },
    ...options,
  });
  const [first] = diagnosis.findings;
  return {
    ...diagnosis,
    names: diagnosis.probes.map(({ name }) => name),
    codes: diagnosis.findings.map(({ code }) => code),
    first: [first?.code, first?.certainty] as const,
    sent,
  };
}

Deno.test("diagnose() finds nothing in a healthy setup, with two requests", async () => {
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

Deno.test("diagnose() sends nothing when a rule proves the cause", async () => {
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

Deno.test("diagnose() tries once what only looks wrong, and drops the error after a token", async () => {
  const apps = [{ clientId: CLIENT_ID, keys: { short: rsaPair().publicKey } }];
  const works = await run({ keyId: "short" }, {}, { apps });
  assertEquals([works.ok, works.codes], [true, ["key-id-malformed"]]);
  const refused = await run({ keyId: "shorter" }, {}, { apps });
  assertEquals([refused.codes[0], refused.names], ["key-id-malformed", ["baseline"]]);
});

Deno.test("diagnose() refuses arguments of a wrong type at once", async () => {
  const rows: [app: unknown, options: unknown, message: string][] = [
    [undefined, {}, '"app" must be an object'],
    [APP, null, '"options" must be an object'],
    [APP, { onProbe: 5 }, '"onProbe" must be a function'],
    [APP, { fetch: 5, offline: true }, '"fetch" must be a function'],
    [APP, { timeoutMs: 0, offline: true }, '"timeoutMs" must be 1 to 2147483647'],
  ];
  for (const [app, options, message] of rows) {
    const call = () => diagnose(app as CozeApp, options as DiagnoseOptions);
    assertEquals((await assertRejects(call, CozeError, message)).code, "usage");
  }
});

Deno.test("diagnose() says which values are missing, and what is accepted", async () => {
  const rows: [app: unknown, options: DiagnoseOptions, words: RegExp][] = [
    [{}, {}, /^Not set: COZE_CLIENT_ID, COZE_KEY_ID, COZE_PRIVATE_KEY .* keys\/$/],
    [{ ...APP, privateKey: "" }, {}, /^The private key is damaged /],
    [{ ...APP, privateKey: undefined }, {}, /^Not set: COZE_PRIVATE_KEY .* keys\/$/],
    [{ ...APP, privateKey: 5 }, {}, /^The value of privateKey .*: PEM or a CryptoKey$/],
    [APP, { request: { accountId: "a b" } }, /^The value of accountId is not accepted Accepted: /],
  ];
  for (const [app, options, words] of rows) {
    const { findings } = await diagnose(app as CozeApp, { ...options, offline: true });
    assertEquals(findings.length, 1);
    assertMatch(`${findings[0]!.title} ${findings[0]!.fix}`, words);
  }
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

const scope = { permissions: ["Bot.createBot"] };
const ahead = (seconds: number): DiagnoseOptions => ({ now: () => Date.now() + seconds * 1000 });
const moved: Partial<ServerOptions> = { apps: [] };

/** What is wrong, and what is found first. */
const CASES: [
  what: string,
  code: FindingCode,
  certainty: "proven" | "likely",
  Partial<CozeApp>,
  DiagnoseOptions,
  Partial<ServerOptions>?,
][] = [
  ["a key that does not match", "key-mismatch", "proven", { privateKey: otherPkcs8Pem() }, {}],
  [
    "the same, the signature being checked before the App ID",
    "key-mismatch",
    "likely",
    { privateKey: otherPkcs8Pem() },
    {},
    { order: ["kid", "signature", "iss", "claims", "time"] },
  ],
  [
    "the same, with a new message each time",
    "key-mismatch",
    "likely",
    { privateKey: otherPkcs8Pem() },
    {},
    { wording: "random" },
  ],
  [
    "the same, without any message",
    "wire-no-bearer",
    "likely",
    { privateKey: otherPkcs8Pem() },
    {},
    { wording: "all-blank" },
  ],
  [
    "an unknown App ID, the signature being checked first",
    "client-id-unknown",
    "likely",
    { clientId: "1234567890" },
    {},
    { order: ["signature", "iss", "kid", "claims", "time"], wording: "other" },
  ],
  ["an unknown key id", "wrong-region", "likely", { keyId: "A".repeat(43) }, {}],
  [
    "the same, the App ID being checked first",
    "key-id-unknown",
    "proven",
    { keyId: "A".repeat(43) },
    {},
    { order: ["iss", "kid", "signature", "claims", "time"], issuer: "exists" },
  ],
  [
    "the same, probing both regions",
    "key-id-unknown",
    "likely",
    { keyId: "A".repeat(43) },
    { otherRegion: true },
  ],
  ["a clock that is an hour ahead", "clock-skew", "proven", {}, ahead(3600)],
  ["a clock that is an hour behind", "clock-skew", "proven", {}, ahead(-3600)],
  ["a clock that is 9 s ahead", "clock-skew", "proven", {}, ahead(9)],
  ["a lifetime that is too long", "assertion-lifetime", "proven", {}, {}, { longestLife: 300 }],
  ["a scope", "scope-rejected", "proven", {}, { request: { scope } }],
  ["an account", "account-path-refused", "proven", {}, { request: { accountId: "8" } }],
  [
    "a scope, with an allowed account",
    "scope-rejected",
    "proven",
    {},
    { request: { accountId: "7", scope } },
  ],
  ["a duration", "duration-out-of-range", "proven", {}, { request: { durationSeconds: 0 } }],
  [
    "an app that is disabled",
    "app-disabled",
    "proven",
    {},
    {},
    { apps: [{ ...KNOWN, state: "app-disabled" }] },
  ],
  [
    "the same, without a message",
    "connector-not-bound",
    "likely",
    {},
    {},
    { apps: [{ ...KNOWN, state: "app-disabled" }], wording: "all-blank" },
  ],
];
for (const [what, code, certainty, app, options, server] of CASES) {
  Deno.test(`diagnose() calls ${code} ${certainty} for ${what}`, async () => {
    const { first, names } = await run(app, options, server);
    assertEquals(first, [code, certainty]);
    assert(names.length <= 8);
  });
}

Deno.test("diagnose() finds that the server receives no JWT", async () => {
  const { first, probes } = await run({}, {
    fetch: (request) => serve()(new Request(request.url, { method: "POST", body: "{}" })),
  });
  assertEquals([first, probes.length], [["wire-no-bearer", "proven"], 1]);
});

Deno.test("diagnose() calls two causes likely that no probe tells apart, and says what to look up", async () => {
  const { findings } = await run({ privateKey: otherPkcs8Pem() }, {}, {
    order: ["kid", "signature", "iss", "claims", "time"],
  });
  assertEquals(findings.map(({ code, severity }) => [code, severity]), [
    ["key-mismatch", "error"],
    ["client-id-unknown", "error"],
  ]);
  assertMatch(findings[0]!.evidence.join(), /key list/);
});

Deno.test("diagnose() gives each probe its own jti, and 60 s to live", async () => {
  const { sent } = await run({ privateKey: otherPkcs8Pem() });
  const claims = sent.flatMap(({ jwt }) => jwt ? [decodeAssertion(jwt).claims] : []);
  const [base, ...lives] = claims.map(({ iat, exp }) => Number(exp) - Number(iat));
  assertEquals([base, new Set(lives)], [600, new Set([60])]);
  for (const { jti } of claims) assertMatch(String(jti), /^[0-9a-f]{64}$/);
  assertEquals(new Set(claims.map(({ jti }) => jti)).size, claims.length);
});

/** Whether a JWT is signed with the user's key. */
function isSigned(jwt: string): boolean {
  const at = jwt.lastIndexOf(".");
  const signature = Uint8Array.fromBase64(jwt.slice(at + 1), { alphabet: "base64url" });
  return createVerify("RSA-SHA256").update(jwt.slice(0, at)).verify(publicPem(), signature);
}

Deno.test("diagnose() signs nothing for the other region (security 2)", async () => {
  const { sent, codes, findings } = await run({ keyId: "A".repeat(43) }, { otherRegion: true });
  assertEquals(codes[0], "key-id-unknown");
  assertMatch(findings[0]!.evidence.join(), /api\.coze\.com/);
  const elsewhere = sent.filter(({ host }) => host !== "api.coze.cn");
  assert(elsewhere.length > 0 && elsewhere.every(({ host }) => host === "api.coze.com"));
  for (const { jwt, host } of elsewhere) {
    assert(!isSigned(jwt!));
    assertEquals(decodeAssertion(jwt!).claims.aud, host);
  }
  assert(isSigned(sent[0]!.jwt!));
});

Deno.test("diagnose() proves the wrong region when the other one knows the key id", async () => {
  const [own, other] = [serve(moved), serve({ host: "api.coze.com" })];
  const { first, probes } = await run({}, {
    otherRegion: true,
    fetch: (request) => (new URL(request.url).host === "api.coze.cn" ? own : other)(request),
  });
  assertEquals(first, ["wrong-region", "proven"]);
  assertEquals(probes.map(({ host }) => host), [
    "api.coze.cn",
    "api.coze.com",
    "api.coze.com",
  ]);
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
  ["a used up quota", json(4028), ["quota-exhausted"]],
  ["5000", json(5000), ["server-fault"]],
  ["a wrong request", json(4000), ["request-invalid"]],
  ["an undocumented number", json(717170), ["api-refused"]],
  ["403 without a number", new Response("{}", { status: 403 }), ["api-refused"]],
  ["a missing permission", json(4101), ["permission-missing"]],
  ["302", new Response("{}", { status: 302 }), ["redirected"]],
  ["a web page", new Response("<html>"), ["answer-invalid"]],
  ["no connection", new TypeError("fetch failed"), ["connection-lost"]],
];
for (const [what, answer, expected] of READS) {
  Deno.test(`diagnose() finds ${expected} when the read is answered by ${what}`, async () => {
    const server = serve();
    const fetch = (request: Request) => {
      if (request.method === "POST") return server(request);
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    };
    const { codes, ok } = await run({}, { fetch });
    assertEquals([codes, ok], [expected, false]);
  });
}

Deno.test("diagnose() shows the whole response of the API, and no advice already followed", async () => {
  const server = serve();
  const answers: [Response, details: Record<string, unknown>, evidence: RegExp][] = [
    [
      Response.json({ code: 4028, msg: "used up" }, { headers: { "x-tt-logid": "LOG" } }),
      {},
      / 200 4028 used up logid LOG$/,
    ],
    [new Response(null, { status: 401 }), { reason: "issued" }, / 401$/],
    [new Response("no such page", { status: 404 }), { reason: "json" }, /no such page.* 404$/],
    [
      new Response(null, { status: 302, headers: { location: "/login" } }),
      { location: "/login" },
      /\/login.* 302$/,
    ],
  ];
  for (const [answer, details, evidence] of answers) {
    const fetch = (request: Request) =>
      request.method === "POST" ? server(request) : Promise.resolve(answer);
    const { findings: [first] } = await run({}, { fetch });
    assertMatch(first!.evidence.join(), evidence);
    assertEquals({ ...first!.details, ...details }, first!.details);
    assertEquals(first!.command, undefined);
  }
});

Deno.test("diagnose() warns of a wrong clock although a token came", async () => {
  const server = serve();
  const fetch = async (request: Request) => {
    const response = request.method === "POST" ? await server(request) : json(0);
    response.headers.set("date", new Date(Date.now() - 3_600_000).toUTCString());
    return response;
  };
  const { ok, findings: [first, ...others] } = await run({}, { fetch });
  assertEquals([ok, first!.code, first!.severity, others], [true, "clock-skew", "warning", []]);
  assertMatch(first!.evidence.join(), /360\d/);
});

Deno.test("diagnose() shows the message of the API, and does not blame a token with a scope", async () => {
  const server = serve();
  const fetch = (request: Request) =>
    request.method === "POST" ? server(request) : Promise.resolve(json(4101, "not today"));
  const { findings } = await run({}, { fetch });
  assertMatch(findings[0]!.evidence.join(), /not today/);
  const request = { scope: { permissions: ["Connector.botChat"] } };
  const narrowed = await run({}, { fetch, request });
  assertEquals([narrowed.codes, narrowed.ok], [["scope-narrows"], true]);
});

/** What a host that is not Coze's may return instead of a token or a refusal. */
const NOT_ENDPOINTS: [what: string, Response, code: string][] = [
  [
    "an error of Coze Studio",
    json(700012006, "authentication failed: missing session_key"),
    "base-url-not-api",
  ],
  ["a 404", new Response("404 page not found", { status: 404 }), "base-url-not-api"],
  ["a 404 in JSON", Response.json({ error: "Not Found" }, { status: 404 }), "base-url-not-api"],
  ["a 405", new Response(null, { status: 405 }), "base-url-not-api"],
  [
    "a page",
    new Response("<html>", { headers: { "content-type": "text/html" } }),
    "base-url-not-api",
  ],
  ["a 410", Response.json({ error: "not_found" }, { status: 410 }), "base-url-not-api"],
  ["a 401 of Kong", Response.json({ message: "No" }, { status: 401 }), "base-url-not-api"],
  ["plain text", new Response("Forbidden", { status: 403 }), "base-url-not-api"],
  ["a page without a type", new Response(new Blob(["<!doctype html>"])), "base-url-not-api"],
  ["half an answer", new Response("{"), "answer-invalid"],
  [
    "a refusal with 404",
    Response.json({ "error_code": "invalid_client", "error_message": "x" }, { status: 404 }),
    "wrong-region",
  ],
];
for (const [what, answer, code] of NOT_ENDPOINTS) {
  Deno.test(`diagnose() finds ${code} when the host returns ${what}`, async () => {
    const fetch = () => Promise.resolve(answer.clone());
    const { codes, names } = await run({ baseUrl: "https://llm.example.com" }, { fetch });
    if (code === "wrong-region") {
      return assert(names.length > 1 && !codes.includes("base-url-not-api"));
    }
    assertEquals([codes, names], [[code], ["baseline"]]);
  });
}

const FAULTS: [Response | Error, string][] = [
  [new Response("{}", { status: 429, headers: { "retry-after": "3" } }), "rate-limited"],
  [new Response(null, { status: 302, headers: { location: "https://x" } }), "redirected"],
  [new TypeError("fetch failed", { cause: new Error("dns error") }), "dns-failure"],
];
for (const [answer, code] of FAULTS) {
  Deno.test(`diagnose() sends one request when it ends with ${code}`, async () => {
    const { codes, names } = await run({}, {
      fetch: () => answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer),
    });
    assertEquals([codes, names], [[code], ["baseline"]]);
  });
}

Deno.test("diagnose() stops when a probe fails, and keeps its findings", async () => {
  let count = 0;
  const server = serve(moved);
  const { codes, probes } = await run({}, {
    fetch: (request) =>
      ++count < 2 ? server(request) : Promise.resolve(new Response("", { status: 503 })),
  });
  assertEquals(codes, ["key-id-unknown", "wrong-region"]);
  assertEquals(probes.map(({ status }) => status), [401, 503]);
});

Deno.test("diagnose() writes Chinese with language zh", async () => {
  const { findings } = await run({ privateKey: "" }, { language: "zh" });
  assertMatch(findings[0]!.title, /私钥/);
});

Deno.test("diagnose() ends with interrupted when its signal aborts", async () => {
  const error = await assertRejects(() => run({}, { signal: AbortSignal.abort() }), CozeError);
  assertEquals(error.code, "interrupted");
});

Deno.test("diagnose() shows no token that a server quotes (security 12)", async () => {
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

Deno.test("diagnose() says that key and key id match where a fingerprint shows it", async () => {
  const { spki: keyId } = await fingerprints(pkcs8Pem());
  const fetch = createEmulator({ apps: [{ clientId: CLIENT_ID, keys: { [keyId]: publicPem() } }] });
  const app = { clientId: `${CLIENT_ID}7`, keyId, privateKey: pkcs8Pem() };
  const [finding] = (await diagnose(app, { fetch })).findings;
  assertEquals([finding?.code, finding?.certainty], ["client-id-unknown", "proven"]);
  assert(finding?.evidence.some((sentence) => sentence.includes("these two match")));
});
