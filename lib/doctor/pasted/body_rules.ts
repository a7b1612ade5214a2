import { quote } from "../../redact.ts";
import type { Evidence } from "./evidence.ts";
import { type Field, isUnknown, UNKNOWN } from "./fields.ts";
import { JWT_MARK } from "./jwts.ts";
import { foundAt, type Mistake } from "./mistakes.ts";
import { HEADER_UNKNOWN, startOf } from "./request_rules.ts";
import { withoutSecrets } from "./text.ts";

/** The one grant type for a JWT. Source: Coze's page oauth_jwt. */
export const GRANT_TYPE = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/** A JWT in the body or in the address, as RFC 7523 has it. */
export function assertionMistakes(evidence: Evidence): Mistake[] {
  const { text, addresses, members } = evidence;
  const member = members.find((each) => each.name === "assertion" && isSent(evidence, each));
  const query = addresses.find(({ query }) => JWT_MARK.test(query));
  // The member of an object that a variable of this name makes: { grant_type, assertion }.
  const { index } = /(?<=[{,]\s{0,40})(?:client_)?assertion(?=\s{0,40}[,}])/.exec(text) ?? {};
  const shorthand = index !== undefined && isBesideGrant(evidence, index) ? index : undefined;
  const at = member?.at ?? shorthand ?? query?.at;
  const reason = member?.style === "form" || query ? "form" : "json";
  return foundAt(at, "wire-assertion-in-body", at === undefined ? undefined : reason);
}

/** Whether `assertion` is sent, and not a variable of the program. */
function isSent(evidence: Evidence, { at, style, source }: Field): boolean {
  const { text, language } = evidence;
  if (/^str(?:ing)?\b/i.test(source) || source === "") return false;
  const before = text.slice(Math.max(0, at - 40), at);
  if (style === "member") return /["'`]$/.test(before) || isBesideGrant(evidence, at);
  return /(?:[&?"'`]|(?:-d|--data[\w-]*|-F|--form|-f)[ =]["']?)$/.test(before) ||
    (language === "httpie" && /\s$/.test(before)) ||
    (language === "http" && /\n[ \t]*$/.test(before));
}

function isBesideGrant({ members, text }: Evidence, at: number): boolean {
  return members.some((each) => each.name === "grant_type" && isSameBlock(text, each.at, at));
}

/** Whether two places are inside the same brackets. */
export function isSameBlock(text: string, a: number, b: number): boolean {
  const between = text.slice(Math.min(a, b), Math.max(a, b));
  if (between.length > 1500) return false;
  let depth = 0;
  for (const [bracket] of between.matchAll(/[{}()[\]]/g)) {
    depth += "{([".includes(bracket) ? 1 : -1;
    if (depth < 0) return false;
  }
  return depth === 0;
}

interface Fault {
  reason: string;
  at: number;
  details?: Record<string, string>;
}

/** The body: one finding with all that is wrong with it. */
export function bodyMistakes(evidence: Evidence): Mistake[] {
  const { isSdk, isCommand, language } = evidence;
  const form = isCommand && language !== "httpie" ? commandFault(evidence) : codeFault(evidence);
  const faults = [isSdk ? undefined : form, grantFault(evidence)].filter((each) => !!each);
  const details = Object.assign({}, ...faults.map(({ details }) => details));
  const reasons = faults.map(({ reason }) => reason);
  return foundAt(faults[0]?.at, "wire-body-invalid", reasons, { details });
}

/** The form of the body in curl, wget and HTTP, where all of it stands in the text. */
function commandFault(evidence: Evidence): Fault | undefined {
  const { text, data: [first, ...others], types, language } = evidence;
  const option = language === "curl" && /\s(?:(-F|--form)|-G|--get)(?=[\s=])/.exec(text);
  if (option) return { reason: option[1] ? "multipart" : "query", at: option.index + 1 };
  if (!first) {
    const elsewhere = /content-length:\s*[1-9]|^> |\s(?:-T|-d|--data|--json|--upload-file)\b/im;
    return elsewhere.test(text) ? undefined : { reason: "none", at: startOf(evidence) };
  }
  const { at, quote: mark } = first;
  const whole = [first, ...others].map(({ text }) => text).join("&");
  const isForm = !/^@/.test(whole) && !isUnknown(whole) || formPair(evidence) !== undefined;
  const reason = /^\s*[{["]/.test(whole) ? jsonFault(first.text, mark, text) : isForm && "form";
  if (reason) return { reason, at };
  if (types.length > 0) return typeFault(evidence);
  if (/\s--json\b/.test(text) || HEADER_UNKNOWN.test(text)) return undefined;
  const details = { type: "application/x-www-form-urlencoded" };
  return { reason: language === "http" ? "no-type" : "client-type", at, details };
}

function typeFault({ types }: Evidence): Fault | undefined {
  const type = types.find(({ word }) => !/^application\/(?:[\w.-]+\+)?json/i.test(word));
  return type && { reason: "type", at: type.at, details: { type: quote(type.word, 60) } };
}

/** Where a pair of a form stands that only the body has. */
function formPair({ members }: Evidence): number | undefined {
  return members.find(({ style, name }) =>
    style === "form" && /^(?:grant_type|assertion|duration_seconds)$/.test(name)
  )?.at;
}

/** What sends a form unless it is told to send JSON: requests with a dict, PowerShell with a table. */
const FORM_BY_DEFAULT: readonly (readonly [language: string, pattern: RegExp])[] = [
  ["javascript", /\$\.(?:ajax|post)\(/],
  ["python", /\bdata\s?=\s?(?!f?["'])[\w{]/],
  ["powershell", /-Body\s+(?:@\{|(\$\w+))/i],
];

/** The form of the body that a program sends. */
function codeFault(evidence: Evidence): Fault | undefined {
  const { text, bodies, types, language } = evidence;
  const isHttpie = language === "httpie";
  const form = isHttpie ? /\s(?:-f|--form)\b/.exec(text)?.index : bodies.form;
  if (bodies.multipart !== undefined) return { reason: "multipart", at: bodies.multipart };
  if (form !== undefined) return { reason: "form", at: form };
  const wrongType = typeFault(evidence);
  if (wrongType || bodies.json !== undefined || isHttpie) return wrongType;
  const call = FORM_BY_DEFAULT.find(([own]) => own === language)?.[1].exec(text);
  const isTable = call?.[1] === undefined || text.includes(`${call[1]} = @{`);
  // jQuery does not encode a string, and sends the Content-Type of the call.
  const isText = language === "javascript" && types.length > 0;
  const at = call && isTable && !isText ? call.index : formPair(evidence);
  return at === undefined ? undefined : { reason: "form", at };
}

/** Why a body is not JSON; a variable in it stands for any value. */
function jsonFault(body: string, mark: string | undefined, text: string): string | undefined {
  // Without quotes a shell drops those of JSON; cmd.exe knows no single quotes.
  if (mark === undefined) return "unquoted";
  if (mark === "'" && /\^\r?\n|^[A-Z]:\\[^\n]*>/m.test(text)) return "single-quotes";
  const filled = body.replace(/(?<=[:\[,]\s{0,20})\ufffc+(?=\s{0,20}[,}\]])/g, "0");
  try {
    return /^\s*\{/.test(filled) && JSON.parse(filled) ? undefined : "syntax";
  } catch {
    if (/[{,]\s*'/.test(filled)) return "single-quotes";
    if (/[{,]\s*[A-Za-z_]\w*\s*:/.test(filled)) return "unquoted";
    return filled.includes(UNKNOWN) ? undefined : "syntax";
  }
}

/** Another grant type, or none. */
function grantFault({ data, members, text, isCommand }: Evidence): Fault | undefined {
  const grants = members.filter(({ name, source }) =>
    name === "grant_type" && !/^str(?:ing)?\b/i.test(source)
  );
  const [first] = grants;
  if (first) {
    const isRight = grants.some(({ text }) =>
      text === GRANT_TYPE || text === "" || isUnknown(text)
    );
    const details = { value: quote(withoutSecrets(first.text), 60) };
    return isRight ? undefined : { reason: "grant", at: first.at, details };
  }
  const isKnown = isCommand && data.length > 0 && !text.includes("grant") &&
    !data.some(({ text }) => text === "" || isUnknown(text) || text.startsWith("@"));
  return isKnown ? { reason: "no-grant", at: data[0]!.at } : undefined;
}

/** The lifetime in the body, unless a program works it out. */
function durationIn({ members }: Evidence): Field | undefined {
  return members.find(({ name, text, expression }) =>
    name === "duration_seconds" && text !== "" && !isUnknown(text) &&
    !/^[A-Za-z]|[*+]/.test(text + expression)
  );
}

/** The seconds of a lifetime that Coze gives: 900, 86_399, 86399L, 86399u32. */
export function durationOf(evidence: Evidence): number | undefined {
  const [digits] = /^[\d_]+(?=(?:[lu]\d*)?$)/i.exec(durationIn(evidence)?.text ?? "") ?? ["0"];
  const seconds = Number(digits.replaceAll("_", ""));
  return seconds >= 1 && seconds <= 86_399 ? seconds : undefined;
}

/** A lifetime that Coze does not give, or that is no number. */
export function durationMistakes(evidence: Evidence): Mistake[] {
  const duration = durationIn(evidence);
  if (!duration) return [];
  const { text, at, quote: mark, style } = duration;
  const isText = style === "member" && mark !== undefined && evidence.bodies.form === undefined;
  const reason = durationOf(evidence) === undefined ? "range" : isText ? "string" : undefined;
  return foundAt(at, "duration-out-of-range", reason, {
    details: { value: quote(withoutSecrets(text), 40) },
  });
}
