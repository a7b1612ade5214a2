import { apiErrorCode } from "../../api/api_errors.ts";
import { API_HOSTS } from "../../doctor/hosts.ts";
import { exitCodeOf } from "../../doctor/kinds.ts";
import { judgeAnswer, readAnswer } from "../../doctor/pasted/answer.ts";
import { quote } from "../../redact.ts";
import { tokenErrorCode } from "../../token_response.ts";
import { type Code, codesOf, loadWords, lookUp } from "../../words/words.ts";
import { type Context, usageError } from "../context.ts";
import { align } from "../table.ts";

const PARTS = ["meaning", "example", "fix", "source"] as const;
/** The codes for refusals whose cause the message does not show. */
const GENERAL: readonly Code[] = ["client-refused", "api-refused"];
/** The parts that quote messages of servers. */
const QUOTING = ["title", "meaning", "example"] as const;

/** Explains a code, or lists the codes that may be meant. */
export async function explain(
  { args, io, output, language, text, typed }: Context,
): Promise<number> {
  // JSON is always in English.
  const words = await loadWords(output.json ? "en" : language);
  const codes = codesOf(words);
  const titleOf = (code: Code) => withNames(words[`${code}.title`]);

  const [word] = args.operands;
  // What the emulator adds to Coze's words is in no explanation.
  const asked = word?.replace(/\(emulator: [^)]*\)/g, "");
  const found = asked === undefined ? codes : await codesFor(asked, codes);
  if (found.length === 0) {
    throw usageError("code", { word: quote(word!, 60), expected: codes.join(", ") });
  }
  if (word === undefined || found.length > 1) {
    const list = found.map((code) => ({ code, exitCode: exitCodeOf(code), title: titleOf(code) }));
    if (output.json) output.answerJson(list);
    else {
      const rows = list.map((each) => [`${each.exitCode}`.padStart(3), each.code, each.title]);
      output.answer(align(rows, ({ length }) => length).join("\n"));
      const command = await typed({ words: ["explain", found[0]!] });
      output.say(`${await text("causes")}\n  $ ${command}`);
    }
    return 0;
  }
  const code = found[0]!;
  const parts = PARTS.map((part) => {
    const binary = io.isBinary && lookUp(words, `${code}.${part}.binary`);
    return [part, withNames(binary || words[`${code}.${part}`])] as const;
  });
  if (output.json) {
    const title = titleOf(code);
    output.answerJson({ code, exitCode: exitCodeOf(code), title, ...Object.fromEntries(parts) });
    return 0;
  }
  output.answer(await text("explain-head", { code, exit: exitCodeOf(code), title: titleOf(code) }));
  for (const [part, words] of parts) {
    output.answer(`\n${await text(`explain-${part}`)}\n${words.replace(/^/gm, "  ")}`);
  }
  return 0;
}

/**
 * Finds codes by a typed text: the code in it, as in `error[timeout]: …`; else the cause that a
 * pasted response names; else all codes with this exit code, with this status or error code of a
 * server, or with an explanation that quotes the text.
 */
async function codesFor(typed: string, codes: readonly Code[]): Promise<Code[]> {
  const word = typed.toLowerCase();
  // A code of one word, such as timeout, is also a word of other programs.
  const parts = word.split(/[^a-z-]+/).filter((part) =>
    part.includes("-") || word.includes(`[${part}]`)
  );
  const own = [word.replace(/[\s_]+/g, "-"), ...parts]
    .find((part): part is Code => codes.includes(part as Code));
  if (own) return [own];
  const answer = readAnswer(typed);
  const told = answer?.message ? judgeAnswer(answer, API_HOSTS[0]!).map(({ code }) => code) : [];
  if (told.some((code) => !GENERAL.includes(code))) return told;
  const exit = /^(?:exit|退出码)?[\s:=]*(?:code|status)?[\s:=]*(\d{1,3})$/.exec(word)?.[1];
  const exiting = codes.filter((code) => String(exitCodeOf(code)) === exit);
  if (exiting.length > 0) return exiting;
  const [serverCode, status, number, name] = SERVER_CODE.exec(typed) ?? [word];
  const server = { status: Number(status ?? 400), code: number ?? name, message: typed };
  // With these, a server says that it has no token endpoint.
  const isMissing = /^(?:404|405|410)$/.test(serverCode);
  const causes: (Code | undefined)[] = [
    isMissing ? "base-url-not-api" : tokenErrorCode(server, {}, {}),
    apiErrorCode(server, {}),
  ]
    .filter((code) => code !== "client-refused" || status || name)
    .filter((code) => code !== "api-refused" || status || number);
  // A misspelt code quotes nothing.
  const quoting = /^\w+-[\w-]+$/.test(word) ? [] : await codesQuoting(serverCode, codes);
  return codes.filter((code) => causes.includes(code) || quoting.includes(code));
}

/** A status like 401, an error number like 4101, or an error name like invalid_client. */
const SERVER_CODE =
  /(?<![.:]\w+:)\b(?:([345]\d\d)|(\d{4,9})|((?:access|internal|invalid|unsupported)_[a-z_]+))\b/;

/** Finds the codes whose titles, or else explanations, quote the most telling words of a text. */
async function codesQuoting(typed: string, codes: readonly Code[]): Promise<Code[]> {
  const languages = [await loadWords("en"), await loadWords("zh")];
  const levels = ([["title"], QUOTING] as const).map((parts) =>
    new Map(codes.map((code) => {
      const texts = languages.flatMap((words) => parts.map((part) => words[`${code}.${part}`]));
      return [code, spaced(texts.join(" "))];
    }))
  );
  const typedWords = spaced(typed).trim().split(" ");
  let found: Code[] = [];
  // Many words, and words that few codes have, tell most. A word of more than 15 codes tells nothing.
  let best = 1 / 16;
  for (let start = 0; start < typedWords.length; start++) {
    for (let end = start + 1; end <= typedWords.length; end++) {
      const quote = ` ${typedWords.slice(start, end).join(" ")} `;
      const quoting = levels.map((texts) =>
        codes.filter((code) => texts.get(code)!.includes(quote))
      )
        .find(({ length }) => length > 0);
      if (!quoting) break;
      const score = (end - start) / quoting.length;
      if (score > best) [best, found] = [score, quoting];
    }
  }
  return found;
}

/** Puts each word of a text, in lower case, and each Chinese character between two spaces. */
function spaced(text: string): string {
  const apart = text.toLowerCase().replace(/\p{Script=Han}/gu, " $& ");
  const words = apart.match(/\p{Script=Han}|\p{L}[\p{L}\p{N}]+|\d{4,}/gu) ?? [];
  return ` ${words.join(" ")} `;
}

/** Shows placeholders by name, because `explain` has no values for them. */
function withNames(words: string): string {
  return words.replace(/\{(\w+)\}/g, (_, name: string) => `<${name}>`);
}
