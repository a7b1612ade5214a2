// Reads the members of a response. Each function throws `answer-invalid` for what it cannot read.

import { malformed } from "../error.ts";
import { isObject, type Json } from "../json.ts";

/** Reads an object. */
export function readObject(value: unknown, member: string): Json {
  if (isObject(value)) return value;
  throw malformed(member);
}

/** Reads a list. */
export function readList(value: unknown, member: string): unknown[] {
  if (Array.isArray(value)) return value;
  throw malformed(member);
}

/** Reads a text; a fallback stands for a member that is absent or null. */
export function readText(json: Json, member: string, fallback?: string): string {
  const value = json[member] ?? fallback;
  if (typeof value === "string") return value;
  throw malformed(member);
}

/** The form of an id: 19 digits at Coze. */
export const ID = /^[\w-]{1,64}$/;

/** Reads an id that may enter a URL or a command line. */
export function readId(json: Json, member: string, fallback?: string): string {
  const id = readOpaqueId(json, member, fallback);
  if (id === fallback || ID.test(id)) return id;
  throw malformed(member);
}

/**
 * Reads an id that is only compared; streams have several in each event. A number is read only if
 * JavaScript has not rounded it.
 */
export function readOpaqueId(json: Json, member: string, fallback?: string): string {
  const value = json[member] ?? fallback;
  if (typeof value === "string" && (value !== "" || fallback === "")) return value;
  if (Number.isSafeInteger(value) && (value as number) >= 0) return String(value);
  throw malformed(member);
}

/** Reads a number, or a text of digits; NaN for anything else. */
export function readNumber(json: Json, member: string): number {
  const value = json[member];
  const isDigits = typeof value === "string" && /^\d+$/.test(value);
  return typeof value === "number" || isDigits ? Number(value) : NaN;
}
