export interface FileFacts {
  /** Permission bits; `null` on Windows. */
  mode: number | null;
  /** Of a symbolic link: its path and that of its directory, with all links resolved. */
  link?: { realPath: string; realDirectory: string };
}

/** How the program was started: the words before a command of ours. */
export interface Start {
  /** `deno run …` up to the permissions, or words that stand for all of it, such as `coze-jwt`. */
  before: readonly string[];
  /** The script behind the permissions; absent where no permissions are to be typed. */
  script?: string;
}

export interface RunningServer {
  port: number;
  close(): Promise<void>;
}

/** Reads lines from a terminal. The prompt and what is typed are shown on stderr. */
export interface LineReader {
  /** Asks for a line. What was typed since the last question counts as typed now. */
  question(prompt: string, signal: AbortSignal): Promise<string | undefined>;
  /** Gives the terminal back as it was. */
  close(): void;
}

/**
 * All that the command line touches of the outside world. cli.ts fills it from `Deno`; tests fill
 * it with values. Errors carry Deno's names: `NotFound`, `NotCapable`, `IsADirectory`, …
 */
export interface Io {
  args: readonly string[];
  denoVersion: string;
  /** A BCP 47 tag, as `navigator.language` gives it. */
  language: string;
  color: boolean;
  stdinIsTerminal: boolean;
  stdoutIsTerminal: boolean;
  stderrIsTerminal: boolean;
  version(): Promise<string>;
  /** How the program was started, for the commands that it prints. */
  start: Start;
  shell: "posix" | "powershell";
  isBinary: boolean;
  /** A variable of the environment; `null` when it may not be read. Never asks. */
  env(name: string): string | undefined | null;
  /** The names of all variables; none when the whole environment may not be read. Never asks. */
  envNames(): string[];
  /** Reads a regular file of at most 1 MiB; throws `NotAFile` or `TooLarge` for anything else. */
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
  /** Writes all of it. @throws {CliError} `interrupted` when the reader has gone, `file-unwritable` */
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
  /**
   * Reads lines from the terminal. ^C drops what was typed and calls back: until `close()` it makes
   * no signal.
   */
  openLines(onInterrupt: () => void): Promise<LineReader>;
  /** Serves on 127.0.0.1. */
  serve(handler: (request: Request) => Promise<Response>, port: number): Promise<RunningServer>;
}
