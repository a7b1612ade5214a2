export interface FileFacts {
  /** Permission bits; `null` on Windows. */
  mode: number | null;
  /** Of a symbolic link: its path and that of its directory, with all links resolved. */
  link?: { realPath: string; realDirectory: string };
}

/** How the program was started: the words before the command. */
export interface Start {
  /** `deno run …` up to the permissions, or a name that replaces all of it, such as `coze-jwt`. */
  before: readonly string[];
  /** The script behind the permissions; absent when the user types no permissions. */
  script?: string;
}

/** Reads lines from a terminal. The prompt and what is typed are shown on stderr. */
export interface LineReader {
  /** Asks for a line. Keys typed since the last question belong to this one. */
  question(prompt: string, signal: AbortSignal): Promise<string | undefined>;
  /** Restores the terminal. */
  close(): void;
}

/**
 * Everything outside of the program. cli.ts implements it with `Deno`, tests with values. Errors
 * have Deno's names: `NotFound`, `NotCapable`, `IsADirectory`, …
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
  /** A variable of the environment; `null` without permission. Never prompts. */
  env(name: string): string | undefined | null;
  /** The names of all variables; none without permission for all. Never prompts. */
  envNames(): string[];
  /** Reads a regular file of at most 1 MiB; throws `NotAFile` or `TooLarge` for anything else. */
  readFile(path: string): Promise<Uint8Array>;
  fileFacts(path: string): Promise<FileFacts>;
  /** The names in a directory; none when it does not exist. */
  listDirectory(path: string): Promise<string[]>;
  /**
   * Writes a file atomically, readable by its owner only, and creates its directory. With
   * `exclusive` throws `AlreadyExists` instead of replacing a file.
   */
  writeFile(path: string, text: string, options?: { exclusive: boolean }): Promise<void>;
  /** Reads to the end, or until there is more than the limit; rejects when the signal aborts. */
  readStdin(limit: number, signal: AbortSignal): Promise<string>;
  /** Writes the whole text. @throws {CliError} `interrupted` for a closed pipe, `file-unwritable` */
  writeStdout(text: string): void;
  writeStderr(text: string): void;
  fetch(request: Request): Promise<Response>;
  now(): number;
  /** Waits between two attempts; a timer when absent. */
  sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Drops the read permission for the rest of the run. */
  dropRead(): Promise<void>;
  /** Calls back with the exit code on ^C or a termination signal, until the result is called. */
  onInterrupt(callback: (exitCode: 130 | 143) => void): () => void;
  /**
   * Reads lines from the terminal. ^C drops the typed line and calls back; it is no signal until
   * `close()`.
   */
  openLines(onInterrupt: () => void): Promise<LineReader>;
  /** Serves on 127.0.0.1 until the signal aborts. */
  serve(
    handler: (request: Request) => Promise<Response>,
    port: number,
    signal: AbortSignal,
  ): Promise<{ port: number; finished: Promise<void> }>;
}
