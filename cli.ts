#!/usr/bin/env -S deno run --no-prompt --allow-net=api.coze.cn --allow-read=keys
/**
 * The command line. This is the only file that names `Deno`: it hands the outside world to
 * `run()` as a record of plain functions.
 *
 * @module
 */
import config from "./deno.json" with { type: "json" };
import { denoProblem } from "./lib/cli/deno_version.ts";
import type { Io } from "./lib/cli/io.ts";
import { run } from "./lib/cli/run.ts";
import { sanitize } from "./lib/redact.ts";

/** Called when nobody reads on, as when the reader of a pipe or the window has gone. */
const interrupted = new Set<(exitCode: 130 | 143) => void>();

function write(stream: { writeSync(bytes: Uint8Array): number }, text: string): void {
  let bytes = new TextEncoder().encode(text);
  try {
    while (bytes.length > 0) bytes = bytes.subarray(stream.writeSync(bytes));
  } catch (error) {
    // The reader has gone, as in `coze-jwt explain | head`.
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
    for (const callback of interrupted) callback(130);
  }
}

const writeFile: Io["writeFile"] = async (path, text, options) => {
  const directory = path.replace(/[^/\\]*$/, "") || ".";
  await Deno.mkdir(directory, { recursive: true, mode: 0o700 });
  const temporary = `${path}.${crypto.randomUUID()}.tmp`;
  try {
    await Deno.writeTextFile(temporary, text, { createNew: true, mode: 0o600 });
    // A link fails where a file is, a rename replaces it.
    if (options?.exclusive) await Deno.link(temporary, path);
    else await Deno.rename(temporary, path);
  } finally {
    await Deno.remove(temporary).catch(() => {});
  }
};

const openLines: Io["openLines"] = async (onInterrupt) => {
  // Only a conversation needs them, and they take a fifth of the time in which Deno starts.
  const { createInterface } = await import("node:readline");
  const { default: process } = await import("node:process");
  const { Writable } = await import("node:stream");

  const entered: string[] = [];
  let asked: ((line?: string) => void) | undefined;
  let isOpen = true;
  function answer(line?: string): void {
    const resolve = asked;
    asked = undefined;
    resolve?.(line);
  }
  const screen = new Writable({
    decodeStrings: false,
    write(text, _encoding, done) {
      if (asked) write(Deno.stderr, text);
      done();
    },
  });
  // What is not shown does not wrap either.
  const columns = () => asked ? process.stderr.columns || 80 : Infinity;
  Object.defineProperty(screen, "columns", { get: columns });
  const lines = createInterface({ input: process.stdin, output: screen, terminal: true });
  lines.on("line", (line) => asked ? answer(line) : entered.push(line));
  lines.on("SIGINT", onInterrupt);
  lines.on("close", () => {
    isOpen = false;
    if (asked) write(Deno.stderr, "\n");
    answer();
  });
  return {
    question(prompt) {
      const line = entered.shift();
      if (line !== undefined) {
        write(Deno.stderr, `${prompt}${sanitize(line)}\n`);
        return Promise.resolve(line);
      }
      if (!isOpen) return Promise.resolve(undefined);
      return new Promise((resolve) => {
        asked = resolve;
        lines.setPrompt(prompt);
        lines.prompt(true);
      });
    },
    discard() {
      if (!asked) return entered.splice(0);
      const { line } = lines;
      lines.write(null, { ctrl: true, name: "e" });
      write(Deno.stderr, "\n");
      answer("");
      lines.write(null, { ctrl: true, name: "u" });
      return line === "" ? [] : [line];
    },
    close: () => lines.close(),
  };
};

const io: Io = {
  args: Deno.args,
  language: navigator.language,
  color: Deno.stderr.isTerminal() && !Deno.noColor,
  stdinIsTerminal: Deno.stdin.isTerminal(),
  stdoutIsTerminal: Deno.stdout.isTerminal(),
  stderrIsTerminal: Deno.stderr.isTerminal(),
  version: config.version,
  script: import.meta.url.startsWith("http") ? import.meta.url : "cli.ts",
  isBinary: Deno.build.standalone,
  env(variable) {
    const granted = Deno.permissions.querySync({ name: "env", variable }).state === "granted";
    return granted ? Deno.env.get(variable) : undefined;
  },
  readFile: (path) => Deno.readFile(path),
  async fileFacts(path) {
    const file = await Deno.lstat(path);
    const windows = Deno.build.os === "windows";
    if (!file.isSymlink) return { mode: windows ? null : file.mode };
    const [{ mode }, realPath, realDirectory] = await Promise.all([
      Deno.stat(path),
      Deno.realPath(path),
      Deno.realPath(path.replace(/[/\\]?[^/\\]*$/, "") || "."),
    ]);
    return { mode: windows ? null : mode, link: { realPath, realDirectory } };
  },
  async listDirectory(path) {
    return (await Array.fromAsync(Deno.readDir(path))).map(({ name }) => name);
  },
  writeFile,
  async readStdin(limit, signal) {
    let text = "";
    const chunks = Deno.stdin.readable.pipeThrough(new TextDecoderStream(), { signal });
    for await (const chunk of chunks) {
      text += chunk;
      if (text.length > limit) break;
    }
    return text;
  },
  writeStdout: (text) => write(Deno.stdout, text),
  writeStderr: (text) => write(Deno.stderr, text),
  fetch: (request) => fetch(request),
  now: () => Date.now(),
  later(ms, callback) {
    // The first setTimeout of a process costs as much as ten files to load, this costs nothing.
    const timer = AbortSignal.timeout(ms);
    timer.addEventListener("abort", callback);
    return () => timer.removeEventListener("abort", callback);
  },
  async dropRead() {
    await Deno.permissions.revoke({ name: "read" });
  },
  onInterrupt(callback) {
    const interrupt = () => callback(130);
    const terminate = () => callback(143);
    const ends = Deno.build.os === "windows" ? [] : ["SIGTERM", "SIGHUP"] as const;
    Deno.addSignalListener("SIGINT", interrupt);
    for (const signal of ends) Deno.addSignalListener(signal, terminate);
    interrupted.add(callback);
    return () => {
      Deno.removeSignalListener("SIGINT", interrupt);
      for (const signal of ends) Deno.removeSignalListener(signal, terminate);
      interrupted.delete(callback);
    };
  },
  openLines,
  async serve(handler, port) {
    const { promise, resolve } = Promise.withResolvers<number>();
    const end = new AbortController();
    const server = Deno.serve({
      hostname: "127.0.0.1",
      port,
      signal: end.signal,
      onListen: (address) => resolve(address.port),
    }, handler);
    const close = () => {
      // Not shutdown(): it would wait for a stream that somebody still reads.
      end.abort();
      return server.finished;
    };
    return { port: await promise, close };
  },
};

const problem = denoProblem(Deno.version.deno, navigator.language);
if (problem === undefined) Deno.exitCode = await run(io);
else {
  write(Deno.stderr, `${problem}\n`);
  Deno.exitCode = 1;
}
