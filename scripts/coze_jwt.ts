/**
 * Runs a command of coze-jwt from the checkout, with exactly the permissions it needs and with the
 * packages of this run. Shows on stderr the command of Deno that it runs.
 *
 * ```sh
 * deno task coze-jwt token
 * ```
 *
 * @module
 */

// deno-lint-ignore-file no-console -- people read what a task prints.

import { join, resolve } from "node:path";
import type { Arguments } from "../lib/cli/context.ts";
import { createRedactor, isKeyText } from "../lib/cli/output.ts";
import { parseArguments } from "../lib/cli/parse.ts";
import { permissionsFor } from "../lib/cli/permissions.ts";
import { shellQuote } from "../lib/doctor/report.ts";
import { DENO, ROOT, runDeno } from "./child.ts";
import { PACKAGE_FLAGS } from "./packages.ts";

/** Reads a small file; gives an empty text where that fails. */
function textOf(path: string): string {
  try {
    const { isFile, size } = Deno.statSync(path);
    return isFile && size <= 1024 * 1024 ? Deno.readTextFileSync(path) : "";
  } catch {
    return "";
  }
}

/** The base URL in the keys directory. A wrong guess costs a clear error of the sandbox. */
function configuredUrl(args: Arguments): string | undefined {
  const directory = resolve(ROOT, args.value("keys") ?? "keys");
  const variables = textOf(join(directory, ".env"))
    .matchAll(
      /^[ \t]*(?:export[ \t]+)?COZE_(REGION|BASE_URL|API_BASE)[ \t]*=[ \t]*["']?([^\s"'#]+)/gm,
    );
  const { BASE_URL, API_BASE, REGION } = Object.fromEntries(
    variables.map(([, name, value]) => [name!, value]),
  );
  const json = textOf(join(directory, "coze_oauth_config.json"));
  const [, member] = /"coze_api_base"\s*:\s*"([^"]*)"/.exec(json) ?? [];
  return BASE_URL ?? API_BASE ?? (REGION && `https://api.coze.${REGION}`) ?? member;
}

/** The command line; nothing where it is not understood, which cli.ts explains. */
export function understood(words: readonly string[]): Arguments | undefined {
  try {
    return parseArguments(words);
  } catch {
    return undefined;
  }
}

/** The host of a SOCKS proxy, which needs a permission of its own. */
function socksProxy(): string | undefined {
  // In Deno's order.
  const names = ["ALL_PROXY", "all_proxy", "HTTPS_PROXY", "https_proxy"];
  const proxy = names.map((name) => Deno.env.get(name)).find(Boolean) ?? "";
  return /^socks/.test(proxy) ? URL.parse(proxy.replace(/^socks\w*/, "http"))?.host : undefined;
}

/**
 * Writes the arguments of Deno for a command line.
 *
 * @param words The arguments of coze-jwt.
 * @param args The same, understood.
 * @param baseUrl The base URL in the keys directory.
 * @param proxy A proxy that needs a permission of its own.
 */
export function denoArguments(
  words: readonly string[],
  args: Arguments | undefined,
  baseUrl?: string,
  proxy?: string,
): string[] {
  const isHelp = !args || args.has("help") || args.has("version");
  const permissions = isHelp ? [] : permissionsFor(args, { baseUrl }, proxy);
  return ["run", ...PACKAGE_FLAGS, "--no-prompt", ...permissions, "cli.ts", ...words];
}

if (import.meta.main) {
  const args = understood(Deno.args);
  const run = denoArguments(Deno.args, args, args && configuredUrl(args), socksProxy());
  const { add, redact } = createRedactor();
  Deno.args.filter(isKeyText).forEach(add);
  // A password ends at the last `@` of a base URL, whatever it consists of.
  const shown = run.join("\0").replace(/(--base-url[=\0])[^\0]*@/g, "$1…@").split("\0");
  console.error(`$ ${DENO} ${shown.map((word) => shellQuote(redact(word))).join(" ")}`);
  const at = run.indexOf("cli.ts") + 1;
  const own = `--started-as=${DENO} task coze-jwt`;
  // Requests to this machine must not go through a proxy.
  const without = [Deno.env.get("NO_PROXY") ?? Deno.env.get("no_proxy"), "127.0.0.1", "localhost"];
  Deno.env.set("NO_PROXY", without.filter(Boolean).join(","));
  Deno.exit(await runDeno(run.toSpliced(at, 0, own)));
}
