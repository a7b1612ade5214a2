import { CozeError } from "../error.ts";
import { malformed } from "./env_file.ts";

/** The members of coze_oauth_config.json that are used, as Coze's console hands the file out. */
const JSON_MEMBERS = [
  "client_type",
  "client_id",
  "public_key_id",
  "private_key",
  "coze_api_base",
] as const;

/**
 * Reads coze_oauth_config.json.
 *
 * @param bytes The file.
 * @param path Its name, for errors.
 * @returns The members that are there.
 * @throws {CozeError} `config-file-malformed` with line and column, never with text of the file.
 */
export function readJsonFile(bytes: Uint8Array, path: string): Record<string, string> {
  const text = new TextDecoder().decode(bytes);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    const before = text.slice(0, faultIn(text));
    const line = before.split("\n").length;
    throw malformed(path, "json", line, before.length - before.lastIndexOf("\n"));
  }
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw malformed(path, "json", 1, 1);
  }
  const values: Record<string, string> = {};
  for (const member of JSON_MEMBERS) {
    const value = Object.hasOwn(json, member) ? (json as Record<string, unknown>)[member] : "";
    if (typeof value !== "string") {
      throw new CozeError("config-file-malformed", `Cannot read ${path}: ${member} is no string`, {
        source: path,
        reason: "member",
        member,
      });
    }
    if (value !== "") values[member] = value;
  }
  return values;
}

/**
 * Where JSON breaks: the longest beginning that could still be continued. The parser's own message
 * quotes the text around it, which may be the private key, and does not always say the place.
 */
function faultIn(text: string): number {
  let good = 0;
  let bad = text.length + 1;
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (couldContinue(text.slice(0, middle))) good = middle;
    else bad = middle;
  }
  return good;
}

function couldContinue(start: string): boolean {
  try {
    JSON.parse(start);
    return true;
  } catch (error) {
    const { message } = error as Error;
    const at = /at position (\d+)/.exec(message);
    return /end of JSON|Unterminated/.test(message) ||
      (at !== null && Number(at[1]) >= start.length);
  }
}
