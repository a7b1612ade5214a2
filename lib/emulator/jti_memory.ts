/** Remembers a used `jti` of an `iss`; false when it was used before. Times in Unix seconds. */
export type Burn = (iss: string, jti: string, exp: number, nowSeconds: number) => boolean;

/** How long a `jti` is remembered after its JWT expired: more than any tolerance for clocks. */
const AFTERLIFE_SECONDS = 86_400;

/**
 * Makes the memory that lets each JWT be used once. It forgets what has long expired, so that an
 * emulator may run for days.
 *
 * @returns The function that burns a `jti`.
 */
export function createJtiMemory(): Burn {
  const used = new Map<string, number>();
  let sweepAt = 1024;
  return (iss, jti, exp, nowSeconds) => {
    if (used.size >= sweepAt) {
      for (const [key, until] of used) if (until < nowSeconds) used.delete(key);
      sweepAt = 1024 + 2 * used.size;
    }
    const key = JSON.stringify([iss, jti]);
    if (used.has(key)) return false;
    used.set(key, exp + AFTERLIFE_SECONDS);
    return true;
  };
}
