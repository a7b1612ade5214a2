/** A source of repeatable random values. */
export type Chance = ReturnType<typeof createChance>;

const BASE64URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** Makes a source of random values (mulberry32). Equal seeds give equal sequences. */
export function createChance(seed: number) {
  let state = seed;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ state >>> 15, state | 1);
    mixed ^= mixed + Math.imul(mixed ^ mixed >>> 7, mixed | 61);
    return ((mixed ^ mixed >>> 14) >>> 0) / 2 ** 32;
  };
  /** An integer from `least` to `most`, both included. */
  const integer = (least: number, most: number) => least + Math.floor(next() * (most - least + 1));
  const pick = <T>(values: readonly T[]): T => values[integer(0, values.length - 1)]!;
  const draw = (alphabet: string, length: number) =>
    Array.from({ length }, () => alphabet[integer(0, alphabet.length - 1)]).join("");
  return {
    integer,
    pick,
    holds: (share: number) => next() < share,
    shuffle<T>(values: readonly T[]): T[] {
      const left = [...values];
      return values.map(() => left.splice(integer(0, left.length - 1), 1)[0]!);
    },
    /** Characters of base64url. */
    text: (length: number) => draw(BASE64URL, length),
    digits: (length: number) => draw("123456789", 1) + draw("0123456789", length - 1),
  };
}
