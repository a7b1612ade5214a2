// How a token endpoint may check requests. Coze does not document the order of its checks, so this
// lists every order.

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
  | Option
  | "app"; // the app's type or state

/** What a user can add to a request. */
export type Option = "scope" | "path" | "duration";

const JWT_CHECKS = ["key-id", "app-id", "signature", "claims", "time"] as const;
const LATER_CHECKS = ["app", "path", "scope", "duration"] as const;
/** What a server checks before it issues a token. */
export type Check = "bearer" | typeof JWT_CHECKS[number] | typeof LATER_CHECKS[number];

/** A way to check requests. */
export interface Server {
  order: readonly Check[];
  /** With an unknown key id, signature and owner cannot be checked: refuse, or skip these checks. */
  isStrict: boolean;
  /** Whether the App ID must own the key id. */
  checksOwner: boolean;
}

/**
 * All possible servers. The order of the other checks does not matter: their refusals have other
 * error codes.
 */
export const SERVERS: readonly Server[] = permutations(JWT_CHECKS).flatMap((checks) =>
  [true, false].flatMap((isStrict) =>
    [true, false].map((checksOwner): Server => ({
      order: ["bearer", ...checks, ...LATER_CHECKS],
      isStrict,
      checksOwner,
    }))
  )
);

/** The first check that refuses a request with these faults; `undefined` for a token. */
export function refusedBy(
  faults: ReadonlySet<Fault>,
  { order, isStrict, checksOwner }: Server,
): Check | undefined {
  const isUnknownKey = faults.has("key-id");
  return order.find((check) => {
    switch (check) {
      case "signature":
        return isUnknownKey ? isStrict : faults.has("signature");
      case "app-id":
        return faults.has("app-id") ||
          checksOwner && (isUnknownKey ? isStrict : faults.has("owner"));
      case "claims":
        return faults.has("life") || faults.has("audience");
      default:
        return faults.has(check);
    }
  });
}

/** The checks that can send each error code. Source: Coze's page oauth_jwt. */
const CHECKS_OF_CODE: Readonly<Record<string, readonly Check[]>> = {
  "invalid_client": ["bearer", ...JWT_CHECKS, "path"],
  "access_deny": ["app", "path"],
  "invalid_request": ["path", "scope", "duration"],
  "unsupported_grant_type": [],
};

/** Whether a check can send this error code. Any check can send an undocumented one. */
export function canSend(check: Check, code: string | undefined): boolean {
  return CHECKS_OF_CODE[code ?? ""]?.includes(check) ?? true;
}

function permutations<T>(values: readonly T[]): T[][] {
  if (values.length < 2) return [[...values]];
  return values.flatMap((first) =>
    permutations(values.filter((value) => value !== first)).map((rest) => [first, ...rest])
  );
}
