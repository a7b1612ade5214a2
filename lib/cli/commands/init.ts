import type { Finding } from "../../doctor/finding.ts";
import { exitCodeFor } from "../../doctor/kinds.ts";
import { shellQuote } from "../../doctor/report.ts";
import { findOffline } from "../../doctor/rules/rules.ts";
import { type Arguments, CliError, type Context, directoryOf, valueError } from "../context.ts";
import { loadConfiguration, VARIABLE_OF } from "../config/configuration.ts";
import type { Io } from "../io.ts";
import { readEnvFile } from "../config/env_file.ts";
import { envQuote, fillEnv } from "../config/env_template.ts";
import { describeFindings, printProblems } from "../problems.ts";
import { configurationLines, screenOf } from "./facts_report.ts";
import { inDirectory, writeGitignore } from "../config/keys_directory.ts";

/**
 * Prepares a keys directory. Says what is still missing, or what `token` will use.
 */
export async function init(context: Context): Promise<number> {
  const { args, io, output, text, typed } = context;
  const directory = directoryOf(args) ?? "keys";
  const written = await inDirectory(directory, () => layOut(context, directory));

  // Load it again as `token` will: without the flags, whose values are now in .env.
  const later: Arguments = {
    ...args,
    value: (flag) => Object.hasOwn(VARIABLE_OF, flag) ? undefined : args.value(flag),
  };
  const { facts } = await loadConfiguration({ ...context, args: later }, {
    withFingerprints: true,
  });
  await io.dropRead();
  const all = findOffline({ ...facts, deniedVariables: [] });
  const isMissing = ({ code, details }: Finding) =>
    (code === "config-missing" && details.names !== undefined) || code === "key-file-missing";
  const missing = all.filter(isMissing).flatMap(({ details }) =>
    String(details.names ?? details.path).split(", ")
  );
  const findings = all.filter((finding) => !isMissing(finding));
  const ready = missing.length === 0;
  const exitCode = ready ? exitCodeFor(findings) : 0;
  if (output.json) {
    const found = await describeFindings(context, findings);
    output.answerJson({ directory, written, ready, missing, findings: found });
    return exitCode;
  }

  if (written.length > 0) output.answer(written.join("\n"));
  // The permission for a host that is not Coze's is printed only with the flag that names it.
  const without = Object.keys(VARIABLE_OF).filter((flag) => flag !== "base-url");
  const command = async (name: string) => await typed({ words: [name], without });
  if (ready) {
    output.say(await text("init-ready"));
    io.writeStderr(`${configurationLines(await screenOf(context), facts).join("\n")}\n`);
    await printProblems(context, findings);
    if (exitCode > 0) output.say(await text("init-mend", { command: await command("init") }));
    else {
      const commands = { inspect: await command("inspect"), token: await command("token") };
      output.say(await text("init-next", commands));
    }
    return exitCode;
  }
  if (facts.clientId && facts.keyId) {
    // Only the key is missing.
    findings.unshift(
      ...all.filter(isMissing).map((each): Finding => ({ ...each, severity: "warning" })),
    );
  } else {
    const site = URL.parse(facts.baseUrl.text)?.host.endsWith(".com") ? "coze.com" : "coze.cn";
    output.say(
      await text("init-walk", { move: moveCommand(directory, io.shell), directory, site }),
    );
  }
  await printProblems(context, findings);
  const names = missing.join(await text("list"));
  output.say(await text("init-missing", { names, command: await command("init") }));
  return exitCode;
}

/** The command that moves the downloaded key to its place. */
function moveCommand(directory: string, shell: Io["shell"]): string {
  const from = "~/Downloads/private_key.pem";
  const path = shellQuote(`${directory}/private_key.pem`, shell);
  return shell === "powershell"
    ? `Move-Item ${from} ${path}`
    : `mv ${from} ${path} && chmod 600 ${path}`;
}

/** Writes the missing files, and fills the values of the flags into .env. */
async function layOut(context: Context, directory: string): Promise<string[]> {
  const { args, io } = context;
  const given = Object.entries(VARIABLE_OF).flatMap(([flag, name]) => {
    const value = args.value(flag);
    if (value === undefined) return [];
    const quoted = envQuote(value);
    if (quoted === undefined) throw valueError(`--${flag}`, "", "value-quote");
    return [{ name, value, quoted }];
  });
  const names = await io.listDirectory(directory);
  // Check everything before anything is written.
  const { facts } = await loadConfiguration(context, {});
  const wrong = findOffline(facts).find(({ severity, details }) =>
    severity === "error" && /^--(?!key-file)/.test(String(details.source ?? details.clientId))
  );
  if (wrong) throw new CliError(wrong.code, wrong.details);
  const env = `${directory}/.env`;
  const bytes = names.includes(".env") ? await io.readFile(env) : undefined;
  const set = bytes ? readEnvFile(bytes, env) : {};
  const added = given.filter(({ name, value }) => set[name] !== value);
  const others = added.flatMap(({ name }) => set[name] ? name : []);
  if (others.length > 0) {
    throw new CliError("file-exists", { source: env, reason: "env", names: others.join(", ") });
  }
  // `rename` would replace the link by a file, and the values would be missing in its target.
  const isLink = bytes && added.length > 0 && (await io.fileFacts(env)).link !== undefined;
  if (isLink) throw new CliError("file-exists", { source: env, reason: "link" });

  const written = await writeGitignore(directory, io);
  if (added.length > 0 || (!bytes && !(facts.clientId && facts.keyId))) {
    const values = Object.fromEntries(added.map(({ name, quoted }) => [name, quoted]));
    const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });
    const text = fillEnv(values, bytes && utf8.decode(bytes));
    await io.writeFile(env, text, { exclusive: !bytes });
    written.push(env);
  }
  return written;
}
