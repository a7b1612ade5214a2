import type { FindingCode } from "../doctor/codes.ts";
import type { KeyFacts, Value } from "../doctor/facts.ts";
import { nearest } from "../doctor/nearest.ts";
import { CozeError, type ErrorDetails } from "../error.ts";
import { fingerprintsOf } from "../fingerprint.ts";
import { readPrivateKey } from "../private_key.ts";
import type { Redactor } from "./redactor.ts";
import type { Io } from "./io.ts";

/** A place the key can come from: the path of a file, or the key's text. */
export type KeySource = Omit<Value, "lost"> & { isPath: boolean };

interface Context {
  directory: string;
  io: Io;
  redactor: Redactor;
  withFingerprints: boolean;
}

/**
 * Reads, checks and imports the private key of the first source, and wipes the bytes of the file.
 *
 * @param sources In the order in which the first one wins; the last is the default file.
 * @param context The keys directory and the outside world.
 * @returns What is known of the key, and the key when it can be used.
 */
export async function loadKey(
  sources: KeySource[],
  context: Context,
): Promise<{ key: KeyFacts; privateKey?: CryptoKey }> {
  const { io, redactor } = context;
  const [{ isPath, ...winner }, ...others] = sources as [KeySource, ...KeySource[]];
  // A secret must not become part of the facts, so a key given as text leaves only its source.
  const path = isPath ? winner.text : "";
  const source = isPath && winner.origin !== "default" ? `${path} (${winner.source})` : path;
  const lost = await losers(others, winner.text, io);
  const from: Value = { ...winner, text: path, source: source || winner.source, lost };
  let bytes: Uint8Array | undefined;
  try {
    if (isPath) redactor.add(new TextDecoder().decode(bytes = await io.readFile(path)));
  } catch (error) {
    return { key: { from, error: await fileError(error as Error, path, context) } };
  }
  try {
    const { privateKey, publicKey, bits, repairs, blocks } = await readPrivateKey(
      bytes ?? winner.text,
    );
    const [where, fingerprints] = await Promise.all([
      place(fileOf({ ...winner, isPath }, context.directory), io),
      context.withFingerprints ? fingerprintsOf(publicKey) : undefined,
    ]);
    const key: KeyFacts = {
      from,
      bits,
      repairs,
      blocks,
      ...where,
      ...(fingerprints && { fingerprints }),
    };
    return { key, privateKey };
  } catch (error) {
    if (!(error instanceof CozeError)) throw error;
    const { code, details } = error;
    return { key: { from, error: { code, details } } };
  } finally {
    bytes?.fill(0);
  }
}

/** The default file loses only when it is there. */
async function losers(others: KeySource[], winner: string, io: Io): Promise<string[]> {
  const lost: string[] = [];
  for (const { origin, source, text } of others) {
    if (text === winner) continue;
    if (origin !== "default") lost.push(source);
    else if (await io.fileFacts(text).then(() => true, () => false)) lost.push(text);
  }
  return lost;
}

/** The file in which the key stands. */
function fileOf({ isPath, origin, text }: KeySource, directory: string): string | undefined {
  if (isPath) return text;
  if (origin === "json-file") return `${directory}/coze_oauth_config.json`;
  return origin === "env-file" ? `${directory}/.env` : undefined;
}

async function place(
  file: string | undefined,
  io: Io,
): Promise<Pick<KeyFacts, "file" | "mode" | "linkTarget">> {
  if (file === undefined) return {};
  const facts = await io.fileFacts(file).catch(() => undefined);
  if (!facts) return {};
  const { mode, link } = facts;
  const separator = link?.realPath[0] === "/" ? "/" : "\\";
  const outside = link &&
    !link.realPath.startsWith(link.realDirectory.replace(/[/\\]?$/, separator));
  return {
    file,
    ...(mode !== null && { mode }),
    ...(outside && { linkTarget: link.realPath }),
  };
}

async function fileError(
  { name }: Error,
  path: string,
  { directory, io }: Context,
): Promise<{ code: FindingCode; details: ErrorDetails }> {
  const file = path.replace(/^.*[/\\]/, "");
  const names = await io.listDirectory(directory).catch((): string[] => []);
  if (name === "NotCapable") {
    const parent = path.slice(0, path.length - file.length).replace(/(?<=.)[/\\]$/, "") || ".";
    const details = { path, directory: parent };
    const near = `${directory}/${file}`;
    return { code: "sandbox-read", details: names.includes(file) ? { ...details, near } : details };
  }
  if (name !== "NotFound") return { code: "key-file-unreadable", details: { path } };
  const meant = nearest(file, names);
  const keys = names.filter((name) => /\.(?:pem|key)$/.test(name) && name !== meant).slice(0, 5);
  const near = [...(meant ? [meant] : []), ...keys].map((name) => `${directory}/${name}`).join(
    ", ",
  );
  return { code: "key-file-missing", details: { path, ...(near && { near }) } };
}
