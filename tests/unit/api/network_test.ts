import { assert, assertEquals } from "@std/assert";
import { type CallOptions, type CozeClient, createCozeClient } from "../../../lib/api/mod.ts";
import type { ErrorCode } from "../../../lib/error.ts";
import type { Fetch } from "../../../lib/http.ts";
import { API_TOKEN, BOT, CHAT, data, errorOf, QUESTION, scripted } from "../../testing/scripted.ts";

type Call = (client: CozeClient, options: CallOptions) => Promise<unknown>;
const CALLS: Record<string, Call> = {
  workspaces: (client, options) => Array.fromAsync(client.workspaces(options)),
  createBot: (client, options) => client.createBot(BOT, options),
  chat: (client, options) => Array.fromAsync(client.chat(QUESTION, options)),
  ask: (client, options) => client.ask(QUESTION, options),
  "ask by polling": (client, options) => client.ask(QUESTION, { ...options, stream: false }),
};

/** A response whose body never ends. */
function hanging(type: string, first = ""): Response {
  const body = new ReadableStream({
    start: (controller) => controller.enqueue(new TextEncoder().encode(first)),
  });
  return new Response(body, { headers: { "content-type": type } });
}

const never = () => new Promise<never>(() => {});
const HANGING: Record<string, { token?: () => Promise<string>; fetch: Fetch }> = {
  "the token": { token: never, fetch: never },
  "fetch": { fetch: never },
  "a body": { fetch: () => Promise.resolve(hanging("application/json", '{"code":')) },
  "a stream": { fetch: () => Promise.resolve(hanging("text/event-stream", ": hi\n")) },
};

/** Each way in which something hangs, for each call that waits for it. */
function* hangs(): Generator<[what: string, call: (options: CallOptions) => Promise<unknown>]> {
  for (const [what, options] of Object.entries(HANGING)) {
    for (const [name, call] of Object.entries(CALLS)) {
      if (what === "a stream" && !/^(?:chat|ask)$/.test(name)) continue;
      const client = createCozeClient({ token: API_TOKEN, ...options });
      yield [`${name}() while ${what} hangs`, (options) => call(client, options)];
    }
  }
}

Deno.test("each call ends at its deadline, whatever hangs (security 9)", async () => {
  for (const [what, call] of hangs()) {
    const { code, message, details } = await errorOf(() => call({ timeoutMs: 5 }));
    assertEquals([code, details.timeoutMs], ["timeout", 5], what);
    assertEquals(message, "No complete response from api.coze.cn within 5 ms");
  }
});

Deno.test("each call ends with interrupted when its signal aborts, for any reason", async () => {
  const aborted = (reason?: unknown) => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(reason));
    return controller.signal;
  };
  const signals: Record<string, () => AbortSignal> = {
    "an abort": () => aborted(),
    "an abort with a text": () => aborted("x"),
    "an abort with null": () => aborted(null),
    "AbortSignal.timeout()": () => AbortSignal.timeout(1),
    "an old abort": () => AbortSignal.abort(new TypeError("fetch failed")),
  };
  for (const [name, signal] of Object.entries(signals)) {
    for (const [what, call] of hangs()) {
      const error = await errorOf(() => call({ signal: signal(), timeoutMs: 60_000 }));
      assertEquals(error.code, "interrupted", `${what}, ${name}`);
    }
  }
});

Deno.test("ask() by polling names its own deadline, not that of a poll", async () => {
  const fetch = ({ url }: Request) =>
    url.includes("/retrieve") ? never() : Promise.resolve(data(CHAT));
  const sleep = () => Promise.resolve();
  const client = createCozeClient({ token: API_TOKEN, timeoutMs: 7, fetch, sleep });
  const call = () => client.ask(QUESTION, { stream: false, timeoutMs: 30 });
  const { code, details } = await errorOf(call);
  assertEquals([code, details.timeoutMs], ["timeout", 30]);
});

Deno.test("each call has a deadline by default: 15 s, a chat 10 min, a poll 15 s", async () => {
  const original = AbortSignal.timeout;
  const started: number[] = [];
  AbortSignal.timeout = (ms) => {
    started.push(ms);
    // A poll that hangs ends at once.
    return original.call(AbortSignal, ms === 15_000 ? 1 : ms);
  };
  try {
    const [completed, poll] = [{ ...CHAT, status: "completed" }, { stream: false }];
    const { fetch } = scripted(data(CHAT), never, data(completed), data([]));
    const sleep = () => Promise.resolve();
    const client = createCozeClient({ token: API_TOKEN, timeoutMs: 7, fetch, sleep });
    assertEquals((await client.ask(QUESTION, poll)).chat.status, "completed");
    assertEquals(started.splice(0), [600_000, 15_000, 15_000]);
    for (const [name, call] of Object.entries(CALLS)) {
      await call(client, {}).catch(() => {});
      await call(createCozeClient({ token: API_TOKEN, fetch }), {}).catch(() => {});
      const expected = /chat|ask/.test(name) ? [600_000, 600_000] : [7, 15_000];
      assertEquals(started.splice(0), expected, name);
    }
  } finally {
    AbortSignal.timeout = original;
  }
});

Deno.test("each call passes on an error of the injected fetch that is a mistake in it", async () => {
  const errors = [TypeError, RangeError, ReferenceError, SyntaxError];
  for (const thrown of errors.map((type) => new type("x is not a function"))) {
    for (const [what, call] of Object.entries(CALLS)) {
      for (const isAsync of [true, false]) {
        let requests = 0;
        const fetch = () => {
          requests++;
          if (isAsync) return Promise.reject(thrown);
          throw thrown;
        };
        const client = createCozeClient({ token: API_TOKEN, fetch });
        const caught = await call(client, {}).catch((error) => error);
        assert(caught === thrown, what);
        assertEquals(requests, 1);
      }
    }
    // A poll does not retry it either.
    const { fetch, sent } = scripted(data(CHAT), () => Promise.reject(thrown));
    const client = createCozeClient({ token: API_TOKEN, fetch, sleep: () => Promise.resolve() });
    const caught = await client.ask(QUESTION, { stream: false }).catch((error) => error);
    assert(caught === thrown && sent.length === 2);
  }
});

Deno.test("createBot() names the network's fault behind an error of fetch", async () => {
  const reset = new Error("read ECONNRESET: connection reset by peer");
  const rows: [error: unknown, code: ErrorCode][] = [
    [new TypeError("fetch failed", { cause: reset }), "connection-lost"],
    [new TypeError("x", { cause: reset }), "connection-lost"],
    [new TypeError("error sending request: connection closed"), "connection-lost"],
    [new TypeError("Failed to fetch"), "connection-lost"],
    [new TypeError("NetworkError when attempting to fetch resource."), "connection-lost"],
    [new TypeError("Load failed"), "connection-lost"],
    [new Error("x is not a function"), "connection-lost"],
    // It repeats the token, so it is not passed on.
    [new TypeError(`bad header ${API_TOKEN}`), "connection-lost"],
    [
      new TypeError("fetch failed", { cause: new Error("connect ECONNREFUSED: refused") }),
      "connection-refused",
    ],
    ["text", "connection-lost"],
  ];
  for (const [thrown, code] of rows) {
    const fetch = () => Promise.reject(thrown);
    const client = createCozeClient({ token: API_TOKEN, fetch });
    const error = await errorOf(() => client.createBot(BOT));
    assertEquals(error.code, code);
    assert(!Deno.inspect(error).includes(API_TOKEN));
  }
});
