import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { FileFacts, Io } from "../../lib/cli/io.ts";
import { run } from "../../lib/cli/main.ts";
import { createEmulator, type Emulator } from "../../lib/emulator/mod.ts";
import { CLIENT_ID, KEY_ID, pkcs8Pem, publicPem } from "./keys.ts";

/** A world in memory. A file that is an Error is thrown when it is read. */
export interface World {
  args: string[];
  files?: Record<string, string | Uint8Array | Error>;
  facts?: Record<string, Partial<FileFacts>>;
  /** The environment; absent when it may not be read. */
  env?: Record<string, string>;
  stdin?: string;
  denoVersion?: string;
  language?: string;
  terminal?: boolean;
  binary?: boolean;
  start?: Io["start"];
  shell?: Io["shell"];
  fetch?: (request: Request) => Promise<Response>;
  now?: () => number;
  sleep?: Io["sleep"];
  /** Receives the interrupt handler that the command registers. */
  interrupt?: (callback: (exitCode: 130 | 143) => void) => void;
  serve?: Io["serve"];
  openLines?: Io["openLines"];
  writeFile?: Io["writeFile"];
}

/** What a run left behind. */
export interface Outcome {
  exitCode: number;
  stdout: string;
  stderr: string;
  /** Files that were written. */
  written: Record<string, string>;
  /** Every path that was read, listed or looked at. */
  touched: string[];
  /** Whether the read permission was given up, and what was touched after that. */
  dropped: boolean;
  touchedAfterDrop: string[];
}

export function named(name: string): Error {
  const error = new Error("(words of the system)");
  error.name = name;
  return error;
}

/** Runs a command line in a world. */
export async function runIn(world: World): Promise<Outcome> {
  const { io, outcome } = createIo(world);
  outcome.exitCode = await run(io);
  return outcome;
}

/** A world as a command sees it, and what happens to it. */
export function createIo(world: World): { io: Io; outcome: Outcome } {
  const files = world.files ?? {};
  const outcome: Outcome = {
    exitCode: -1,
    stdout: "",
    stderr: "",
    written: {},
    touched: [],
    dropped: false,
    touchedAfterDrop: [],
  };
  const touch = (path: string) => {
    (outcome.dropped ? outcome.touchedAfterDrop : outcome.touched).push(path);
    const file = outcome.written[path] ?? files[path];
    if (file instanceof Error) throw file;
    return file;
  };
  const io: Io = {
    args: world.args,
    language: world.language ?? "en-US",
    color: world.terminal ?? false,
    stdinIsTerminal: world.terminal ?? false,
    stdoutIsTerminal: world.terminal ?? false,
    stderrIsTerminal: world.terminal ?? false,
    version: () => Promise.resolve("1.2.3"),
    denoVersion: world.denoVersion ?? "2.9.6",
    start: world.start ?? { before: ["coze-jwt"] },
    shell: world.shell ?? "posix",
    isBinary: world.binary ?? false,
    env: (name) => world.env ? world.env[name] : null,
    envNames: () => Object.keys(world.env ?? {}),
    readFile(path) {
      return Promise.try(() => {
        const file = touch(path);
        if (file === undefined) throw named("NotFound");
        return typeof file === "string" ? new TextEncoder().encode(file) : file as Uint8Array;
      });
    },
    fileFacts(path) {
      return Promise.try(() => {
        if (touch(path) === undefined) throw named("NotFound");
        return { mode: 0o100600, ...world.facts?.[path] };
      });
    },
    listDirectory(path) {
      return Promise.try(() => {
        touch(path);
        const all = Object.keys({ ...files, ...outcome.written });
        const names = all.filter((name) => name.startsWith(`${path}/`));
        return names.map((name) => name.slice(path.length + 1));
      });
    },
    writeFile(path, text, options) {
      if (world.writeFile) return world.writeFile(path, text, options);
      if (options?.exclusive && (files[path] ?? outcome.written[path]) !== undefined) {
        return Promise.reject(named("AlreadyExists"));
      }
      outcome.written[path] = text;
      return Promise.resolve();
    },
    readStdin: () => Promise.resolve(world.stdin ?? ""),
    writeStdout: (text) => outcome.stdout += text,
    writeStderr: (text) => outcome.stderr += text,
    fetch: world.fetch ?? (() => Promise.reject(new Error("nothing may be sent here"))),
    now: world.now ?? Date.now,
    sleep: world.sleep ?? (() => Promise.resolve()),
    dropRead() {
      outcome.dropped = true;
      return Promise.resolve();
    },
    onInterrupt(callback) {
      world.interrupt?.(callback);
      return () => {};
    },
    serve: world.serve ?? (() => Promise.reject(named("NotCapable"))),
    openLines: world.openLines ?? (() => Promise.reject(new Error("nobody types here"))),
  };
  return { io, outcome };
}

/** A keys directory as it should be. */
export function healthyFiles(): Record<string, string> {
  return {
    "keys/.env": `COZE_CLIENT_ID=${CLIENT_ID}\nCOZE_KEY_ID=${KEY_ID}\n`,
    "keys/private_key.pem": pkcs8Pem(),
  };
}

/** An emulator that knows the healthy app. */
export function healthyEmulator(): Emulator {
  return createEmulator({ apps: [{ clientId: CLIENT_ID, keys: { [KEY_ID]: publicPem() } }] });
}

/** Asserts that a run failed with this code, as text or JSON, and wrote nothing to stdout. */
export function assertFailed(
  { exitCode, stdout, stderr }: Outcome,
  expected: number,
  code: string,
  ...words: (string | RegExp)[]
): void {
  const isCode = stderr.includes(`error[${code}]`) ||
    stderr.startsWith(`{"error":{"code":"${code}"`);
  assertEquals([exitCode, stdout, isCode], [expected, "", true], stderr);
  for (const word of words) {
    if (typeof word === "string") assertStringIncludes(stderr, word);
    else assertMatch(stderr, word);
  }
}
