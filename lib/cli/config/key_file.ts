import type { FindingCode } from "../../doctor/kinds.ts";
import type { KeyFacts, Value } from "../../doctor/facts.ts";
import { CozeError, type ErrorDetails } from "../../error.ts";
import { readPrivateKey } from "../../private_key.ts";
import type { Context as Run } from "../context.ts";
import type { Io } from "../io.ts";
import { reasonOf } from "./text_file.ts";

type Context = Pick<Run, "io" | "redactor"> & { directory: string; withFingerprints: boolean };

/** The source of the key. Its text is a path or the key itself. */
export interface KeySource extends Value {
  isPath?: boolean;
  file?: string;
}

/** Names of key files. Docker mounts secrets without an ending. */
const KEY_FILE = /\.(?:pem|key|p8|pk8|der)$|^\/run\/secrets\/[^/]+$/i;

/** Whether we advise to allow a path. In .env, which may come from a stranger, only a key file. */
export function mayOpenFile({ origin, text }: Value): boolean {
  return !/^~|,/.test(text) && (origin !== "env-file" || KEY_FILE.test(text));
}

/** Imports the private key, and wipes the bytes of its file. */
export async function loadKey(
  { isPath, file, text, ...value }: KeySource,
  context: Context,
): Promise<{ key: KeyFacts; privateKey?: CryptoKey }> {
  const { directory, io, redactor, withFingerprints } = context;
  // The facts must not contain the key.
  const from: Value = { ...value, text: isPath ? text : "" };
  let bytes: Uint8Array | undefined;
  try {
    if (isPath) redactor.add(new TextDecoder().decode(bytes = await io.readFile(text)));
    const { privateKey, publicKey, bits, repairs, blocks } = await readPrivateKey(bytes ?? text);
    const key: KeyFacts = { from, bits, repairs, blocks, ...await fileFactsOf(io, file) };
    if (withFingerprints) {
      const { fingerprintsOf } = await import("../../fingerprint.ts");
      key.fingerprints = await fingerprintsOf(publicKey);
      key.beside = (await namesOf(context)).filter((name) => KEY_FILE.test(name))
        .map((name) => `${directory}/${name}`).filter((name) => name !== text);
    }
    return { key, privateKey };
  } catch (error) {
    if (error instanceof CozeError) return { key: { from, error } };
    if (bytes || !isPath) throw error;
    return { key: { from, error: await fileError(error as Error, from, context) } };
  } finally {
    bytes?.fill(0);
  }
}

/** Mode and link of the file that holds the key. */
async function fileFactsOf(io: Io, file = ""): Promise<Partial<KeyFacts>> {
  const facts = file === "" ? undefined : await io.fileFacts(file).catch(() => undefined);
  if (!facts) return {};
  const { mode, link } = facts;
  const separator = link?.realPath[0] === "/" ? "/" : "\\";
  const isOutside = link &&
    !link.realPath.startsWith(link.realDirectory.replace(/[/\\]?$/, separator));
  return { file, mode: mode ?? undefined, linkTarget: isOutside ? link.realPath : undefined };
}

async function namesOf({ directory, io }: Context): Promise<string[]> {
  return await io.listDirectory(directory).catch(() => []);
}

async function fileError(
  error: Error,
  from: Value,
  context: Context,
): Promise<{ code: FindingCode; details: ErrorDetails }> {
  const { directory } = context;
  const path = from.text;
  const isAbsent = error.name === "NotFound";
  if (!isAbsent && error.name !== "NotCapable") {
    return { code: "key-file-unreadable", details: { path, reason: reasonOf(error) } };
  }
  if (path.startsWith("~")) {
    return { code: "key-file-missing", details: { path, directory, reason: "tilde" } };
  }
  const file = path.replace(/^.*[/\\]/, "");
  const names = await namesOf(context);
  if (!isAbsent) {
    const beside = `${directory}/${file}`;
    const near = names.includes(file) && path !== beside ? { near: beside } : undefined;
    const reason = near ? "near" : mayOpenFile(from) ? "" : "foreign";
    return { code: "sandbox-read", details: { path, directory: path, reason, ...near } };
  }
  const { nearest } = await import("../../doctor/nearest.ts");
  const meant = nearest(file, names);
  const keys = names.filter((name) => KEY_FILE.test(name) && name !== meant).slice(0, 5);
  const near = [...(meant ? [meant] : []), ...keys].map((name) => `${directory}/${name}`);
  const more = near.length > 0 ? { near: near.join(", ") } : undefined;
  // For a value in .env, the user corrects .env.
  const meantFile = more && from.origin !== "env-file" ? { file: near[0]! } : undefined;
  return { code: "key-file-missing", details: { path, ...more, ...meantFile } };
}
