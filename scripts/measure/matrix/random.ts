/** A source of repeatable random values. */
export interface Chance {
  /** An integer from `least` to `most`, both included. */
  integer(least: number, most: number): number;
  /** True with that probability. */
  holds(share: number): boolean;
  pick<T>(values: readonly T[]): T;
  shuffle<T>(values: readonly T[]): T[];
  /** Characters of base64url. */
  text(length: number): string;
  digits(length: number): string;
}

const BASE64URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/**
 * Makes a source of random values (xorshift32).
 *
 * @param seed Equal seeds give equal sequences.
 */
export function createChance(seed: number): Chance {
  let state = (Math.imul(seed + 1, 0x9e3779b1) ^ 0x5bd1e995) | 0 || 1;
  const next = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
  // The first numbers of neighbouring seeds resemble each other.
  for (let i = 0; i < 8; i++) next();
  const integer = (least: number, most: number) => least + Math.floor(next() * (most - least + 1));
  const pick = <T>(values: readonly T[]) => values[integer(0, values.length - 1)]!;
  const draw = (alphabet: string, length: number) =>
    Array.from({ length }, () => alphabet[integer(0, alphabet.length - 1)]).join("");
  return {
    integer,
    holds: (share) => next() < share,
    pick,
    shuffle(values) {
      const left = [...values];
      return values.map(() => left.splice(integer(0, left.length - 1), 1)[0]!);
    },
    text: (length) => draw(BASE64URL, length),
    digits: (length) => draw("123456789", 1) + draw("0123456789", length - 1),
  };
}
