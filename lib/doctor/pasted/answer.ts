import { apiErrorCode } from "../../api/api_errors.ts";
import { quote } from "../../redact.ts";
import { tokenErrorCode } from "../../token_response.ts";
import { found } from "../finding.ts";
import { unknownKeyId } from "../rules/refusal.ts";
import { foundAt, type Mistake, pastedValue } from "./mistakes.ts";
import { blank, withoutSecrets } from "./text.ts";

/** What a text says that a server answered: a body, a log line of an SDK, the `<` lines of curl. */
export interface Answer {
  status?: number;
  errorCode?: string;
  message?: string;
  logId?: string;
  /** Whether an access token is in it. */
  hasToken: boolean;
}

/** A quote, escaped in a log or not. */
const Q = String.raw`\\{0,3}["']?`;
/** Between a name and its value. */
const IS = String.raw`${Q}\s?[:=]\s?${Q}`;

/** Where each part of an answer stands. The first that matches counts. */
const STATUS = [
  /HttpCode: (\d{3})\b/,
  /^(?:< ?)?HTTP\/[\d.]+ (\d{3})\b/m,
  /\b([45]\d\d) (?:Client Error|Server Error|Unauthorized|Bad Request|Forbidden|Not Found)\b/i,
  /status code (\d{3})\b/i,
  /<Response \[(\d{3})\]>/,
  /\b([45]\d\d) [a-z]+_[a-z]+\b/,
  new RegExp(String.raw`\b(?:status|http_?)(?:[ _]?code)?${Q}\s?[:=]?\s?${Q}([1-5]\d\d)\b`, "i"),
];
const ERROR_CODE = [
  new RegExp(String.raw`error_code${IS}([\w-]+)`, "i"),
  new RegExp(String.raw`\bcode${IS}(\d{4,9}|[a-z]+_[a-z_]+)\b`, "i"),
  new RegExp(String.raw`\berror${IS}([a-z]+_[a-z_]+)\b`),
  /\b(invalid_client|invalid_request|access_deny|unsupported_grant_type|internal_error)\b/,
  /(?:^|said: |返回：)(\d{4,9}) \S/m,
];
const NAME = String.raw`(?:error_message|\bmsg|\bmessage)`;
const MESSAGE = [
  new RegExp(String.raw`${NAME}${Q}\s?[:=]\s?\\{0,3}"((?:[^"\\\n]|\\[^"\n]){1,400})`, "i"),
  new RegExp(String.raw`${NAME}${Q}\s?[:=]\s?'([^'\n]{1,400})'`, "i"),
  /\b(?:msg|message)[:=] ?(?!undefined|null)([^"'\n,}]{3,400})/i,
];
const LOG_ID = new RegExp(String.raw`log_?id${IS}(20\d{8}[\dA-F]{0,40})(?![\w-])`, "i");
const TOKEN = new RegExp(`access_token${IS}(?:cz[su]|pat)_`);

/** Words that Coze was seen to say. */
const SEEN =
  /invalid jwt: [a-z ]+|kid not been regist\w+|empty jwt token|verify jwt empty error|access token invalid|token you entered is incorrect|authentication is invalid|does not have permission to access(?: [\w= ]{1,60}\. Please)?|invalid app type|deactivated by the owner|login session invalid|should bind connector/i;
/** Of these, words of the API behind the token. */
const OF_API = /access token|token you entered|authentication is|permission to access/i;
/** Members that only the body of an answer has. */
const MEMBERS = [
  String.raw`error_(?:code|message)${IS}\w`,
  String.raw`\bcode${Q}\s?:\s?${Q}\d+${Q}\s?,\s*${Q}msg\b`,
  String.raw`\bmsg${Q}\s?:\s?"[^"]{0,400}"\s?,\s*${Q}code${Q}\s?:\s?\d`,
  String.raw`access_token${Q}\s?:\s?\\{0,3}["'](?:cz[su]|pat)_`,
  String.raw`\berror${Q}\s?:\s?\\{0,3}["'](?:invalid|unsupported|access|internal)_`,
].join("|");
/** Parts of a text that prove that a server answered. */
const PROOFS = [
  // A response, up to the next request.
  /^(?:< ?)?HTTP\/[\d.]+ [1-5]\d\d\b[^]*?(?=^(?:> ?)?(?:GET|POST|PUT) |^\$? ?curl |$(?![^]))/gm,
  // A body with at most one object in it.
  new RegExp(
    String.raw`\{[^{}]{0,2000}?(?:${MEMBERS})[^{}]{0,2000}(?:\{[^{}]{0,2000}\}[^{}]{0,200})?\}?`,
    "g",
  ),
  // Lines of the SDKs' logs and errors.
  /^.*(?:HttpCode: \d{3}|<Response \[[1-5]\d\d\]>|\b[45]\d\d Client Error\b).*$/gm,
  /^.*(?<!\b(?:raise|throw|new|class|except|catch|instanceof|extends|import) ?\(?)\b(?:(?:Authentication|PermissionDenied|BadRequest|RateLimit|NotFound|API|Axios|HTTP)Error|Coze\w{0,8}(?:Error|Exception))\b[:({ ].*$/gm,
];
/** A text that is nothing but an error name of Coze with a few words. */
const ALONE =
  /^[\w\s:.,-]{0,80}\b(?:invalid_client|invalid_request|access_deny|unsupported_grant_type)\b[\w\s:.,-]{0,200}$/;
/** Lines that only stand beside an answer: of curl, of logs and of tracebacks. */
const BESIDE =
  /^<(?: .*)?$|^.*\blog_?id['"]?[:=].*$|^[ \t]+(?:File "|at [\w.<]).*$|^Traceback .*$/gim;

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
  const logId = LOG_ID.exec(text)?.[1];
  const status = Number(first(STATUS, text)) || undefined;
  if (hasToken) return { status, logId, hasToken };
  const seen = SEEN.exec(text)?.[0];
  if (!seen && !ALONE.test(text) && PROOFS.every((proof) => text.search(proof) < 0)) {
    return undefined;
  }
  const named = first(MESSAGE, text)?.replace(/, (?:logid|param|code):.*$/i, "").trim();
  // A log has messages of its own.
  const message = seen && !named?.includes(seen) ? seen : named;
  const said = (words?: string) => words && withoutSecrets(quote(words));
  const errorCode = said(first(ERROR_CODE, text));
  return { status, errorCode, message: said(message), logId, hasToken };
}

/** Splits a text into the answer in it and the rest, in which the answer is blank. */
export function splitAnswer(text: string): { answer?: Answer; rest: string } {
  const parts: string[] = [];
  const rest = [...PROOFS, BESIDE].reduce(
    (rest, pattern) => rest.replace(pattern, (part) => (parts.push(part), blank(part))),
    text,
  );
  // Words of Coze can stand alone.
  const seen = SEEN.exec(rest)?.[0];
  const isAlone = seen !== undefined || ALONE.test(rest);
  const answer = readAnswer(parts.join("\n")) ?? (isAlone ? readAnswer(rest) : undefined);
  return { answer: answer && { ...answer, message: answer.message ?? seen }, rest };
}

/** Judges an answer as `token` and the API client would. */
export function judgeAnswer({ hasToken, logId, status, ...said }: Answer, host: string): Mistake[] {
  if (hasToken) return foundAt(undefined, "secret-pasted", "answer", { severity: "note" });
  const { errorCode: code, message } = said;
  const isOfApi = /^\d+$/.test(code ?? "") || OF_API.test(message ?? "");
  const server = { status: status ?? (/^\d+$/.test(code ?? "") ? 200 : 401), code, message, logId };
  const scope = /\bscope\b/.test(message ?? "") ? { permissions: [] } : undefined;
  const cause = isOfApi ? apiErrorCode(server, {}) : tokenErrorCode(server, {}, { scope });
  if (!cause) return [];
  const permission = /\b([a-z]\w*)\. Please/.exec(message ?? "")?.[1] ?? "";
  const refusal = { code: cause, details: { status: server.status, host, permission }, server };
  const baseUrl = pastedValue(`https://${host}`)!;
  const unknown = unknownKeyId({ directory: "", baseUrl, refusal });
  return unknown.length > 0 ? unknown : found(cause, refusal.details);
}
