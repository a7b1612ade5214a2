// All that the doctor believes about servers. Coze does not document the order of its checks.

/** What can be wrong with a request. */
export type Fault =
  | "bearer" // the Authorization header does not arrive
  | "key-id" // not registered
  | "app-id" // not registered
  | "owner" // the App ID is registered, but does not own the key id
  | "signature" // not by the key of the key id
  | "life" // the assertion lives too long
  | "audience" // `aud` is not what the server expects
  | "time" // `iat` is in the future, or `exp` in the past
  | Extra
  | "app"; // the app's type or state

/** Parts of a request that can be left out. */
export type Extra = "scope" | "path" | "duration";

/** What a server looks at before it gives a token. */
export type Check = typeof INNER[number] | typeof OUTER[number] | "bearer";
const INNER = ["key-id", "app-id", "signature", "claims", "time"] as const;
const OUTER = ["app", "path", "scope", "duration"] as const;

/** A way to check requests. */
export interface Server {
  order: readonly Check[];
  /** A check that depends on a known key id refuses without one. */
  isStrict: boolean;
  /** The App ID must own the key id. */
  wantsOwner: boolean;
}

/** Every server that could be: all orders of the inner checks. The outer ones answer otherwise. */
export const SERVERS: readonly Server[] = permutations(INNER).flatMap((inner) =>
  [true, false].flatMap((isStrict) =>
    [true, false].map((wantsOwner): Server => ({
      order: ["bearer", ...inner, ...OUTER],
      isStrict,
      wantsOwner,
    }))
  )
);

/** The first check that refuses a request with these faults; `undefined` when it gets a token. */
export function refusedBy(
  faults: ReadonlySet<Fault>,
  { order, isStrict, wantsOwner }: Server,
): Check | undefined {
  const isUnknown = faults.has("key-id");
  return order.find((check) => {
    switch (check) {
      // An unknown key id has no key to check the signature with, and no owner.
      case "signature":
        return isUnknown ? isStrict : faults.has("signature");
      case "app-id":
        return faults.has("app-id") ||
          wantsOwner && (isUnknown ? isStrict : faults.has("owner"));
      case "claims":
        return faults.has("life") || faults.has("audience");
      default:
        return faults.has(check);
    }
  });
}

/** Checks that an error code of the token endpoint can come from. Source: Coze's page oauth_jwt. */
const CHECKS_OF_CODE: Readonly<Record<string, readonly Check[]>> = {
  "invalid_client": ["bearer", ...INNER, "path"],
  "access_deny": ["app", "path"],
  "invalid_request": ["path", "scope", "duration"],
};

/** Whether a check can answer with an error code. */
export function canSay(check: Check, code: string | undefined): boolean {
  return CHECKS_OF_CODE[code ?? ""]?.includes(check) ?? true;
}

function permutations<T>(values: readonly T[]): T[][] {
  if (values.length < 2) return [[...values]];
  return values.flatMap((first) =>
    permutations(values.filter((value) => value !== first)).map((rest) => [first, ...rest])
  );
}
