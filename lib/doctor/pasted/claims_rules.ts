import { judgeClaims, type Verdict } from "../claims.ts";
import { idShapes } from "../rules/configuration.ts";
import type { Case, Evidence } from "./evidence.ts";
import { assignmentOf, type Field, isUnknown } from "./fields.ts";
import type { Damage, Jwt } from "./jwts.ts";
import { foundAt, type Mistake, pastedValue } from "./mistakes.ts";
import { isSameBlock } from "./body_rules.ts";
import { anyOf } from "./text.ts";

/** Verdicts on the members of a JWT. Where the host is not known, either region may be meant. */
export function verdictsOf(
  { header = {}, claims = {} }: Pick<Jwt, "header" | "claims">,
  hosts: readonly string[],
  now: number,
): Verdict[] {
  const host = hosts.find((host) => host === claims.aud) ?? hosts[0]!;
  return judgeClaims({ header, claims }, host, now);
}

/** What is wrong in a JWT; one that merely expired is no mistake of its maker. */
export function jwtMistakes({ jwt, verdicts, kind }: Case): Mistake[] {
  if (!jwt || verdicts.length === 0) return [];
  const { at, header, claims, damage } = jwt;
  const wrong = verdicts.filter(({ mark }) => mark === "wrong");
  const encoding = (["alphabet", "padding", "percent"] as const).filter((each) => damage.has(each));
  const text = (value: unknown) => typeof value === "string" ? value : undefined;
  return [
    ...claimsMistakes(wrong, encoding, at, kind === "token-request" ? "warning" : "note"),
    ...idMistakes(text(claims?.iss), text(header?.kid), at),
  ];
}

/** One finding for all that is wrong in header, claims and encoding. */
function claimsMistakes(
  wrong: readonly Verdict[],
  encoding: readonly string[],
  at: number,
  severityOfExpired: "note" | "warning",
): Mistake[] {
  const details = Object.assign({}, ...wrong.map(({ details }) => details));
  const isExpired = encoding.length === 0 && wrong.every(({ says }) => says === "expired");
  const members = isExpired ? "expired" : details.host === undefined ? "members" : "audience";
  const zone = wrong.filter(({ says }) => says === "iat-zone").map(() => "zone");
  const reasons = [...(wrong.length > 0 ? [members] : []), ...encoding, ...zone];
  return foundAt(at, "wire-claims-invalid", reasons, {
    severity: isExpired ? severityOfExpired : "error",
    details: { ...details, names: wrong.map(({ name }) => name).join(", ") },
  });
}

/** App ID and key id, judged as in the configuration; what people left out is no mistake. */
function idMistakes(iss: string | undefined, kid: string | undefined, at: number): Mistake[] {
  const [clientId, keyId] = [iss, kid]
    .map((text) => pastedValue(text === "" || isUnknown(text ?? "") ? undefined : text));
  return idShapes({ directory: "", baseUrl: pastedValue("")!, clientId, keyId })
    .filter(({ details }) => !/placeholder|ellipsis/.test(String(details.reason)))
    .map((finding) => ({ ...finding, at }));
}

/** Libraries and functions that sign. */
const SIGNS = anyOf(`jwt.encode jwt.sign SignJWT JWT::encode JWT.encode Jwts.builder JWT.create(
  NewWithClaims JwtSecurityToken JWTCreator createSign openssl_sign SHA256withRSA SHA256WithRSA
  PKCS1v15 SignPKCS1v15 RSA-SHA256 HS256 RS256 HmacSha256 jose encode(`);

/** Whether code makes a JWT, or claims stand in the text as they are. */
export function buildsClaims({ members, text, isSdk }: Evidence): boolean {
  const has = (name: string) =>
    members.some((each) => each.name === name && each.style === "member");
  return isSdk || has("aud") && (has("iss") || SIGNS.test(text)) || has("iss") && has("exp");
}

const OTHER_ALGORITHM = /\b(?:[HEP]S(?:256|384|512)|RS(?:384|512))\b|HmacSha256/i;
/** What the values in code leave open. */
const UNSURE = /^(?:exp-order|expired|iat-.*)$/;

/** The claims that code builds, as far as their values stand in the text. */
export function codeMistakes(evidence: Case): Mistake[] {
  if (!buildsClaims(evidence)) return [];
  const { members, text, isSdk, hosts, now } = evidence;
  const of = (name: string) =>
    members.find((each) => each.name === name && each.style === "member");
  const [aud, iat, exp, kid] = ["aud", "iat", "exp", "kid"].map(of);
  const iss = of("iss") ?? (isSdk ? of("client_id") : undefined);
  const scope = members.find((each) => isClaim(each, [iss, aud, exp, iat], text));
  const claims: Record<string, unknown> = {
    iss: valueOf(iss),
    aud: valueOf(aud),
    iat: iat && timeOf(iat, text, now),
    exp: exp && timeOf(exp, text, now),
    scope: scope?.text,
  };
  const isRs256 = text.includes("RS256");
  const algorithm = isRs256 ? null : OTHER_ALGORITHM.exec(text);
  // These calls show all of the header.
  const call = /\bjwt\.(?:encode|sign)\(/.exec(text);
  const lacksKeyId = call && isRs256 && !/kid|key_?id|public_?key/i.test(text);
  const wrong = verdictsOf({ header: { alg: algorithm?.[0] }, claims }, hosts, now).filter((each) =>
    each.mark === "wrong" && !UNSURE.test(each.says) &&
    (each.value !== undefined || (each.name === "kid" && lacksKeyId))
  );
  const places: Record<string, Field | undefined> = { iss, aud, iat, exp, scope };
  const first = wrong.find(({ part }) => part === "claims")?.name ?? "";
  const at = places[first]?.at ?? algorithm?.index ?? call?.index ?? aud?.at ?? 0;
  const quoted = (field?: Field) => field?.quote === undefined ? undefined : field.text;
  return [
    ...claimsMistakes(wrong, encodingByHand(text), at, "note"),
    ...idMistakes(quoted(iss), quoted(kid), kid?.at ?? iss?.at ?? 0),
  ];
}

/** The value of a claim in code, when it is known. */
function valueOf(field: Field | undefined): unknown {
  if (!field || field.text === "" || isUnknown(field.text)) return undefined;
  if (field.expression.startsWith("[")) return [field.text];
  return field.quote === undefined && /^\d+$/.test(field.text) ? Number(field.text) : field.text;
}

const MILLISECONDS = anyOf(`Date.now() currentTimeMillis() getTime() +new time.time()*1000
  ToUnixTimeMilliseconds UnixMilli() UnixNano() toEpochMilli as_millis( timestamp_millis(
  millisecondsSinceEpoch microtime(`);
/** Divided, or the argument of a Date, which a library turns into seconds. */
const IN_SECONDS = /\/\s*(?:1000|1e3|1_000)|\*\s*0?\.001|~\/|\.div\(|new Date\([^)]|Date\.from/;
const FLOAT = /^(?!.*(?:int|round|floor)\().*\btime\.time\(\)(?!\s*\/\/)/;

/** The time that an expression gives, when it is wrong in its unit or type. */
function timeOf({ text: value, names, expression }: Field, text: string, now: number): unknown {
  if (/^\d{13,}$/.test(value)) return Number(value);
  // A variable alone, or with seconds added, has the unit of its assignment.
  const isVariable = names[0] !== undefined && /^[\w.$]+(?:\s*\+[^()]*)?$/.test(expression.trim());
  const at = isVariable ? assignmentOf(text, names[0]!) : undefined;
  const source = at === undefined ? expression : text.slice(at, at + 160).split("\n")[0]!;
  const isDivided = IN_SECONDS.test(source + expression);
  if (!isDivided && MILLISECONDS.test(source.replace(/\s*\*\s*/, "*"))) return now;
  return FLOAT.test(source) ? now / 1000 + 0.5 : undefined;
}

/** Whether a member is a scope among the claims, and not in the body. */
function isClaim({ at, name, text: value }: Field, claims: (Field | undefined)[], text: string) {
  if (name !== "scope" || value === "") return false;
  const before = text.slice(Math.max(0, at - 40), at);
  return /(?:claim\(|SignJWT\(\s*\{[^}]*|(?:payload|claim)\w*\s*[.\[(])["']?$/i.test(before) ||
    claims.some((claim) => claim && isSameBlock(text, claim.at, at));
}

/** How people sign without a library for JWTs. */
const SIGNS_BY_HAND = anyOf(`createSign crypto.sign RSA-SHA256 openssl_sign SHA256withRSA
  SHA256WithRSA SignPKCS1v15 PKCS1v15 rsa.sign subtle.sign SignData -sign`);
const BASE64 = anyOf(`"base64") 'base64') btoa( b64encode( Base64.getEncoder base64_encode(
  Base64.encodeBase64String base64.StdEncoding ToBase64String strict_encode64 |base64`);
const BASE64URL =
  /base64url|url_?safe|url_?encod(?!ed)|strtr\(|replace(?:All)?\(|\btr\b|translate\(/i;

/** The encoding of a JWT that is put together by hand: base64 in place of base64url. */
function encodingByHand(text: string): Damage[] {
  const plain = text.replace(/(?<=[,|(])[ \t]{1,20}/g, "");
  const isPlain = SIGNS_BY_HAND.test(text) && BASE64.test(plain) && !BASE64URL.test(text);
  return isPlain ? ["alphabet"] : [];
}
