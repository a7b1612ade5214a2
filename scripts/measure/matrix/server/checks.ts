// Which check refuses an assertion. The server and the search for ties (ties.ts) share this logic,
// so it knows no HTTP.

/** The five checks of an assertion. Their order is not documented. */
export const CHECKS = ["kid", "iss", "signature", "claims", "time"] as const;
export type Check = typeof CHECKS[number];

/** What is true of an assertion. */
export interface AssertionFacts {
  /** The key id is registered. */
  kid: boolean;
  /** The key of the key id signed it; undefined when the server has no such key. */
  signature: boolean | undefined;
  /** The App ID is unknown, exists, or owns the key id. */
  iss: "owns" | "exists" | "unknown";
  claims: boolean;
  time: boolean;
}

/** How a server checks. */
export interface Policy {
  order: readonly Check[];
  /** What a check does without its input: it passes or refuses. */
  unverifiable: "skip" | "refuse";
  /** Whether the App ID must only exist, or own the key id too. */
  issuer: "exists" | "owns-kid";
}

/** The first check that refuses an assertion, if any. */
export function firstRefusal(facts: AssertionFacts, policy: Policy): Check | undefined {
  return policy.order.find((check) => refuses(check, facts, policy));
}

function refuses(check: Check, facts: AssertionFacts, { unverifiable, issuer }: Policy): boolean {
  if (check === "signature") return !(facts.signature ?? unverifiable === "skip");
  if (check !== "iss") return !facts[check];
  if (facts.iss === "unknown") return true;
  if (issuer === "exists" || facts.iss === "owns") return false;
  return facts.kid || unverifiable === "refuse";
}

/** All orders of the checks. */
export const ORDERS: readonly (readonly Check[])[] = permutations(CHECKS);

function permutations<T>(values: readonly T[]): T[][] {
  if (values.length < 2) return [[...values]];
  return values.flatMap((first) =>
    permutations(values.filter((value) => value !== first)).map((rest) => [first, ...rest])
  );
}
