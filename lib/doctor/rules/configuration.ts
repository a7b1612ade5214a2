import { parseBaseUrl } from "../../token_request.ts";
import type { CozeError } from "../../error.ts";
import type { Facts, Value } from "../facts.ts";
import { type Finding, found } from "../finding.ts";
import { API_HOSTS, isLookalike } from "../hosts.ts";
import { nearest } from "../nearest.ts";

/** All known key ids are as long as a SHA-256 hash: 43 characters of base64url. */
const KEY_ID = /^[\w-]{43}$/;

/** Files that are malformed, or that the sandbox hides. */
export function unreadableFiles({ unreadable = [] }: Facts): Finding[] {
  return unreadable.flatMap(({ code, details }) => found(code, details));
}

/** Values that are not set, or are set under a wrong name. */
export function missingValues(facts: Facts): Finding[] {
  const { clientId, keyId, directory, hasEnvFile, renames = [], deniedVariables = [] } = facts;
  const hasKey = facts.key?.error?.code !== "config-missing";
  const values = { COZE_CLIENT_ID: clientId, COZE_KEY_ID: keyId, COZE_PRIVATE_KEY: hasKey };
  const unset = Object.entries(values).filter(([, value]) => !value).map(([name]) => name);
  const findings = [...new Set(renames.map(({ file }) => file))].flatMap((file) => {
    const wrong = renames.filter((each) => each.file === file);
    const list = wrong.map(({ from, to }) => `${from} -> ${to}`).join(", ");
    const details: Finding["details"] = file === undefined
      ? { renames: list, reason: "exported" }
      : { renames: list, reason: "misspelt", source: file };
    const isNeeded = wrong.some(({ to }) => unset.includes(to));
    return found("config-missing", details, isNeeded ? "error" : "warning");
  });
  const missing = unset.filter((name) => !renames.some(({ to }) => to === name));
  // The missing values may be in the files that could not be read.
  if (facts.unreadable?.length) return findings;
  const reason = hasEnvFile ? "incomplete" : "nowhere";
  if (missing.length > 0) {
    findings.push(...found("config-missing", { names: missing.join(", "), directory, reason }));
  }
  if (facts.key?.error?.code === "key-file-missing") missing.push("COZE_PRIVATE_KEY");
  return deniedVariables.some((name) => missing.includes(name))
    ? [...findings, ...found("config-missing", { reason: "environment" }, "warning")]
    : findings;
}

/** App ID and key id, judged together because people swap them. */
export function idShapes({ clientId, keyId }: Facts): Finding[] {
  if (clientId && keyId && KEY_ID.test(clientId.text) && /^\d{6,}$/.test(keyId.text)) {
    return found("ids-swapped", { clientId: clientId.source, keyId: keyId.source });
  }
  return [...clientIdShape(clientId), ...keyIdShape(keyId)];
}

function clientIdShape(clientId?: Value): Finding[] {
  if (!clientId) return [];
  const { text, source } = clientId;
  if (/\.app\.coze$/.test(text)) return found("client-id-is-web-client", { source });
  if (!/^\d+$/.test(text)) {
    return found("client-id-malformed", { source, reason: copyMistakeIn(text) ?? "characters" });
  }
  return /^7\d{18}$/.test(text)
    ? found("client-id-looks-like-bot-id", { source }, "warning", "possible")
    : [];
}

function keyIdShape(keyId?: Value): Finding[] {
  if (!keyId || KEY_ID.test(keyId.text)) return [];
  const { text, source } = keyId;
  if (text.includes("BEGIN") || /^MI[A-Z][A-Za-z0-9+/=\s]{60,}$/.test(text)) {
    return found("key-id-is-public-key", { source });
  }
  const reason = copyMistakeIn(text) ?? (/^[\w-]*$/.test(text) ? "length" : "characters");
  return found("key-id-malformed", { source, reason, length: text.length }, "error", "likely");
}

/** Names what went wrong when the value was copied; the key of a sentence `evidence.…`. */
function copyMistakeIn(text: string): string | undefined {
  // deno-lint-ignore no-control-regex
  if (/[\x00-\x1f\x7f-\x9f]/.test(text)) return "control";
  if (/[\u00ad\u200b-\u200f\u2060\ufeff]/.test(text)) return "invisible";
  if (/[\uff01-\uff5e]/.test(text)) return "full-width";
  if (/["'`“”‘’]/.test(text)) return "quotes";
  if (/[<>{}]|\*\*|xxx|your|\bid\b|示例|填写|应用|公钥/i.test(text)) return "placeholder";
  if (/…|\.\.\./.test(text)) return "ellipsis";
  return /\s/.test(text) ? "blank" : undefined;
}

/** The base URL is malformed, insecure, not an API of Coze, or imitates one. */
export function baseUrlShape({ baseUrl }: Pick<Facts, "baseUrl">): Finding[] {
  const { text, source } = baseUrl;
  let url: URL;
  try {
    url = parseBaseUrl(text);
  } catch (error) {
    const { code, details } = error as CozeError;
    return found(code, { host: "", ...details, source });
  }
  const { host, hostname, origin, pathname, protocol } = url;
  // `URL` accepts characters that no host name has.
  if (/[^\w.:[\]-]/.test(host)) {
    return found("base-url-not-api", { host: "", reason: "form", source });
  }
  if (API_HOSTS.includes(host)) {
    const details = { host, source, reason: "path", suggestion: origin };
    return pathname === "/" ? [] : found("base-url-not-api", details, "error", "likely");
  }
  if (protocol === "http:") return [];
  const name = hostname.replace(/\.$/, "");
  const [, domain] = /(?:^|\.)coze\.(cn|com|site)$/.exec(name) ?? [];
  if (domain) {
    const suggestion = `https://api.coze.${domain === "com" ? "com" : "cn"}`;
    return found("base-url-not-api", { host, source, reason: "host", suggestion });
  }
  if (!isLookalike(name)) return [];
  const suggestion = `https://${nearest(name, API_HOSTS, name.length) ?? API_HOSTS[0]}`;
  return found("base-url-lookalike", { host, source, suggestion }, "error", "likely");
}

/** coze_oauth_config.json belongs to a type of app that cannot use a JWT. */
export function clientType({ clientType }: Facts): Finding[] {
  if (!clientType || clientType.text === "jwt") return [];
  const type = clientType.text.slice(0, 20);
  return found("config-wrong-client-type", { source: clientType.source, type });
}

/** Another source hides a value. Not reported for flags: the user has just typed them. */
export function shadowedValues({ clientId, keyId, baseUrl, key }: Facts): Finding[] {
  return [clientId, keyId, baseUrl, key?.from].flatMap((value) =>
    value && value.lost.length > 0 && value.origin !== "flag"
      ? found("config-shadowed", { won: value.source, lost: value.lost.join(", ") }, "warning")
      : []
  );
}

/** Some values come from the console's JSON file, others from .env or the environment. */
export function mixedSources({ clientId, keyId, key }: Facts): Finding[] {
  const values = [clientId, keyId, key?.from].filter((value) => value !== undefined);
  const json = values.find(({ origin }) => origin === "json-file");
  const other = values.find(({ origin }) => origin === "env-file" || origin === "environment");
  if (!json || !other) return [];
  const sources = values.map(({ source }) => source).join(", ");
  return found("config-mixed-sources", { sources }, "warning", "possible");
}
