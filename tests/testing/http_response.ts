import type { HttpResponse } from "../../lib/http.ts";

/** What of a response matters to a test. */
interface Parts {
  status?: number;
  headers?: HeadersInit;
  text?: string;
  body?: ReadableStream<Uint8Array>;
  /** The token or assertion of the request. */
  bearer?: string;
  sentAt?: number;
  /** How long the head, and all of it, took. */
  headMs?: number;
  elapsedMs?: number;
}

/** A response as lib/http.ts hands it on. */
export function httpResponse(
  { status = 200, headers, text = "", body, bearer, sentAt = 0, headMs = 0, elapsedMs = headMs }:
    Parts,
): HttpResponse {
  return {
    request: { method: "POST", url: new URL("https://api.coze.cn/"), bearer },
    status,
    headers: new Headers(headers),
    body: body ?? null,
    text,
    sentAt,
    receivedAt: sentAt + headMs,
    elapsedMs: () => elapsedMs,
  };
}
