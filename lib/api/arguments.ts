import { invalidArgument } from "../error.ts";
import { ID } from "./json_members.ts";

/** Checks an id. A number is refused too: it may have lost its last digits. */
export function checkedId(name: string, id: unknown): string {
  if (typeof id === "string" && ID.test(id)) return id;
  throw invalidArgument(name, "[A-Za-z0-9_-]{1,64}");
}

/** Checks a text. */
export function checkedText(name: string, text: unknown): string {
  if (typeof text === "string" && text !== "") return text;
  throw invalidArgument(name, "a text that is not empty");
}

/** Checks a switch. */
export function checkedFlag(name: string, flag: unknown): boolean {
  if (typeof flag === "boolean") return flag;
  throw invalidArgument(name, "true or false");
}
