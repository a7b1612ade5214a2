import type { ErrorDetails } from "../error.ts";

/** The two languages of the program. */
export type Language = "en" | "zh";

/** All words of one language, by key. Both languages have the same keys. */
export type Words = Readonly<Record<WordKey, string>>;

/** The key of a sentence. */
export type WordKey = keyof Awaited<ReturnType<typeof loadEnglish>>;

/** Every code that the words explain: each has a title, a meaning, a fix, an example and a source. */
export type Code = WordKey extends infer Key ? Key extends `${infer C}.meaning` ? C : never : never;

/**
 * Loads the words of one language.
 *
 * @param language The language.
 * @returns Its words.
 */
export function loadWords(language: Language): Promise<Words> {
  // Importing again takes its time.
  return loaded[language] ??= language === "en" ? loadEnglish() : loadChinese();
}

const loaded: Partial<Record<Language, Promise<Words>>> = {};

async function loadChinese(): Promise<Words> {
  return (await import("./zh.json", { with: { type: "json" } })).default;
}

async function loadEnglish() {
  return (await import("./en.json", { with: { type: "json" } })).default;
}

/**
 * Puts values into a sentence.
 *
 * @param text A sentence with `{name}` in it.
 * @param details The values; an absent one leaves nothing behind.
 * @returns The sentence for people.
 */
export function fill(text: string, details: ErrorDetails): string {
  return text.replace(/\{(\w+)\}/g, (_, name: string) => String(details[name] ?? ""));
}

/** Gives a sentence in one language, with values put into it. */
export type Sentences = (key: WordKey, details?: ErrorDetails) => string;

/** The sentences of one language. */
export async function sentences(language: Language): Promise<Sentences> {
  const words = await loadWords(language);
  return (key, details = {}) => fill(words[key], details);
}

/**
 * Looks up a sentence that may not exist.
 *
 * @param words The words.
 * @param key Its key.
 */
export function lookUp(words: Words, key: string): string | undefined {
  return (words as Readonly<Record<string, string>>)[key];
}
