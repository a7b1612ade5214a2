import { join } from "node:path";
import { createEmulator, type Emulator } from "../../lib/emulator/mod.ts";
import { WORKSPACE } from "./bot_world.ts";
import { ROOT } from "./files.ts";
import { CLIENT_ID, KEY_ID, pkcs8Pem, publicPem } from "./keys.ts";
import { serve } from "./servers.ts";

/** Whether these tests run on the stand-ins for the JSR packages. */
export const HAS_STAND_INS = import.meta.resolve("jsr:@zaubrik/djwt@3.0.2").startsWith("file:");
/** The flags that give a program the packages that these tests have. */
export const PACKAGE_FLAGS = HAS_STAND_INS ? [`--config=${ROOT}npm/deno.json`] : [];

/** How a program is started. */
export interface Start {
  /** Permissions and other flags of `deno run`. */
  flags?: string[];
  args?: string[];
  cwd: string;
  env?: Record<string, string>;
  stdin?: string;
  script?: string;
  /** The flags that choose the packages, when others than these tests'. */
  packages?: string[];
  /** A program that starts Deno. */
  wrapper?: string[];
}

/** What a program left behind. */
export interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

/** Of this test's environment only what a program needs to find Deno, its cache and the packages. */
export function environment(more?: Record<string, string>): Record<string, string> {
  const kept = ["PATH", "HOME", "DENO_DIR", "JSR_URL", "DENO_COVERAGE_DIR"]
    .map((name) => [name, Deno.env.get(name)] as const)
    .filter((entry): entry is [string, string] => entry[1] !== undefined);
  return { ...Object.fromEntries(kept), NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1", ...more };
}

/** Starts cli.ts as a user does, without a prompt and without this test's environment. */
export function start(options: Start) {
  const { flags = [], args = [], cwd, env, stdin, wrapper = [] } = options;
  const packages = options.packages ?? PACKAGE_FLAGS;
  const script = options.script ?? join(ROOT, "cli.ts");
  const [program, ...before] = [...wrapper, Deno.execPath()];
  return new Deno.Command(program!, {
    args: [...before, "run", "--no-prompt", ...packages, ...flags, script, ...args],
    cwd,
    clearEnv: true,
    env: environment(env),
    stdin: stdin === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** Waits for something that a program does; fails where the program ends before. */
export function whileRunning<T>(child: Deno.ChildProcess, event: Promise<T>): Promise<T> {
  const ended = child.status.then(({ code }) => {
    throw new Error(`the program has ended with ${code}`);
  });
  return Promise.race([event, ended]);
}

/** Waits for the first line on stdout; fails with stderr where the program ends before. */
export async function firstLine(child: Deno.ChildProcess): Promise<string> {
  const reader = child.stdout.getReader();
  let text = "";
  while (!text.includes("\n")) {
    const { value, done } = await reader.read();
    if (done) throw new Error(await new Response(child.stderr).text());
    text += new TextDecoder().decode(value);
  }
  reader.releaseLock();
  return text.slice(0, text.indexOf("\n"));
}

export async function run(options: Start): Promise<Ended> {
  const child = start(options);
  if (options.stdin !== undefined) {
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(options.stdin));
    await writer.close();
  }
  const { code, stdout, stderr } = await child.output();
  return {
    code,
    stdout: new TextDecoder().decode(stdout),
    stderr: new TextDecoder().decode(stderr),
  };
}

/**
 * The permissions in an audit file, without "import": Deno grants it for JSR and checks it at each
 * start.
 */
export async function auditedPermissions(file: string): Promise<string[]> {
  const lines = (await Deno.readTextFile(file)).split("\n").filter(Boolean);
  const asked = lines.map((line): { permission: string; value: string } => JSON.parse(line))
    .filter(({ permission }) => permission !== "import")
    .map(({ permission, value }) => `${permission} ${value}`);
  return [...new Set(asked)].sort();
}

/** Runs with an audit of every permission that was checked. */
export async function audited(options: Start): Promise<Ended & { asked: string[] }> {
  const file = await Deno.makeTempFile();
  try {
    const ended = await run({ ...options, env: { ...options.env, DENO_AUDIT_PERMISSIONS: file } });
    return { ...ended, asked: await auditedPermissions(file) };
  } finally {
    await Deno.remove(file);
  }
}

/** A folder with a healthy keys directory in it, removed at the end. */
export async function folder(files: Record<string, string> = {}) {
  const cwd = await Deno.makeTempDir();
  const all: Record<string, string> = {
    "keys/.env": `COZE_CLIENT_ID=${CLIENT_ID}\nCOZE_KEY_ID=${KEY_ID}\n`,
    "keys/private_key.pem": pkcs8Pem(),
    ...files,
  };
  for (const [path, text] of Object.entries(all)) {
    await Deno.mkdir(`${cwd}/${path.replace(/[^/]*$/, "")}`, { recursive: true });
    await Deno.writeTextFile(`${cwd}/${path}`, text, { mode: 0o600 });
  }
  return { cwd, [Symbol.asyncDispose]: () => Deno.remove(cwd, { recursive: true }) };
}

/**
 * Makes a folder a repository of git, whatever the variables of this test's environment say.
 *
 * @returns Runs git there, and gives what it wrote.
 */
export async function repository(cwd: string): Promise<(...args: string[]) => Promise<string>> {
  const env = environment({ GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1" });
  const git = async (...args: string[]) => {
    const { stdout } = await new Deno.Command("git", { args, cwd, clearEnv: true, env }).output();
    return new TextDecoder().decode(stdout);
  };
  await git("init", "-q");
  return git;
}

/** The emulator on loopback, knowing the healthy app. */
export function served() {
  const keys = { [KEY_ID]: publicPem() };
  const emulator: Emulator = createEmulator({
    apps: [{ clientId: CLIENT_ID, keys }],
    workspaces: [{ id: WORKSPACE, name: "测试空间" }],
  });
  return { emulator, ...serve(emulator) };
}
