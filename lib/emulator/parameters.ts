import { isObject, type JsonObject } from "./exchange.ts";

/**
 * Judges one value: undefined when it is good, or what is wrong with it as the end of a sentence
 * that begins with its name. What is absent, or null, is good unless the rule is `required`.
 */
export type Rule = (value: unknown) => string | undefined;

/** The rules by the names of members. Others are let pass, for the SDKs send more. */
export type Shape = Readonly<Record<string, Rule>>;

/**
 * Looks for a value that breaks its rule.
 *
 * @param values The query or the body.
 * @param shape The rules.
 * @returns What is wrong with the first one; undefined when all are good.
 */
export function findFault(values: JsonObject, shape: Shape): string | undefined {
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

/** Demands what another rule lets be absent. */
export function required(rule: Rule): Rule {
  return (value) => isAbsent(value) ? " is missing" : rule(value);
}

/** A text of so many characters, counted as Unicode's. */
export function text(min = 0, max = Infinity): Rule {
  return optional((value) => {
    if (typeof value !== "string") return " is no text";
    const { length } = [...value];
    return length < min || length > max ? ` has ${length} characters` : undefined;
  });
}

/** True or false. */
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

/** One of some texts. */
export function oneOf(...texts: string[]): Rule {
  return optional((value) =>
    texts.some((text) => text === value) ? undefined : ` is none of ${texts.join(", ")}`
  );
}

/** A list of so many items. */
export function list(rule: Rule, min = 0, max = Infinity): Rule {
  return optional((value) => {
    if (!Array.isArray(value)) return " is no list";
    if (value.length < min || value.length > max) return ` has ${value.length} items`;
    for (const [index, item] of value.entries()) {
      const fault = required(rule)(item);
      if (fault !== undefined) return `[${index}]${fault}`;
    }
    return undefined;
  });
}

/** An object with members. */
export function object(shape: Shape = {}): Rule {
  return optional((value) => {
    if (!isObject(value)) return " is no object";
    const fault = findFault(value, shape);
    return fault === undefined ? undefined : `.${fault}`;
  });
}

/** An object whose members all are texts. */
export const texts: Rule = optional((value) => {
  if (!isObject(value)) return " is no object";
  return Object.values(value).every((item) => typeof item === "string")
    ? undefined
    : " holds what is no text";
});

/** What must not be there. */
export const forbidden: Rule = (value) => value === undefined ? undefined : " is not known here";
