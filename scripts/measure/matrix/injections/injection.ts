import type { Code } from "../../../../lib/words/words.ts";
import type { Setup } from "../setup.ts";

/** Groups of faults, by what the doctor needs to find them. */
export type Group = "offline" | "probed" | "network" | "after-token" | "pasted" | "healthy";

/** A fault, and what the doctor should say about it. */
export interface Injection {
  group: Group;
  /** The code that the doctor should name first. */
  code: Code;
  /** Tells faults of one code apart. */
  name: string;
  /** What it changes. A pair of faults never changes the same. */
  touches: readonly string[];
  apply(setup: Setup): void;
  /** @default {"error"} */
  severity?: "error" | "warning" | "note" | "none";
  /** Other codes that the doctor may name first. */
  accepts?: readonly Code[];
  /** Other codes that are true, but that the doctor should not name first. */
  implies?: readonly Code[];
  /** The causes that this setup does not tell apart, when ties.ts cannot know them. */
  ties?: (setup: Setup) => Ties | undefined;
}

/** Causes that no probe tells apart. */
export interface Ties {
  codes: readonly Code[];
  reason: string;
}

/** Makes an injection of a group. */
export type Inject = (
  code: Code,
  name: string,
  touches: readonly string[],
  apply: (setup: Setup) => void,
  more?: Partial<Pick<Injection, "severity" | "accepts" | "implies" | "ties">>,
) => Injection;

/** The function that makes the injections of one group. */
export function injectInto(group: Group): Inject {
  return (code, name, touches, apply, more) => ({ group, code, name, touches, apply, ...more });
}
