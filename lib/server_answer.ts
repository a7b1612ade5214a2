// What every server of Coze says in the same way: errors, its clock, how long to wait.

import type { ErrorCode, ErrorDetails, ServerAnswer } from "./error.ts";
import { type HttpResponse, logIdOf } from "./http.ts";
import { isObject, type Json } from "./json.ts";
import { quote } from "./redact.ts";

/**
 * Reads both envelopes: `error_code` and `error_message` of the token endpoint, `code` and `msg` of
 * the API. Source: coze_error_codes, and what the official SDKs parse.
 */
export function readServerAnswer(response: HttpResponse, json: Json | undefined): ServerAnswer {
  const { status, text, request: { bearer } } = response;
  // Servers send either as a number or as text; 0 means success.
  const number = (value: unknown) =>
    typeof value === "number" && value !== 0 ? String(value) : undefined;
  const apiCode = json?.code === "0" ? undefined : number(json?.code) ?? json?.code;
  const oauthCode = number(json?.["error_code"]) ?? json?.["error_code"];
  const code = firstText(oauthCode, json?.error, apiCode);
  const detail = [json?.detail, json?.error].find(isObject);
  // Beside a token, "msg" is no refusal. A failing gateway can answer in plain text.
  const failed = status >= 400 || code !== undefined;
  const message = firstText(
    json?.["error_message"],
    ...(failed ? [json?.msg, json?.message, detail?.detail] : []),
    !json && status >= 429 ? text : undefined,
  );
  const logId = firstText(logIdOf(response), detail?.logid);
  return {
    status,
    ...(code !== undefined && { code: quote(code, 64, bearer) }),
    ...(message !== undefined && { message: quote(message, 300, bearer) }),
    ...(logId !== undefined && { logId: quote(logId, 64, bearer) }),
  };
}

function firstText(...values: unknown[]): string | undefined {
  return values.find((value): value is string => typeof value === "string" && value !== "");
}

/** The server's code and message as the end of a sentence. */
export function wordsOf({ code, message }: ServerAnswer): string {
  return [code, message].filter(Boolean).join(" ");
}

/** What a refusal says besides the server's words: clocks, waiting time, target of a redirect. */
export function refusalDetails(code: ErrorCode, response: HttpResponse): ErrorDetails {
  const { status, headers, text, request: { bearer } } = response;
  const details: Record<string, string | number> = { status };
  const offset = clockOffset(response);
  if (offset) details.clockOffsetSeconds = offset.seconds;
  const retryAfter = retryAfterSeconds(response, offset?.seconds ?? 0);
  if (retryAfter !== undefined) details.retryAfterSeconds = retryAfter;
  const location = headers.get("location");
  if (code === "redirected" && location) details.location = quote(location, 200, bearer);
  if (code === "answer-not-json") {
    details.excerpt = quote(text, 120, bearer);
    details.contentType = quote(headers.get("content-type") ?? "", 64, bearer);
  }
  return details;
}

/** How many seconds this clock is ahead of the server's `Date` header, and how wrong that may be. */
export function clockOffset(
  { headers, sentAt, receivedAt }: HttpResponse,
): { seconds: number; error: number } | undefined {
  const date = Date.parse(headers.get("date") ?? "");
  if (Number.isNaN(date)) return undefined;
  // The header is cut to whole seconds: half a second is added. Half the round trip is taken off.
  const here = (sentAt + receivedAt) / 2;
  return {
    seconds: Math.round((here - date - 500) / 1000),
    error: Math.ceil((receivedAt - sentAt) / 2000) + 1,
  };
}

/** Reads `Retry-After`: seconds, or a date by the server's clock. Source: RFC 9110, 10.2.3. */
function retryAfterSeconds(
  { headers, receivedAt }: HttpResponse,
  clockOffsetSeconds: number,
): number | undefined {
  const value = headers.get("retry-after");
  if (value === null) return undefined;
  if (/^\d{1,9}$/.test(value)) return Number(value);
  const date = Date.parse(value);
  if (Number.isNaN(date)) return undefined;
  return Math.max(0, Math.ceil((date - receivedAt) / 1000 + clockOffsetSeconds));
}
