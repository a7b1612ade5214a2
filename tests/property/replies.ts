// Answers of a server, and faults of a network.

import { anyText, editedText, jsonText, objectText, textOf } from "./arbitraries.ts";
import * as fc from "../testing/fast_check.ts";

/** The time of all requests. */
export const NOW = 1_790_000_000_000;

/** A token that only its receiver may see. */
export const CANARY = "czs_CanaryCanaryCanary0123456789";

/** An answer of a server. */
export interface Answer {
  status: number;
  headers: [string, string][];
  body: string;
  /** Whether the connection breaks after the body. */
  breaks?: boolean;
}

/** An answer, or the error that fetch rejects with. */
export type Reply =
  | Answer
  | { error: string; message: string; cause: string; circular: boolean }
  | { thrown: unknown };

const GOOD = { "access_token": CANARY, "expires_in": 1_790_000_900, "token_type": "Bearer" };
const WORDS = "invalid_client,invalid_request,internal_error,5000,empty jwt token,invalid app type"
  .concat(",App deactivated by the owner,should bind connector,login session invalid")
  .concat(`,kid not been registred,invalid request: duration_seconds,${CANARY}`).split(",");
const body: fc.Arbitrary<string> = fc.oneof(
  fc.constant(JSON.stringify(GOOD)),
  editedText(fc.constant(JSON.stringify(GOOD)), "NaN", "Infinity", "1e999", "-", '"', "{", "null"),
  jsonText.map((time) => `{"access_token":"${CANARY}","expires_in":${time}}`),
  jsonText.map((token) => `{"access_token":${token},"expires_in":900}`),
  fc.tuple(fc.constantFrom(...WORDS), fc.constantFrom(...WORDS))
    .map(([code, message]) => JSON.stringify({ "error_code": code, "error_message": message })),
  objectText(
    ["access_token", "expires_in", "error_code", "error_message", "error", "code", "msg", "detail"],
    fc.oneof(jsonText, fc.constantFrom(...WORDS).map((word) => JSON.stringify(word))),
  ),
  jsonText,
  textOf("<html>", "\n", "Bearer ", CANARY, "eyJ", "."),
);
const TIMES = ["Wed, 01 Jan 2025 00:00:00 GMT", "Sat, 01 Jan 275760 00:00:00 GMT", " 5 ", ""]
  .concat("0 -1 1e9 120 999999999 9999999999 soon 2026-13-45".split(" "));
const header = fc.tuple(
  fc.constantFrom("date", "retry-after", "location", "x-tt-logid", "content-type", "set-cookie"),
  fc.oneof(fc.constantFrom(...TIMES, "https://a/?b#c", CANARY, "\x80\x9b31m"), anyText)
    // `Headers` takes no other characters.
    .map((value) => value.replace(/[^\t\x20-\xff]/g, "").trim()),
);
const status = fc.oneof(
  fc.constantFrom(200, 201, 204, 302, 400, 401, 403, 407, 429, 500, 503),
  fc.integer({ min: 200, max: 599 }),
);
/** Any answer of a server. */
export const answer: fc.Arbitrary<Answer> = fc.record({
  status,
  headers: fc.array(header, { maxLength: 4 }),
  body,
});

const message = fc.oneof(
  fc.constantFrom("dns error", "tls handshake", "Connection refused", "tunnel", `Bearer ${CANARY}`),
  anyText,
);
const thrown = fc.oneof(
  fc.record({
    error: fc.constantFrom("TypeError", "NotCapable", "AbortError", "Error"),
    message,
    cause: message,
    circular: fc.boolean(),
  }),
  fc.record({ thrown: fc.anything() }),
);

/** Any answer of a server, or fault of a network. */
export const reply: fc.Arbitrary<Reply> = fc.oneof(
  { weight: 8, arbitrary: answer },
  { weight: 1, arbitrary: answer.map((answer) => ({ ...answer, breaks: true })) },
  { weight: 1, arbitrary: thrown },
);

/**
 * Makes a fetch that gives these replies in turn, then the last one again.
 *
 * @param replies At least one.
 * @param seen Collects the bearer token of each request.
 */
export function fetchOf(replies: readonly Reply[], seen: string[] = []) {
  let calls = 0;
  return (request: Request): Promise<Response> => {
    seen.push(request.headers.get("authorization")?.slice("Bearer ".length) ?? "");
    const reply = replies[Math.min(calls++, replies.length - 1)]!;
    if ("thrown" in reply) return Promise.reject(reply.thrown);
    if ("error" in reply) {
      const { error: name, message, cause, circular } = reply;
      const error = new Error(message, { cause: new Error(cause) });
      if (circular) error.cause = error;
      return Promise.reject(Object.assign(error, { name }));
    }
    const { status, headers, body, breaks } = reply;
    const chunks = [new TextEncoder().encode(body)];
    const stream = new ReadableStream({
      pull(controller) {
        const chunk = chunks.pop();
        if (chunk) controller.enqueue(chunk);
        else if (breaks) controller.error(new TypeError("cut off"));
        else controller.close();
      },
    });
    const bodiless = [204, 205, 304].includes(status);
    return Promise.resolve(new Response(bodiless ? null : stream, { status, headers }));
  };
}
