import type { DescribedCode } from "./catalogue.ts";
import type { Language } from "./catalogue.ts";

/** What `explain` says of a cause beyond the catalogue. Plain texts, without values of a run. */
export interface Explanation {
  /** How it happens. */
  happens: string;
  /** What was written (`✗`) and what is right (`✓`), or what is seen; some lines at most. */
  example: string;
  /** How not to meet it again. */
  prevent: string;
  /** Where the knowledge comes from, and how sure it is. */
  source: string;
}

/**
 * Loads the explanations of one language. They stand apart from the catalogue, which is read at
 * every error and stays small for that.
 *
 * @param language The language.
 * @returns An explanation for each code.
 */
export async function loadExplanations(
  language: Language,
): Promise<Readonly<Record<DescribedCode, Explanation>>> {
  return language === "zh"
    ? (await import("./explanations_zh.json", { with: { type: "json" } })).default
    : (await import("./explanations_en.json", { with: { type: "json" } })).default;
}
