import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { CozeError } from "../../lib/error.ts";
import { wait } from "../../lib/clock.ts";
import { type Fetch, type RequestOptions, send, startCall } from "../../lib/http.ts";

const URL_OF_CALL = "http://127.0.0.1:8000/api/permission/oauth2/token";

const BEARER = "Canary0123456789";

/** Sends one request by this fetch. */
function sendBy(fetch: Fetch, options: RequestOptions = {}, url = URL_OF_CALL) {
  const request = { method: "POST", url: new URL(url), bearer: BEARER, body: { a: 1 } } as const;
  return send(request, startCall({ fetch, ...options }), 1000);
}

Deno.test("send() passes the request on and reads an answer of any status to its end", async () => {
  // Deadline, sending, stopwatch, head, stopwatch at the end.
  const times = [1, 5, 5, 9, 12];
  let seen: Request | undefined;
  const fetch: Fetch = (request) => {
    seen = request;
    return Promise.resolve(new Response("扣子", { status: 404, headers: { a: "b" } }));
  };
  const answer = await sendBy(fetch, { now: () => times.shift() ?? 12 });
  const { status, headers, text, sentAt, receivedAt, request } = answer;
  assertEquals([status, headers.get("a"), text, sentAt, receivedAt], [404, "b", "扣子", 5, 9]);
  assertEquals(request.bearer, BEARER);
  assert(answer.elapsedMs() >= 7, "counted from sending to the end of the body");
  assertEquals([seen?.url, seen?.redirect, seen?.signal.aborted], [URL_OF_CALL, "manual", false]);
  assertEquals(await seen?.text(), '{"a":1}');
  assertEquals(Object.fromEntries(seen!.headers), {
    "authorization": `Bearer ${BEARER}`,
    "content-type": "application/json",
  });
});

/** A body of chunks that come when they are asked for. */
function bodyOf(chunks: (Uint8Array | Error)[], onCancel = () => {}): Response {
  const rest = [...chunks];
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      const chunk = rest.shift();
      if (chunk === undefined) controller.close();
      else if (chunk instanceof Error) controller.error(chunk);
      else controller.enqueue(chunk);
    },
    cancel: onCancel,
  }, { highWaterMark: 0 });
  return new Response(stream);
}

Deno.test("send() joins split characters, and marks one that is cut off", async () => {
  const bytes = new TextEncoder().encode("扣👍");
  const read = async (part: Uint8Array) =>
    (await sendBy(() => Promise.resolve(bodyOf([...part].map((b) => Uint8Array.of(b)))))).text;
  assertEquals(await read(bytes), "扣👍");
  assertEquals(await read(bytes.subarray(0, 5)), "扣\ufffd");
});

Deno.test("send() takes the limit and no byte more (security 8)", async () => {
  const exact = [new Uint8Array(999), new Uint8Array(1)];
  assertEquals((await sendBy(() => Promise.resolve(bodyOf(exact)))).text.length, 1000);
  let cancelled = false;
  const more = bodyOf([...exact, new Uint8Array(1), new Uint8Array(9)], () => cancelled = true);
  const error = await assertRejects(() => sendBy(() => Promise.resolve(more)), CozeError);
  assertEquals([error.code, error.details], ["answer-invalid", {
    reason: "size",
    limit: 1000,
    status: 200,
  }]);
  assert(cancelled, "the rest of the body is not read");
});

/** Texts of Deno 2.9.6 for real failures, behind the address they happened at. */
const WORDS: Record<string, [message: string, code: string]> = {
  "an unknown name": ["(Connect): dns error: failed to lookup address information", "dns-failure"],
  "a closed port": [
    "(Connect): tcp connect error: Connection refused (os error 111)",
    "connection-refused",
  ],
  "an untrusted certificate": [
    "(Connect): invalid peer certificate: UnknownIssuer",
    "tls-untrusted",
  ],
  "an expired certificate": ["(Connect): invalid peer certificate: Expired", "tls-untrusted"],
  "a proxy that asks for a password": ["(Connect): proxy authentication required", "proxy-refused"],
  "a proxy that forbids the host": ["(Connect): unsuccessful tunnel", "proxy-refused"],
  "a proxy that hangs up": ["(Connect): unexpected eof while tunneling", "proxy-refused"],
  "a SOCKS proxy that is not running": [
    "(Connect): Proxy server unreachable",
    "connection-refused",
  ],
  "a SOCKS proxy that asks for a password": [
    "(Connect): No acceptable auth methods",
    "proxy-refused",
  ],
  "a connection that was closed": [
    "(SendRequest): connection closed before message completed",
    "connection-lost",
  ],
  "a reset": [
    "(SendRequest): connection error: Connection reset by peer (os error 104)",
    "connection-lost",
  ],
  "a TLS handshake that is cut off": ["(Connect): tls handshake eof", "connection-lost"],
  "a stream that HTTP/2 refuses": [
    "(SendRequest): http2 error: stream error received: refused stream before processing",
    "connection-lost",
  ],
  "something new": ["(Whatever): the moon is full", "connection-lost"],
};

/** Fails as Deno does, which names the address differently once it has a connection. */
const failAt = (url: string, message: string) => () => {
  const address = message.startsWith("(SendRequest)")
    ? `from 127.0.0.1:40712 for ${url} (${new URL(url).host})`
    : `for url (${url})`;
  const cause = new Error(`error sending request ${address}: client error ${message}`);
  return Promise.reject(new TypeError("fetch failed", { cause }));
};

for (const [what, [message, code]] of Object.entries(WORDS)) {
  Deno.test(`send() calls ${what} ${code}`, async () => {
    const error = await assertRejects(() => sendBy(failAt(URL_OF_CALL, message)), CozeError);
    // A name server is asked for a name without port, and NO_PROXY takes no port.
    const host = /dns|proxy/.test(code) ? "127.0.0.1" : "127.0.0.1:8000";
    assertEquals([error.code, error.details.host], [code, host]);
  });
}

const MISLEADING = [
  "http://127.0.0.1:40712/api/permission/oauth2/token",
  "https://proxy.example/api/permission/oauth2/token",
  "https://tls-refused.example/certificate/api/permission/oauth2/token",
  "https://api.coze.cn/api/permission/oauth2/account/407/token",
];

for (const url of MISLEADING) {
  Deno.test(`send() does not take the address for the reason: ${url}`, async () => {
    for (const [message, code] of Object.values(WORDS)) {
      const error = await assertRejects(() => sendBy(failAt(url, message), {}, url), CozeError);
      assertEquals(error.code, code, message);
    }
  });
}

const THROWN: Record<string, [thrown: unknown, code: string]> = {
  "an error without words": [new Error(), "connection-lost"],
  "no error at all": ["czs_0123456789", "connection-lost"],
  "nothing": [undefined, "connection-lost"],
  "a lack of permission": [
    new Deno.errors.NotCapable('Requires net access to "127.0.0.1:8000", run again with …'),
    "sandbox-net",
  ],
  "a TypeError of fetch": [new TypeError("Failed to fetch"), "connection-lost"],
  "a TypeError that quotes the credential (security 12)": [
    new TypeError(`Invalid header value: "Bearer ${BEARER}"`),
    "connection-lost",
  ],
};

for (const [what, [thrown, code]] of Object.entries(THROWN)) {
  Deno.test(`send() makes an error of its own of ${what}`, async () => {
    const error = await assertRejects(() => sendBy(() => Promise.reject(thrown)), CozeError);
    assertEquals([error.code, error.cause], [code, undefined]);
    assert(!(error.message + JSON.stringify(error)).includes("0123456789"));
  });
}

const MISTAKES = [
  new TypeError("Cannot read properties of undefined (reading 'x')"),
  new RangeError("Invalid array length"),
  new ReferenceError("x is not defined"),
  new SyntaxError("Unexpected token"),
];

for (const mistake of MISTAKES) {
  Deno.test(`send() passes on a ${mistake.name} of an injected fetch`, async () => {
    const rejects = () => Promise.reject(mistake);
    const throws = () => {
      throw mistake;
    };
    for (const fetch of [rejects, throws]) {
      assert(await assertRejects(() => sendBy(fetch)) === mistake);
    }
  });
}

Deno.test("send() comes to an end with an error that is its own cause", async () => {
  const circular = new Error("connection refused");
  circular.cause = circular;
  const { code } = await assertRejects(() => sendBy(() => Promise.reject(circular)), CozeError);
  assertEquals(code, "connection-refused");
});

Deno.test("send() says connection-lost when the body breaks off", async () => {
  const broken = bodyOf([new Uint8Array(3), new TypeError("error reading a body from connection")]);
  const { code } = await assertRejects(() => sendBy(() => Promise.resolve(broken)), CozeError);
  assertEquals(code, "connection-lost");
});

/** A fetch that never answers and ends as Deno's does when its signal says so. */
const hang: Fetch = (request) =>
  new Promise((_, reject) =>
    request.signal.addEventListener("abort", () => reject(request.signal.reason))
  );

/** A body that dribbles for ever. */
const dribble: Fetch = () => {
  let timer: ReturnType<typeof setTimeout>;
  const stream = new ReadableStream<Uint8Array>({
    pull: (controller) =>
      new Promise((resolve) => {
        timer = setTimeout(() => resolve(controller.enqueue(Uint8Array.of(32))), 1);
      }),
    cancel: () => clearTimeout(timer),
  }, { highWaterMark: 0 });
  return Promise.resolve(new Response(stream));
};

const LATE: Record<string, Fetch> = {
  "a fetch that hangs": hang,
  "a fetch that ignores its signal": () => new Promise(() => {}),
  "a body that dribbles for ever": dribble,
};

for (const [what, fetch] of Object.entries(LATE)) {
  Deno.test(`send() ends ${what} at the deadline of its call (security 9)`, async () => {
    const { signal } = new AbortController();
    for (const options of [{ timeoutMs: 5 }, { timeoutMs: 5, signal }]) {
      const error = await assertRejects(() => sendBy(fetch, options), CozeError);
      const details = { host: "127.0.0.1:8000", timeoutMs: 5 };
      assertEquals([error.code, error.details], ["timeout", details]);
    }
  });
}

Deno.test("send() says interrupted for any reason of the caller's signal", async () => {
  const timeout = new DOMException("x", "TimeoutError");
  const abort = new DOMException("x", "AbortError");
  for (const reason of [undefined, new Error("x"), "text", abort, timeout]) {
    const controller = new AbortController();
    const run = sendBy(hang, { signal: controller.signal });
    controller.abort(reason);
    assertEquals((await assertRejects(() => run, CozeError)).code, "interrupted");
  }
});

Deno.test("startCall() has the documented defaults and one deadline", () => {
  const { timeoutMs, deadline, signal, sleep } = startCall({ now: () => 1000 });
  assertEquals([timeoutMs, deadline, signal.aborted], [15_000, 16_000, false]);
  assertEquals(sleep, wait);
});

Deno.test("startCall() takes a time-out of 1 to 2147483647 ms", () => {
  for (const timeoutMs of [1, 2 ** 31 - 1]) {
    assertEquals(startCall({ timeoutMs }).timeoutMs, timeoutMs);
  }
  for (const timeoutMs of [0, 0.5, -1, NaN, Infinity, 2 ** 31, "5" as unknown as number]) {
    const error = assertThrows(() => startCall({ timeoutMs }), CozeError);
    assertEquals([error.code, error.details.name], ["usage", "timeoutMs"]);
  }
});

for (const when of ["before it waits", "while it waits"]) {
  Deno.test(`wait() ends at once when it is aborted ${when}, and leaves no timer`, async () => {
    const controller = new AbortController();
    if (when === "before it waits") controller.abort();
    let hasEnded = false;
    wait(60_000, controller.signal).then(() => hasEnded = true);
    controller.abort();
    // All that needs no time to pass is done before a timer fires.
    await new Promise((resolve) => setTimeout(resolve, 0));
    assert(hasEnded);
  });
}

Deno.test("wait() waits", async () => {
  const start = performance.now();
  await wait(20, new AbortController().signal);
  // A timer may be early by less than a millisecond.
  assert(performance.now() - start > 18);
});
