// Rules for claims, queries and bodies: what they must hold, written as data.

/** A JSON object whose members are not checked yet. */
export type JsonObject = Record<string, unknown>;

/** Tells a JSON object from an array, null and the other JSON values. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Parses JSON text; undefined when it is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Parses JSON text; undefined when it is not an object. */
export function parseObject(text: string): JsonObject | undefined {
  const value = parseJson(text);
  return isObject(value) ? value : undefined;
}

/**
 * Checks one value: returns undefined when it is good, else the end of a sentence that begins with
 * its name. An absent value is good unless the rule is `required`; null counts as absent, because
 * the Python SDK sends it.
 */
export type Rule = (value: unknown) => string | undefined;

/** Rules by the names of members. Members without a rule pass, because the SDKs send more. */
export type Shape = Readonly<Record<string, Rule>>;

/** Returns what is wrong with the first value that breaks its rule. */
export function findFault(values: JsonObject, shape: Shape): string | undefined {
  for (const [name, rule] of Object.entries(shape)) {
    const fault = rule(values[name]);
    if (fault !== undefined) return name + fault;
  }
  return undefined;
}

function optional(rule: Rule): Rule {
  return (value) => value === undefined || value === null ? undefined : rule(value);
}

export function required(rule: Rule): Rule {
  return (value) => value === undefined || value === null ? " is missing" : rule(value);
}

/** A text of `min` to `max` Unicode characters. */
export function text(min = 0, max = Infinity): Rule {
  return optional((value) => {
    if (typeof value !== "string") return " is no text";
    const { length } = [...value];
    return length < min || length > max ? ` has ${length} characters` : undefined;
  });
}

export function integer(min = 0, max = Number.MAX_SAFE_INTEGER): Rule {
  return optional((value) => {
    const isGood = Number.isSafeInteger(value) && Number(value) >= min && Number(value) <= max;
    return isGood ? undefined : ` is no integer from ${min} to ${max}`;
  });
}

/** An integer in a query, where every value is a text. */
export function numeral(min: number, max?: number): Rule {
  return optional((value) => integer(min, max)(Number(value)));
}

export function oneOf(...values: unknown[]): Rule {
  return optional((value) =>
    values.includes(value) ? undefined : ` is none of ${values.join(", ")}`
  );
}

/** A list of at least `min` items, none of them null. */
export function list(rule: Rule, min = 0): Rule {
  return optional((value) => {
    if (!Array.isArray(value)) return " is no list";
    if (value.length < min) return ` has ${value.length} items`;
    const faults = value.map(required(rule));
    const index = faults.findIndex((fault) => fault !== undefined);
    return index < 0 ? undefined : `[${index}]${faults[index]}`;
  });
}

export function object(shape: Shape): Rule {
  return optional((value) => {
    if (!isObject(value)) return " is no object";
    const fault = findFault(value, shape);
    return fault === undefined ? undefined : `.${fault}`;
  });
}
