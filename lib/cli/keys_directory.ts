import type { CliError } from "./codes.ts";
import { CozeError, type ErrorDetails } from "../error.ts";
import { quote } from "../redact.ts";
import type { Io } from "./io.ts";
import { shellQuote } from "./next_command.ts";

/** Keeps a directory of secrets out of git. */
const GITIGNORE = `# Everything in here is a secret.\n*\n`;

/**
 * Lists a directory that may not be there yet.
 *
 * @param directory Its path.
 * @param io The outside world.
 * @returns The names in it.
 */
export async function namesIn(directory: string, io: Io): Promise<string[]> {
  return await io.listDirectory(directory).catch((error): string[] => {
    if (error.name === "NotFound") return [];
    throw error;
  });
}

/**
 * Writes `.gitignore` into a directory that has none.
 *
 * @param directory Its path.
 * @param io The outside world.
 * @returns The path of what was written.
 */
export async function writeGitignore(directory: string, io: Io): Promise<string[]> {
  if ((await namesIn(directory, io)).includes(".gitignore")) return [];
  const path = `${directory}/.gitignore`;
  await io.writeFile(path, GITIGNORE, { exclusive: true });
  return [path];
}

/**
 * Says that a path is in use by something this program did not write.
 *
 * @param path What is there.
 * @param more Values for the words; `reason` chooses the sentence that says more.
 */
export function taken(path: string, more: ErrorDetails = {}): CliError {
  const details = { source: path, ...more };
  return new CozeError("file-exists", `Cannot write as ${path} is there`, details);
}

/**
 * Reads and writes in a keys directory, and puts what the system says against it into our words.
 *
 * @param directory Its path.
 * @param act What is done.
 * @returns What that yields.
 * @throws {CozeError} `file-exists`, `file-unwritable`, `sandbox-write`
 */
export async function inDirectory<T>(directory: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof CozeError) throw error;
    const { name, code, message } = error as Error & { code?: unknown };
    if (name === "NotADirectory" || name === "AlreadyExists") throw taken(directory);
    if (name === "NotCapable") {
      throw new CozeError("sandbox-write", `Cannot write ${directory} without the permission`, {
        path: directory,
        directory: shellQuote(directory),
      });
    }
    // What the system refuses has a code such as EACCES or ENOSPC; all else is a fault of ours.
    if (typeof code !== "string") throw error;
    throw new CozeError("file-unwritable", `Cannot write ${directory}: ${code}`, {
      path: directory,
      reason: quote(message),
    });
  }
}
