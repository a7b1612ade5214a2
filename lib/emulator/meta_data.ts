import type { Refusal } from "./refusals.ts";

/**
 * Refuses meta data over the limits: 16 pairs, keys of 1 to 64 and values of 1 to 512 characters.
 * Source: Coze's page chat_v3.
 *
 * @param value The member `meta_data`, found to be an object of texts, or nothing.
 * @returns The refusal, or undefined.
 */
export function refuseMetaData(value: unknown): Refusal | undefined {
  const pairs = Object.entries(value as Record<string, string> | undefined ?? {});
  const isGood = pairs.length <= 16 &&
    pairs.every(([key, text]) => isWithin(key, 64) && isWithin(text, 512));
  return isGood ? undefined : { refused: 4003 };
}

function isWithin(text: string, max: number): boolean {
  return text !== "" && [...text].length <= max;
}
