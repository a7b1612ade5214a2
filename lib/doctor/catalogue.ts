import type { ErrorCode, ErrorDetails } from "../error.ts";

/** The two languages of the command line. */
export type Language = "en" | "zh";

/** One cause in words. */
export interface Entry {
  title: string;
  /** What it means and how it happens. */
  meaning: string;
  /** How to mend it. */
  fix: string;
  /** The same in a compiled binary, which takes no flags of Deno, where that differs. */
  binary?: string;
}

/** All words about causes in one language. `{name}` stands for a value of the finding's details. */
export interface Catalogue {
  entries: Readonly<Record<ErrorCode, Entry>>;
  /** What stands before the server's words, and before the fix. */
  labels: { said: string; help: string };
  /** How we know, by `code.reason` or `code`. */
  evidence: Readonly<Record<string, string>>;
  /** Verdicts on members of a JWT. */
  claims: Readonly<Record<string, string>>;
}

/** Exit codes of the command line, by class of cause. */
// deno-fmt-ignore
const EXIT_CODES: readonly (readonly [exitCode: number, pattern: RegExp])[] = [
  [130, /^interrupted$/],
  [1, /^unexpected$/],
  [2, /^(?:usage-|duration-|file-)/],
  [3, /^(?:config-|client-id-(?!unknown)|ids-|key-id-(?!unknown)|base-url-)/],
  [4, /^key-(?!id-)/],
  [7, /^rate-limited$/],
  [8, /^(?:dns-|connection-|timeout$|tls-|proxy-|answer-|server-fault$)/],
  [9, /^sandbox-/],
];

/**
 * The exit code for a cause.
 *
 * @param code The cause.
 * @returns 5, refused, for all causes that are in no other class.
 */
export function exitCodeOf(code: ErrorCode): number {
  return EXIT_CODES.find(([, pattern]) => pattern.test(code))?.[0] ?? 5;
}

/**
 * Loads the words of one language.
 *
 * @param language The language.
 * @returns Its catalogue.
 */
export async function loadCatalogue(language: Language): Promise<Catalogue> {
  return language === "zh"
    ? (await import("./catalogue_zh.json", { with: { type: "json" } })).default
    : (await import("./catalogue_en.json", { with: { type: "json" } })).default;
}

/**
 * Puts values into a text of the catalogue.
 *
 * @param text A text with `{name}` in it.
 * @param details The values; one that is absent leaves nothing behind.
 * @returns The text for people.
 */
export function fill(text: string, details: ErrorDetails): string {
  return text.replace(/\{(\w+)\}/g, (_, name: string) => String(details[name] ?? ""));
}

/**
 * Says how to mend a cause.
 *
 * @param entry The cause in words.
 * @param details Its values.
 * @param isBinary Whether the program is a compiled binary.
 * @returns A sentence for people.
 */
export function fixOf({ fix, binary }: Entry, details: ErrorDetails, isBinary: boolean): string {
  return fill((isBinary && binary) || fix, details);
}

/**
 * Says how we know, when there is something to say.
 *
 * @param catalogue The words.
 * @param code The cause.
 * @param details Its values; `reason` chooses the sentence.
 * @returns A sentence, unless one of its values is absent.
 */
export function evidenceOf(
  catalogue: Catalogue,
  code: ErrorCode,
  details: ErrorDetails,
): string | undefined {
  const text = catalogue.evidence[`${code}.${details.reason}`] ?? catalogue.evidence[code];
  const known = text?.match(/\{\w+\}/g)?.every((name) => name.slice(1, -1) in details) ?? true;
  return text && known ? fill(text, details) : undefined;
}
