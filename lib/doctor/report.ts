import type { ErrorDetails } from "../error.ts";
import { fill, lookUp, type WordKey, type Words } from "../words/words.ts";
import type { DescribedFinding, Finding } from "./finding.ts";
import type { FindingCode } from "./kinds.ts";

/** The part of an error or a finding that its sentences need. */
export type Explained = Pick<Finding, "code" | "details" | "evidence">;

/** A command to type, in parts. */
export interface NextCommand {
  /** A program of the system; coze-jwt when absent. */
  program?: string;
  /** The arguments. For coze-jwt: the command and its operand; empty for the command of this run. */
  words: readonly string[];
  flags?: Readonly<Record<string, string | true | undefined>>;
  /** Flags of this run to leave out, because they are the cause. */
  without?: readonly string[];
  /** One more host for `--allow-net`. */
  alsoNet?: string;
  /** Variables for `--allow-env`. */
  alsoEnv?: string;
}

/** Details that are lists of names. */
const LIST = /^(?:names|lost|sources|near|beside|expected|renames|repairs)$/;

function filled(words: Words, text: string, details: ErrorDetails): string {
  const listed: Record<string, string | number> = { ...details };
  for (const name of Object.keys(details).filter((name) => LIST.test(name))) {
    listed[name] = String(details[name]).replaceAll(", ", words["list"]);
  }
  const { path = "", source = "" } = details;
  const quoted = { ...listed, path: shellQuote(`${path}`), source: shellQuote(`${source}`) };
  // Every second part is a command between backticks; quote the paths in it.
  return text.split("`").map((part, i) => fill(part, i % 2 ? quoted : listed)).join("`");
}

/**
 * Selects the sentence `{code}.{part}.{form}` for the first form that has one, else
 * `{code}.{part}`. The reason is a form; for `value-example`, so is `value`.
 */
function partOf(
  words: Words,
  part: "title" | "fix",
  { code, details }: Explained,
  ...forms: (string | false | undefined)[]
): string {
  const reason = details.reason && String(details.reason);
  for (const form of [...forms, reason, reason && reason.replace(/-.*/s, "")]) {
    const text = form && lookUp(words, `${code}.${part}.${form}`);
    if (text) return filled(words, text, details);
  }
  return filled(words, words[`${code}.${part}` as WordKey], details);
}

export function titleOf(words: Words, problem: Explained): string {
  return partOf(words, "title", problem);
}

/** How to fix it. A binary has no Deno flags, and a pasted request has no flags of coze-jwt. */
export function fixOf(words: Words, problem: Explained, isBinary = false): string {
  const isPasted = problem.details.source === "stdin";
  return partOf(words, "fix", problem, isPasted && "pasted", isBinary && "binary");
}

/** Sentences that say how this is known. Skips those that need an absent value. */
export function evidenceOf(words: Words, { code, details, evidence = [] }: Explained): string[] {
  const { reason } = details;
  const own = [`${code}.evidence.${reason}`, `evidence.${reason}`]
    .find((key) => lookUp(words, key) !== undefined) ?? `${code}.evidence`;
  return [own, ...evidence].flatMap((key) => {
    const text = lookUp(words, key);
    const known = text?.match(/\{\w+\}/g)?.every((name) => name.slice(1, -1) in details) ?? true;
    return text && known ? [filled(words, text, details)] : [];
  });
}

/** The next command, by code or by code and reason. `{name}` is a value of the details. */
const NEXT: Partial<Record<FindingCode | `${FindingCode}.${string}`, NextCommand>> = {
  "config-missing": { words: ["init"], flags: { keys: "{directory}" } },
  "config-missing.environment": { words: [], alsoEnv: "COZE_*" },
  "wrong-region": { words: ["token"], flags: { region: "{region}" }, without: ["base-url"] },
  // For a host that is not Coze's, the right region is unknown.
  "wrong-region.foreign": undefined,
  "clock-skew": { program: "sudo", words: ["timedatectl", "set-ntp", "true"] },
  "key-file-missing": { words: [], flags: { "key-file": "{file}" } },
  "key-file-mode": { program: "chmod", words: ["600", "{path}"] },
  "scope-rejected": { words: ["token"], without: ["scope-bot", "scope-permission"] },
  "account-path-refused": { words: ["token"], without: ["account-id", "enterprise-id"] },
  "token-invalid": { words: ["token"] },
  "token-invalid.fresh": { words: ["doctor"] },
  "token-invalid.issued": undefined,
  "bot-not-published": { words: ["bot publish", "{bot}"], without: ["bot"] },
  "client-refused": { words: ["doctor"] },
  "client-refused.exhausted": undefined,
  "secret-pasted.key": { words: ["doctor"], flags: { offline: true } },
  "sandbox-net": { words: [] },
  "sandbox-read": { words: [] },
  "sandbox-write": { words: [] },
};

/** The next command, if there is one and the details have all its values. */
export function nextCommandOf({ code, details }: Explained): NextCommand | undefined {
  const isAnswer = details.source === "stdin" && /^(?:wrong-region|key-id-unknown)$/.test(code);
  const form = `${code}.${details.reason}` as const;
  const next = NEXT[isAnswer ? "client-refused" : form in NEXT ? form : code];
  const needed = JSON.stringify(next ?? "").match(/\{\w+\}/g) ?? [];
  if (!next || !needed.every((name) => name.slice(1, -1) in details)) return undefined;
  const put = (text: string) => fill(text, details);
  return {
    ...next,
    alsoNet: details.reason === "proxy" ? String(details.host) : undefined,
    words: next.words.map(put),
    flags: Object.fromEntries(
      Object.entries(next.flags ?? {}).map((
        [flag, value],
      ) => [flag, value === true || put(String(value))]),
    ),
  };
}

/** Which words need no quotes in a shell, and how to write a quote inside single quotes. */
const SHELLS = {
  // zsh replaces =NAME with the path of that program.
  posix: { plain: /^(?!=)[\w@%+=:,./-]+$/, quote: /'/g, escaped: "'\\''" },
  // A comma makes a list. PowerShell also accepts typographic quotes as quotes.
  powershell: { plain: /^[\w+=:./\\-]+$/, quote: /['‘’‚‛]/g, escaped: "$&$&" },
};

/** Quotes a word for a shell where necessary. */
export function shellQuote(word: string, shell: keyof typeof SHELLS = "posix"): string {
  const { plain, quote, escaped } = SHELLS[shell];
  return plain.test(word) ? word : `'${word.replace(quote, escaped)}'`;
}

/** Adds the sentences to a finding. */
export function describe(finding: Finding, words: Words, isBinary = false): DescribedFinding {
  return {
    ...finding,
    title: titleOf(words, finding),
    evidence: evidenceOf(words, finding),
    fix: fixOf(words, finding, isBinary),
    command: plainCommand(nextCommandOf(finding)),
  };
}

/** The command line for a POSIX shell, without the flags of this run. */
function plainCommand(next: NextCommand | undefined): string | undefined {
  const [first = "", ...operands] = next?.words ?? [];
  if (!next || first === "") return undefined;
  const flags = Object.entries(next.flags ?? {}).flatMap(([flag, value]) =>
    value === true ? [`--${flag}`] : [`--${flag}`, value]
  );
  return [next.program ?? "coze-jwt", ...first.split(" "), ...operands, ...flags]
    .map((word) => shellQuote(String(word))).join(" ");
}
