import { exitCodeOf, loadCatalogue } from "../doctor/catalogue.ts";
import { describe } from "../doctor/report.ts";
import { findOffline } from "../doctor/rules.ts";
import { CozeError } from "../error.ts";
import { type Arguments, directoryOf, valueError } from "./arguments.ts";
import { loadConfiguration } from "./configuration.ts";
import { envQuote, envTemplate } from "./env_template.ts";
import { configurationLines } from "./inspect_report.ts";
import { inDirectory, namesIn, taken, writeGitignore } from "./keys_directory.ts";
import type { Run } from "./run.ts";
import { shellQuote } from "./next_command.ts";

/** The flags whose values go into .env, with their names there. */
const NAMES: Readonly<Record<string, string>> = {
  "client-id": "COZE_CLIENT_ID",
  "key-id": "COZE_KEY_ID",
  "region": "COZE_REGION",
  "base-url": "COZE_BASE_URL",
  "key-file": "COZE_PRIVATE_KEY_PATH",
};

/**
 * Lays out a keys directory, changes nothing that is there, and says what is still missing, or what
 * `token` will use.
 *
 * @param run The command line and the outside world.
 * @returns 0 while something is still to be fetched; else the exit code of the first error.
 */
export async function init(run: Run): Promise<number> {
  const { args, io, output, redactor, text } = run;
  const directory = directoryOf(args) ?? "keys";
  const written = await inDirectory(directory, () => layOut(run, directory));

  // From here on as `token` will see it: the flags of this run are in .env, or were none.
  const later: Arguments = {
    ...args,
    value: (flag) => Object.hasOwn(NAMES, flag) ? undefined : args.value(flag),
  };
  const { facts } = await loadConfiguration(later, io, redactor, true);
  await io.dropRead();
  const all = findOffline(facts);
  const missing = all.flatMap(({ code, details }) =>
    code === "config-missing"
      ? String(details.names).split(", ")
      : code === "key-file-missing"
      ? [String(details.path)]
      : []
  );
  const findings = all.filter(({ code }) =>
    code !== "config-missing" && code !== "key-file-missing"
  );
  const ready = missing.length === 0;
  const first = findings.find(({ severity }) => severity === "error");
  const exitCode = first && ready ? exitCodeOf(first.code) : 0;
  if (output.json) {
    const catalogue = await loadCatalogue("en");
    const found = describe(findings, catalogue, io.isBinary);
    output.answerJson({ directory, written, ready, missing, findings: found });
    return exitCode;
  }

  if (written.length > 0) output.answer(written.join("\n"));
  const flags = args.value("keys") === undefined ? "" : ` --keys ${shellQuote(directory)}`;
  if (ready) {
    output.say(await text("init-ready"));
    output.say((await configurationLines(run, facts)).join("\n"));
    await output.problems(findings);
    output.say(await text(first ? "init-mend" : "init-next", { flags }));
    return exitCode;
  }
  const site = URL.parse(facts.baseUrl.text)?.host.endsWith(".com") ? "coze.com" : "coze.cn";
  output.say(await text("init-walk", { directory: shellQuote(directory), site }));
  await output.problems(findings);
  output.say(await text("init-missing", { names: missing.join(", "), flags }));
  return exitCode;
}

/** Writes what is not there yet. */
async function layOut({ args, io, redactor }: Run, directory: string): Promise<string[]> {
  const given = Object.keys(NAMES).flatMap((flag) => {
    const value = args.value(flag);
    return value === undefined ? [] : [[flag, value] as const];
  });
  const values = Object.fromEntries(given.map(([flag, value]) => {
    const quoted = envQuote(value);
    if (quoted === undefined) throw valueError(`--${flag}`, "a text without ' and line breaks");
    return [NAMES[flag]!, quoted];
  }));
  const names = await namesIn(directory, io);
  // What cannot be read, or is wrong already, ends the run before anything is written.
  const { facts } = await loadConfiguration(args, io, redactor, false);
  const wrong = findOffline(facts).find(({ severity, details }) =>
    severity === "error" && /^--(?!key-file)/.test(String(details.source ?? details.clientId))
  );
  if (wrong) throw new CozeError(wrong.code, "Cannot write a value that is wrong", wrong.details);
  const env = `${directory}/.env`;
  if (given.length > 0 && names.includes(".env")) {
    throw taken(env, { reason: "env", names: Object.keys(values).join(", ") });
  }

  const written = await writeGitignore(directory, io);
  const enough = names.includes(".env") || names.includes("coze_oauth_config.json");
  if (given.length > 0 || !enough) {
    await io.writeFile(env, envTemplate(values), { exclusive: true });
    written.push(env);
  }
  return written;
}
