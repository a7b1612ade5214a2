import {
  fill,
  type Language,
  loadWords,
  lookUp,
  type WordKey,
  type Words,
} from "../words/words.ts";
import { commandOf, COMMANDS, flagOf, GROUPS } from "./commands.ts";
import { argumentsOf } from "./context.ts";
import { permissionsFor } from "./permissions.ts";

/** The help of a command, of a group, or of all. */
export async function helpText(language: Language, name = ""): Promise<string> {
  const words = await loadWords(language);
  if (commandOf(name)) return helpOfCommand(words, name);
  // A group has the commands that begin with its name.
  const commands = Object.keys(COMMANDS).filter((each) => each.startsWith(name));
  const rows = columns(
    commands.map((each) => [usageOf(each), words[`help.${each}` as WordKey]]),
  );
  if (name !== "") return [...rows, "", words["help.more"]].join("\n");
  const groups = Object.entries(GROUPS).flatMap(([group, flags]) => [
    "",
    words[`help.${group}` as WordKey],
    ...columns(flags.map((flag) => flagRow(words, flag))),
  ]);
  return [
    words["help.head"],
    "",
    `${words["help.usage"]}coze-jwt ${words["help.form"]}`,
    "",
    ...rows,
    ...groups,
    "",
    words["help.more"],
  ].join("\n");
}

function helpOfCommand(words: Words, name: string): string {
  const always: readonly string[] = GROUPS.always;
  const rows = ownFlags(words, name);
  const others = commandOf(name)!.flags.map((flag) => `--${flag}`).filter((flag) =>
    !rows.some(([form]) => form.split(" ")[0] === flag) && !always.includes(flag.slice(2))
  ).join(" ");
  const about = lookUp(words, `help.${name}.about`);
  return [
    `${words["help.usage"]}coze-jwt ${usageOf(name)} ${words["help.flags"]}`,
    "",
    about ?? words[`help.${name}` as WordKey],
    ...(rows.length > 0 ? ["", ...columns(rows)] : []),
    "",
    others === "" ? words["help.all"] : fill(words["help.shared"], { flags: others }),
    needsLine(words, name),
  ].join("\n");
}

/** The flags that a command has alone, or with a meaning of its own. */
export function ownFlags(words: Words, name: string): [string, string][] {
  const { flags, json } = commandOf(name)!;
  const shared: string[] = Object.values(GROUPS).flat();
  const own = flags.filter((flag) => !shared.includes(flag) && flag !== "json");
  const special = flags.filter((flag) => lookUp(words, `flag.${flag}.${name}`));
  const rows = [...new Set([...own, ...special])].map((flag) => flagRow(words, flag, name));
  if (json) rows.push(["--json", fill(words["help.json"], { form: json })]);
  return rows;
}

export function usageOf(name: string): string {
  const { operand } = commandOf(name)!;
  if (!operand) return name;
  return `${name} ${operand.required ? operand.form : `[${operand.form}]`}`;
}

export function flagRow(words: Words, flag: string, command = ""): [string, string] {
  const { value } = flagOf(flag)!;
  const text = lookUp(words, `flag.${flag}.${command}`) ?? words[`flag.${flag}` as WordKey];
  return [`--${flag}${value === undefined ? "" : ` ${value}`}`, text];
}

function needsLine(words: Words, name: string): string {
  const { net, keys, operand, flags } = commandOf(name)!;
  const needs = permissionsFor(argumentsOf({}, name)).join(" ") || words["help.needs.none"];
  const offline = permissionsFor(argumentsOf({ offline: [""] }, name)).join(" ");
  const emulated = permissionsFor(argumentsOf({ emulator: [""] }, name)).join(" ");
  const more = flags.includes("emulator")
    ? fill(words["help.needs.emulator"], { flags: emulated })
    : net?.includes("loopback")
    ? fill(words["help.needs.keys"], { flags: "--allow-read=DIR --allow-write=DIR" })
    : flags.includes("offline") && operand && keys
    ? fill(words["help.needs.offline"], { flags: offline })
    : "";
  return fill(words["help.needs"], { flags: needs }) + more;
}

/** Aligns two columns; the second may have several lines. */
function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) =>
    `  ${left.padEnd(width)}  ${right.replaceAll("\n", `\n${" ".repeat(width + 4)}`)}`
  );
}
