// Which check refuses an assertion. This is the whole logic of the servers' order and of what they
// do where a check has nothing to go by; it knows no HTTP, so that tests can also ask it which
// causes give the same answers to everything.

/** The five checks of an assertion, whose order is not documented. */
export const CHECKS = ["kid", "iss", "signature", "claims", "time"] as const;
/** One of them. */
export type Check = typeof CHECKS[number];

/** What holds of an assertion. */
export interface Holds {
  /** The key id is registered. */
  kid: boolean;
  /** The signature is good for the key of the key id; without such a key there is no answer. */
  signature: boolean | undefined;
  /** The App ID is known, and whether the key id is one of its own; unknown key ids are nobody's. */
  iss: "owns" | "exists" | "unknown";
  claims: boolean;
  time: boolean;
}

/** How a server goes about it. */
export interface Policy {
  order: readonly Check[];
  /** What a check does that has nothing to go by: lets pass, or refuses as if it had failed. */
  unverifiable: "skip" | "refuse";
  /** Whether the App ID must only exist, or own the key id as well. */
  issuer: "exists" | "owns-kid";
}

/**
 * Judges an assertion.
 *
 * @param holds What holds of it.
 * @param policy How the server goes about it.
 * @returns The first check that refuses, or nothing.
 */
export function firstRefusal(holds: Holds, policy: Policy): Check | undefined {
  return policy.order.find((check) => refuses(check, holds, policy));
}

function refuses(check: Check, holds: Holds, { unverifiable, issuer }: Policy): boolean {
  if (check === "signature") return !(holds.signature ?? unverifiable === "skip");
  if (check !== "iss") return !holds[check];
  if (holds.iss === "unknown") return true;
  if (issuer === "exists" || holds.iss === "owns") return false;
  return holds.kid || unverifiable === "refuse";
}

/** All orders of the checks. */
export const ORDERS: readonly (readonly Check[])[] = permutations(CHECKS);

function permutations<T>(values: readonly T[]): T[][] {
  if (values.length < 2) return [[...values]];
  return values.flatMap((first) =>
    permutations(values.filter((value) => value !== first)).map((rest) => [first, ...rest])
  );
}
