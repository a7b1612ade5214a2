import { assertEquals } from "@std/assert";
import { type Fault, refusedBy, type Server } from "../../../../lib/doctor/inquiry/servers.ts";

const FIRST: Record<string, Server["order"]> = {
  signature: ["bearer", "signature", "key-id", "app-id", "claims", "time"],
  "app-id": ["bearer", "app-id", "key-id", "signature", "claims", "time"],
};

/** An unknown key id has no key to check a signature with, and no owner. */
const ROWS: [faults: Fault[], first: string, isStrict: boolean, refusedBy?: string][] = [
  [["key-id"], "signature", true, "signature"],
  [["key-id"], "signature", false, "key-id"],
  [["key-id", "signature"], "signature", false, "key-id"],
  [["signature"], "signature", false, "signature"],
  [["key-id"], "app-id", true, "app-id"],
  [["key-id"], "app-id", false, "key-id"],
  [["owner"], "app-id", false, "app-id"],
  [["app-id"], "signature", true, "app-id"],
  [["life"], "signature", true, "claims"],
  [[], "signature", true, undefined],
];
for (const [faults, first, isStrict, expected] of ROWS) {
  const server = { order: FIRST[first]!, isStrict, checksOwner: true };
  const kind = isStrict ? "strict" : "lenient";
  Deno.test(`refusedBy() is ${expected} for [${faults}] where a ${kind} server checks ${first} first`, () => {
    assertEquals(refusedBy(new Set(faults), server), expected);
  });
}
