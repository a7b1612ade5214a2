import { type Address, isOfCoze } from "./addresses.ts";
import { buildsClaims } from "./claims_rules.ts";
import type { Evidence, PastedKind } from "./evidence.ts";
import { isProjectToken, JWT_MARK } from "./jwts.ts";
import { TOKEN_ALONE } from "./request_rules.ts";

const TOKEN_ANYWHERE = /(?<!\w)(?:cz[su]|pat|sat|cztei)_[\w-]{8,}/;
const WEB_GRANT = /^(?:authorization_code|refresh_token)$/;

/** The first kind whose test holds counts. */
const KINDS: readonly (readonly [PastedKind, test: (text: Evidence) => unknown])[] = [
  ["project-token-or-call", (text) => has(text, "project") && !has(text, "token")],
  ["web-flow", isWebFlow],
  [
    "project-token-or-call",
    (text) => text.jwts.some(isProjectToken) && !has(text, "token") && !has(text, "api"),
  ],
  ["request-with-answer", (text) => text.answer && (sendsForToken(text) || callsApi(text))],
  ["token-request", sendsForToken],
  ["api-call", callsApi],
  ["answer", ({ answer }) => answer],
  [
    "private-key",
    ({ key, settings }) => key?.code === "secret-pasted" && !(settings && settings.names[1]),
  ],
  ["assertion", ({ jwts }) => jwts.length > 0],
  ["settings", ({ settings, language }) => settings && !language],
  ["assertion", (text) => text.language && buildsClaims(text)],
  ["settings", (text) => text.settings || text.key || buildsClaims(text)],
  ["access-token", ({ text }) => TOKEN_ALONE.test(text) || TOKEN_ANYWHERE.test(text)],
  ["token-request", asksForToken],
  ["none", () => true],
];

/** Says what a text is. */
export function kindOf(evidence: Evidence): PastedKind {
  return KINDS.find(([, test]) => test(evidence))![0];
}

function has({ addresses }: Evidence, kind: Address["kind"]): boolean {
  return addresses.some((address) => address.kind === kind);
}

/** Whether a text asks for a token, by its path, its grant or its SDK. */
export function asksForToken(evidence: Evidence): boolean {
  const { addresses, members, isSdk, sends } = evidence;
  return has(evidence, "token") || isSdk ||
    members.some(({ name, text }) =>
      name === "grant_type" && text !== "" && !WEB_GRANT.test(text)
    ) ||
    (sends && addresses.some(({ path }) => /oauth2?\/(?:access_?)?token|jwt.*token/i.test(path)));
}

/** Whether a text calls an API, and does not ask for a token. */
export function callsApi(evidence: Evidence): boolean {
  const { text, addresses, sends, headers } = evidence;
  return !asksForToken(evidence) && has(evidence, "api") && (sends || headers.length > 0) &&
    (/coze/i.test(text) || addresses.some(isOfCoze));
}

/** Whether a text sends a request for a token, or tries to. */
function sendsForToken(evidence: Evidence): boolean {
  const { addresses, jwts, sends, isSdk, isCommand, text } = evidence;
  if (asksForToken(evidence) && (sends || isSdk || text.includes("jwt-bearer"))) return true;
  // A command line to a host of Coze may have any wrong path.
  const isAboutCoze = addresses.some(isOfCoze) && /coze|oauth|grant|assertion/i.test(text);
  return isCommand && !callsApi(evidence) && (isAboutCoze || jwts.length > 0);
}

function isWebFlow({ addresses, members, headers, text }: Evidence): boolean {
  const isExchange = text.includes("jwt-bearer") || headers.some(({ text }) => JWT_MARK.test(text));
  return !isExchange && (addresses.some(({ kind }) => kind === "authorize") ||
    members.some(({ name, text }) => name === "code_verifier" || WEB_GRANT.test(text)));
}
