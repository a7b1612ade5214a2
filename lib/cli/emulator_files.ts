import { BASE64URL } from "../pem.ts";
import { readPrivateKey } from "../private_key.ts";
import type { Io } from "./io.ts";
import { generatePrivateKey } from "./key_pair.ts";
import { namesIn, taken, writeGitignore } from "./keys_directory.ts";

/** What the emulator and the user of its directory agree on. */
export interface EmulatorIdentity {
  clientId: string;
  keyId: string;
  workspaceId: string;
  /** The private key the emulator made, in PEM. */
  pem: string;
  /** Whether the key is to be written. */
  isNew: boolean;
}

const OWN_ENV =
  /^# Written by coze-jwt emulator for the key ([0-9a-f]{64}).*\nCOZE_CLIENT_ID=(\d+)\nCOZE_KEY_ID=([\w-]+)\nCOZE_BASE_URL=(\S+)\nCOZE_WORKSPACE_ID=(\d+)\n$/;

/**
 * Finds what an earlier emulator wrote into the directory, or makes a new identity.
 *
 * @param directory The directory of `--keys`.
 * @param io The outside world.
 * @returns The identity; nothing was written yet.
 * @throws {CozeError} `file-exists` when anything there is not exactly what the emulator wrote.
 */
export async function findIdentity(directory: string, io: Io): Promise<EmulatorIdentity> {
  const inUse = (await namesIn(directory, io)).filter((name) =>
    /\.(?:pem|key)$|^\.env$|^coze_oauth_config\.json$/.test(name)
  );
  if (inUse.length === 0) {
    return {
      clientId: `11${digits(11)}`,
      keyId: crypto.getRandomValues(new Uint8Array(32)).toBase64(BASE64URL),
      workspaceId: `7${digits(18)}`,
      pem: await generatePrivateKey(),
      isNew: true,
    };
  }
  const foreign = inUse.find((name) => name !== ".env" && name !== "private_key.pem");
  const own = foreign ? undefined : await readOwn(directory, io);
  if (own) return own;
  throw taken(`${directory}/${foreign ?? inUse[0]}`);
}

async function readOwn(directory: string, io: Io): Promise<EmulatorIdentity | undefined> {
  const read = async (name: string) =>
    new TextDecoder().decode(
      await io.readFile(`${directory}/${name}`).catch(() => new Uint8Array()),
    );
  const pem = await read("private_key.pem");
  const [, hash, clientId, keyId, , workspaceId] = OWN_ENV.exec(await read(".env")) ?? [];
  if (hash === undefined || hash !== await sha256(pem)) return undefined;
  await readPrivateKey(pem);
  return { clientId: clientId!, keyId: keyId!, workspaceId: workspaceId!, pem, isNew: false };
}

/**
 * Writes key and .env, so that `token --keys DIR` works with no other flag.
 *
 * @param directory The directory of `--keys`.
 * @param identity What was found or made.
 * @param url Where the emulator listens.
 * @param io The outside world.
 */
export async function writeIdentity(
  directory: string,
  { clientId, keyId, workspaceId, pem, isNew }: EmulatorIdentity,
  url: string,
  io: Io,
): Promise<void> {
  await writeGitignore(directory, io);
  // The key goes first and only where there is none: of two emulators that start at once in one
  // directory, one gets it.
  if (isNew) await io.writeFile(`${directory}/private_key.pem`, pem, { exclusive: true });
  await io.writeFile(
    `${directory}/.env`,
    [
      `# Written by coze-jwt emulator for the key ${await sha256(pem)}, rewritten at each start.`,
      `COZE_CLIENT_ID=${clientId}`,
      `COZE_KEY_ID=${keyId}`,
      `COZE_BASE_URL=${url}`,
      `COZE_WORKSPACE_ID=${workspaceId}`,
      "",
    ].join("\n"),
  );
}

function digits(count: number): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(count)), (byte) => byte % 10).join("");
}

async function sha256(text: string): Promise<string> {
  const bytes = new TextEncoder().encode(text);
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}
