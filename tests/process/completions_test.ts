import { assertEquals } from "@std/assert";
import { TABLE } from "../../lib/cli/commands.ts";
import { completions } from "../../lib/cli/commands/completions.ts";
import type { Context, Table } from "../../lib/cli/context.ts";
import english from "../../lib/words/en.json" with { type: "json" };
import { read } from "../testing/files.ts";
import { type Need, testWith } from "../testing/needs.ts";
import { environment } from "../testing/process.ts";

/** A shell, and its program that prints what is offered behind each line of the file `lines`. */
interface Shell {
  name: string;
  need: Need;
  command: string[];
  program: string;
  /** What it offers where a directory or a file is expected, in a folder with one of each. */
  paths: { DIR: string[]; FILE: string[] };
}

const SHELLS: Shell[] = [
  {
    name: "bash",
    need: "bash",
    command: ["bash", "--norc"],
    program: `
      source ../script
      compopt() { COMPREPLY+=("$*"); }
      while IFS= read -r line; do
        read -ra COMP_WORDS <<< "$line|"
        COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
        COMP_WORDS[COMP_CWORD]=\${COMP_WORDS[COMP_CWORD]%|}
        _coze_jwt
        printf '%s\\n' "\${COMPREPLY[@]}" ===
      done < ../lines`,
    paths: { DIR: ["-o dirnames"], FILE: ["-o default"] },
  },
  {
    name: "zsh",
    need: "zsh",
    command: ["zsh", "-f"],
    // zsh leaves out by itself what does not begin as the word does.
    program: `
      compdef() {}
      _files() { print -r -- _files $@ }
      _describe() { for item in "\${(@P)2}"; do
        if [[ $item == "$PREFIX"* ]]; then print -r -- \${item/:/$'\\t'}; fi; done }
      source ../script
      while IFS= read -r line; do
        words=("\${(@s: :)line}") CURRENT=\${#words} PREFIX=\${words[-1]}
        _coze-jwt
        print '==='
      done < ../lines`,
    paths: { DIR: ["_files -/"], FILE: ["_files"] },
  },
  {
    name: "fish",
    need: "fish",
    command: ["fish", "--no-config"],
    program: `
      source ../script
      for line in (cat ../lines); complete -C "$line"; echo ===; end`,
    paths: { DIR: ["a folder/"], FILE: ["a file", "a folder/"] },
  },
  {
    name: "powershell",
    need: "pwsh",
    command: ["pwsh", "-NoProfile", "-File"],
    program: `
      . ([scriptblock]::Create((Get-Content -Raw ../script)))
      foreach ($line in Get-Content ../lines) {
        (TabExpansion2 $line $line.Length).CompletionMatches |
          ForEach-Object { "$($_.CompletionText)\`t$($_.ToolTip)" }
        '==='
      }`,
    paths: { DIR: ["'./a folder'"], FILE: ["'./a file'", "'./a folder'"] },
  },
];

async function scriptOf(shell: string, table: Table): Promise<string> {
  let script = "";
  const args = { operands: [shell] };
  const output = { answer: (text: string) => script += `${text}\n` };
  await completions({ args, output, language: "en" } as unknown as Context, table);
  return script;
}

/** Two folders, the inner one with a folder and a file in it. */
async function place(files: Record<string, string>) {
  const home = await Deno.makeTempDir();
  const cwd = `${home}/work`;
  await Deno.mkdir(`${cwd}/a folder`, { recursive: true });
  for (const [path, text] of Object.entries({ "work/a file": "", ...files })) {
    await Deno.writeTextFile(`${home}/${path}`, text);
  }
  return {
    cwd,
    env: environment({ LC_ALL: "C.UTF-8", HOME: home, ZDOTDIR: home, TERM: "xterm" }),
    names: async () => (await Array.fromAsync(Deno.readDir(cwd), ({ name }) => name)).sort(),
    [Symbol.asyncDispose]: () => Deno.remove(home, { recursive: true }),
  };
}

/** Asks a shell what it offers behind each line. */
async function offers(
  { name, command, program }: Shell,
  lines: readonly string[],
  table = TABLE,
): Promise<string[][]> {
  await using here = await place({
    script: await scriptOf(name, table),
    "program.ps1": program,
    lines: lines.map((line) => `${line}\n`).join(""),
  });
  const [shell, ...args] = command;
  const { stdout, stderr } = await new Deno.Command(shell!, {
    args: [...args, "../program.ps1"],
    cwd: here.cwd,
    clearEnv: true,
    env: here.env,
  }).output();
  assertEquals(new TextDecoder().decode(stderr), "");
  assertEquals(await here.names(), ["a file", "a folder"], "nothing was run");
  return new TextDecoder().decode(stdout).split("===\n").slice(0, -1)
    .map((answer) => answer.split("\n").filter(Boolean));
}

const names = (items: readonly string[]) => items.map((item) => item.split("\t")[0]!).sort();
const COMMANDS =
  "bot chat completions doctor emulator explain help init inspect keygen serve token " +
  "version workspaces";
const ALWAYS = "--help --lang --started-as --trace --version";

/** A line up to the cursor, and what is offered there. */
const ROWS: [line: string, offered: string][] = [
  ["coze-jwt ", COMMANDS],
  ["coze-jwt -", ALWAYS],
  ["coze-jwt tok", "token"],
  ["coze-jwt bot ", "create list publish"],
  ["coze-jwt bot c", "create"],
  ["coze-jwt bot --h", "--help"],
  ["coze-jwt list ", ""],
  ["coze-jwt token --re", "--region"],
  ["coze-jwt token --region ", "cn com"],
  ["coze-jwt token --region co", "com"],
  ["coze-jwt chat --dr", "--draft"],
  ["coze-jwt bot create --pub", "--publish"],
  ["coze-jwt bot list --pub", ""],
  ["coze-jwt keygen ", `--json --keys ${ALWAYS}`],
  // What the parser refuses is not offered.
  ["coze-jwt explain --k", ""],
  ["coze-jwt explain timeou", "timeout"],
  ["coze-jwt explain timeout --j", "--json"],
  ["coze-jwt explain timeout t", ""],
  ["coze-jwt keygen x ", ""],
  ["coze-jwt token --region cn --re", ""],
  ["coze-jwt token --region=cn --re", ""],
  ["coze-jwt token --scope-bot 5 --scope-b", "--scope-bot"],
  ["coze-jwt token -- --re", ""],
  ["coze-jwt completions ", "bash fish powershell zsh"],
  ["coze-jwt doctor ", "-"],
  ["coze-jwt help ", COMMANDS],
  ["coze-jwt help bot ", "create list publish"],
  ["coze-jwt help token ", ALWAYS],
  // Values are no commands, and nothing in them is run.
  ["coze-jwt --lang zh tok", "token"],
  ["coze-jwt --started-as bot cre", ""],
  ["coze-jwt token --client-id ", ""],
  ["coze-jwt chat $(id>pwned) --dr", "--draft"],
  ["coze-jwt chat `id` --dr", "--draft"],
  ["coze-jwt chat * --dr", "--draft"],
];

for (const shell of SHELLS) {
  testWith([shell.need], `completions of ${shell.name} offer what fits`, async () => {
    const found = await offers(shell, ROWS.map(([line]) => line));
    assertEquals(
      found.map((items, row) => [ROWS[row]![0], names(items)]),
      ROWS.map(([line, offered]) => [line, offered.split(" ").filter(Boolean).sort()]),
    );
  });

  testWith(
    [shell.need],
    `completions of ${shell.name} offer paths for --keys, --key-file`,
    async () => {
      const lines = ["coze-jwt token --keys ", "coze-jwt token --key-file "];
      const found = await offers(shell, lines);
      assertEquals(found.map(names), [shell.paths.DIR, shell.paths.FILE]);
    },
  );

  testWith(
    [shell.need],
    `completions of ${shell.name} quote every word and description`,
    async () => {
      const choices = "$HOME `id` $(touch${IFS}x) it's it’s a\"b a\\b * %n".split(" ");
      const flags = { ...TABLE.flags, lang: { value: "V", choices } };
      const [values, described] = await offers(
        shell,
        ["coze-jwt token --lang ", "coze-jwt token --en"],
        { ...TABLE, flags },
      );
      assertEquals(names(values!), choices.sort());
      if (shell.name === "bash") return;
      const [, description] = described!.find((item) => item.startsWith("--env"))!.split("\t");
      assertEquals(description!.replace("--env ", ""), english["flag.env"]);
    },
  );
}

/** Types into a shell on a terminal, in which the `coze-jwt` of the manual prints its arguments. */
async function typed(shell: string, start: string, keys: string): Promise<string | undefined> {
  const [command] = /^coze-jwt\(\).*$/m.exec(await read("docs/en/commands.md"))!;
  const deno = `deno() { printf '[%s]' got: "\${@:3}"; echo; }`;
  const rc = `source ~/script\nPS1='ready> '\n${command}\n${deno}\n`;
  await using here = await place({ script: await scriptOf(shell, TABLE), ".zshrc": rc, rc });
  const child = new Deno.Command("script", {
    args: ["-qec", start, "/dev/null"],
    cwd: here.cwd,
    clearEnv: true,
    env: here.env,
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const keyboard = child.stdin.getWriter();
  let screen = "";
  let isTyped = false;
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    screen += text;
    if (isTyped || !screen.includes("ready> ")) continue;
    isTyped = true;
    await keyboard.write(new TextEncoder().encode(`${keys}\r`));
    // The end of the input ends the shell.
    await keyboard.close();
  }
  await child.status;
  return /\[got:\](\S.*?)\r?\n/.exec(screen)?.[1];
}

const TERMINALS = { bash: "bash --noprofile --rcfile ~/rc -i", zsh: "zsh -d -i" };
for (const [shell, start] of Object.entries(TERMINALS)) {
  testWith([shell as Need, "terminal"], `completions of ${shell} work on a terminal`, async () => {
    const keys = "coze-jwt --user a@b --base-url http://a:1/x tok\t--regi\tco\t--keys a\\ \t " +
      "--key-file a\\ fi\t";
    const words = await typed(shell, start, keys);
    const expected = "[--user][a@b][--base-url][http://a:1/x]" +
      "[token][--region][com][--keys][a folder][--key-file][a file]";
    // zsh takes the slash away when a space follows it.
    assertEquals(words?.replace("/]", "]"), expected);
  });
}
