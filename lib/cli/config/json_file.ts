import { isObject } from "../../json.ts";
import { decodeText, fail, malformed, placeIn, type Report } from "./text_file.ts";

/**
 * Reads coze_oauth_config.json, as Coze's console provides it. Returns the members that are set, and
 * reports members that are not strings.
 */
export function readJsonFile(
  bytes: Uint8Array,
  path: string,
  members: readonly string[],
  report: Report = fail,
): Record<string, string> {
  const text = decodeText(bytes, path);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw malformed(path, "json", placeIn(text, faultIn(text)));
  }
  if (!isObject(json)) throw malformed(path, "json", placeIn(text, text.search(/\S/)));
  const values: Record<string, string> = {};
  for (const member of members) {
    const value = Object.hasOwn(json, member) ? json[member] : "";
    if (typeof value !== "string") report(malformed(path, "member", { member }));
    else if (value !== "") values[member] = value;
  }
  return values;
}

/**
 * Finds the place of a JSON fault: the end of the longest beginning that is still valid. The message
 * of `JSON.parse` does not always have the place, and quotes the text around it, which may be the
 * private key.
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
    const [, position] = /at position (\d+)/.exec(message) ?? [];
    return /end of JSON|Unterminated/.test(message) || Number(position) >= start.length;
  }
}
