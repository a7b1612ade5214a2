import type { FindingCode } from "../doctor/codes.ts";
import type { CozeError } from "../error.ts";

/** Every code of the command line: those of findings, and those of its own errors. */
// deno-fmt-ignore
export type CliCode =
  | FindingCode
  | "usage-command" | "usage-flag" | "usage-no-terminal" | "file-exists" | "file-unwritable"
  | "sandbox-write" | "bot-exists" | "unexpected";

/** An error of the command line, or of the library. */
export type CliError = CozeError<CliCode>;
