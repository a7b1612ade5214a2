import { apiErrorCode } from "../../api/api_errors.ts";
import { quote } from "../../redact.ts";
import { tokenErrorCode } from "../../token_response.ts";
import type { Value } from "../facts.ts";
import { unknownKeyId } from "../rules/refusal.ts";
import { type Mistake, mistake } from "./mistakes.ts";
import { blank } from "./plain.ts";

/** What a text says that a server answered: a body, a log line of an SDK, the `<` lines of curl. */
export interface Answer {
  status?: number;
  errorCode?: string;
  message?: string;
  logId?: string;
  /** Whether an access token is in it. */
  hasToken: boolean;
}

const Q = String.raw`\\{0,3}["']?`;
/** The first that matches counts. */
const STATUS = [
  /HttpCode: (\d{3})\b/,
  /^(?:< ?)?HTTP\/[\d.]+ (\d{3})\b/m,
  /\b([45]\d\d) (?:Client|Server) Error\b/,
  /status code (\d{3})\b/i,
  /<Response \[(\d{3})\]>/,
  new RegExp(`\\b(?:status|http_?)(?:[ _]?code)?${Q}\\s?[:=]?\\s?${Q}([1-5]\\d\\d)\\b`, "i"),
  /\b([45]\d\d) (?:Unauthorized|Bad Request|Forbidden|Not Found)\b/i,
];
const ERROR_CODE = [
  new RegExp(`error_code${Q}\\s?[:=]\\s?${Q}([\\w-]+)`, "i"),
  new RegExp(`\\bcode${Q}\\s?[:=]\\s?${Q}(\\d{4,9}|[a-z]+_[a-z_]+)`, "i"),
  new RegExp(`\\berror${Q}\\s?[:=]\\s?${Q}([a-z]+_[a-z_]+)`),
  /\b(invalid_client|invalid_request|access_deny|unsupported_grant_type|internal_error)\b/,
];
const MESSAGE = [
  new RegExp(
    String
      .raw`(?:error_message|\bmsg|\bmessage)${Q}\s?[:=]\s?\\{0,3}"((?:[^"\\\n]|\\[^"\n]){1,400})`,
    "i",
  ),
  new RegExp(String.raw`(?:error_message|\bmsg|\bmessage)${Q}\s?[:=]\s?'([^'\n]{1,400})'`, "i"),
  /\b(?:msg|message)[:=] ?(?!undefined|null)([^"'\n,}]{3,400})/i,
];
const LOG_ID = new RegExp(`(?:x-tt-logid|log_?id)${Q}\\s?[:=]\\s?${Q}([\\w-]{10,64})`, "i");
const TOKEN = new RegExp(`access_token${Q}\\s?[:=]\\s?${Q}(?:cz[su]|pat)_`);

/** Words that Coze was seen to say, and names of errors that only an answer has. */
const SEEN =
  /invalid jwt: [a-z ]+|kid not been regist\w+|empty jwt token|verify jwt empty error|access token invalid|token you entered is incorrect|authentication is invalid|does not have permission to access|invalid app type|deactivated by the owner|login session invalid|should bind connector/i;
const ERROR_NAMES =
  /\b(?:AuthenticationError|PermissionDeniedError|BadRequestError|RateLimitError|NotFoundError|APIError|CozeAPIError|CozeError|CozeAuthException|CozeApiException|CozeAPIException)\b\s?[:({]|AxiosError: Request failed|\b[45]\d\d Client Error\b|<Response \[[1-5]\d\d\]>|^(?:< ?)?HTTP\/[\d.]+ [1-5]\d\d\b|HttpCode: \d{3}/m;
const BODY = new RegExp(
  `\\{[^{}]{0,2000}?(?:error_(?:code|message)${Q}\\s?[:=]\\s?${Q}\\w|\\bcode${Q}\\s?:\\s?${Q}\\d+${Q}\\s?,\\s*${Q}msg\\b|` +
    `\\bmsg${Q}\\s?:\\s?"[^"]{0,400}"\\s?,\\s*${Q}code${Q}\\s?:\\s?\\d|access_token${Q}\\s?:\\s?\\\\{0,3}["'](?:cz[su]|pat)_|` +
    `\\berror${Q}\\s?:\\s?\\\\{0,3}["'](?:invalid|unsupported|access|internal)_)[^{}]{0,2000}(?:\\{[^{}]{0,2000}\\}[^{}]{0,200})?\\}?`,
  "g",
);
/** The lines of a response: those that curl marks, or its head up to the next request. */
const RESPONSES = [
  /^< .*$|^<[ \t]*$/gm,
  /^HTTP\/[\d.]+ [1-5]\d\d\b[^]*?(?=^(?:> ?)?(?:GET|POST|PUT) |^\$? ?curl |$(?![^]))/gm,
];
/** Lines of logs and tracebacks. */
const LOG_LINE =
  /^.*(?:HttpCode: \d|\blog_?id['"]?[:=]|\b(?:AuthenticationError|PermissionDeniedError|BadRequestError|CozeAPIError|CozeAuthException|CozeApiException|AxiosError|HTTPError)\b[:( ]|\b[45]\d\d Client Error).*$|^[ \t]+(?:File "|at [\w.<]).*$|^Traceback .*$/gim;

const first = (patterns: readonly RegExp[], text: string): string | undefined =>
  patterns.map((pattern) => pattern.exec(text)?.[1]).find((found) => found !== undefined);

/**
 * Reads what a server answered out of any text.
 *
 * @param text A body, a log line, the output of `curl -v`, or a text that holds one of them.
 * @returns Nothing when the text holds no answer.
 */
export function readAnswer(text: string): Answer | undefined {
  const hasToken = TOKEN.test(text);
  const seen = SEEN.exec(text)?.[0];
  if (!hasToken && !seen && !ERROR_NAMES.test(text) && text.search(BODY) < 0) return undefined;
  const message = first(MESSAGE, text)?.replace(/, (?:logid|param|code):.*$/i, "").trim() ?? seen;
  return {
    status: Number(first(STATUS, text)) || undefined,
    errorCode: hasToken ? undefined : first(ERROR_CODE, text),
    message: hasToken ? undefined : message && quote(message),
    logId: LOG_ID.exec(text)?.[1],
    hasToken,
  };
}

/** Splits a text into the answer in it and the rest, in which the answer is blank. */
export function splitAnswer(text: string): { answer?: Answer; rest: string } {
  const parts: string[] = [];
  const rest = [...RESPONSES, BODY, LOG_LINE].reduce(
    (rest, pattern) =>
      rest.replace(pattern, (part) => {
        parts.push(part);
        return blank(part);
      }),
    text,
  );
  // Words of Coze can stand alone.
  const answer = readAnswer(parts.join("\n")) ?? (SEEN.test(rest) ? readAnswer(rest) : undefined);
  return { answer, rest };
}

/** Judges an answer as `token` and the API client would. */
export function judgeAnswer(answer: Answer, host: string): Mistake[] {
  const { errorCode: code, message, logId } = answer;
  if (answer.hasToken) {
    return [mistake("secret-pasted", undefined, "token-czs", { severity: "note" })];
  }
  const isOfApi = /^\d+$/.test(code ?? "");
  const server = { status: answer.status ?? (isOfApi ? 200 : 401), code, message, logId };
  const cause = isOfApi ? apiErrorCode(server, {}) : tokenErrorCode(server, {}, {});
  if (!cause) return [];
  const permission = /\b([a-z]\w*)\. Please/.exec(message ?? "")?.[1] ?? "";
  const refusal = { code: cause, details: { status: server.status, host, permission }, server };
  const baseUrl: Value = { text: `https://${host}`, origin: "argument", source: "stdin", lost: [] };
  const unknown = unknownKeyId({ directory: "", baseUrl, refusal });
  return unknown.length > 0
    ? unknown
    : [{ code: cause, severity: "error", certainty: "proven", details: refusal.details }];
}
