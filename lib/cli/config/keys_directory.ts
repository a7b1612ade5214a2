import { toPem, toSpki } from "../../fingerprint.ts";
import { readPrivateKey, RS256 } from "../../private_key.ts";
import { CozeError } from "../../error.ts";
import { quote } from "../../redact.ts";
import { CliError } from "../context.ts";
import type { Io } from "../io.ts";
import { reasonOf } from "./text_file.ts";

/** Keeps a directory of secrets out of git. */
const GITIGNORE = `# Everything in here is a secret.\n*\n`;

/** Writes `.gitignore` into a directory that has none; returns the paths that were written. */
export async function writeGitignore(directory: string, io: Io): Promise<string[]> {
  if ((await io.listDirectory(directory)).includes(".gitignore")) return [];
  const path = `${directory}/.gitignore`;
  await io.writeFile(path, GITIGNORE, { exclusive: true });
  return [path];
}

/** Runs file operations in a keys directory, and translates system errors. */
export async function inDirectory<T>(
  directory: string,
  act: () => Promise<T>,
  attempts = 3,
): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof CozeError) throw error;
    const { name, code, message } = error as Error & { code?: unknown };
    // Another run has just written a file. Try again, and find it.
    if (name === "AlreadyExists" && attempts > 1) return inDirectory(directory, act, attempts - 1);
    if (name === "AlreadyExists") throw new CliError("file-exists", { source: directory });
    if (name === "NotCapable") throw new CliError("sandbox-write", { path: directory, directory });
    // A system error has a code such as EACCES or ENOSPC. Anything else is our own fault.
    if (typeof code !== "string") throw error;
    const known = reasonOf(error as Error);
    const reason = known === "unreadable" ? quote(message) : known;
    throw new CliError("file-unwritable", { path: directory, reason });
  }
}

/** Makes an RSA key of 2048 bits, as the browser does in Coze's console: PKCS#8 as PEM. */
export async function generatePrivateKey(): Promise<string> {
  const { privateKey } = await crypto.subtle.generateKey(
    { ...RS256, modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) },
    true,
    ["sign", "verify"],
  );
  return toPem("PRIVATE KEY", new Uint8Array(await crypto.subtle.exportKey("pkcs8", privateKey)));
}

/** The public half of a private key in PEM: SubjectPublicKeyInfo as PEM. */
export async function publicKeyOf(pem: string): Promise<string> {
  const { publicKey } = await readPrivateKey(pem);
  return toPem("PUBLIC KEY", await toSpki(publicKey));
}
