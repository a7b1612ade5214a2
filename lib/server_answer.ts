import { CozeError, type ErrorCode, type ErrorDetails, type ServerAnswer } from "./error.ts";
import { type HttpResponse, logIdOf } from "./http.ts";
import { isObject, type Json, parseObject } from "./json.ts";
import { quote } from "./redact.ts";

/**
 * Reads both envelopes: `error_code` and `error_message` of the token endpoint, `code` and `msg` of
 * the API. Source: coze_error_codes, and what the official SDKs parse.
 */
export function readServerAnswer(
  response: HttpResponse,
  json: Json | undefined,
  isRefusal = false,
): ServerAnswer {
  const { status, text, request: { bearer } } = response;
  const code = errorNumber(json?.["error_code"]) ?? firstText(json?.error) ??
    errorNumber(json?.code);
  const detail = [json?.detail, json?.error].find(isObject);
  // Beside a token, "msg" is no refusal. A failing gateway can answer in plain text.
  const failed = isRefusal || status >= 400 || code !== undefined;
  const message = firstText(
    json?.["error_message"],
    ...(failed ? [json?.msg, json?.message, detail?.detail] : []),
    !json && status >= 429 ? text : undefined,
  );
  const logId = firstText(logIdOf(response), detail?.logid);
  return {
    status,
    code: code && quote(code, 64, bearer),
    message: message && quote(message, 300, bearer),
    logId: logId && quote(logId, 64, bearer),
  };
}

/** The number, or the name, of an error as text; `undefined` for 0, which means success. */
export function errorNumber(value: unknown): string | undefined {
  const text = typeof value === "number" ? String(value) : value;
  return typeof text === "string" && !/^0?$/.test(text) ? text : undefined;
}

function firstText(...values: unknown[]): string | undefined {
  return values.find((value): value is string => typeof value === "string" && value !== "");
}

/** The server's code and message as the end of a sentence. */
export function wordsOf({ code, message }: ServerAnswer): string {
  return [code, message].filter(Boolean).join(" ");
}

const SENTENCES: Partial<Record<ErrorCode, string>> = {
  "rate-limited": "The server asks to wait",
  "server-fault": "The server failed",
  "redirected": "The server redirects, which is not followed",
  "proxy-refused": "The proxy refuses",
  "answer-invalid": "The response is unusable",
};

/** The error for a response that refuses. */
export function refusal(
  code: ErrorCode,
  response: HttpResponse,
  server: ServerAnswer,
  details: ErrorDetails = {},
): CozeError {
  const words = wordsOf(server);
  const sentence = SENTENCES[code] ?? "Coze refused the request";
  const message = `${sentence}: status ${server.status}${words && `, ${words}`}`;
  return new CozeError(code, message, { ...refusalDetails(code, response), ...details }, server);
}

/** What a refusal says besides the server's words: clocks, waiting time, target of a redirect. */
function refusalDetails(code: ErrorCode, response: HttpResponse): ErrorDetails {
  const { status, headers, text, request: { bearer, url } } = response;
  const details: Record<string, string | number> = { status };
  if (code === "proxy-refused") details.host = url.hostname;
  const offset = clockOffset(response);
  if (offset) details.clockOffsetSeconds = offset.seconds;
  const retryAfter = retryAfterSeconds(response, offset?.seconds ?? 0);
  if (retryAfter !== undefined) details.retryAfterSeconds = retryAfter;
  const location = headers.get("location");
  if (code === "redirected" && location) {
    const withoutUserInfo = location.replace(/\/\/[^/?#]*@/, "//");
    details.location = quote(withoutUserInfo, 200, bearer);
  }
  if (code === "answer-invalid" && !parseObject(text)) {
    details.reason = text === "" ? "empty" : "json";
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
  // Date.parse takes much that is no date, such as "35.5".
  const date = /^[A-Z][a-z]{2}, .* GMT$/.test(value) ? Date.parse(value) : NaN;
  if (Number.isNaN(date)) return undefined;
  return Math.max(0, Math.ceil((date - receivedAt) / 1000 + clockOffsetSeconds));
}
