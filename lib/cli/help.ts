import {
  fill,
  type Language,
  loadWords,
  lookUp,
  type WordKey,
  type Words,
} from "../words/words.ts";
import type { Command, Table } from "./context.ts";

/** The help of a command, of a group, or of all. */
export async function helpText(language: Language, table: Table, name = ""): Promise<string> {
  const words = await loadWords(language);
  const spec = Object.hasOwn(table.commands, name) ? table.commands[name] : undefined;
  if (spec) return helpOfCommand(words, table, name, spec);
  const commands = commandsOf(name, table);
  const rows = commands.map((each) =>
    [usageOf(each, table), words[`help.${each}` as WordKey]] as const
  );
  if (name !== "") return [...columns(rows), "", words["help.more"]].join("\n");
  const groups = Object.entries(table.groups).flatMap(([group, flags]) => [
    "",
    words[`help.${group}` as WordKey],
    ...columns(flags.map((flag) => flagRow(words, table, flag))),
  ]);
  return [
    words["help.head"],
    "",
    `${words["help.usage"]}coze-jwt ${words["help.form"]}`,
    "",
    ...columns(rows),
    ...groups,
    "",
    words["help.more"],
  ].join("\n");
}

function helpOfCommand(words: Words, table: Table, name: string, spec: Command): string {
  const shared = Object.values(table.groups).flat();
  const own = spec.flags.filter((flag) => !shared.includes(flag) && flag !== "json");
  const special = spec.flags.filter((flag) => lookUp(words, `flag.${flag}.${name}`));
  const rows = [...own, ...special].map((flag) => flagRow(words, table, flag, name));
  if (spec.json) rows.push(["--json", fill(words["help.json"], { form: spec.json })]);
  const others = spec.flags.filter((flag) =>
    shared.includes(flag) && !special.includes(flag) && !table.groups.always!.includes(flag)
  ).map((flag) => `--${flag}`).join(" ");
  const about = lookUp(words, `help.${name}.about`);
  return [
    `${words["help.usage"]}coze-jwt ${usageOf(name, table)} ${words["help.flags"]}`,
    "",
    about ?? words[`help.${name}` as WordKey],
    ...(rows.length > 0 ? ["", ...columns(rows)] : []),
    "",
    others === "" ? words["help.all"] : fill(words["help.shared"], { flags: others }),
    needsLine(words, table, name),
  ].join("\n");
}

/** A group has the commands that begin with its name. */
function commandsOf(name: string, { commands }: Table): string[] {
  return Object.keys(commands).filter((each) =>
    name === "" || each === name || each.startsWith(`${name} `)
  );
}

export function usageOf(name: string, { commands }: Table): string {
  const { operand } = commands[name]!;
  if (!operand) return name;
  return `${name} ${operand.required ? operand.form : `[${operand.form}]`}`;
}

export function flagRow(
  words: Words,
  { flags }: Table,
  flag: string,
  command = "",
): [string, string] {
  const { value } = flags[flag]!;
  const text = lookUp(words, `flag.${flag}.${command}`) ?? words[`flag.${flag}` as WordKey];
  return [`--${flag}${value === undefined ? "" : ` ${value}`}`, text];
}

function needsLine(words: Words, { commands, permissionsOf }: Table, name: string): string {
  const { net, keys, operand, flags } = commands[name]!;
  const host = "api.coze.cn";
  const dir = net === "loopback" ? undefined : "keys";
  const needs = permissionsOf(name, { host, keys: dir }).join(" ") || words["help.needs.none"];
  const offline = permissionsOf(name, { host, keys: dir, sendsNothing: true }).join(" ");
  const more = net === "loopback"
    ? fill(words["help.needs.keys"], { flags: "--allow-read=DIR --allow-write=DIR" })
    : flags.includes("offline") && operand && keys
    ? fill(words["help.needs.offline"], { flags: offline })
    : "";
  return fill(words["help.needs"], { flags: needs }) + more;
}

/** Aligns two columns; further lines of the second stand under it. */
function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) =>
    `  ${left.padEnd(width)}  ${right.replaceAll("\n", `\n${" ".repeat(width + 4)}`)}`
  );
}
