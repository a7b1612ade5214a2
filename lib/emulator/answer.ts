import { randomBytes } from "node:crypto";
import { type Exchange, isTokenPath } from "./exchange.ts";
import type { Fault } from "./faults.ts";
import type { JournalEntry } from "./journal.ts";

/** An answer before it is a Response. */
export interface Answer extends Fault, Pick<JournalEntry, "errorCode" | "refusedBy" | "reason"> {
  /** The body when it is a stream of events. */
  stream?: ReadableStream<Uint8Array>;
}

/** The statuses that forbid a body (Fetch standard, "null body status"). */
const BODILESS = [204, 205, 304];
/** The documented limit is 15 MB; no request that the emulator knows needs even this. */
const BODY_LIMIT = 1024 * 1024;

/** The answer to a body over the limit. How Coze answers is unknown: the words are the emulator's. */
export const TOO_LARGE: Answer = { status: 413, body: { emulator: "the body is over 1 MiB" } };

/**
 * Reads a body, and stops when it grows too large.
 *
 * @param request The request.
 * @returns The text, or undefined when it is longer than 1 MiB.
 */
export async function readText(request: Request): Promise<string | undefined> {
  const decoder = new TextDecoder();
  let text = "";
  let length = 0;
  for await (const chunk of request.body ?? []) {
    length += chunk.length;
    if (length > BODY_LIMIT) return undefined;
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/**
 * Answers what is neither of the API nor a token request. How Coze answers these is unknown: the words are the emulator's.
 *
 * @param request The request.
 * @param text Its body as {@linkcode readText} read it.
 * @returns 404, 405 or 413, or undefined for a request that can be judged.
 */
export function answerMisdirected(request: Request, text: string | undefined): Answer | undefined {
  if (!isTokenPath(new URL(request.url).pathname)) {
    return { status: 404, body: { emulator: "nothing is at this path" } };
  }
  if (request.method !== "POST") {
    return { status: 405, headers: { allow: "POST" }, body: { emulator: "only POST is answered" } };
  }
  return text === undefined ? TOO_LARGE : undefined;
}

/**
 * Grants a token (page oauth_jwt: these two members, the prefix `czs_`, 900 seconds by default).
 *
 * @param exchange A request that passed all checks.
 * @returns The answer; `expires_in` is a moment in Unix seconds.
 */
export function grantToken({ body, nowSeconds }: Exchange): Answer {
  const duration = Number(body?.["duration_seconds"] ?? 900);
  const token = `czs_emulator_${randomBytes(32).toString("base64url")}`;
  return { status: 200, body: { "access_token": token, "expires_in": nowSeconds + duration } };
}

/**
 * Makes a log id in the form of Coze's: 14 digits of date and time, 20 hex digits.
 *
 * @param time Milliseconds since the epoch.
 * @returns An id no other answer has.
 */
export function createLogId(time: number): string {
  const digits = new Date(time).toISOString().replace(/\D/g, "").slice(0, 14);
  return digits + randomBytes(10).toString("hex").toUpperCase();
}

/**
 * Turns an answer into a Response.
 *
 * @param answer Status, body and headers; a header given here replaces the usual one.
 * @param time The emulator's clock, in milliseconds since the epoch.
 * @param logId The log id.
 * @returns The Response.
 */
export function createResponse(answer: Answer, time: number, logId: string): Response {
  const { status, body, stream } = answer;
  const headers = new Headers({
    "content-type": "application/json",
    "date": new Date(time).toUTCString(),
    "x-tt-logid": logId,
  });
  for (const [name, value] of Object.entries(answer.headers ?? {})) headers.set(name, value);
  const text = typeof body === "object" ? JSON.stringify(body) : body;
  return new Response(BODILESS.includes(status) ? null : stream ?? text, { status, headers });
}
