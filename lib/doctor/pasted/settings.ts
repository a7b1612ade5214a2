import type { Facts, Value } from "../facts.ts";
import { API_HOSTS } from "../hosts.ts";
import { baseUrlShape, clientType, idShapes } from "../rules/configuration.ts";
import { type Mistake, mistake } from "./mistakes.ts";

/** What a name in a .env or a configuration file means. */
const SETTINGS: readonly (readonly [setting: string, name: RegExp])[] = [
  ["clientType", /^client_type$/i],
  ["clientId", /^(?:.*_)?(?:(?:client|app)_?id|iss)$/i],
  ["keyId", /^(?:.*_)?(?:(?:public_?)?key_?id|kid|public_?key|fingerprint)$/i],
  ["key", /^(?:.*_)?(?:private_?key(?:_?(?:path|file))?|key_file)$/i],
  ["token", /^(?:.*_)?(?:api_?token|access_?token|pat)$/i],
  ["baseUrl", /^(?:.*_)?(?:api_?base|base_?url|api_?url|api_?host|aud)$/i],
];
const LINE =
  /^[ \t]*(?:export[ \t]+|set[ \t]+|ENV[ \t]+|\$env:|-[ \t]+)?["']?([A-Za-z_][\w.-]{0,60})["']?[ \t]{0,20}[=:：＝][ \t]{0,20}("[^"\n]{0,8000}"|'[^'\n]{0,8000}'|[^\n]{0,8000}?)[ \t]*,?\r?$/gm;
/** A member of JSON, and a variable of a container in YAML. */
const PAIR =
  /(?:["']|\bname:[ ]["']?)([A-Za-z_]\w{0,60})["']?\s{0,20}(?::|\n\s{0,20}value:)\s{0,20}("[^"\n]{0,8000}"|\S{1,200})/g;
/** Values that tell themselves what they are. */
const ALONE: readonly (readonly [setting: string, value: RegExp])[] = [
  ["clientId", /^\d{10,20}$|^\d{10,40}\.app\.coze$/],
  ["keyId", /^[\w-]{43}$/],
];

/** Settings found in a text, and what is wrong with their values. */
export interface Settings {
  names: string[];
  mistakes: Mistake[];
}

/** Reads .env lines, a configuration in JSON or YAML, or one value that stands alone. */
export function readSettings(text: string): Settings | undefined {
  const found = new Map<string, { value: string; at: number }>();
  const alone = text.trim();
  for (const [setting, pattern] of ALONE) {
    if (pattern.test(alone)) found.set(setting, { value: alone, at: text.indexOf(alone) });
  }
  for (const match of [...text.matchAll(PAIR), ...text.matchAll(LINE)]) {
    const setting = SETTINGS.find(([, name]) => name.test(match[1]!))?.[0];
    const value = match[2]!.replace(/^(["'])(.*)\1$/s, "$2");
    if (setting && value !== "" && !found.has(setting)) {
      found.set(setting, { value, at: match.index });
    }
    if (found.size > 8) break;
  }
  // One name alone may be of any program.
  if (found.size < 2 && ![...found.keys()].some((name) => /Id$|Type$/.test(name))) return undefined;
  const value = (name: string, text = found.get(name)?.value): Value | undefined =>
    text === undefined ? undefined : { text, origin: "argument", source: "stdin", lost: [] };
  const base = found.get("baseUrl")?.value ?? API_HOSTS[0]!;
  const facts: Facts = {
    directory: "",
    clientId: value("clientId"),
    keyId: value("keyId"),
    clientType: value("clientType"),
    // A host alone is as good as its URL.
    baseUrl: value("baseUrl", /^https?:/i.test(base) ? base : `https://${base}`)!,
  };
  const wrongType = clientType(facts);
  const findings = wrongType.length > 0 ? wrongType : [...idShapes(facts), ...baseUrlShape(facts)];
  const placeOf = (code: string) =>
    found.get(/^base/.test(code) ? "baseUrl" : /^key/.test(code) ? "keyId" : "clientId")?.at;
  return {
    names: [...found.keys()],
    mistakes: findings.map((finding) => ({ ...finding, at: placeOf(finding.code) })),
  };
}

const PEM =
  /-----BEGIN ([A-Z0-9 ]{0,40})-----|(?:^|["'\s])(?:MII[EJC][\w+/]{60,}|LS0tLS1CRUdJTi[\w+/]{60,})/;

/** A key in the text: a private one must not be pasted, a public one is not what is needed. */
export function readKey(text: string): Mistake | undefined {
  const found = PEM.exec(text);
  if (!found) return undefined;
  const [, label = "PRIVATE KEY"] = found;
  return /PRIVATE KEY/.test(label)
    ? mistake("secret-pasted", found.index, "key", { severity: "warning" })
    : mistake("key-is-public", found.index, "pasted", { severity: "warning" });
}
