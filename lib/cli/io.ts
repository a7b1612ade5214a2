/** What a file is, besides its bytes. */
export interface FileFacts {
  /** Permission bits; `null` on Windows. */
  mode: number | null;
  /** Of a symbolic link: its path and that of its directory, with all links resolved. */
  link?: { realPath: string; realDirectory: string };
}

/** A server that was started. */
export interface RunningServer {
  port: number;
  close(): Promise<void>;
}

/** Lines that somebody types at a terminal, on stderr. */
export interface LineReader {
  /**
   * Asks for a line. What is typed between two questions is not shown meanwhile: lines that were
   * entered answer the next questions, in order, and a line begun stands behind the next prompt.
   *
   * @returns The line; `undefined` when the input has ended, or after `close()`.
   */
  question(prompt: string): Promise<string | undefined>;
  /**
   * Throws away what was typed for the open question, which is answered with an empty line; without
   * a question, the lines entered ahead.
   *
   * @returns What was thrown away.
   */
  discard(): string[];
  /** Gives the terminal back as it was. */
  close(): void;
}

/**
 * All that the command line touches of the outside world. cli.ts fills it from `Deno`; tests fill
 * it with values. Errors carry Deno's names: `NotFound`, `NotCapable`, `IsADirectory`, …
 */
export interface Io {
  args: readonly string[];
  /** A BCP 47 tag, as `navigator.language` gives it. */
  language: string;
  /** Whether the terminal may show colours. */
  color: boolean;
  stdinIsTerminal: boolean;
  stdoutIsTerminal: boolean;
  stderrIsTerminal: boolean;
  version: string;
  /** How the program is called behind `deno run`: `cli.ts`, or the address it came from. */
  script: string;
  /** Whether this is a binary of `deno compile`. */
  isBinary: boolean;
  /** A variable of the environment, only when that was granted; never asks. */
  env(name: string): string | undefined;
  readFile(path: string): Promise<Uint8Array>;
  fileFacts(path: string): Promise<FileFacts>;
  listDirectory(path: string): Promise<string[]>;
  /**
   * Writes a file that only its owner can read, whole or not at all. Makes its directory. With
   * `exclusive` it throws `AlreadyExists` rather than replace a file.
   */
  writeFile(path: string, text: string, options?: { exclusive: boolean }): Promise<void>;
  /** Reads to the end, or until there is more than the limit; rejects when the signal aborts. */
  readStdin(limit: number, signal: AbortSignal): Promise<string>;
  writeStdout(text: string): void;
  writeStderr(text: string): void;
  fetch(request: Request): Promise<Response>;
  now(): number;
  /** Waits between two attempts; the library's own way when absent. */
  sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Calls back after that many milliseconds, unless the result is called before. */
  later(ms: number, callback: () => void): () => void;
  /** Gives the permission to read up for the rest of the run. */
  dropRead(): Promise<void>;
  /** Calls back on ^C or a termination signal, with the exit code for it; the result stops that. */
  onInterrupt(callback: (exitCode: 130 | 143) => void): () => void;
  /** Reads lines from the terminal. ^C calls back: no signal comes of it until `close()`. */
  openLines(onInterrupt: () => void): Promise<LineReader>;
  /** Serves on 127.0.0.1. */
  serve(handler: (request: Request) => Promise<Response>, port: number): Promise<RunningServer>;
}
