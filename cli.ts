#!/usr/bin/env -S deno run --no-prompt --allow-net=api.coze.cn --allow-read=keys
/**
 * The command line. This is the only file that names `Deno`: it hands the outside world to
 * `run()` as a record of plain functions.
 *
 * @module
 */
import config from "./deno.json" with { type: "json" };
import type { Io } from "./lib/cli/io.ts";
import { run } from "./lib/cli/run.ts";

function write(stream: { writeSync(bytes: Uint8Array): number }, text: string): void {
  let bytes = new TextEncoder().encode(text);
  try {
    while (bytes.length > 0) bytes = bytes.subarray(stream.writeSync(bytes));
  } catch (error) {
    // The reader has gone, as in `coze-jwt explain | head`.
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
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
    Deno.addSignalListener("SIGINT", interrupt);
    if (Deno.build.os !== "windows") Deno.addSignalListener("SIGTERM", terminate);
    return () => {
      Deno.removeSignalListener("SIGINT", interrupt);
      if (Deno.build.os !== "windows") Deno.removeSignalListener("SIGTERM", terminate);
    };
  },
  async serve(handler, port) {
    const { promise, resolve } = Promise.withResolvers<number>();
    const server = Deno.serve({
      hostname: "127.0.0.1",
      port,
      onListen: (address) => resolve(address.port),
    }, handler);
    return { port: await promise, close: () => server.shutdown() };
  },
};

Deno.exitCode = await run(io);
