import type { ErrorDetails } from "../error.ts";

/** The two languages of the program. */
export type Language = "en" | "zh";

/** All words of one language, by key. Both languages have the same keys. */
export type Words = Readonly<Record<WordKey, string>>;

export type WordKey = keyof Awaited<ReturnType<typeof loadEnglish>>;

/** Every code that the words explain: each has a title, a meaning, a fix, an example and a source. */
export type Code = WordKey extends infer Key ? Key extends `${infer C}.meaning` ? C : never : never;

export function loadWords(language: Language): Promise<Words> {
  // Importing again takes its time.
  return loaded[language] ??= language === "zh" ? loadChinese() : loadEnglish();
}

const loaded: Partial<Record<Language, Promise<Words>>> = {};

async function loadChinese(): Promise<Words> {
  return (await import("./zh.ts")).default;
}

async function loadEnglish() {
  return (await import("./en.ts")).default;
}

export function codesOf(words: Words): Code[] {
  return Object.keys(words).filter((key) => key.endsWith(".meaning"))
    .map((key) => key.slice(0, -".meaning".length) as Code);
}

/** Replaces each `{name}` in a sentence by its value, an absent one by nothing. */
export function fill(text: string, details: ErrorDetails): string {
  return text.replace(/\{(\w+)\}/g, (_, name: string) => String(details[name] ?? ""));
}

export type Sentences = (key: WordKey, details?: ErrorDetails) => string;

export async function sentences(language: Language): Promise<Sentences> {
  const words = await loadWords(language);
  return (key, details = {}) => fill(words[key], details);
}

/** Looks up a sentence that may not exist. */
export function lookUp(words: Words, key: string): string | undefined {
  return (words as Readonly<Record<string, string>>)[key];
}
