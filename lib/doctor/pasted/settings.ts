import type { Facts } from "../facts.ts";
import { API_HOSTS } from "../hosts.ts";
import { baseUrlShape, clientType, idShapes } from "../rules/configuration.ts";
import { foundAt, type Mistake, pastedValue } from "./mistakes.ts";

/** What a name in a .env or a configuration file means. */
const SETTINGS = Object.entries({
  clientType: /^client_type$/i,
  clientId: /(?:^|_)(?:(?:client|app)_?id|iss)$/i,
  keyId: /(?:^|_)(?:(?:public_?)?key_?id|kid|public_?key|fingerprint)$/i,
  key: /(?:^|_)(?:private_?key(?:_?(?:path|file))?|key_file)$/i,
  token: /(?:^|_)(?:api_?token|access_?token|pat)$/i,
  baseUrl: /(?:^|_)(?:api_?base|base_?url|api_?url|api_?host|aud)$/i,
});
const TEXT = String.raw`"[^"\n]{0,8000}"`;
const SETTING = [
  // A member of JSON, and a variable of a container in YAML.
  new RegExp(
    String.raw`(?:["']|\bname: ["']?)([A-Za-z_]\w{0,60})["']?\s{0,20}(?::|\n\s{0,20}value:)` +
      String.raw`\s{0,20}(${TEXT}|\S{1,200})`,
    "g",
  ),
  // A line of a .env, of YAML or of a shell.
  new RegExp(
    String.raw`^[ \t]*(?:(?:export|set|ENV|-)[ \t]+|\$env:)?["']?([A-Za-z_][\w.-]{0,60})["']?` +
      String.raw`[ \t]{0,20}[=:：＝][ \t]{0,20}(${TEXT}|[^\n]{0,8000}?)[ \t]*,?\r?$`,
    "gm",
  ),
];
/** Values that tell by themselves what they are. */
const BARE = Object.entries({
  clientId: /^\d{10,20}$|^\d{10,40}\.app\.coze$/,
  keyId: /^[\w-]{43}$/,
});

/** Settings found in a text, and what is wrong with their values. */
export interface Settings {
  names: string[];
  mistakes: Mistake[];
}

/** Reads .env lines, a configuration in JSON or YAML, or one value that stands alone. */
export function readSettings(text: string): Settings | undefined {
  const found = new Map<string, { value: string; at: number }>();
  const add = (setting: string | undefined, value: string, at: number) => {
    // A call is of a program.
    if (!setting || value === "" || /\w\(/.test(value) || found.has(setting)) return;
    found.set(setting, { value, at });
  };
  const whole = text.trim();
  add(BARE.find(([, pattern]) => pattern.test(whole))?.[0], whole, text.indexOf(whole));
  for (const { 1: name, 2: value, index } of SETTING.flatMap((each) => [...text.matchAll(each)])) {
    const setting = SETTINGS.find(([, pattern]) => pattern.test(name!))?.[0];
    add(setting, value!.replace(/^(["'])(.*)\1$/, "$2"), index);
  }
  // One name alone may be of any program.
  if (found.size < 2 && !/Id|Type/.test([...found.keys()].join())) return undefined;
  const value = (name: string) => pastedValue(found.get(name)?.value);
  const base = found.get("baseUrl")?.value ?? API_HOSTS[0]!;
  const facts: Facts = {
    directory: "",
    clientId: value("clientId"),
    keyId: value("keyId"),
    clientType: value("clientType"),
    // A host alone is as good as its URL.
    baseUrl: pastedValue(/^https?:/i.test(base) ? base : `https://${base}`)!,
  };
  const wrongType = clientType(facts);
  const findings = wrongType.length > 0 ? wrongType : [...idShapes(facts), ...baseUrlShape(facts)];
  const nameOf = (code: string) =>
    code.startsWith("base") ? "baseUrl" : code.startsWith("key") ? "keyId" : "clientId";
  return {
    names: [...found.keys()],
    mistakes: findings.map((finding) => ({ ...finding, at: found.get(nameOf(finding.code))?.at })),
  };
}

const PEM =
  /-----BEGIN ([A-Z0-9 ]{0,40})-----|(?:^|["'\s])(?:MII[EJC][\w+/]{60,}|LS0tLS1CRUdJTi[\w+/]{60,})/;

/** A key in the text: a private one must not be pasted, a public one is not what is needed. */
export function readKey(text: string): Mistake | undefined {
  const found = PEM.exec(text);
  if (!found) return undefined;
  const { 1: label = "PRIVATE KEY", index } = found;
  const [code, reason] = label.includes("PRIVATE KEY")
    ? ["secret-pasted", "key"] as const
    : ["key-is-public", "pasted"] as const;
  return foundAt(index, code, reason, { severity: "warning" })[0];
}
