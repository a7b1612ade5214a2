import { apiErrorCode } from "../../api/api_errors.ts";
import { API_HOSTS } from "../../doctor/hosts.ts";
import { exitCodeOf } from "../../doctor/kinds.ts";
import { judgeAnswer, readAnswer } from "../../doctor/pasted/answer.ts";
import { quote } from "../../redact.ts";
import { tokenErrorCode } from "../../token_response.ts";
import { type Code, codesOf, loadWords, lookUp, type Words } from "../../words/words.ts";
import { type Context, usageError } from "../context.ts";
import { align } from "../table.ts";

const PARTS = ["meaning", "example", "fix", "source"] as const;
/** The codes for refusals whose cause the message does not show. */
const GENERAL: readonly Code[] = ["client-refused", "api-refused"];
/** The parts that quote messages of servers. */
const QUOTING = ["title", "meaning", "example"] as const;

/** Explains a code, or lists the codes that may be meant. */
export async function explain({ args, io, output, language, text }: Context): Promise<number> {
  // JSON is always in English.
  const words = await loadWords(output.json ? "en" : language);
  const codes = codesOf(words);
  const titleOf = (code: Code) => withNames(words[`${code}.title`]);

  const [word] = args.operands;
  const found = word === undefined ? codes : codesFor(word, codes, words);
  if (found.length === 0) {
    throw usageError("code", { word: quote(word!, 60), expected: codes.join(", ") });
  }
  if (word === undefined || found.length > 1) {
    const list = found.map((code) => ({ code, exitCode: exitCodeOf(code), title: titleOf(code) }));
    if (output.json) output.answerJson(list);
    else {
      const rows = list.map((each) => [`${each.exitCode}`.padStart(3), each.code, each.title]);
      output.answer(align(rows, ({ length }) => length).join("\n"));
      output.say(await text("causes"));
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
function codesFor(typed: string, codes: readonly Code[], words: Words): Code[] {
  const word = typed.toLowerCase();
  const own = [word.replace(/[\s_]+/g, "-"), ...word.split(/[^a-z-]+/)]
    .find((part): part is Code => codes.includes(part as Code));
  if (own) return [own];
  const answer = readAnswer(typed);
  const told = answer?.message ? judgeAnswer(answer, API_HOSTS[0]!).map(({ code }) => code) : [];
  if (told.some((code) => !GENERAL.includes(code))) return told;
  const exit = /^(?:exit )?(?:code )?(\d{1,3})$/.exec(word)?.[1] ?? "";
  // A status like 401, an error number like 4101, or an error name like invalid_client.
  const [serverCode, status, number, name] =
    /(?<!\.\w+:)\b(?:([345]\d\d)|(\d{4,9})|([a-z]+_[a-z_]+))\b/.exec(typed) ?? [word];
  const server = { status: Number(status ?? 400), code: number ?? name, message: typed };
  const causes: (Code | undefined)[] = [tokenErrorCode(server, {}, {}), apiErrorCode(server, {})]
    .filter((code) => code !== "client-refused" || status || name)
    .filter((code) => code !== "api-refused" || status || number);
  // A single word is found in too many explanations.
  const quoted = [serverCode, word.replace(serverCode, "")].map(spaced).filter((text) =>
    text.length > 5 && /[^a-z]/.test(text.trim())
  );
  return codes.filter((code) =>
    String(exitCodeOf(code)) === exit || causes.includes(code) ||
    QUOTING.some((part) => quoted.some((text) => spaced(words[`${code}.${part}`]).includes(text)))
  );
}

/** Puts each word of a text, in lower case, between two spaces. */
function spaced(text: string): string {
  return ` ${text.toLowerCase().match(/[\p{L}\p{N}]+/gu)?.join(" ") ?? ""} `;
}

/** Shows placeholders by name, because `explain` has no values for them. */
function withNames(words: string): string {
  return words.replace(/\{(\w+)\}/g, (_, name: string) => `<${name}>`);
}
