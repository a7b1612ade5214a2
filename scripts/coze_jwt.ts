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

import { resolve } from "node:path";
import { type Command, isSwitch, PERMISSIONS } from "../lib/cli/commands.ts";
import { typed } from "../lib/cli/next_command.ts";
import { DENO, ROOT, runDeno } from "./child.ts";
import { choosePackages } from "./packages.ts";

const COZE_HOSTS = ["api.coze.cn", "api.coze.com"];

/** Splits a command line into the words that are no flags, and the flags with their values. */
function split(args: readonly string[]): { words: string[]; flags: Map<string, string> } {
  const words: string[] = [];
  const flags = new Map<string, string>();
  const end = args.indexOf("--");
  const parsed = args.slice(0, end < 0 ? undefined : end);
  for (let i = 0; i < parsed.length; i++) {
    const [, name, value] = /^--([^=]+)(?:=(.*))?$/s.exec(parsed[i]!) ?? [];
    if (name === undefined) words.push(parsed[i]!);
    else flags.set(name, value ?? (isSwitch(`--${name}`) ? "" : parsed[++i] ?? ""));
  }
  return { words, flags };
}

/** The host of a base URL that is this machine's or Coze's; no other one is let through. */
function openHost(baseUrl: string | undefined): string | undefined {
  const url = baseUrl === undefined ? null : URL.parse(baseUrl);
  const isOpen = url && (COZE_HOSTS.includes(url.host) || url.hostname === "127.0.0.1");
  return isOpen ? url.host : undefined;
}

/** Reads region and base URL from the `.env` of a command line; nothing where there is none. */
function settingsOf(args: readonly string[]): Record<string, string> {
  const path = resolve(ROOT, split(args).flags.get("keys") ?? "keys", ".env");
  try {
    const { isFile, size } = Deno.statSync(path);
    if (!isFile || size > 1024 * 1024) return {};
    const entries = Deno.readTextFileSync(path)
      .matchAll(/^\s*(?:export\s+)?COZE_(REGION|BASE_URL)\s*=\s*["']?([^\s"'#]+)/gm);
    return Object.fromEntries(entries.map(([, name, value]) => [name!, value!]));
  } catch {
    return {};
  }
}

/**
 * Chooses the permissions for a command line.
 *
 * @param args The arguments of coze-jwt.
 * @param settings `REGION` and `BASE_URL`, where the keys directory says them.
 * @returns Flags of `deno run`; none where no permission is needed, or the command is not known.
 */
function permissionsOf(args: readonly string[], settings: Record<string, string>): string[] {
  const { words, flags } = split(args);
  const command = Object.keys(PERMISSIONS).findLast((name) =>
    name === words.slice(0, name.split(" ").length).join(" ")
  ) as Command | undefined;
  if (command === undefined || flags.has("help") || flags.has("version")) return [];

  const { REGION, BASE_URL } = flags.has("region") || flags.has("base-url") ? {} : settings;
  const region = flags.get("region") ?? REGION;
  const host = openHost(flags.get("base-url") ?? BASE_URL) ??
    (region === "com" ? "api.coze.com" : "api.coze.cn");
  const hosts = flags.has("other-region") ? COZE_HOSTS : [host];
  const keys = flags.get("keys") ?? (command === "emulator" ? undefined : "keys");
  const keyFile = flags.get("key-file");
  const sendsNothing = flags.has("offline") || words.includes("-");
  return PERMISSIONS[command].flatMap((flag) => {
    if (flag.endsWith("=KEYS") && keys === undefined) return [];
    if (flag.endsWith("=HOST") && sendsNothing) return [];
    const isRead = flag.startsWith("--allow-read=") && keyFile !== undefined;
    const paths = isRead ? `${keys},${keyFile}` : `${keys}`;
    return flag.replace("HOST", hosts.join(",")).replace("KEYS", () => paths);
  });
}

/**
 * Writes the arguments of Deno for a command line.
 *
 * @param packageFlags The flags that choose the packages.
 * @param args The arguments of coze-jwt.
 * @param settings `REGION` and `BASE_URL`, where the keys directory says them.
 */
export function denoArguments(
  packageFlags: readonly string[],
  args: readonly string[],
  settings: Record<string, string> = {},
): string[] {
  const permissions = permissionsOf(args, settings);
  return ["run", ...packageFlags, "--no-prompt", ...permissions, "cli.ts", ...args];
}

if (import.meta.main) {
  const { flags } = await choosePackages();
  const run = denoArguments(flags, Deno.args, settingsOf(Deno.args));
  console.error(`$ ${DENO} ${run.map(typed).join(" ")}`);
  Deno.exit(await runDeno(run));
}
