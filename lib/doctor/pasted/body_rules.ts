import { quote } from "../../redact.ts";
import { type Mistake, mistake } from "./mistakes.ts";
import { GRANT_TYPE, isWhole } from "./request_rules.ts";
import type { Member } from "./fields.ts";
import type { Evidence } from "./scan.ts";
import { HOLE, isOpen } from "./value.ts";
import { JWT_MARK } from "./jwts.ts";

/** Members of the body that the request itself sends. */
function sent({ members }: Evidence, name: string): Member[] {
  return members.filter((member) => member.name === name);
}

/** A JWT among the values of the body or the address. */
export function assertionMistakes(evidence: Evidence): Mistake[] {
  const { addresses } = evidence;
  const own = sent(evidence, "assertion").find((member) => isInBody(evidence, member));
  const shorthand = /[{,]\s{0,40}(?:client_)?assertion\s{0,40}(?=,|\})/.exec(evidence.text);
  const grants = sent(evidence, "grant_type");
  const isShort = shorthand &&
    grants.some(({ at }) => isSameBlock(evidence.text, at, shorthand.index + 1));
  const query = addresses.find(({ query }) => JWT_MARK.test(query));
  if (!own && !isShort && !query) return [];
  const reason = own?.style === "form" || query ? "form" : "json";
  const at = own?.at ?? (isShort ? shorthand.index + 1 : query!.at);
  return [mistake("wire-assertion-in-body", at, reason)];
}

/** Whether `assertion` is a member beside grant_type, and not a variable of the program. */
function isInBody(evidence: Evidence, { at, style, source }: Member): boolean {
  if (/^(?:string|str|String)\b/.test(source) || source === "") return false;
  if (style === "form") {
    const before = evidence.text.slice(Math.max(0, at - 40), at);
    return /[&?"'`]$/.test(before) || /(?:-d|--data[\w-]*|-F|--form|-f)[ =]["']?$/.test(before) ||
      (evidence.language === "httpie" && /\s$/.test(before)) ||
      /^[ \t]*$/.test(before.slice(before.lastIndexOf("\n") + 1)) && evidence.language === "http";
  }
  const isQuoted = /["'`]/.test(evidence.text[at - 1] ?? "");
  return isQuoted ||
    sent(evidence, "grant_type").some((grant) => isSameBlock(evidence.text, grant.at, at));
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

/** The body: one finding with all that is wrong with it. */
export function bodyMistakes(request: Evidence): Mistake[] {
  const faults = [...shapeFaults(request), ...grantFaults(request)];
  if (faults.length === 0) return [];
  const [{ at, reason }, ...others] = faults as [Fault, ...Fault[]];
  const evidence = others.map(({ reason }) => `wire-body-invalid.evidence.${reason}`);
  const details = Object.assign({}, ...faults.map(({ details }) => details));
  return [mistake("wire-body-invalid", at, reason, { evidence, details })];
}

interface Fault {
  reason: string;
  at: number;
  details?: Record<string, string>;
}

function shapeFaults(evidence: Evidence): Fault[] {
  const { text, bodies, data, types, language, isSdk } = evidence;
  if (isSdk) return [];
  const fault = (
    reason: string,
    at: number,
    type?: string,
  ): Fault[] => [{
    reason,
    at,
    details: type === undefined ? undefined : { type: quote(type, 60) },
  }];
  const multipart = /\s(?:-F|--form)[ =]?["']?\w/.exec(text);
  if (language === "curl" && multipart) return fault("multipart", multipart.index + 1);
  if (bodies.multipart !== undefined) return fault("multipart", bodies.multipart);
  if (language === "curl" && /\s(?:-G|--get)\s/.test(text) && data.length > 0) {
    return fault("query", data[0]!.at);
  }
  const wrongType = types.find(({ value }) => !/^application\/(?:[\w.-]+\+)?json/i.test(value));
  const pairs = evidence.members.find(({ style, name }) =>
    style === "form" && /^(?:grant_type|assertion|duration_seconds)$/.test(name)
  );
  if (isWhole(evidence) && language !== "httpie") {
    if (data.length === 0) {
      return hasNoBody(evidence)
        ? fault("none", Math.max(0, text.search(/curl|^(?:> )?POST/im)))
        : [];
    }
    const whole = data.map(({ text }) => text).join("&");
    const shape = /^\s*[{["]/.test(whole)
      ? jsonFault(data[0]!.text, data[0]!.quote, text)
      : !isOpen(whole) && !/^@/.test(whole) || pairs
      ? "form"
      : undefined;
    if (shape) return fault(shape, data[0]!.at);
    if (wrongType) return fault("type", wrongType.at, wrongType.value);
    if (
      types.length > 0 || /\s--json\b/.test(text) ||
      /(?:-H|--header)[ =]?["']?[@$\ufffc]/.test(text)
    ) return [];
    return language === "curl" || language === "wget"
      ? fault("client-type", data[0]!.at, "application/x-www-form-urlencoded")
      : fault("no-type", data[0]!.at);
  }
  if (bodies.form !== undefined) return fault("form", bodies.form);
  if (wrongType) return fault("type", wrongType.at, wrongType.value);
  const jquery = bodies.json === undefined && types.length === 0 &&
    /\$\.(?:ajax|post)\(/.exec(text);
  if (jquery) return fault("form", jquery.index);
  // requests and httpx send a dict as a form; so does PowerShell with a hashtable.
  const dict = language === "python" && bodies.json === undefined &&
    /\bdata\s?=\s?(?!f?["'])[\w{]/.exec(text);
  if (dict) return fault("form", dict.index);
  const [, table] = /-Body\s+(@\{|\$\w+)/i.exec(text) ?? [];
  const isTable = table === "@{" || (table && text.includes(`${table} = @{`));
  if (language === "powershell" && bodies.json === undefined && isTable) {
    return fault("form", text.search(/-Body\s/i));
  }
  return pairs && bodies.json === undefined && language !== "httpie" ? fault("form", pairs.at) : [];
}

function hasNoBody({ text, language }: Evidence): boolean {
  if (/^> /m.test(text)) return false;
  if (language === "http") return !/content-length:\s*[1-9]/i.test(text);
  return !/\s(?:-T|-d|--data|--json|--upload-file)\b/.test(text);
}

/** Why a body is not JSON; a variable in it stands for any value. */
function jsonFault(body: string, mark: string | undefined, text: string): string | undefined {
  if (mark === undefined) return "unquoted";
  if (mark === "'" && /\^\r?\n|^[A-Z]:\\[^\n]*>/m.test(text)) return "single-quotes";
  const filled = body.replace(/(?<=[:\[,]\s*)\ufffc+(?=\s*[,}\]])/g, "0");
  try {
    const value = JSON.parse(filled);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? undefined
      : "object";
  } catch {
    if (filled.includes(HOLE) && !/[{,]\s*['\w]/.test(filled)) return undefined;
    if (/[{,]\s*'/.test(filled)) return "single-quotes";
    if (/[{,]\s*[A-Za-z_]\w*\s*:/.test(filled)) return "unquoted";
    if (/,\s*[}\]]/.test(filled)) return "comma";
    return /[}\]]\s*$/.test(filled) ? "syntax" : "end";
  }
}

function grantFaults(evidence: Evidence): Fault[] {
  const grants = sent(evidence, "grant_type").filter(({ source }) =>
    !/^(?:string|str)\b/i.test(source)
  );
  const right = grants.some(({ text }) => text === GRANT_TYPE || isOpen(text) || text === "");
  if (grants.length > 0) {
    const { text, at } = grants[0]!;
    return right ? [] : [{ reason: "grant", at, details: { value: quote(text, 60) } }];
  }
  const { data, text } = evidence;
  const isKnown = data.length > 0 &&
    !data.some(({ text }) => isOpen(text) || /^@/.test(text) || text === "");
  return isWhole(evidence) && isKnown && !text.includes("grant")
    ? [{ reason: "no-grant", at: data[0]!.at }]
    : [];
}

/** A lifetime that Coze does not give, or that is no number. */
export function durationMistakes(evidence: Evidence): Mistake[] {
  const own = sent(evidence, "duration_seconds").find(({ text, expression }) =>
    text !== "" && !isOpen(text) && !/^(?:null|None)$|[*+]/.test(text + expression)
  );
  if (!own) return [];
  const { text, at, quote: mark, style } = own;
  // 86_399, 86399L, 86399u32
  const [digits] = /^[\d_]+(?=(?:[lu]\d*)?$)/i.exec(text.trim()) ?? ["0"];
  const seconds = Number(digits!.replaceAll("_", ""));
  const inRange = seconds >= 1 && seconds <= 86_399;
  if (inRange && (style === "form" || mark === undefined)) return [];
  const details = { value: quote(text, 40) };
  return [mistake("duration-out-of-range", at, inRange ? "string" : "range", { details })];
}

/** The one documented name of a permission. Source: Coze's page oauth_jwt_channel. */
const DOCUMENTED_PERMISSION = "Connector.botChat";

/** A scope of another form or with other names than documented. */
export function scopeMistakes(evidence: Evidence): Mistake[] {
  const list = /permission_list\\{0,3}["']?\s*(?::|=>|=)\s*[[{(]([^\])}]{0,300})/.exec(
    evidence.text,
  );
  if (list) {
    const names = list[1]!.match(/[A-Za-z]+\.[A-Za-z]+/g) ?? [];
    const wrong = names.find((name) => name !== DOCUMENTED_PERMISSION);
    if (!wrong) return [];
    const details = { value: quote(wrong, 60) };
    const more = { severity: "warning", certainty: "likely", details } as const;
    return [mistake("scope-rejected", list.index, "name", more)];
  }
  const grants = sent(evidence, "grant_type");
  const own = sent(evidence, "scope").find(({ at, style, text }) =>
    text !== "" && !isOpen(text) && !/^(?:null|None|nil)$/.test(text) &&
    (style === "form" || grants.some((grant) => isSameBlock(evidence.text, grant.at, at)))
  );
  return own && !own.text.startsWith("{")
    ? [mistake("scope-rejected", own.at, "form", { certainty: "likely" })]
    : [];
}
