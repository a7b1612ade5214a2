import { createSeededRandom } from "./seeded_random.ts";

/**
 * What stands where Coze's words are unknown: `documented` is the documented meaning with words
 * that are plainly the emulator's, `blank` none, `random` others each time. Known words stay.
 */
export type Wording = "documented" | "blank" | "random";

/** A refusal that is to be worded. */
export interface Wordless {
  /** Coze's own words, with `{}` for the filling; undefined when nobody has recorded them. */
  text: string | undefined;
  /** What fills the `{}`. */
  filling: string;
  /** The documented meaning, for words of the emulator's. */
  meaning: string;
  /** What refuses, as journals name it. */
  name: string;
}

/**
 * Makes the function that words refusals.
 *
 * @param wording What stands for words that are unknown.
 * @param seed The seed of the random words.
 * @returns A function from what is known of a refusal to its words.
 */
export function createWording(wording: Wording, seed: number): (refusal: Wordless) => string {
  const random = createSeededRandom(seed);
  return ({ text, filling, meaning, name }) => {
    // A function, because a grant type may hold "$&".
    if (text !== undefined) return text.replace("{}", () => filling);
    if (wording === "blank") return "";
    if (wording === "random") return Array.from({ length: 5 }, () => randomWord(random)).join(" ");
    return `${meaning} (emulator: ${name})`;
  };
}

function randomWord(random: () => number): string {
  const length = 3 + Math.floor(random() * 6);
  const letters = Array.from({ length }, () => 97 + Math.floor(random() * 26));
  return String.fromCharCode(...letters);
}
