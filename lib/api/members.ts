import { CozeError, type ErrorDetails } from "../error.ts";

/** The form of an id: 19 digits at Coze. */
export const ID = /^[\w-]{1,64}$/;

/** A JSON object whose members are still to be checked. */
export type Json = Readonly<Record<string, unknown>>;

/**
 * The error for an answer that cannot be used.
 *
 * @param member What is missing, or of another form.
 * @param details More about it.
 * @returns The error, for the caller to throw.
 */
export function invalidAnswer(member: string, details: ErrorDetails = {}): CozeError {
  const message = `Cannot use the answer as "${member}" is missing or of another form`;
  return new CozeError("answer-invalid", message, { member, ...details });
}

/**
 * Reads an object.
 *
 * @param value What JSON was parsed to.
 * @param member What it is called, for the error.
 * @throws {CozeError} `answer-invalid`
 */
export function readObject(value: unknown, member: string): Json {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Json;
  throw invalidAnswer(member);
}

/**
 * Reads a list.
 *
 * @param value What JSON was parsed to.
 * @param member What it is called, for the error.
 * @throws {CozeError} `answer-invalid`
 */
export function readList(value: unknown, member: string): unknown[] {
  if (Array.isArray(value)) return value;
  throw invalidAnswer(member);
}

/**
 * Reads a text.
 *
 * @param json Where it is.
 * @param member Its name.
 * @param fallback What stands for one that is not there; without it, that is an error.
 * @throws {CozeError} `answer-invalid`
 */
export function readText(json: Json, member: string, fallback?: string): string {
  const value = json[member] ?? fallback;
  if (typeof value === "string") return value;
  throw invalidAnswer(member);
}

/**
 * Reads an id. Ids are strings; a number that JavaScript has rounded would be another one's id. They
 * come back in URLs and in commands to be typed, so nothing odd is let through.
 *
 * @param json Where it is.
 * @param member Its name.
 * @param fallback What stands for one that is not there; without it, that is an error.
 * @throws {CozeError} `answer-invalid`
 */
export function readId(json: Json, member: string, fallback?: string): string {
  const id = readMark(json, member, fallback);
  if (id === fallback || ID.test(id)) return id;
  throw invalidAnswer(member);
}

/**
 * Reads an id that only tells things apart. Streams hold some in each piece of an answer, so it is
 * looked at no closer.
 *
 * @param json Where it is.
 * @param member Its name.
 * @param fallback What stands for one that is not there; without it, that is an error.
 * @throws {CozeError} `answer-invalid`
 */
export function readMark(json: Json, member: string, fallback?: string): string {
  const value = json[member] ?? fallback;
  if (typeof value === "string" && (value !== "" || fallback === "")) return value;
  if (Number.isSafeInteger(value) && (value as number) >= 0) return String(value);
  throw invalidAnswer(member);
}

/**
 * Reads a number that nothing depends on.
 *
 * @param json Where it is.
 * @param member Its name.
 * @returns The number; NaN for anything else.
 */
export function readNumber(json: Json, member: string): number {
  const value = json[member];
  return typeof value === "number" || (typeof value === "string" && /^\d+$/.test(value))
    ? Number(value)
    : NaN;
}
