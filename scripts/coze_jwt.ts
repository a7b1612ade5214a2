/**
 * Runs a command of coze-jwt from the checkout, with exactly the permissions it needs and with the
 * packages that can be reached. Shows on stderr the command of Deno that it runs.
 *
 * ```sh
 * deno task coze-jwt token
 * ```
 *
 * @module
 */

// deno-lint-ignore-file no-console -- people read what a task prints.

import { join, resolve } from "node:path";
import { type Command, FLAGS, isSwitch, PERMISSIONS } from "../lib/cli/commands.ts";
import { typed } from "../lib/cli/next_command.ts";
import { DENO, requireDeno, ROOT, runDeno } from "./child.ts";
import { choosePackages } from "./packages.ts";

const COZE_HOSTS = ["api.coze.cn", "api.coze.com"];
const LOOPBACK = ["127.0.0.1", "localhost", "[::1]"];

/** Splits a command line into the words that are no flags, and the flags with their values. */
function split(args: readonly string[]): { words: string[]; flags: Map<string, string> } {
  const words: string[] = [];
  const flags = new Map<string, string>();
  const [parsed, operands] = splitAt(args, "--");
  for (let i = 0; i < parsed.length; i++) {
    const [, name, value] = /^--([^=]+)(?:=(.*))?$/s.exec(parsed[i]!) ?? [];
    if (name === undefined) words.push(parsed[i]!);
    else flags.set(name, value ?? (isSwitch(`--${name}`) ? "" : parsed[++i] ?? ""));
  }
  return { words: [...words, ...operands], flags };
}

function splitAt(args: readonly string[], word: string): [readonly string[], readonly string[]] {
  const index = args.indexOf(word);
  return index < 0 ? [args, []] : [args.slice(0, index), args.slice(index + 1)];
}

/** The host of a base URL if it is Coze's or this machine; other hosts get no permission. */
function openHost(baseUrl: string): string | undefined {
  const url = URL.parse(baseUrl);
  const isOpen = url && (COZE_HOSTS.includes(url.host) || LOOPBACK.includes(url.hostname));
  return isOpen ? url.host : undefined;
}

const regionUrl = (region: string) => `https://api.coze.${region}`;

/** Reads a small file; gives an empty text where that fails. */
function textOf(path: string): string {
  try {
    const { isFile, size } = Deno.statSync(path);
    return isFile && size <= 1024 * 1024 ? Deno.readTextFileSync(path) : "";
  } catch {
    return "";
  }
}

/**
 * Finds the base URL that the keys directory of a command line names. The real parser of `.env` needs
 * `@std/dotenv`, which cannot be loaded before the packages are chosen.
 */
function configuredUrl(args: readonly string[]): string | undefined {
  const directory = resolve(ROOT, split(args).flags.get("keys") ?? "keys");
  const variables = textOf(join(directory, ".env"))
    .matchAll(/^\s*(?:export\s+)?COZE_(REGION|BASE_URL|API_BASE)[ \t]*=[ \t]*["']?([^\s"'#]+)/gm);
  const { BASE_URL, API_BASE, REGION } = Object.fromEntries(
    variables.map(([, name, value]) => [name!, value]),
  );
  const json = textOf(join(directory, "coze_oauth_config.json"));
  const [, member] = /"coze_api_base"\s*:\s*"([^"]*)"/.exec(json) ?? [];
  return BASE_URL ?? API_BASE ?? (REGION && regionUrl(REGION)) ?? member;
}

/**
 * Chooses the permissions for a command line.
 *
 * @param args The arguments of coze-jwt.
 * @param configured The base URL that applies where no flag names one.
 * @returns Flags of `deno run`; none where no permission is needed, or the command is not known.
 */
function permissionsOf(args: readonly string[], configured?: string): string[] {
  const { words, flags } = split(args);
  const command = Object.keys(PERMISSIONS).findLast((name) =>
    name === words.slice(0, name.split(" ").length).join(" ")
  ) as Command | undefined;
  if (command === undefined || flags.has("help") || flags.has("version")) return [];

  const region = flags.get("region");
  const baseUrl = flags.get("base-url") ?? (region && regionUrl(region)) ?? configured;
  const host = openHost(baseUrl ?? "") ?? "api.coze.cn";
  const hosts = flags.has("other-region") ? COZE_HOSTS : [host];
  const keys = flags.get("keys") ?? (command === "emulator" ? "" : "keys");
  const keyFile = FLAGS[command].includes("key-file") && flags.get("key-file");
  const isPasted = words.at(-1) === "-" && (command === "inspect" || command === "doctor");
  const sendsNothing = flags.has("offline") || isPasted;
  const namesHost = flags.has("region") || flags.has("base-url");
  const readsNothing = keys === "" || isPasted && namesHost;
  return PERMISSIONS[command].flatMap((flag) => {
    if (flag.endsWith("=HOST") ? sendsNothing : flag.endsWith("=KEYS") && readsNothing) return [];
    const paths = flag.startsWith("--allow-read=") && keyFile ? `${keys},${keyFile}` : keys;
    return flag.replace("HOST", hosts.join(",")).replace("KEYS", () => paths);
  });
}

/**
 * Writes the arguments of Deno for a command line.
 *
 * @param packageFlags The flags that choose the packages.
 * @param args The arguments of coze-jwt.
 * @param configured The base URL that applies where no flag names one.
 */
export function denoArguments(
  packageFlags: readonly string[],
  args: readonly string[],
  configured?: string,
): string[] {
  const permissions = permissionsOf(args, configured);
  return ["run", ...packageFlags, "--no-prompt", ...permissions, "cli.ts", ...args];
}

if (import.meta.main) {
  requireDeno();
  const { flags: own } = split(Deno.args);
  if ([own.get("keys"), own.get("key-file")].some((path) => path?.includes(","))) {
    console.error("Cannot permit a path with a comma, because Deno reads it as two paths");
    Deno.exit(2);
  }
  const { flags } = await choosePackages();
  const run = denoArguments(flags, Deno.args, configuredUrl(Deno.args));
  console.error(`$ ${DENO} ${run.map(typed).join(" ")}`);
  Deno.exit(await runDeno(run));
}
