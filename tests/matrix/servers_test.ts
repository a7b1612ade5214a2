import { assert, assertEquals, assertRejects } from "@std/assert";
import { signJwt } from "./assertion.ts";
import { createClock } from "./clock.ts";
import { type Check, CHECKS, firstRefusal, ORDERS } from "./judge.ts";
import { pairsOfRun } from "./keys.ts";
import * as proxies from "./proxies.ts";
import { createChance } from "./random.ts";
import { type App, createServer, type Handler, type ServerOptions } from "./server.ts";
import { type AppState, type Wording, WORDINGS } from "./wording.ts";

const NOW = Date.parse("2026-03-04T05:06:07Z");
const BASE = "https://api.coze.cn";
const { own, second, foreign, stray } = pairsOfRun();

function serverWith(options: Partial<ServerOptions> = {}, state?: AppState) {
  const clock = createClock(NOW);
  const apps: App[] = [
    {
      clientId: "1127900106117",
      keys: { own: own.publicKey, second: second.publicKey },
      owners: ["42"],
      ...(state && { state }),
    },
    { clientId: "310000000002", keys: { foreign: foreign.publicKey } },
  ];
  const handler = createServer(
    {
      host: "api.coze.cn",
      apps,
      order: CHECKS,
      unverifiable: "skip",
      issuer: "owns-kid",
      wording: "documented",
      outerFirst: false,
      tolerance: 0,
      longestLife: 3600,
      refusesReplay: true,
      sendsDate: true,
      sendsLogId: true,
      volatile: false,
      deniedStatus: 403,
      pathError: "access_deny",
      ...options,
    },
    clock,
    createChance(1),
  );
  return { handler, clock };
}

let serial = 0;
interface Ask {
  header?: Record<string, unknown>;
  claims?: Record<string, unknown>;
  key?: typeof own;
  body?: Record<string, unknown>;
  path?: string;
  jwt?: string;
}

function requestOf({ header, claims, key = own, body, path = "", jwt }: Ask = {}): Request {
  const iat = NOW / 1000;
  const assertion = jwt ?? signJwt({ alg: "RS256", typ: "JWT", kid: "own", ...header }, {
    iss: "1127900106117",
    aud: "api.coze.cn",
    iat,
    exp: iat + 60,
    jti: `jti ${serial++}`,
    ...claims,
  }, key.privateKey);
  return new Request(`${BASE}/api/permission/oauth2/${path}token`, {
    method: "POST",
    headers: { "authorization": `Bearer ${assertion}`, "content-type": "application/json" },
    body: JSON.stringify({
      "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
      ...body,
    }),
  });
}

async function ask(handler: Handler, request: Request) {
  const response = await handler(request);
  const body = await response.json();
  return { status: response.status, headers: response.headers, body };
}

/** An assertion in which just these checks find fault. */
function faulty(checks: readonly Check[]): Ask {
  const has = (check: Check) => checks.includes(check);
  const times = has("time") ? { iat: NOW / 1000 + 100, exp: NOW / 1000 + 200 } : {};
  return {
    header: has("kid") ? { kid: "gone" } : {},
    key: has("signature") ? stray : own,
    claims: { ...times, ...(has("iss") && { iss: "9" }), ...(has("claims") && { aud: "x" }) },
  };
}

const said = (message: string) =>
  /kid/.test(message)
    ? "kid"
    : /signature/.test(message)
    ? "signature"
    : /issuer/.test(message)
    ? "iss"
    : /claims/.test(message)
    ? "claims"
    : "time";

Deno.test("createServer() refuses by the first check that finds fault, in every order", async () => {
  assertEquals(ORDERS.length, 120);
  for (const order of ORDERS) {
    const { handler } = serverWith({ order, unverifiable: "refuse", issuer: "exists" });
    for (let from = 0; from < order.length; from++) {
      const { body } = await ask(handler, requestOf(faulty(order.slice(from))));
      // An unknown key id leaves nothing to verify with, which is refused as a signature here.
      const unverifiable = order.indexOf("kid") >= from;
      const expected = unverifiable
        ? order.find((check, i) => i >= from || check === "signature")
        : order[from];
      assertEquals(said(body["error_message"]), expected, `${order} from ${from}`);
    }
    assertEquals((await ask(handler, requestOf())).status, 200);
  }
});

Deno.test("firstRefusal() does what it is told where a check has nothing to go by", () => {
  const holds = { kid: false, signature: undefined, iss: "exists", claims: true, time: true };
  const judge = (unverifiable: "skip" | "refuse", order: Check[]) =>
    firstRefusal({ ...holds, iss: "exists" }, { order, unverifiable, issuer: "owns-kid" });
  assertEquals(judge("refuse", ["signature", "kid", "iss"]), "signature");
  assertEquals(judge("refuse", ["iss", "kid", "signature"]), "iss");
  assertEquals(judge("skip", ["signature", "iss", "kid"]), "kid");
});

Deno.test("createServer() lets an App ID own its keys, or only exist", async () => {
  const request = () => requestOf({ claims: { iss: "310000000002" } });
  assertEquals((await ask(serverWith().handler, request())).status, 401);
  const { handler } = serverWith({ issuer: "exists" });
  assertEquals((await ask(handler, request())).status, 200);
});

const REFUSALS: [name: string, ask: Ask][] = [
  ["an unknown key id", { header: { kid: "gone" } }],
  ["another key of the app", { key: second }],
  ["a key that is not registered", { key: stray }],
  ["HS256", { header: { alg: "HS256" } }],
  ["a number as App ID", { claims: { iss: 1127900106117 } }],
  ["an audience in a list", { claims: { aud: ["api.coze.cn"] } }],
  ["the other region's audience", { claims: { aud: "api.coze.com" } }],
  ["a life that is too long", { claims: { exp: NOW / 1000 + 3601 } }],
  ["a time in the future", { claims: { iat: NOW / 1000 + 1 } }],
  ["a time that has passed", { claims: { iat: NOW / 1000 - 60, exp: NOW / 1000 } }],
  ["milliseconds", { claims: { iat: NOW, exp: NOW + 60 } }],
  ["no jti", { claims: { jti: undefined } }],
  ["no JWT", { jwt: "" }],
  ["a token", { jwt: "czs_abc" }],
];
for (const [name, each] of REFUSALS) {
  Deno.test(`createServer() refuses ${name} with 401 invalid_client`, async () => {
    const { status, body } = await ask(serverWith().handler, requestOf(each));
    assertEquals([status, body.error, body["error_code"]], [
      401,
      "invalid_client",
      "invalid_client",
    ]);
  });
}

Deno.test("createServer() refuses the second use of a jti, when it is to", async () => {
  for (const [refusesReplay, expected] of [[true, 401], [false, 200]] as const) {
    const { handler } = serverWith({ refusesReplay });
    const request = requestOf();
    assertEquals((await ask(handler, request.clone())).status, 200);
    assertEquals((await ask(handler, request)).status, expected);
  }
});

for (const tolerance of [0, 5, 300]) {
  Deno.test(`createServer() forgives clocks ${tolerance} s and no second more`, async () => {
    const { handler } = serverWith({ tolerance });
    const [iat, exp] = [NOW / 1000 + tolerance, NOW / 1000 + 900];
    const behind = { iat: NOW / 1000 - 900, exp: NOW / 1000 - tolerance };
    const status = async (claims: Record<string, unknown>) =>
      (await ask(handler, requestOf({ claims }))).status;
    assertEquals(await status({ iat, exp }), 200);
    assertEquals(await status({ iat: iat + 1, exp }), 401);
    assertEquals(await status({ ...behind, exp: behind.exp + 1 }), 200);
    assertEquals(await status(behind), 401);
  });
}

const STATES: [AppState, RegExp][] = [
  ["app-type-wrong", /^invalid app type$/],
  ["app-disabled", /deactivated by the owner$/],
  ["connector-not-bound", /should bind connector id$/],
  ["login-session-invalid", /^login session invalid$/],
];
for (const [state, words] of STATES) {
  Deno.test(`createServer() refuses ${state} in the documented words, late or early`, async () => {
    for (const wording of ["documented", "blank", "random", "alike"] as const) {
      const { handler } = serverWith({ wording }, state);
      const { status, body } = await ask(handler, requestOf());
      assertEquals([status, body["error_code"]], [403, "access_deny"]);
      assert(words.test(body["error_message"]));
      // A wrong key is found before, unless the app is looked at first.
      const bad = () => requestOf({ key: stray });
      assertEquals((await ask(handler, bad())).status, 401);
      const early = serverWith({ wording, outerFirst: true }, state).handler;
      assertEquals((await ask(early, bad())).status, 403);
    }
  });
}

Deno.test("createServer() knows paths and scopes", async () => {
  const { handler } = serverWith();
  const scope = (name: string) => ({
    body: { scope: { "account_permission": { "permission_list": [name] } } },
  });
  const outcome = async (each: Ask) => {
    const { status, body } = await ask(handler, requestOf(each));
    return [status, body["error_code"]];
  };
  assertEquals(await outcome({ path: "account/42/" }), [200, undefined]);
  assertEquals(await outcome({ path: "account/43/" }), [403, "access_deny"]);
  assertEquals(await outcome({ path: "enterprise_id/43/" }), [403, "access_deny"]);
  assertEquals(await outcome(scope("Connector.botChat")), [200, undefined]);
  assertEquals(await outcome(scope("Connector.createBot")), [400, "invalid_request"]);
});

Deno.test("createServer() gives a token that its own API accepts, and no other", async () => {
  const { handler } = serverWith();
  const { body } = await ask(handler, requestOf({ body: { "duration_seconds": 60 } }));
  assertEquals(body["expires_in"], NOW / 1000 + 60);
  const read = (token: string) =>
    ask(
      handler,
      new Request(`${BASE}/v1/workspaces`, { headers: { "authorization": `Bearer ${token}` } }),
    );
  assertEquals((await read(body["access_token"])).body.code, 0);
  assertEquals((await read("czs_other")).body.code, 4100);
  assertEquals((await handler(new Request(`${BASE}/v1/bots`))).status, 404);
  await assertRejects(() => handler(new Request("https://api.coze.com/v1/workspaces")));
});

/** The words for each of the five checks, and for a request without JWT. */
async function wordsOf(wording: Wording, handler = serverWith({ wording }).handler) {
  const words: string[] = [];
  for (const check of CHECKS) {
    words.push((await ask(handler, requestOf(faulty([check])))).body["error_message"]);
  }
  words.push((await ask(handler, requestOf({ jwt: "" }))).body["error_message"]);
  return words;
}

const KID = "invalid jwt: kid not been registred";
const EMPTY = "invalid jwt: empty jwt token";
const FORMS: Record<Wording, (words: string[]) => boolean> = {
  "documented": (words) => new Set(words).size === 6 && words[0] === KID && words[5] === EMPTY,
  "blank": (words) => words.join() === [KID, "", "", "", "", EMPTY].join(),
  "random": (words) => new Set(words).size === 6 && words[0] === KID && words[5] === EMPTY,
  "all-blank": (words) => words.join("") === "",
  "other": (words) => new Set(words).size === 6 && !words.includes(KID) && !words.includes(EMPTY),
  "alike": (words) => new Set(words).size === 1 && words[0] !== "",
};
for (const wording of WORDINGS) {
  Deno.test(`createSpeaker() puts refusals into words: ${wording}`, async () => {
    const { handler } = serverWith({ wording });
    const [once, again] = [await wordsOf(wording, handler), await wordsOf(wording, handler)];
    assert(FORMS[wording](once), once.join(" | "));
    if (wording === "random") assert(once[1] !== again[1]);
    else assertEquals(again, once);
  });
}

Deno.test("createServer() sends Date and log id, or not, and texts that never come twice", async () => {
  const { headers } = await ask(serverWith().handler, requestOf());
  assertEquals(headers.get("date"), "Wed, 04 Mar 2026 05:06:07 GMT");
  assert(/^20260304050607[0-9A-F]{18}$/.test(headers.get("x-tt-logid") ?? ""));
  const bare = serverWith({ sendsDate: false, sendsLogId: false, volatile: true }).handler;
  const answers = await Promise.all([1, 2].map(() => ask(bare, requestOf({ key: stray }))));
  for (const { headers } of answers) {
    assertEquals([headers.get("date"), headers.get("x-tt-logid")], [null, null]);
  }
  assert(answers[0]!.body["error_message"] !== answers[1]!.body["error_message"]);
});

Deno.test("stripsAuthorization() leaves all but the header", async () => {
  const { handler } = serverWith();
  const { body } = await ask(proxies.stripsAuthorization(handler), requestOf());
  assertEquals(body["error_message"], EMPTY);
});

Deno.test("stripsAnswerHeaders() leaves the body and its type", async () => {
  const { handler } = serverWith();
  const { status, headers, body } = await ask(proxies.stripsAnswerHeaders(handler), requestOf());
  assertEquals([status, [...headers.keys()]], [200, ["content-type"]]);
  assert(body["access_token"].startsWith("czs_"));
});

Deno.test("answers(), fails(), isForbidden() and hangs() never ask the server", async () => {
  const never: Handler = () => Promise.reject(new Error("asked"));
  const headers = { "retry-after": "7" };
  const response = await proxies.answers(429, "wait", headers)(never)(requestOf());
  assertEquals([response.status, response.headers.get("retry-after")], [429, "7"]);
  await response.body?.cancel();
  const failed = await assertRejects(() => proxies.fails("dns error")(never)(requestOf()));
  assert(((failed as Error).cause as Error).message.endsWith("dns error"));
  const forbidden = await assertRejects(() => proxies.isForbidden(never)(requestOf()));
  assertEquals((forbidden as Error).name, "NotCapable");
  const controller = new AbortController();
  const request = new Request(BASE, { signal: controller.signal });
  const hanging = proxies.hangs(never)(request);
  controller.abort(new Error("late"));
  assertEquals((await assertRejects(() => hanging) as Error).message, "late");
});

Deno.test("isSlow() lets half of its time pass before the server sees the request", async () => {
  const { handler, clock } = serverWith();
  const slow = proxies.isSlow(clock, createChance(2), [4000, 4000])(handler);
  const { headers } = await ask(slow, requestOf());
  assertEquals(headers.get("date"), "Wed, 04 Mar 2026 05:06:09 GMT");
  assertEquals(clock.now(), NOW + 4000);
});
