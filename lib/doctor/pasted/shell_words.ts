import { CozeError } from "../../error.ts";
import { emptyTrace, put, type Traced, UNKNOWN } from "./traced.ts";

/** Whose rules count: those of sh, bash and zsh; of cmd.exe; of PowerShell. */
export type Shell = "posix" | "cmd" | "powershell";

/** Guesses the shell from how a command line is continued and escaped. */
export function shellOf(text: string): Shell {
  if (/\^\r?\n|\^["\\]/.test(text)) return "cmd";
  return /`\r?\n|\$env:/.test(text) ? "powershell" : "posix";
}

/**
 * Cuts the first command of a line into words without quotes and escapes, and says where it ends.
 * Variables become U+FFFC. A quote that is not closed throws `usage`.
 */
export function shellWords(source: Traced, shell: Shell): { words: Traced[]; end: number } {
  const states = SHELLS[shell];
  const words: Traced[] = [];
  let word: Traced | undefined;
  let state = "bare";
  let opened = 0;
  let at = 0;
  while (at < source.text.length) {
    const [step, match] = firstFit(states[state]!, source.text, at);
    const end = at + match[0].length;
    if (step.ends) {
      if (word) words.push(word);
      word = undefined;
      if (step.ends === "command" || source.text[end] === "#") break;
    } else {
      const text = step.put ? step.put(match) : match[0];
      // A quote begins a word, even an empty one; a continued line does not.
      if (step.enter || text !== "") word ??= emptyTrace(source.from[at]!);
      if (word) put(word, text, source, at, end);
      if (step.enter && step.enter !== "bare") opened = at;
      state = step.enter ?? state;
    }
    at = end;
  }
  if (state !== "bare") throw openQuote(source.from[opened]!);
  return { words: word ? [...words, word] : words, end: source.from[at] ?? source.to.at(-1)! };
}

function firstFit(steps: readonly Step[], text: string, at: number): [Step, RegExpExecArray] {
  for (const step of steps) {
    step.pattern.lastIndex = at;
    const match = step.pattern.exec(text);
    if (match) return [step, match];
  }
  throw new Error("each state ends with a pattern that fits");
}

function openQuote(offset: number): CozeError {
  const message = "Cannot read the command line as a quote is not closed";
  const expected = "JWT, curl …, POST … HTTP/1.1";
  return new CozeError("usage", message, { name: "stdin", expected, reason: "quote", offset });
}

/** What may stand at a place, and what it does. */
interface Step {
  /** Sticky. */
  pattern: RegExp;
  /** What it stands for; itself when absent. */
  put?: (match: RegExpExecArray) => string;
  /** The state behind it. */
  enter?: string;
  /** What ends there. */
  ends?: "word" | "command";
}

const nothing = () => "";
const second = (match: RegExpExecArray) => match[1]!;
const unknown = () => UNKNOWN;
/** Lengths are bounded, so that hostile input costs no quadratic time. */
const VARIABLE: Step = {
  pattern:
    /\$(?:env:)?[A-Za-z_]\w{0,99}|\$\{[^{}\n]{1,99}\}|\$\((?:[^()]|\([^()]{0,200}\)){0,200}\)/y,
  put: unknown,
};
/** Not `%E4%`, which may begin an encoded character. */
const PERCENT: Step = { pattern: /%[A-Za-z_]\w{2,99}%/y, put: unknown };
const REST: Step = { pattern: /[^]/y };
const ENDS: readonly Step[] = [
  // A pasted command whose continuation got lost goes on where a flag follows.
  { pattern: /\r?\n(?!\s*-)/y, ends: "command" },
  { pattern: /\s+/y, ends: "word" },
  { pattern: /[|;&<>]/y, ends: "command" },
];
const PLAIN: Step = { pattern: /[\w.:/=+,@{}~-]+/y };
const open = (quote: string, enter: string): Step => ({
  pattern: new RegExp(quote, "y"),
  put: nothing,
  enter,
});
const close = (quote: string): Step => open(quote, "bare");
const escape = (pattern: RegExp): Step => ({ pattern, put: second });
const LETTERS: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  e: "\x1b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};

/** The states of each shell; the first pattern that fits is taken. All begin and end in `bare`. */
const SHELLS: Readonly<Record<Shell, Readonly<Record<string, readonly Step[]>>>> = {
  posix: {
    bare: [
      PLAIN,
      { pattern: /\\\r?\n/y, put: nothing },
      escape(/\\([^])/y),
      open("\\$'", "ansi"),
      open("'", "single"),
      open('\\$?"', "double"),
      VARIABLE,
      { pattern: /`[^`]{0,500}`/y, put: unknown },
      PERCENT,
      ...ENDS,
      REST,
    ],
    single: [close("'"), { pattern: /[^']+/y }],
    double: [
      close('"'),
      { pattern: /\\\r?\n/y, put: nothing },
      escape(/\\([$`"\\])/y),
      VARIABLE,
      { pattern: /`[^`]{0,500}`/y, put: unknown },
      PERCENT,
      REST,
    ],
    ansi: [
      close("'"),
      {
        pattern: /\\(?:x([0-9a-f]{1,2})|u([0-9a-f]{1,4})|U([0-9a-f]{1,6}))/iy,
        put: ([all, ...digits]) => {
          const unit = parseInt(digits.find(Boolean)!, 16);
          return unit > 0x10ffff ? all : String.fromCodePoint(unit);
        },
      },
      { pattern: /\\([^])/y, put: ([, letter]) => LETTERS[letter!] ?? letter! },
      REST,
    ],
  },
  cmd: {
    bare: [
      PLAIN,
      { pattern: /\^\r?\n/y, ends: "word" },
      open('\\^"', "escaped"),
      open('"', "double"),
      escape(/\^([^])/y),
      PERCENT,
      ...ENDS,
      REST,
    ],
    // After ^" cmd.exe sees no quotes, so that ^ goes on to escape; the program does see them.
    escaped: [
      { pattern: /\^?\\\^?"/y, put: () => '"' },
      close('\\^?"'),
      { pattern: /\^(?:\r?\n)+/y, put: () => "\n" },
      escape(/\^([^])/y),
      PERCENT,
      REST,
    ],
    double: [{ pattern: /\\"|""/y, put: () => '"' }, close('"'), PERCENT, REST],
  },
  powershell: {
    bare: [
      PLAIN,
      { pattern: /`\r?\n/y, ends: "word" },
      escape(/`([^])/y),
      open("'", "single"),
      open('"', "double"),
      VARIABLE,
      ...ENDS,
      REST,
    ],
    // Old versions want \" for what programs are to get, in both kinds of quotes.
    single: [
      { pattern: /\\"/y, put: () => '"' },
      { pattern: /''/y, put: () => "'" },
      close("'"),
      REST,
    ],
    double: [
      { pattern: /[\\`"]"/y, put: () => '"' },
      close('"'),
      escape(/`([^])/y),
      VARIABLE,
      REST,
    ],
  },
};
