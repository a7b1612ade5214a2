import { quote } from "../../redact.ts";
import { exitCodeOf } from "../../doctor/kinds.ts";
import { type Code, codesOf, loadWords, lookUp } from "../../words/words.ts";
import { type Context, usageError } from "../context.ts";

const PARTS = ["meaning", "example", "fix", "source"] as const;

/** Prints what is known of one code, or the list of all. */
export async function explain({ args, io, output, language, text }: Context): Promise<number> {
  // Programs get English, whatever the language of the run.
  const words = await loadWords(output.json ? "en" : language);
  const codes = codesOf(words);
  const titleOf = (code: Code) => withNames(words[`${code}.title`]);

  const [word] = args.operands;
  if (word === undefined) {
    const list = codes.map((code) => ({ code, exitCode: exitCodeOf(code), title: titleOf(code) }));
    if (output.json) output.answerJson(list);
    else {
      const width = Math.max(...codes.map((code) => code.length));
      output.answer(
        list.map(({ code, exitCode, title }) =>
          `${String(exitCode).padStart(3)}  ${code.padEnd(width)}  ${title}`
        ).join("\n"),
      );
      output.say(await text("causes"));
    }
    return 0;
  }
  const code = codes.find((code) => code === word);
  if (!code) {
    throw usageError("code", { word: quote(word, 60), expected: codes.join(", ") });
  }
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

/** Outside of a run there are no values, so a placeholder shows its name. */
function withNames(words: string): string {
  return words.replace(/\{(\w+)\}/g, (_, name: string) => `<${name}>`);
}
