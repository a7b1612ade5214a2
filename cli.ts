#!/usr/bin/env -S deno run --no-prompt --allow-net=api.coze.cn --allow-read=keys
/**
 * The command line. This is the only file that names `Deno`: it hands the outside world to
 * `run()` as a record of plain functions.
 *
 * @module
 */
import { CliError, usageError } from "./lib/cli/context.ts";
import type { Io } from "./lib/cli/io.ts";
import { run } from "./lib/cli/main.ts";

/** `Atomics.wait` on this array is a blocking sleep. */
const sleeper = new Int32Array(new SharedArrayBuffer(4));
let isPipeClosed = false;

/**
 * Writes the whole text. A full pipe that does not block throws `WouldBlock`, and of a longer text
 * Deno does not say how much it wrote. So write short pieces: Deno keeps them in its buffer, which
 * an empty write flushes. Only what ends with a newline is not kept: a pipe takes all or nothing of
 * a short line, a terminal of the newline alone.
 */
function write(stream: typeof Deno.stdout | typeof Deno.stderr, text: string): void {
  const pieces = stream.isTerminal() ? /\n|[^\n]{1,250}/gu : /[^\n]{0,250}\n|[^\n]{1,250}/gu;
  for (const piece of text.match(pieces) ?? []) {
    let rest = new TextEncoder().encode(piece);
    for (let isWritten = false; !isWritten;) {
      try {
        rest = rest.subarray(stream.writeSync(rest));
        isWritten = rest.length === 0;
      } catch (error) {
        if (!(error instanceof Deno.errors.WouldBlock)) throw error;
        if (stream === Deno.stdout && !piece.endsWith("\n")) rest = rest.subarray(rest.length);
        Atomics.wait(sleeper, 0, 0, 10);
      }
    }
  }
}

function writeStdout(text: string): void {
  try {
    write(Deno.stdout, text);
  } catch (error) {
    isPipeClosed = error instanceof Deno.errors.BrokenPipe;
    if (isPipeClosed) throw new CliError("interrupted");
    const { message: system } = error as Error;
    throw new CliError("file-unwritable", { path: "stdout", reason: "stdout", system });
  }
}

function writeStderr(text: string): void {
  // End silently in `coze-jwt explain | head`, as other programs do.
  if (isPipeClosed) return;
  try {
    write(Deno.stderr, text);
  } catch {
    // Nowhere is left to report it.
  }
}

const onInterrupt: Io["onInterrupt"] = (callback) => {
  const interrupt = () => callback(130);
  const terminate = () => callback(143);
  const signals = Deno.build.os === "windows" ? [] : ["SIGTERM", "SIGHUP"] as const;
  Deno.addSignalListener("SIGINT", interrupt);
  for (const signal of signals) Deno.addSignalListener(signal, terminate);
  return () => {
    Deno.removeSignalListener("SIGINT", interrupt);
    for (const signal of signals) Deno.removeSignalListener(signal, terminate);
  };
};

/** No key and no configuration is larger. */
const MAX_FILE_BYTES = 1_048_576;

const readFile: Io["readFile"] = async (path) => {
  // Reading a pipe or a device may never end.
  const { isFile, size } = await Deno.stat(path);
  if (isFile && size <= MAX_FILE_BYTES) return await Deno.readFile(path);
  throw Object.assign(new Error(path), { name: isFile ? "TooLarge" : "NotAFile" });
};

const writeFile: Io["writeFile"] = async (path, text, options) => {
  const directory = path.replace(/[^/\\]*$/, "") || ".";
  await Deno.mkdir(directory, { recursive: true, mode: 0o700 });
  const temporary = `${path}.${crypto.randomUUID()}.tmp`;
  const stopListening = onInterrupt((exitCode) => {
    // The file may hold a private key.
    try {
      Deno.removeSync(temporary);
    } finally {
      Deno.exit(exitCode);
    }
  });
  try {
    // deno-lint-ignore no-sync-fn-in-async-fn -- in the background it could be made after the removal
    Deno.writeTextFileSync(temporary, text, { createNew: true, mode: 0o600 });
    // `link` fails when the path exists; `rename` replaces the file.
    if (options?.exclusive) await Deno.link(temporary, path);
    else await Deno.rename(temporary, path);
  } finally {
    await Deno.remove(temporary).catch(() => {});
    stopListening();
  }
};

const openLines: Io["openLines"] = async (onInterrupt) => {
  // Loaded on demand: these modules take a fifth of Deno's start time (measured).
  const { createInterface } = await import("node:readline");
  const { PassThrough } = await import("node:stream");
  const { default: { stdin, stderr } } = await import("node:process");
  const keys = new PassThrough();
  /** The question that waits for an answer. */
  let lines: ReturnType<typeof createInterface> | undefined;
  let history: string[] = [];
  /** Typed, but not yet read by a question. */
  let ahead = "";
  let hasEnded = false;

  /** Gives the question the keys up to the end of a line. The rest waits for the next question. */
  function feed(): void {
    while (lines !== undefined && ahead !== "") {
      // readline handles each key alone, which takes minutes for a long pasted text.
      const [pasted] = /^[\P{Cc}\t]{32,}/u.exec(ahead) ?? [];
      const [piece] = pasted ? [pasted] : /^[^\r\n]*(?:\r\n?|\n)?/.exec(ahead)!;
      ahead = ahead.slice(piece.length);
      if (pasted) lines.write(pasted);
      // `emit` is synchronous: afterwards `lines` tells whether this was Enter.
      else keys.emit("data", piece);
    }
  }
  function abandon(): void {
    lines?.write(null, { ctrl: true, name: "e" });
    lines?.close();
  }
  // Raw mode during answers too, so that typed keys do not appear in the answer.
  stdin.setRawMode(true);
  stdin.setEncoding("utf8");
  stdin.on("data", (text: string) => {
    // readline takes the separators of Unicode for Enter too.
    const [first, ...others] = text.replace(/[\u2028\u2029]/g, "\n").split("\x03");
    ahead += first;
    for (const other of others) {
      ahead = other;
      onInterrupt();
    }
    feed();
  });
  stdin.on("end", () => {
    hasEnded = true;
    abandon();
  });
  return {
    question: (prompt, signal) =>
      new Promise((resolve) => {
        if (hasEnded) return resolve(undefined);
        let entered: string | undefined;
        // A new one for each question: it redraws its line when the window changes its size.
        lines = createInterface({ input: keys, output: stderr, terminal: true, history, prompt });
        lines.on("history", (lines) => history = lines);
        lines.on("line", (line) => {
          entered = line;
          lines?.close();
        });
        lines.on("close", () => {
          lines = undefined;
          if (entered === undefined) writeStderr("\n");
          resolve(entered);
        });
        signal.addEventListener("abort", abandon);
        lines.prompt();
        feed();
      }),
    close() {
      abandon();
      stdin.setRawMode(false);
      stdin.pause();
    },
  };
};

/**
 * The language of this machine. Deno reads LC_ALL even when it is empty, and then returns `und`. In
 * that case use LANG, if the permission allows it.
 */
function languageHere(): string {
  const isUnknown = navigator.language === "und" && isEnvGranted("LANG");
  return isUnknown && Deno.env.get("LANG") || navigator.language;
}

/** How this program was started. A wrapper passes its own name with `--started-as`. */
function startOf(args: readonly string[]): Io["start"] {
  const flag = "--started-as=";
  const end = args.includes("--") ? args.indexOf("--") : undefined;
  const as = args.slice(0, end).find((word) => word.startsWith(flag))?.slice(flag.length);
  if (as !== undefined || Deno.build.standalone) return { before: (as ?? "coze-jwt").split(" ") };
  const standIns = new URL("npm/", import.meta.url).href;
  const isMapped = import.meta.resolve("jsr:@zaubrik/djwt@3.0.2").startsWith(standIns);
  // Absent when this program was started by URL.
  const { filename } = import.meta;
  const option = filename
    ? `--config=${fromHere(filename.replace(/cli\.ts$/, "npm/deno.json"))}`
    : `--import-map=${standIns}import_map.json`;
  const env = isEnvGranted() ? ["--allow-env"] : [];
  const before = ["deno", "run", ...isMapped ? [option] : [], "--no-prompt", ...env];
  // JSR serves `jsr:@scope/name@version/cli` at this URL.
  const url = import.meta.url.replace(
    /^https?:\/\/[^/]+\/(@[^/]+\/[^/]+)\/([^/]+)\/cli\.ts$/,
    "jsr:$1@$2/cli",
  );
  return { before, script: filename ? fromHere(filename) : url };
}

/** Whether the permission covers a variable of the environment; without a name, all variables. */
function isEnvGranted(variable?: string): boolean {
  return Deno.permissions.querySync({ name: "env", variable }).state === "granted";
}

/** A path, relative when it is inside the working directory. */
function fromHere(path: string): string {
  const folder = Deno.cwd();
  const isInside = path.startsWith(folder) && /[/\\]/.test(path[folder.length]!);
  return isInside ? path.slice(folder.length + 1) : path;
}

const io: Io = {
  args: Deno.args,
  denoVersion: Deno.version.deno,
  language: languageHere(),
  color: Deno.stderr.isTerminal() && Deno.stdout.isTerminal() && !Deno.noColor,
  stdinIsTerminal: Deno.stdin.isTerminal(),
  stdoutIsTerminal: Deno.stdout.isTerminal(),
  stderrIsTerminal: Deno.stderr.isTerminal(),
  version: async () => (await import("./deno.json", { with: { type: "json" } })).default.version,
  start: startOf(Deno.args),
  shell: Deno.build.os === "windows" ? "powershell" : "posix",
  isBinary: Deno.build.standalone,
  env: (variable) => isEnvGranted(variable) ? Deno.env.get(variable) : null,
  envNames: () => isEnvGranted() ? Object.keys(Deno.env.toObject()) : [],
  readFile,
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
    const entries = await Array.fromAsync(Deno.readDir(path)).catch((error) => {
      if (error instanceof Deno.errors.NotFound) return [];
      throw error;
    });
    return entries.map(({ name }) => name);
  },
  writeFile,
  async readStdin(limit, signal) {
    let text = "";
    const utf8 = new TextDecoderStream("utf-8", { fatal: true });
    try {
      for await (const chunk of Deno.stdin.readable.pipeThrough(utf8, { signal })) {
        text += chunk;
        if (text.length > limit) break;
      }
    } catch (error) {
      throw signal.aborted ? error : usageError("stdin", {});
    }
    return text;
  },
  writeStdout,
  writeStderr,
  fetch: (request) => fetch(request),
  now: () => Date.now(),
  async dropRead() {
    await Deno.permissions.revoke({ name: "read" });
  },
  onInterrupt,
  openLines,
  serve(handler, port, signal) {
    const options = { hostname: "127.0.0.1", port, signal, onListen() {} };
    const { addr, finished } = Deno.serve(options, handler);
    return Promise.resolve({ port: addr.port, finished });
  },
};

// End at once: the provider may still exchange a JWT for the next token.
Deno.exit(await run(io));
