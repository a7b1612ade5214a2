// The passes over the characters of a text. Each keeps lengths, so an offset is one of the source.

/** More of one kind tell nothing more, and each takes time. */
const MOST_HITS = 60;

/** The first matches of a global pattern. */
export function hits(text: string, pattern: RegExp): RegExpExecArray[] {
  return [...text.matchAll(pattern).take(MOST_HITS)];
}

/** A pattern that finds any of these words literally. */
export function anyOf(words: string): RegExp {
  const patterns = words.trim().split(/\s+/).map((word) =>
    (/^\w/.test(word) ? "\\b" : "") + word.replace(/[^\w\s]/g, "\\$&")
  );
  return new RegExp(patterns.join("|"));
}

/** As many blanks; line breaks stay. */
export function blank(text: string): string {
  return text.replace(/[^\n]/g, " ");
}

/** Lines that are comments, and comments at the end of a line. A # before curl is a prompt. */
const COMMENTS = [
  /^[ \t]*(?:#(?![!{[]|[ \t]*curl\b(?!.*\\\r?\n[ \t]*#))|\/\/|\*[ \t/]|\/\*|<!--|REM\b|::[ \t]).*$/gim,
  /(?<=[ \t;,{(])(?:\/\/(?=[ \t\p{Script=Han}])|#[ \t]).*$/gmu,
];

/** Writes blanks for comments, unless there is nothing else. */
export function withoutComments(source: string): string {
  const text = COMMENTS.reduce((text, comment) => text.replace(comment, blank), source);
  return text.trim() === "" ? source : text;
}

/** What follows a quote in a program: prose has quotes too. */
const SYNTAX =
  /[{/]|https?:|eyJ|Bearer\b|POST\b|GET\b|urn:|application\/|[\w-]{1,40}["'“”‘’]?\s{0,3}[:：=]/
    .source;
/** Where blogs and office programs put their own quotes, dashes and punctuation for syntax. */
const TYPOGRAPHIC = [
  // A quote that opens a text: behind an option, an operator, a bracket or at the start of a line.
  new RegExp(
    String.raw`(?<=(?:^|[=:：({\[,，+]|\s[-–—]{1,2}[A-Za-z][\w-]{0,20})[ \t]{0,20})[“”‘’„＂＇]` +
      `(?=\\s{0,3}(?:${SYNTAX}))`,
    "gm",
  ),
  // A dash that begins an option.
  /(?<=^[ \t]{0,20}|[ \t])[–—−]{1,2}(?=[A-Za-z])/gm,
  // A colon or a comma beside a quote.
  /(?<=[\w"'”’＂}\]][ \t]{0,3})[：，＝](?=\s{0,20}["'“‘＂{\[])/g,
];
const PLAIN: Readonly<Record<string, string>> = {
  ...{ "“": '"', "”": '"', "„": '"', "‘": "'", "’": "'" },
  ...{ "–": "-", "—": "-", "−": "-", "　": " " },
};

/** Finds the typographic characters that stand for syntax; then all of them become plain ones. */
export function withPlainCharacters(source: string): { text: string; typographic: number[] } {
  const typographic = TYPOGRAPHIC.flatMap((pattern) => hits(source, pattern))
    .map(({ index }) => index).filter((at) => !isInProse(source, at)).sort((a, b) => a - b);
  const text = typographic.length === 0 ? source : source.replace(
    /[“”„‘’–—−　]|[\uff01-\uff5e]/g,
    (character) => PLAIN[character] ?? String.fromCharCode(character.charCodeAt(0) - 0xfee0),
  );
  return { text, typographic };
}

/** Whether Chinese precedes an offset on its line: prose has such characters too. */
function isInProse(source: string, at: number): boolean {
  const before = source.slice(Math.max(source.lastIndexOf("\n", at - 1) + 1, at - 200), at);
  return /\p{Script=Han}/u.test(before);
}

/** A user name in an address, and runs of characters in which a secret may be. */
const RUNS = /(?<=\/\/)[^\s/"'<>]*@|[\w+/=~%$!-]{8,}/g;
const SEPARATOR = /%3a|[+/=~%$!_-]/i;
/** Words as names of programs have them, with a number behind; or a number. */
const PLAIN_PART =
  /^(?:(?:[A-Z]?[a-z]{2,20}|[A-Z]{2,14})(?:[A-Z][a-z]{2,20}){0,6}(?:[A-Z]{2,4})?\d{0,3}|[A-Za-z]{0,3}\d{0,3}|\d{1,20})$/;

/** Hides, in what is said of a text, all but plain words and numbers. */
export function withoutSecrets(text: string): string {
  const isPlain = (run: string) => run.split(SEPARATOR).every((part) => PLAIN_PART.test(part));
  return text.replace(RUNS, (run) => isPlain(run) ? run : "…");
}
