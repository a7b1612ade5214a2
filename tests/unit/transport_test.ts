import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { CozeError } from "../../lib/error.ts";
import { type Fetch, type RequestOptions, send, startCall } from "../../lib/transport.ts";

const URL_OF_CALL = "http://127.0.0.1:8000/api/permission/oauth2/token";

/** Sends one request by this fetch. */
function sendBy(fetch: Fetch, options: RequestOptions = {}, url = URL_OF_CALL) {
  return send(new Request(url, { redirect: "manual" }), startCall({ fetch, ...options }), 1000);
}

Deno.test("send() reads an answer to its end, whatever its status", async () => {
  const times = [1, 5, 9];
  const fetch = () => Promise.resolve(new Response("扣子", { status: 404, headers: { a: "b" } }));
  const answer = await sendBy(fetch, { now: () => times.shift()! });
  const { status, headers, text, sentAt, receivedAt } = answer;
  assertEquals([status, headers.get("a"), text, sentAt, receivedAt], [404, "b", "扣子", 5, 9]);
});

Deno.test("send() passes the request on as it is, with redirects off and a signal", async () => {
  let seen: Request | undefined;
  await sendBy((request) => {
    seen = request;
    return Promise.resolve(new Response(null, { status: 204 }));
  });
  assertEquals([seen?.url, seen?.redirect, seen?.signal.aborted], [URL_OF_CALL, "manual", false]);
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

Deno.test("send() joins characters that were split over chunks", async () => {
  const bytes = new TextEncoder().encode("扣👍");
  const { text } = await sendBy(() =>
    Promise.resolve(bodyOf([...bytes].map((b) => Uint8Array.of(b))))
  );
  assertEquals(text, "扣👍");
});

Deno.test("send() shows that a body ends within a character", async () => {
  const cut = new TextEncoder().encode("a扣").subarray(0, 3);
  assertEquals((await sendBy(() => Promise.resolve(bodyOf([cut])))).text, "a\ufffd");
});

Deno.test("send() takes the limit and no byte more (security 8)", async () => {
  const exact = [new Uint8Array(999), new Uint8Array(1)];
  assertEquals((await sendBy(() => Promise.resolve(bodyOf(exact)))).text.length, 1000);
  let cancelled = false;
  const more = bodyOf([...exact, new Uint8Array(1), new Uint8Array(9)], () => cancelled = true);
  const error = await assertRejects(() => sendBy(() => Promise.resolve(more)), CozeError);
  assertEquals([error.code, error.details], ["answer-too-large", { limit: 1000, status: 200 }]);
  assert(cancelled, "the rest of the body is not read");
});

/** Texts of Deno 2.9.6 for real failures, with the address they happened at. */
const WORDS: Record<string, [message: string, code: string]> = {
  "an unknown name": [
    "client error (Connect): dns error: failed to lookup address information",
    "dns-failure",
  ],
  "a closed port": [
    "client error (Connect): tcp connect error: Connection refused (os error 111)",
    "connection-refused",
  ],
  "an untrusted certificate": [
    "client error (Connect): invalid peer certificate: UnknownIssuer",
    "tls-untrusted",
  ],
  "an expired certificate": [
    "client error (Connect): invalid peer certificate: Expired",
    "tls-untrusted",
  ],
  "a proxy that asks for a password": [
    "client error (Connect): tunnel error: proxy authorization required",
    "proxy-refused",
  ],
  "a connection that was closed": [
    "client error (SendRequest): connection closed before message completed",
    "connection-lost",
  ],
  "a reset": [
    "client error (SendRequest): connection error: Connection reset by peer (os error 104)",
    "connection-lost",
  ],
  "something new": ["client error (Whatever): the moon is full", "connection-lost"],
};

/** The two ways in which Deno names the address: before and after it has a connection. */
const FORMS = {
  "(Connect)": (url: string) => `error sending request for url (${url}): `,
  "(SendRequest)": (url: string) => {
    const { host } = new URL(url);
    return `error sending request from 127.0.0.1:40712 for ${url} (${host}): `;
  },
};

const failAt = (url: string, message: string) => () => {
  const form = message.includes("(SendRequest)") ? FORMS["(SendRequest)"] : FORMS["(Connect)"];
  const cause = new Error(form(url) + message);
  return Promise.reject(new TypeError("fetch failed", { cause }));
};

for (const [what, [message, code]] of Object.entries(WORDS)) {
  Deno.test(`send() calls ${what} ${code}`, async () => {
    const error = await assertRejects(() => sendBy(failAt(URL_OF_CALL, message)), CozeError);
    // A name server is asked for a name without port.
    const host = code === "dns-failure" ? "127.0.0.1" : "127.0.0.1:8000";
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
    const wrong: string[] = [];
    for (const [message, code] of Object.values(WORDS)) {
      const error = await assertRejects(() => sendBy(failAt(url, message), {}, url), CozeError);
      if (error.code !== code) wrong.push(`${error.code}: ${message}`);
    }
    assertEquals(wrong, []);
  });
}

const THROWN: Record<string, [thrown: unknown, code: string]> = {
  "an error of the body": [
    new TypeError("error reading a body from connection"),
    "connection-lost",
  ],
  "an error without words": [new Error(), "connection-lost"],
  "no error at all": ["czs_0123456789", "connection-lost"],
  "nothing": [undefined, "connection-lost"],
  "a lack of permission": [
    new Deno.errors.NotCapable('Requires net access to "127.0.0.1:8000", run again with …'),
    "sandbox-net",
  ],
};

for (const [what, [thrown, code]] of Object.entries(THROWN)) {
  Deno.test(`send() makes an error of its own of ${what}`, async () => {
    const error = await assertRejects(() => sendBy(() => Promise.reject(thrown)), CozeError);
    assertEquals([error.code, error.cause], [code, undefined]);
    assert(!(error.message + JSON.stringify(error)).includes("0123456789"));
  });
}

Deno.test("send() comes to an end with an error that is its own cause", async () => {
  const circular = new Error("refused");
  circular.cause = circular;
  const { code } = await assertRejects(() => sendBy(() => Promise.reject(circular)), CozeError);
  assertEquals(code, "connection-refused");
});

Deno.test("send() names the flag that is missing", async () => {
  const thrown = new Deno.errors.NotCapable("x");
  const error = await assertRejects(() => sendBy(() => Promise.reject(thrown)), CozeError);
  assertEquals(error.message, "Cannot reach 127.0.0.1:8000 without --allow-net=127.0.0.1:8000");
});

Deno.test("send() by the default fetch is stopped by the sandbox of this test", async () => {
  const call = () => send(new Request("https://api.coze.cn/"), startCall({}), 1000);
  assertEquals((await assertRejects(call, CozeError)).code, "sandbox-net");
});

Deno.test("send() says connection-lost when the body breaks off", async () => {
  const broken = bodyOf([new Uint8Array(3), new TypeError("error reading a body from connection")]);
  const error = await assertRejects(() => sendBy(() => Promise.resolve(broken)), CozeError);
  assertEquals(error.code, "connection-lost");
});

/** A fetch that never answers and ends as Deno's does when its signal says so. */
const hang: Fetch = (request) =>
  new Promise((_, reject) =>
    request.signal.addEventListener("abort", () => reject(request.signal.reason))
  );

Deno.test("send() ends at the deadline of its call (security 9)", async () => {
  const { signal } = new AbortController();
  for (const options of [{ timeoutMs: 5 }, { timeoutMs: 5, signal }]) {
    const error = await assertRejects(() => sendBy(hang, options), CozeError);
    const details = { host: "127.0.0.1:8000", timeoutMs: 5 };
    assertEquals([error.code, error.details], ["timeout", details]);
  }
});

Deno.test("send() ends a body that dribbles for ever at the deadline (security 9)", async () => {
  const drop = Uint8Array.of(32);
  const dribble: Fetch = () => {
    let timer: ReturnType<typeof setTimeout>;
    const stream = new ReadableStream<Uint8Array>({
      pull: (controller) =>
        new Promise((resolve) => {
          timer = setTimeout(() => resolve(controller.enqueue(drop)), 1);
        }),
      cancel: () => clearTimeout(timer),
    }, { highWaterMark: 0 });
    return Promise.resolve(new Response(stream));
  };
  const error = await assertRejects(() => sendBy(dribble, { timeoutMs: 20 }), CozeError);
  assertEquals(error.code, "timeout");
});

Deno.test("send() says interrupted when the caller's signal ends it, whatever the reason", async () => {
  for (const reason of [undefined, new Error("x"), "text", new DOMException("x", "AbortError")]) {
    const controller = new AbortController();
    const run = sendBy(hang, { signal: controller.signal });
    controller.abort(reason);
    assertEquals((await assertRejects(() => run, CozeError)).code, "interrupted");
  }
});

Deno.test("startCall() has the documented defaults and one deadline", () => {
  const { timeoutMs, deadline, signal } = startCall({ now: () => 1000 });
  assertEquals([timeoutMs, deadline, signal.aborted], [15_000, 16_000, false]);
});

for (const timeoutMs of [0, 0.5, -1, NaN, Infinity, 2 ** 31]) {
  Deno.test(`startCall() refuses a time-out of ${timeoutMs}`, () => {
    const error = assertThrows(() => startCall({ timeoutMs }), CozeError);
    assertEquals([error.code, error.details.name], ["usage-value", "timeoutMs"]);
  });
}

Deno.test("exchange of one request ends in time though fetch ignores its signal (security 9)", async () => {
  const never = () => new Promise<Response>(() => {});
  const error = await assertRejects(() => sendBy(never, { timeoutMs: 20 }), CozeError);
  assertEquals(error.code, "timeout");
});
