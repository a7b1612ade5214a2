/** A JSON object whose members are still to be checked. */
export type Json = Readonly<Record<string, unknown>>;

/** Whether a value is an object of JSON, and no array. */
export function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Parses a JSON object; `undefined` for any other text. */
export function parseObject(text: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
