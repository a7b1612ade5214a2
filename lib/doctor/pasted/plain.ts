// What stands in a text besides code. Every pass keeps lengths, so an offset is one of the source.

/** A text in plain characters, without its comments. */
export interface Plain {
  text: string;
  /** Where typographic characters stand in place of syntax. */
  typographic: number[];
}

/** Names and values of the wire, before or behind which a character is syntax. */
const WIRE = String.raw`(?:authorization|content-type|bearer|grant_type|duration_seconds|` +
  String.raw`(?:client_)?assertion|scope|iss|aud|iat|exp|jti|kid|urn:|eyJ|https?:|POST|GET|` +
  String.raw`application\/|\{|[\w-]+[”’“‘"']\s{0,3}[:：,，}])`;
const OPTION =
  String.raw`(?:[A-Za-z]\b|location|request|header|data[\w-]*|url|json|form|insecure|` +
  String.raw`silent|include|verbose|compressed)`;

/** Blogs and office programs put these in place of quotes, dashes and punctuation. */
const TYPOGRAPHIC = [
  // A quote that opens a text, behind an option, an operator, a bracket or the beginning of a line.
  String
    .raw`(?<=(?:^|[=:：({\[,，+]|\s[-–—]{1,2}[A-Za-z][\w-]{0,20})[ \t]{0,20})[“”‘’„＂＇](?=\s{0,3}${WIRE})`,
  // A dash that begins an option.
  String.raw`(?<=^[ \t]{0,20}|[ \t])[–—−]{1,2}(?=${OPTION}(?:\s|=|["'‘’“”]))`,
  // A colon, a comma or a bracket between members.
  String.raw`(?<=${WIRE}["'”’＂]?[ \t]{0,3})[：＝](?=[ \t]{0,3}["'“‘＂\w{])`,
  String.raw`(?<=["'”’＂}\]][ \t]{0,3})[：，](?=\s{0,20}["'“‘＂{\[])`,
  String.raw`[｛（](?=\s{0,20}["'“‘＂])`,
].map((pattern) => new RegExp(pattern, "gim"));

const PLAIN: Readonly<Record<string, string>> = {
  "“": '"',
  "”": '"',
  "„": '"',
  "‘": "'",
  "’": "'",
  "–": "-",
  "—": "-",
  "−": "-",
  "　": " ",
};

/** Whether prose in Chinese precedes an offset on its line. */
function isInProse(source: string, at: number): boolean {
  const before = source.slice(Math.max(source.lastIndexOf("\n", at - 1) + 1, at - 200), at);
  return /\p{Script=Han}/u.test(before);
}

/** Replaces typographic characters where they count as syntax, and comments by blanks. */
export function plainOf(source: string, withComments = false): Plain {
  const typographic = TYPOGRAPHIC.flatMap((pattern) =>
    [...source.matchAll(pattern)].slice(0, 200).map(({ index }) => index)
  ).filter((at) => !isInProse(source, at)).sort((a, b) => a - b);
  let text = typographic.length === 0 ? source : source.replace(
    /[“”„‘’–—−　]|[\uff01-\uff5e]/g,
    (character) => PLAIN[character] ?? String.fromCharCode(character.charCodeAt(0) - 0xfee0),
  );
  if (!withComments) { for (const comment of COMMENTS) text = text.replace(comment, blank); }
  return { text, typographic };
}

/** Lines that are comments, and comments at the end of a line. A # before curl is a prompt. */
const COMMENTS = [
  /^[ \t]*(?:#(?![!{[]|[ \t]*curl\b)|\/\/|\*[ \t/]|\/\*|<!--|REM\b|::[ \t]).*$/gim,
  /(?<=[ \t;,{(])(?:\/\/(?=[ \t\p{Script=Han}])|#[ \t]).*$/gmu,
];

/** As many blanks; line breaks stay. */
export function blank(text: string): string {
  return text.replace(/[^\n]/g, " ");
}

/** More of one kind tell nothing more, and each takes time. */
const MOST_HITS = 60;

/** The first matches of a global pattern. */
export function hits(text: string, pattern: RegExp): RegExpExecArray[] {
  const found: RegExpExecArray[] = [];
  for (const match of text.matchAll(pattern)) {
    if (found.push(match) >= MOST_HITS) break;
  }
  return found;
}
