import { isObject } from "./rules.ts";
import type { Answer, Call } from "./world.ts";

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
  /** The header of the JWT after `Bearer`, verified or not. */
  header?: unknown;
  /** The claims of this JWT, verified or not. */
  claims?: unknown;
  /** The body as parsed JSON, or else the first 4 KiB of its text; absent when empty. */
  body?: unknown;
  /** The HTTP status of the answer. */
  status: number;
  /** The error code of a refusal. */
  errorCode?: string;
  /** What refused: a check of the token endpoint, such as `kid` or `aud`, or `fault`. */
  refusedBy?: string;
  /** Why the API refused, in the emulator's words: Coze's do not name the parameter. */
  reason?: string;
  /** The `x-tt-logid` of the answer. */
  logId: string;
}

/** Writes the entry for a request. */
export function writeEntry(call: Call, answer: Answer): JournalEntry {
  const { request, url, text, jwt, logId } = call;
  const { status, errorCode, refusedBy, reason } = answer;
  const query = url.search ? withoutSecrets(Object.fromEntries(url.searchParams)) : undefined;
  return {
    method: request.method,
    path: cut(url.pathname),
    query,
    host: url.host,
    header: jwt && withoutSecrets(jwt.header),
    claims: jwt && withoutSecrets(jwt.claims),
    body: text === undefined ? "(over 1 MiB)" : readBody(text),
    status,
    errorCode,
    refusedBy,
    reason,
    logId,
  };
}

function readBody(text: string): unknown {
  if (text === "") return undefined;
  try {
    return withoutSecrets(JSON.parse(text));
  } catch {
    // Cut secrets first: half a signature is not recognised any more.
    return cut(text).slice(0, 4096);
  }
}

/** What is cut out of the journal. */
const SECRET = new RegExp(
  [
    /(?<![\w-])[\w-]{16,}\.[\w-]{16,}\.[\w-]*/, // A JWT.
    /[\w+/=-]{200,}/, // Base64 as long as an RSA signature or key.
    /-----BEGIN [A-Z ]*PRIVATE KEY[^]*/, // A private key, and all that follows it.
    /\b(?:czs|czu|pat|sat|cztei)_[\w-]+/, // A token of Coze.
    /\bBearer\s+\S+/,
  ].map(({ source }) => source).join("|"),
  "gi",
);

function cut(text: string): string {
  return text.replace(SECRET, "(cut)");
}

/** Copies a JSON value without its secrets. The limit keeps a hostile body from ending the stack. */
function withoutSecrets(value: unknown, depth = 0): unknown {
  if (depth > 64) return "(nested too deep)";
  if (typeof value === "string") return cut(value);
  if (Array.isArray(value)) return value.map((item) => withoutSecrets(item, depth + 1));
  if (!isObject(value)) return value;
  // fromEntries defines members, so "__proto__" stays one and changes no prototype.
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [cut(name), withoutSecrets(inner, depth + 1)]),
  );
}
