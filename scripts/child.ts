/**
 * Children of the task runner: their environment, their output, their end.
 *
 * @module
 */

import { fileURLToPath } from "node:url";

/** The project's directory, where every child runs. */
export const ROOT = fileURLToPath(new URL("../", import.meta.url));

const PROXIES = /^(?:https?|all)_proxy$/i;
const running = new Set<Deno.ChildProcess>();

/** How a child ended. */
export interface Ended {
  /** Whether it ended with 0. */
  success: boolean;
  /** What it wrote to stdout, which has been passed on already. */
  output: string;
  /** What it wrote to stderr, when that was asked for. */
  errors: string;
}

/**
 * The environment of a child.
 *
 * @param options `proxies` keeps the proxy variables. Downloads need them; tests do not get them,
 *   as Deno would send loopback traffic to the proxy as well.
 * @returns The variables.
 */
export function childEnvironment(options: { proxies: boolean }): Record<string, string> {
  // Deno hands a test's coverage on to the programs it starts; who wants that says so.
  const all = Object.entries(Deno.env.toObject())
    .filter(([name]) => name !== "DENO_COVERAGE_DIR");
  const kept = all.filter(([name]) => options.proxies || !PROXIES.test(name));
  return { ...Object.fromEntries(kept), NO_COLOR: "1" };
}

/**
 * Runs Deno and passes its stdout on while it comes.
 *
 * @param args Deno's arguments.
 * @param options `proxies` as for {@linkcode childEnvironment}; `env` is added; `write` takes the
 *   output; `keepErrors` keeps what it writes to stderr, beside passing it on.
 * @returns How it ended.
 */
export async function runDeno(
  args: string[],
  options: {
    proxies?: boolean;
    env?: Record<string, string>;
    write?: (chunk: Uint8Array) => void;
    keepErrors?: boolean;
  } = {},
): Promise<Ended> {
  const { proxies = true, env = {}, write, keepErrors = false } = options;
  const child = new Deno.Command(Deno.execPath(), {
    args,
    cwd: ROOT,
    clearEnv: true,
    env: { ...childEnvironment({ proxies }), ...env },
    stdin: "null",
    stdout: "piped",
    stderr: keepErrors ? "piped" : "inherit",
  }).spawn();
  running.add(child);
  const [output, errors, { success }] = await Promise.all([
    passOn(child.stdout, write ?? to(Deno.stdout)),
    keepErrors ? passOn(child.stderr, to(Deno.stderr)) : "",
    child.status,
  ]);
  running.delete(child);
  return { success, output, errors };
}

/** Hands a stream on chunk by chunk, and returns its text. */
async function passOn(
  stream: ReadableStream<Uint8Array>,
  write: (chunk: Uint8Array) => void,
): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of stream) {
    write(chunk);
    text += decoder.decode(chunk, { stream: true });
  }
  return text;
}

function to(stream: { writeSync(bytes: Uint8Array): number }): (chunk: Uint8Array) => void {
  return (chunk) => {
    for (let at = 0; at < chunk.length;) at += stream.writeSync(chunk.subarray(at));
  };
}

/**
 * Ends the children with the task: ^C reaches a terminal's whole process group, but a signal sent
 * to the task alone does not reach them.
 *
 * @param cleanUp What to do before the end.
 */
export function endWithChildren(cleanUp: () => void): void {
  for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
    Deno.addSignalListener(signal, () => {
      for (const child of running) child.kill("SIGTERM");
      cleanUp();
      Deno.exit(code);
    });
  }
}
