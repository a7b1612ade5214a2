/** A JSON object whose members are still to be checked. */
export type JsonObject = Record<string, unknown>;

/** Tells a JSON object from an array, null and the other JSON values. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Follows names into nested objects; undefined when one of them is missing. */
export function memberOf(value: unknown, ...path: string[]): unknown {
  return path.reduce(
    (inner, name) => isObject(inner) ? inner[name] : undefined,
    value,
  );
}

/** Parses JSON text; undefined when it is not an object. */
export function readObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a Content-Type header says JSON. */
export function isJsonType(contentType: string | null): boolean {
  return /^application\/json\s*(;|$)/i.test(contentType ?? "");
}

/**
 * Judges one value: undefined when it is good, or what is wrong with it as the end of a sentence
 * that begins with its name. A value that is absent or null is good unless the rule is `required`.
 */
export type Rule = (value: unknown) => string | undefined;

/** The rules by the names of members. Other members pass, because the SDKs send more. */
export type Shape = Readonly<Record<string, Rule>>;

/** Says what is wrong with the first value that breaks its rule. */
export function findFault(
  values: JsonObject,
  shape: Shape,
): string | undefined {
  for (const [name, rule] of Object.entries(shape)) {
    const fault = rule(values[name]);
    if (fault !== undefined) return name + fault;
  }
  return undefined;
}

function isAbsent(value: unknown): value is undefined | null {
  return value === undefined || value === null;
}

function optional(rule: Rule): Rule {
  return (value) => isAbsent(value) ? undefined : rule(value);
}

export function required(rule: Rule): Rule {
  return (value) => isAbsent(value) ? " is missing" : rule(value);
}

/** A text of `min` to `max` Unicode characters. */
export function text(min = 0, max = Infinity): Rule {
  return optional((value) => {
    if (typeof value !== "string") return " is no text";
    const { length } = [...value];
    return length < min || length > max ? ` has ${length} characters` : undefined;
  });
}

export const flag: Rule = optional((value) =>
  typeof value === "boolean" ? undefined : " is neither true nor false"
);

/** A whole number in a query. */
export function numeral(min: number, max = Number.MAX_SAFE_INTEGER): Rule {
  return optional((value) => {
    const number = /^\d+$/.test(String(value)) ? Number(value) : NaN;
    return number >= min && number <= max ? undefined : ` is not from ${min} to ${max}`;
  });
}

export function oneOf(...texts: string[]): Rule {
  return optional((value) =>
    texts.some((text) => text === value) ? undefined : ` is none of ${texts.join(", ")}`
  );
}

/** A list of `min` to `max` items, none of them null. */
export function list(rule: Rule, min = 0, max = Infinity): Rule {
  return optional((value) => {
    if (!Array.isArray(value)) return " is no list";
    if (value.length < min || value.length > max) {
      return ` has ${value.length} items`;
    }
    for (const [index, item] of value.entries()) {
      const fault = required(rule)(item);
      if (fault !== undefined) return `[${index}]${fault}`;
    }
    return undefined;
  });
}

export function object(shape: Shape = {}): Rule {
  return optional((value) => {
    if (!isObject(value)) return " is no object";
    const fault = findFault(value, shape);
    return fault === undefined ? undefined : `.${fault}`;
  });
}

/** An object whose members are all texts. */
export const texts: Rule = optional((value) => {
  if (!isObject(value)) return " is no object";
  return Object.values(value).every((item) => typeof item === "string")
    ? undefined
    : " holds what is no text";
});

/** A member that must not be sent. */
export const forbidden: Rule = (value) => value === undefined ? undefined : " is not known here";

/**
 * Takes the page that `page_num` (1 by default) and `page_size` (20 by default) ask for. Source:
 * Coze's pages list_workspace and bots_list_draft_published.
 */
export function cutPage<T>(
  items: readonly T[],
  query: Readonly<Record<string, string>>,
): T[] {
  const size = Number(query["page_size"] ?? 20);
  const start = (Number(query["page_num"] ?? 1) - 1) * size;
  return items.slice(start, start + size);
}
