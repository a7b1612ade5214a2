import { type Address, isOfCoze } from "./addresses.ts";
import { buildsClaims } from "./claims_rules.ts";
import { isProjectToken, JWT_MARK } from "./jwts.ts";
import type { Mistake } from "./mistakes.ts";
import { isWhole } from "./request_rules.ts";
import type { Evidence } from "./scan.ts";
import type { Settings } from "./settings.ts";

/** What a pasted text is taken for. */
export type PastedKind =
  | "token-request"
  | "request-with-answer"
  | "api-call"
  | "project-token-or-call"
  | "web-flow"
  | "assertion"
  | "access-token"
  | "answer"
  | "settings"
  | "private-key"
  | "none";

/** Whether a text asks for a token, by its path, its grant or its body. */
export function asksForToken(evidence: Evidence): boolean {
  const { addresses, members, isSdk } = evidence;
  return addresses.some(({ kind }) => kind === "token") || isSdk ||
    members.some(({ name, text }) =>
      name === "grant_type" && text !== "" && !/^(?:authorization_code|refresh_token)$/.test(text)
    ) ||
    (evidence.sends &&
      addresses.some(({ path }) => /oauth2?\/(?:access_?)?token|jwt.*token/i.test(path)));
}

/** Says what a text is. The first that fits counts. */
export function kindOf(
  evidence: Evidence,
  settings: Settings | undefined,
  key: Mistake | undefined,
): PastedKind {
  const { addresses, members, credentials, answer, jwts, sends, text, language } = evidence;
  const has = (kind: Address["kind"]) => addresses.some((address) => address.kind === kind);
  const isFlow = has("authorize") ||
    members.some(({ name, text }) =>
      name === "code_verifier" || /^(?:authorization_code|refresh_token)$/.test(text)
    );
  const isExchange = /jwt-bearer/.test(text);
  if (has("project") && !has("token")) return "project-token-or-call";
  const isSigned = credentials.some(({ text }) => JWT_MARK.test(text));
  if (isFlow && !isExchange && !isSigned) return "web-flow";
  if (jwts.some(isProjectToken) && !has("token") && !has("api")) return "project-token-or-call";
  const asks = asksForToken(evidence) && (sends || isExchange || evidence.isSdk);
  const calls = has("api") && (sends || evidence.credentials.length > 0) &&
    (/coze/i.test(text) || addresses.some(isOfCoze));
  // A command line to a host of Coze may have any wrong path.
  const tries = isWhole(evidence) && (addresses.some(isOfCoze) || jwts.length > 0);
  if (asks || calls || tries) {
    return answer ? "request-with-answer" : asks || !calls ? "token-request" : "api-call";
  }
  if (answer) return "answer";
  if (key?.code === "secret-pasted" && !(settings && settings.names.length > 1)) {
    return "private-key";
  }
  if (jwts.length > 0) return "assertion";
  if (settings && !language) return "settings";
  if (buildsClaims(evidence)) return language ? "assertion" : "settings";
  if (settings || key) return "settings";
  if (/(?<![\w])(?:cz[su]|pat|sat|cztei)_[\w-]{8,}/.test(text)) return "access-token";
  if (asksForToken(evidence)) return "token-request";
  return "none";
}
