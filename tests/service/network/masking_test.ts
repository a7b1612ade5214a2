// A server that repeats a credential: no error may show it, in whatever form it comes back.

import { assert, assertEquals, assertRejects } from "@std/assert";
import { type CozeClient, createCozeClient } from "../../../lib/api/mod.ts";
import { CozeError, exchangeJwt } from "../../../mod.ts";
import { BOT, CHAT, QUESTION } from "../../testing/scripted.ts";
import { appAt, keepAlive, sleep } from "../../testing/servers.ts";
import { frame } from "../../testing/streams.ts";

const hexOf = (character: string) => character.charCodeAt(0).toString(16).padStart(2, "0");
const percent = (text: string) => text.replace(/./g, (each) => `%${hexOf(each)}`);
const escaped = (text: string) => text.replace(/./g, (each) => `\\u00${hexOf(each)}`);

/** How a server can write a secret. */
const FORMS: Record<string, (secret: string) => string> = {
  "as it is": (secret) => secret,
  "percent-encoded at its start": (secret) => percent(secret[0]!) + secret.slice(1),
  "percent-encoded": percent,
  "with a JSON escape at its start": (secret) => escaped(secret[0]!) + secret.slice(1),
  "with JSON escapes": escaped,
  "behind Bearer": (secret) => `Bearer ${secret}`,
};

/** A response to write. */
interface Reply {
  status?: number;
  type?: string;
  headers?: Record<string, string>;
  body: string;
}

const refusal = (value: unknown, status = 200): Reply => ({
  status,
  body: JSON.stringify(value),
});
const stream = (...events: [name: string, data: unknown][]): Reply => ({
  type: "text/event-stream",
  body: events.map(([name, data]) => frame(name, data)).join(""),
});

/** Where it can come back. */
const JSON_ECHOES: Record<string, (echo: string) => Reply> = {
  "msg": (echo) => refusal({ code: 4000, msg: `bad token ${echo}.` }),
  "msg of a 401": (echo) => refusal({ code: 4100, msg: echo }, 401),
  "code": (echo) => refusal({ code: echo, msg: "x" }, 400),
  "error_message": (echo) => refusal({ "error_code": "x", "error_message": echo }, 401),
  "error": (echo) => refusal({ error: echo }, 401),
  "detail.logid": (echo) => refusal({ code: 4000, msg: "x", detail: { logid: echo } }),
  "x-tt-logid": (echo) => ({
    ...refusal({ code: 4000, msg: "x" }, 400),
    headers: { "x-tt-logid": echo },
  }),
  "x-tt-logid of a response without the data": (echo) => ({
    ...refusal({ code: 0, data: "x" }),
    headers: { "x-tt-logid": echo },
  }),
  "x-tt-logid of a response that is too large": (echo) => ({
    body: " ".repeat(9 * 1024 * 1024),
    headers: { "x-tt-logid": echo },
  }),
  "a redirect": (echo) => ({ status: 302, headers: { location: `/login?${echo}` }, body: "" }),
  "text that is no JSON": (echo) => ({ type: `text/html; x="${echo}"`, body: `<p>${echo}</p>` }),
  "the text of a 503": (echo) => ({ status: 503, type: "text/plain", body: echo }),
};

const STREAM_ECHOES: Record<string, (echo: string) => Reply> = {
  "msg of an error event": (echo) => stream(["error", { code: 5000, msg: echo }]),
  "code of an error event": (echo) => stream(["error", { code: echo, msg: "x" }]),
  "an error event without JSON": (echo) => stream(["error", echo]),
  "detail.logid of an error event": (echo) =>
    stream(["error", { code: 5000, msg: "x", detail: { logid: echo } }]),
  "bare JSON in a stream": (echo) => ({
    type: "text/event-stream",
    body: `${JSON.stringify({ code: 4000, msg: echo })}\n\n`,
  }),
  "last_error.msg": (echo) => failed({ code: 5000, msg: echo }),
  "last_error.code": (echo) => failed({ code: echo, msg: "x" }),
  "msg of a failed chat": (echo) =>
    stream(
      ["conversation.chat.created", CHAT],
      ["conversation.chat.failed", { code: 5000, msg: echo }],
    ),
  "x-tt-logid of a stream that ends early": (echo) => ({
    ...stream(["conversation.chat.created", CHAT]),
    headers: { "x-tt-logid": echo },
  }),
  "x-tt-logid of an event that is too large": (echo) => ({
    ...stream(["x", "x".repeat(2 * 1024 * 1024)]),
    headers: { "x-tt-logid": echo },
  }),
};

function failed(lastError: unknown): Reply {
  return stream([
    "conversation.chat.failed",
    { ...CHAT, status: "failed", "last_error": lastError },
  ]);
}

/** Answers every request with what was sent behind Bearer. */
function echoServer(respond: (bearer: string) => Reply) {
  return keepAlive(({ bearer }) => {
    const { status = 200, type = "application/json", headers = {}, body } = respond(bearer);
    const lines = Object.entries({
      ...headers,
      "content-type": type,
      "content-length": String(new TextEncoder().encode(body).length),
      connection: "close",
    }).map(([name, value]) => `${name}: ${value}\r\n`);
    return { text: `HTTP/1.1 ${status} X\r\n${lines.join("")}\r\n${body}`, isLast: true };
  });
}

/** All that an error shows, with every encoding of a character undone. */
function shownBy(error: CozeError): string {
  const shown = [
    error.message,
    error.stack,
    JSON.stringify(error),
    JSON.stringify({ ...error.details, ...error.server }),
    Deno.inspect(error, { depth: 9, showHidden: true, strAbbreviateSize: 1e6 }),
  ].join("\n");
  return shown.replace(
    /(?:%|\\+u00)([\da-f]{2})/gi,
    (_, hex) => String.fromCharCode(parseInt(hex, 16)),
  );
}

/** The parts of a secret that are shown; the mask itself shows its first six characters. */
function partsShown(secret: string, shown: string): string[] {
  const parts = Array.from({ length: secret.length - 9 }, (_, at) => secret.slice(at, at + 10));
  return parts.filter((part) => shown.includes(part));
}

const API_TOKENS = ["czs_Canary0123456789abcdef", "Canary012345"];
const STREAM_CALLS: Record<string, (client: CozeClient) => Promise<unknown>> = {
  "ask()": (client) => client.ask(QUESTION),
};
const CALLS: Record<string, (client: CozeClient) => Promise<unknown>> = {
  ...STREAM_CALLS,
  "createBot()": (client) => client.createBot(BOT),
  "ask() by polling": (client) => client.ask(QUESTION, { stream: false }),
  "workspaces()": (client) => Array.fromAsync(client.workspaces()),
};

const ROWS = [
  ...Object.entries(JSON_ECHOES).map(([where, respond]) => [where, respond, CALLS] as const),
  ...Object.entries(STREAM_ECHOES).map((row) => [...row, STREAM_CALLS] as const),
];

for (const [where, respond, calls] of ROWS) {
  Deno.test(`createCozeClient() shows no token that comes back in ${where} (security 12)`, async () => {
    const shown: string[] = [];
    for (const token of API_TOKENS) {
      for (const [form, write] of Object.entries(FORMS)) {
        for (const [name, call] of Object.entries(calls)) {
          await using server = echoServer((bearer) => respond(write(bearer)));
          const client = createCozeClient({ token, baseUrl: server.url });
          const error = await assertRejects(() => call(client), CozeError);
          assertEquals(server.received[0]!.bearer, token);
          const parts = partsShown(token, shownBy(error));
          if (parts.length > 0) shown.push(`${name}, ${form}: ${error.code} ${error.message}`);
        }
      }
    }
    assertEquals(shown, []);
  });
}

Deno.test("createCozeClient() shows no token that comes back in an error of fetch (security 12)", async () => {
  for (const token of API_TOKENS) {
    for (const write of Object.values(FORMS)) {
      const cause = new Error(`cannot send ${write(token)}`);
      const client = createCozeClient({
        token,
        fetch: () => Promise.reject(new TypeError("fetch failed", { cause })),
      });
      const error = await assertRejects(() => client.createBot(BOT), CozeError);
      assertEquals(error.code, "connection-lost");
      assertEquals(partsShown(token, shownBy(error)), []);
    }
  }
});

Deno.test("ask() by polling shows no token that comes back in last_error (security 12)", async () => {
  const chat = (echo: string, number: unknown) => ({
    code: 0,
    data: { ...CHAT, status: "failed", "last_error": { code: number, msg: echo } },
  });
  for (const token of API_TOKENS) {
    for (const write of Object.values(FORMS)) {
      for (const number of [5000, write(token)]) {
        await using server = echoServer((bearer) => refusal(chat(write(bearer), number)));
        const client = createCozeClient({ token, baseUrl: server.url });
        const error = await assertRejects(() => client.ask(QUESTION, { stream: false }), CozeError);
        assertEquals(partsShown(token, shownBy(error)), []);
      }
    }
  }
});

for (const [where, respond] of Object.entries(JSON_ECHOES)) {
  Deno.test(`exchangeJwt() shows no JWT that comes back in ${where} (security 12)`, async () => {
    const shown: string[] = [];
    for (const [form, write] of Object.entries(FORMS)) {
      await using server = echoServer((bearer) => respond(write(bearer)));
      const app = await appAt(server.url);
      const error = await assertRejects(() => exchangeJwt(app, {}, { sleep }), CozeError);
      const text = shownBy(error);
      assert(server.received.length > 0);
      for (const { bearer } of server.received) {
        // The header is the same in every JWT: the claims and the signature are secret.
        const [, claims, signature] = bearer.split(".") as [string, string, string];
        const parts = [claims, signature].flatMap((part) => partsShown(part, text));
        if (parts.length > 0) shown.push(`${form}: ${error.code} ${error.message}`);
      }
    }
    assertEquals(shown, []);
  });
}
