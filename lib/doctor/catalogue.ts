import type { ErrorDetails } from "../error.ts";
import type { Finding } from "./facts.ts";
import type { ProbeName } from "./observation.ts";

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
  /** The same for a pasted request, which has no flags of ours, where that differs. */
  pasted?: string;
  /** The same for a value that is chosen for a command and belongs to no app. */
  chosen?: string;
}

/** Every code that the catalogue describes: those of findings and of the command line. */
export type DescribedCode = keyof Awaited<ReturnType<typeof loadEnglish>>["entries"];

/** All words about causes in one language. `{name}` stands for a value of the finding's details. */
export interface Catalogue {
  entries: Readonly<Record<DescribedCode, Entry>>;
  /** What stands before the server's words, and before the fix. */
  labels: { said: string; help: string };
  /** How we know, by `code.reason` or `code`. */
  evidence: Readonly<Record<string, string>>;
  /** What stands behind a title: how sure it is. */
  certainty: Readonly<Record<Finding["certainty"], string>>;
  /** What each probe asks. */
  probes: Readonly<Record<ProbeName | "workspaces", string>>;
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
  [4, /^key-(?!id-|mismatch)/],
  [6, /^(?:api-|permission-|scope-narrows|workspace-|bot-|resource-|conversation-|request-|content-)/],
  [7, /^(?:rate-limited|quota-exhausted)$/],
  [8, /^(?:dns-|connection-|timeout$|tls-|proxy-|answer-|server-fault$|model-)/],
  [9, /^sandbox-/],
];

/**
 * The exit code for a cause.
 *
 * @param code The cause.
 * @returns 5, refused, for all causes that are in no other class.
 */
export function exitCodeOf(code: string): number {
  return EXIT_CODES.find(([, pattern]) => pattern.test(code))?.[0] ?? 5;
}

/**
 * Loads the words of one language.
 *
 * @param language The language.
 * @returns Its catalogue.
 */
export async function loadCatalogue(language: Language): Promise<Catalogue> {
  if (language === "en") return await loadEnglish();
  return (await import("./catalogue_zh.json", { with: { type: "json" } })).default;
}

async function loadEnglish() {
  return (await import("./catalogue_en.json", { with: { type: "json" } })).default;
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
export function fixOf(entry: Entry, details: ErrorDetails, isBinary: boolean): string {
  const { fix, binary, pasted, chosen } = entry;
  const special = (details.source === "stdin" && pasted) || (details.reason === "chosen" && chosen);
  return fill(special || (isBinary && binary) || fix, details);
}

/**
 * Says how we know, a sentence for each thing that is known.
 *
 * @param catalogue The words.
 * @param finding The cause, its values (`reason` chooses a sentence) and keys of more sentences.
 * @returns The sentences; one that needs an absent value is left out.
 */
export function evidenceOf(catalogue: Catalogue, finding: Known): string[] {
  const { code, details, evidence = [] } = finding;
  const own = `${code}.${details.reason}` in catalogue.evidence
    ? `${code}.${details.reason}`
    : code;
  return [own, ...evidence].flatMap((key) => {
    const text = catalogue.evidence[key];
    const known = text?.match(/\{\w+\}/g)?.every((name) => name.slice(1, -1) in details) ?? true;
    return text && known ? [fill(text, details)] : [];
  });
}

/** What of a finding the words need. */
type Known = { code: string; details: ErrorDetails; evidence?: readonly string[] };

/** Commands that mend a cause. `{flags}` are those of the run, so that the command says the same. */
const COMMANDS: Readonly<Record<string, string>> = {
  "config-missing": "coze-jwt init --keys {directory}",
  "wrong-region": "coze-jwt token --region {region}{flags}",
  "clock-skew": "sudo timedatectl set-ntp true",
  "key-file-mode": "chmod 600 {path}",
  "scope-rejected": "coze-jwt token{flags}",
  "account-path-refused": "coze-jwt token{flags}",
  "token-invalid": "coze-jwt token{flags}",
  "bot-not-published": "coze-jwt bot publish {bot}{flags}",
};

/**
 * The next command to type.
 *
 * @param finding The cause.
 * @returns The command with the user's own values, when there is one and all values are known.
 */
export function commandOf({ code, details }: Known): string | undefined {
  // What was done half-way knows best how it goes on.
  if (details.resume !== undefined) return `coze-jwt ${details.resume}`;
  const command = COMMANDS[code];
  const known = command?.match(/\{\w+\}/g)?.every((name) => name.slice(1, -1) in details) ?? true;
  return command && known ? fill(command, details) : undefined;
}
