import type { CheckName } from "./checks.ts";
import { type Exchange, isObject } from "./exchange.ts";

/**
 * What one request was and how it was answered. Signatures, Authorization headers and tokens are
 * never in it, so a failing test may print it; what looks like one elsewhere is cut out.
 */
export interface JournalEntry {
  /** The HTTP method. */
  method: string;
  /** The path of the URL, without query. */
  path: string;
  /** The parameters of the query; absent when there are none. */
  query?: unknown;
  /** The host that was called, with its port when it is not the default. */
  host: string;
  /** The Content-Type header. */
  contentType: string | null;
  /** What the Authorization header held: nothing, a JWT after `Bearer`, or something else. */
  authorization: "none" | "bearer-jwt" | "other";
  /** The JWT's header, verified or not. */
  header?: unknown;
  /** The JWT's claims, verified or not. */
  claims?: unknown;
  /** The body as parsed JSON, or else the first 4 KiB of its text; absent when empty. */
  body?: unknown;
  /** The HTTP status of the answer. */
  status: number;
  /** The error code of a refusal. */
  errorCode?: string;
  /** The check that refused, or that a fault was answered. */
  refusedBy?: CheckName | "fault";
  /** Why the API refused, in the emulator's words: Coze's do not name the parameter. */
  reason?: string;
  /** The `x-tt-logid` of the answer. */
  logId: string;
}

const RAW_LIMIT = 4096;
const DEPTH_LIMIT = 64;
/** Anything that looks like a JWT; runs of base64 as long as an RSA signature or key; tokens. */
const SECRET =
  /(?<![\w-])[\w-]{16,}\.[\w-]{16,}\.[\w-]*|[\w+/=-]{200,}|\b(?:czs|czu|pat)_[\w-]+|\bBearer\s+\S+/gi;

/**
 * Writes one request down.
 *
 * @param request The request; its body is not read here.
 * @param text Its body, undefined when it was too large to be read.
 * @param exchange The request taken apart.
 * @param answer How it was answered.
 * @param logId The log id of the answer.
 * @returns The entry for the journal.
 */
export function writeEntry(
  request: Request,
  text: string | undefined,
  exchange: Exchange,
  answer: Pick<JournalEntry, "status" | "errorCode" | "refusedBy" | "reason">,
  logId: string,
): JournalEntry {
  const { contentType, host, jwt } = exchange;
  const { pathname, searchParams } = new URL(request.url);
  const authorization = request.headers.has("authorization") ? "other" : "none";
  return {
    method: request.method,
    path: cut(pathname),
    ...(searchParams.size > 0 && { query: withoutSecrets(Object.fromEntries(searchParams)) }),
    host,
    contentType: contentType && cut(contentType),
    authorization: jwt ? "bearer-jwt" : authorization,
    ...(jwt && { header: withoutSecrets(jwt.header), claims: withoutSecrets(jwt.claims) }),
    ...(text !== "" && { body: text === undefined ? "(over 1 MiB)" : readBody(text) }),
    status: answer.status,
    errorCode: answer.errorCode,
    refusedBy: answer.refusedBy,
    ...(answer.reason !== undefined && { reason: answer.reason }),
    logId,
  };
}

function readBody(text: string): unknown {
  try {
    return withoutSecrets(JSON.parse(text));
  } catch {
    // Cut secrets first: half a signature is not recognised any more.
    return cut(text).slice(0, RAW_LIMIT);
  }
}

function cut(text: string): string {
  return text.replace(SECRET, "(cut)");
}

function withoutSecrets(value: unknown, depth = 0): unknown {
  if (depth > DEPTH_LIMIT) return "(nested too deep)";
  if (typeof value === "string") return cut(value);
  if (Array.isArray(value)) return value.map((item) => withoutSecrets(item, depth + 1));
  if (!isObject(value)) return value;
  // fromEntries defines members, so "__proto__" stays one and changes no prototype.
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [cut(name), withoutSecrets(inner, depth + 1)]),
  );
}
