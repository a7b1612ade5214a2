import { createEmulator } from "../../emulator/mod.ts";
import { CliError, type Context, directoryOf, valueError } from "../context.ts";
import type { Io, RunningServer } from "../io.ts";
import { BASE64URL } from "../../pem.ts";
import { readPrivateKey } from "../../private_key.ts";
import { generatePrivateKey, publicKeyOf } from "../config/keys_directory.ts";
import { inDirectory, namesIn, taken, writeGitignore } from "../config/keys_directory.ts";

/** Serves the emulator on 127.0.0.1 until it is interrupted. */
export async function emulator(context: Context): Promise<number> {
  const { args, io, output, redactor, signal } = context;
  const port = portOf(args.value("port") ?? "0");
  const directory = directoryOf(args);
  const identity = directory === undefined
    ? undefined
    : await inDirectory(directory, () => findIdentity(directory, io));
  if (identity) redactor.add(identity.pem);

  const handle = createEmulator({
    apps: identity ? [await appOf(identity)] : [],
    ...(identity && { workspaces: [{ id: identity.workspaceId, name: "emulator" }] }),
    now: io.now,
  });
  const handler = async (request: Request): Promise<Response> => {
    // Another Host means that a web page talks to us through the user's browser (DNS rebinding).
    const { hostname } = new URL(request.url);
    if (hostname !== "127.0.0.1" && hostname !== "localhost") {
      return new Response("This emulator answers for 127.0.0.1 and localhost only\n", {
        status: 421,
      });
    }
    const response = await handle(request);
    // One request at a time is looked at; a journal of days would fill the memory.
    const { method, path, status, errorCode, refusedBy, reason } = handle.journal.pop()!;
    const why = errorCode ? ` ${errorCode} (${refusedBy ?? reason})` : "";
    if (args.has("trace")) output.say(`trace: ${method} ${path} ${status}${why}`);
    return response;
  };
  const server = await listen(context, handler, port);
  try {
    const url = `http://127.0.0.1:${server.port}`;
    if (directory !== undefined) {
      await inDirectory(directory, () => writeIdentity(directory, identity!, url, io));
    }
    await announce(context, url, directory, identity);
    if (!signal.aborted) {
      await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
    }
  } finally {
    await server.close();
  }
  return 0;
}

async function appOf({ clientId, keyId, pem }: EmulatorIdentity) {
  return { clientId, keys: { [keyId]: await publicKeyOf(pem) } };
}

async function announce(
  { io, output, text, known, typed }: Context,
  url: string,
  directory?: string,
  identity?: EmulatorIdentity,
): Promise<void> {
  const { clientId, keyId, workspaceId } = identity ?? {};
  const keyFile = directory && `${directory}/private_key.pem`;
  if (output.json) output.answerJson({ url, clientId, keyId, keyFile, workspaceId });
  else output.answer(url);
  output.say(await text("emulator-is", { url }));
  if (directory === undefined) output.say(await text("emulator-no-keys"));
  else {
    known.baseUrl = url;
    output.say(await text("emulator-next"));
    // Deno sends requests to this machine through a proxy of the environment too.
    const noProxy = io.shell === "powershell"
      ? "$env:NO_PROXY = '127.0.0.1'; "
      : "NO_PROXY=127.0.0.1 ";
    const command = await typed({ words: ["token"], flags: { keys: directory } });
    output.say(`  $ ${noProxy}${command}`);
  }
  output.say(await text("emulator-end"));
}

function portOf(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 65_536;
  if (port > 65_535) throw valueError("--port", "0 … 65535");
  return port;
}

async function listen(
  { io }: Context,
  handler: (request: Request) => Promise<Response>,
  port: number,
): Promise<RunningServer> {
  try {
    return await io.serve(handler, port);
  } catch (error) {
    const { name } = error as Error;
    if (name === "AddrInUse") throw valueError(`--port ${port}`, "--port 0", "in-use");
    if (name !== "NotCapable") throw error;
    throw new CliError("sandbox-net", { host: "127.0.0.1" });
  }
}

/** What the emulator and the user of its directory agree on. */
interface EmulatorIdentity {
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
 * @throws {CozeError} `file-exists` when anything there is not exactly what the emulator wrote.
 */
async function findIdentity(directory: string, io: Io): Promise<EmulatorIdentity> {
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

/** Writes key and .env, so that `token --keys DIR` works with no other flag. */
async function writeIdentity(
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
