import type { ErrorDetails } from "../../error.ts";
import { judgeClaims, type Verdict } from "../claims.ts";
import { idShapes } from "../rules/configuration.ts";
import { isSameBlock } from "./body_rules.ts";
import type { Jwt } from "./jwts.ts";
import { type Mistake, mistake } from "./mistakes.ts";
import type { Member } from "./fields.ts";
import type { Evidence } from "./scan.ts";
import { isOpen } from "./value.ts";

/** Verdicts on the members of a JWT. Where the host is not known, either region may be meant. */
export function verdictsOf(
  { header = {}, claims = {} }: Jwt,
  hosts: readonly string[],
  now: number,
): Verdict[] {
  const host = hosts.find((host) => host === claims.aud) ?? hosts[0]!;
  return judgeClaims({ header, claims }, host, now);
}

/** One finding for all that is wrong in a JWT; one that merely ended is no mistake of its maker. */
export function jwtMistakes(
  jwt: Jwt,
  verdicts: readonly Verdict[],
  severityOfEnd: "note" | "warning",
): Mistake[] {
  const wrong = verdicts.filter(({ mark }) => mark === "wrong");
  const damage = (["alphabet", "padding", "percent"] as const).filter((each) =>
    jwt.damage.has(each)
  );
  const ids = idMistakes(text(jwt.claims?.iss), text(jwt.header?.kid), jwt.at);
  return [...claimsMistakes(wrong, damage, jwt.at, severityOfEnd), ...ids];
}

const text = (value: unknown) => typeof value === "string" ? value : undefined;

function claimsMistakes(
  wrong: readonly Verdict[],
  damage: readonly string[],
  at: number,
  severityOfEnd: "note" | "warning",
): Mistake[] {
  const isEnd = wrong.length > 0 && damage.length === 0 &&
    wrong.every(({ says }) => says === "expired");
  const host = wrong.find(({ details }) => details.host)?.details.host;
  const zone = wrong.filter(({ says }) => says === "iat-zone").map(() => "zone");
  const members = isEnd ? "expired" : host === undefined ? "members" : "audience";
  // The first chooses the sentence of the finding, the others add theirs.
  const [reason, ...others] = [...(wrong.length > 0 ? [members] : []), ...damage, ...zone];
  if (reason === undefined) return [];
  const names = wrong.map(({ name }) => name).join(", ");
  const details: ErrorDetails = Object.assign({}, ...wrong.map(({ details }) => details), {
    names,
  });
  const evidence = others.map((each) => `wire-claims-invalid.evidence.${each}`);
  const severity = isEnd ? severityOfEnd : "error";
  return [mistake("wire-claims-invalid", at, reason, { severity, details, evidence })];
}

/** App ID and key id, as the configuration has them; what people left out on purpose is no mistake. */
export function idMistakes(
  iss: string | undefined,
  kid: string | undefined,
  at: number,
): Mistake[] {
  const value = (text: string | undefined) =>
    text === undefined || text === "" || isOpen(text)
      ? undefined
      : { text, origin: "argument" as const, source: "stdin", lost: [] };
  return idShapes({ directory: "", baseUrl: value("x")!, clientId: value(iss), keyId: value(kid) })
    .filter(({ details }) => !/placeholder|ellipsis/.test(String(details.reason)))
    .map((finding) => ({ ...finding, at }));
}

/** Libraries and functions that sign. */
const SIGNS =
  /jwt\.(?:encode|sign)|SignJWT|JWT::encode|JWT\.encode|Jwts\.builder|JWT\.create\(|NewWithClaims|JwtSecurityToken|createSign|RSA-SHA256|openssl_sign|SHA256with[Rr]SA|SignPKCS1v15|PKCS1v15|HS256|HmacSha256|RS256|JWTCreator|jose|encode\(/;
const MILLISECONDS =
  /Date\.now\(\)|currentTimeMillis\(\)|getTime\(\)|\+new Date|time\.time\(\)\s*\*\s*1000|ToUnixTimeMilliseconds|UnixMilli\(\)|UnixNano\(\)|toEpochMilli|as_millis\(|timestamp_millis\(|millisecondsSinceEpoch|microtime\(/;
const DIVIDED = /\/\s*(?:1000|1e3|1_000)|\*\s*0?\.001|\/\s*TimeSpan|~\/|\.div\(/;
const FLOAT = /^(?!.*(?:int|round|floor)\().*\btime\.time\(\)(?!\s*\/\/)/;

/** Whether code makes a JWT, or claims stand in the text as they are. */
export function buildsClaims({ members, text, isSdk }: Evidence): boolean {
  const has = (name: string) =>
    members.some((member) => member.name === name && member.style === "member");
  return isSdk || SIGNS.test(text) && (has("aud") || (has("iss") && has("exp")) || has("alg")) ||
    (has("iss") && has("aud") && (has("iat") || has("exp")));
}

/** The claims that code builds, as far as their values stand in the text. */
export function codeMistakes(evidence: Evidence, hosts: readonly string[], now: number): Mistake[] {
  const { members, text } = evidence;
  const own = (name: string) =>
    members.find((member) => member.name === name && member.style === "member");
  const [aud, iat, exp, kid] = ["aud", "iat", "exp", "kid"].map(own);
  const iss = own("iss") ?? (evidence.isSdk ? own("client_id") : undefined);
  if (!buildsClaims(evidence)) return [];
  const claims: Record<string, unknown> = {};
  const header: Record<string, unknown> = {};
  const known = (member: Member | undefined): member is Member =>
    member !== undefined && member.text !== "" && !isOpen(member.text);
  if (known(aud)) claims.aud = aud.text.startsWith("[") ? [aud.text.slice(1)] : aud.text;
  if (known(iss)) {
    claims.iss = iss.quote === undefined && /^\d+$/.test(iss.text) ? Number(iss.text) : iss.text;
  }
  for (const [name, member] of [["iat", iat], ["exp", exp]] as const) {
    const value = member && timeOf(member, text, now);
    if (value !== undefined) claims[name] = value;
  }
  const wrongAlg = /\b(?:[HEP]S(?:256|384|512)|RS(?:384|512))\b|HmacSha256/i.exec(text);
  if (wrongAlg && !/RS256/.test(text)) header.alg = wrongAlg[0];
  const scope = members.find((member) =>
    member.name === "scope" && isClaim(member, [iss, aud, exp, iat], text)
  );
  if (scope) claims.scope = scope.text;
  const session = own("session_name");
  if (known(session) && session.quote === undefined && /^\d+$/.test(session.text)) {
    claims.session_name = Number(session.text);
  }
  const named = new Set([...Object.keys(claims), ...Object.keys(header)]);
  const host = hosts.find((host) => host === claims.aud) ?? hosts[0]!;
  const verdicts = judgeClaims({ header, claims }, host, now).filter(({ name, says }) =>
    named.has(name) && says !== "exp-order" && says !== "expired" && !says.startsWith("iat-")
  );
  const wrong = verdicts.filter(({ mark }) => mark === "wrong");
  // Only these two calls show all of the header.
  const call = /\bjwt\.(?:encode|sign)\(/.exec(text);
  if (call && !/kid|key_?id|public_?key/i.test(text) && /RS256/.test(text)) {
    const missing = { value: undefined, mark: "wrong", says: "missing", details: {} } as const;
    wrong.push({ part: "header", name: "kid", ...missing });
  }
  const first = wrong.find(({ name }) => own(name));
  const at = (first && own(first.name)?.at) ?? scope?.at ?? wrongAlg?.index ?? call?.index ??
    aud?.at ?? 0;
  return [
    ...claimsMistakes(wrong, handmade(text), at, "note"),
    ...idMistakes(quoted(iss), quoted(kid), kid?.at ?? iss?.at ?? 0),
  ];
}

const quoted = (member: Member | undefined) =>
  member?.quote === undefined ? undefined : member.text;

/** The time that an expression gives, when it is wrong in its unit or type. */
function timeOf({ text: value, names, expression }: Member, text: string, now: number): unknown {
  if (/^\d{13,}$/.test(value)) return Number(value);
  // A variable alone, or with seconds added, has the unit of its assignment.
  const isVariable = /^[\w.$]+(?:\s*\+[^()]*)?$/.test(expression.trim());
  const assigned = isVariable && names[0] &&
    new RegExp(`(?<![\\w.$])\\$?${names[0]}\\s{0,4}(?::\\s?\\w+\\s?)?:?=(?!=)([^\\n]{1,160})`).exec(
      text,
    )?.[1];
  const source = assigned || expression;
  if (/new Date\(.*\)|Date\.from|Instant/.test(source) && !/getTime|Date\.now/.test(source)) {
    return undefined;
  }
  if (MILLISECONDS.test(source) && !DIVIDED.test(source) && !DIVIDED.test(expression)) return now;
  return FLOAT.test(source) ? now / 1000 + 0.5 : undefined;
}

/** Whether scope is among the claims, and not in the body. */
function isClaim(
  { at, text: value }: Member,
  claims: readonly (Member | undefined)[],
  text: string,
): boolean {
  const before = text.slice(Math.max(0, at - 40), at);
  return value !== "" &&
    (/(?:claim\(|SignJWT\(\s*\{[^}]*|payload\w*\s*[.\[(]|claims?\w*\s*[.\[(])["']?$/i.test(
      before,
    ) ||
      claims.some((claim) => claim && isSameBlock(text, claim.at, at)));
}

/** A JWT that is put together by hand, with base64 in place of base64url. */
function handmade(text: string): string[] {
  if (
    !/createSign|crypto\.sign|RSA-SHA256|openssl_sign|SHA256with[Rr]SA|SignPKCS1v15|PKCS1v15|rsa\.sign|subtle\.sign|SignData|dgst -sha256 -sign/
      .test(text)
  ) return [];
  const plain =
    /toString\(\s*["']base64["']\s*\)|digest\(["']base64["']\)|\.sign\([^)\n]{1,80},\s*["']base64["']\)|\bbtoa\(|\bb64encode\(|Base64\.getEncoder|Base64\.encodeBase64String|(?<!url)base64_encode\(|base64\.StdEncoding|ToBase64String|strict_encode64|openssl (?:enc -)?base64|\|\s*base64\b/;
  const safe =
    /base64url|\btr\b[^\n]{0,20}[+\/_-]|urlsafe|UrlEncoder|URLEncoding|encodeBase64URLSafe|strtr\(|replace\(|\.tr\(|translate\(|Replace\(/i;
  if (plain.test(text.replace(/urlsafe_b64encode/g, "")) && !safe.test(text)) return ["alphabet"];
  const padded =
    /base64\.URLEncoding\.EncodeToString|urlsafe_b64encode\(|getUrlEncoder\(\)(?!\s*\.withoutPadding)|urlsafe_encode64\((?!.*padding: false)/;
  return padded.test(text) &&
      !/rstrip|TrimRight|replace\(|strip\(|withoutPadding|delete\(|WithPadding/.test(text)
    ? ["padding"]
    : [];
}
