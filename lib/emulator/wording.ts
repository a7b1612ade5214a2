import type { Check } from "./checks.ts";
import { createSeededRandom } from "./seeded_random.ts";

/**
 * What stands where Coze's words are unknown: `documented` is the documented error code with words
 * that are plainly the emulator's, `blank` none, `random` others each time. Known words stay.
 */
export type Wording = "documented" | "blank" | "random";

/**
 * Makes the function that words refusals.
 *
 * @param wording What stands for words that are unknown.
 * @param seed The seed of the random words.
 * @returns A function of the check that refuses and of what fills its text.
 */
export function createWording(
  wording: Wording,
  seed: number,
): (check: Check, filling: string) => string {
  const random = createSeededRandom(seed);
  return ({ name, code, text }, filling) => {
    // A function, because a grant type may hold "$&".
    if (text !== undefined) return text.replace("{}", () => filling);
    if (wording === "blank") return "";
    if (wording === "random") return Array.from({ length: 5 }, () => randomWord(random)).join(" ");
    return `${code === "invalid_client" ? "invalid jwt" : "invalid request"} (emulator: ${name})`;
  };
}

function randomWord(random: () => number): string {
  const length = 3 + Math.floor(random() * 6);
  const letters = Array.from({ length }, () => 97 + Math.floor(random() * 26));
  return String.fromCharCode(...letters);
}
