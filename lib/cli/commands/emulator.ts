import { createEmulator } from "../../emulator/mod.ts";
import { CliError, type Context, directoryOf } from "../context.ts";
import type { Io } from "../io.ts";
import { listen, portOf } from "../server.ts";
import { fingerprints } from "../../fingerprint.ts";
import { generatePrivateKey, publicKeyOf } from "../config/keys_directory.ts";
import { inDirectory, writeGitignore } from "../config/keys_directory.ts";

/** Each emulator knows one app and one workspace. */
const CLIENT_ID = "1127900106117";
const WORKSPACE_ID = "7348293334293334012";

export async function emulator(context: Context): Promise<number> {
  const { args, io, output, redactor, signal } = context;
  const port = portOf(args, 0);
  const directory = directoryOf(args);
  const identity = directory === undefined
    ? undefined
    : await inDirectory(directory, () => findIdentity(directory, io));
  if (identity) redactor.add(identity.pem);

  const handle = createEmulator({
    apps: identity
      ? [{ clientId: CLIENT_ID, keys: { [identity.keyId]: await publicKeyOf(identity.pem) } }]
      : [],
    workspaces: [{ id: WORKSPACE_ID, name: "emulator" }],
    now: io.now,
  });
  const handler = async (request: Request): Promise<Response> => {
    const response = await handle(request);
    // Keep no journal: it would fill the memory.
    const { method, path, status, errorCode, refusedBy, reason } = handle.journal.pop()!;
    const why = errorCode ? ` ${errorCode} (${refusedBy ?? reason})` : "";
    if (args.has("trace")) output.say(`trace: ${method} ${path} ${status}${why}`);
    return response;
  };
  const server = await listen(context, handler, port, ["127.0.0.1", "localhost"]);
  const url = `http://127.0.0.1:${server.port}`;
  if (identity) {
    const { directory, pem, keyId, isNew } = identity;
    await inDirectory(directory, async () => {
      await writeGitignore(directory, io);
      // Exclusive: of two emulators that start at once, only one gets the directory.
      if (isNew) await io.writeFile(`${directory}/private_key.pem`, pem, { exclusive: true });
      await io.writeFile(`${directory}/.env`, envOf(keyId, url));
    });
  }
  await announce(context, url, identity);
  await io.dropRead();
  // A server ignores a signal that is already aborted.
  if (!signal.aborted) await server.finished;
  return 0;
}

async function announce(
  { io, output, text, known, typed }: Context,
  url: string,
  identity?: { directory: string; keyId: string },
): Promise<void> {
  const { directory, keyId } = identity ?? {};
  const keyFile = `${directory}/private_key.pem`;
  const ids = identity && { clientId: CLIENT_ID, keyId, keyFile, workspaceId: WORKSPACE_ID };
  if (output.json) output.answerJson({ url, ...ids });
  else output.answer(url);
  output.say(await text("emulator-is", { url }));
  if (!identity) output.say(await text("emulator-no-keys"));
  else {
    known.baseUrl = url;
    output.say(await text("emulator-next"));
    // Deno uses the proxy of the environment for 127.0.0.1 too; `deno task coze-jwt` prevents that.
    const noProxy = io.start.before.includes("task")
      ? ""
      : io.shell === "powershell"
      ? "$env:NO_PROXY = '127.0.0.1'; "
      : "NO_PROXY=127.0.0.1 ";
    const command = await typed({ words: ["token"], flags: { keys: directory } });
    output.say(`  $ ${noProxy}${command}`);
  }
  output.say(await text("emulator-end"));
}

const ENV_HEAD = "# Written by coze-jwt emulator, rewritten at each start.";

/** The .env for a key id. With it, `token --keys DIR` needs no other flag. */
function envOf(keyId: string, url: string): string {
  return `${ENV_HEAD}
COZE_CLIENT_ID=${CLIENT_ID}
COZE_KEY_ID=${keyId}
COZE_BASE_URL=${url}
COZE_WORKSPACE_ID=${WORKSPACE_ID}
`;
}

/** Makes a key, or reads one that an emulator made. Every file must be as an emulator writes it. */
async function findIdentity(directory: string, io: Io) {
  const read = async (name: string) =>
    new TextDecoder().decode(
      await io.readFile(`${directory}/${name}`).catch(() => new Uint8Array()),
    );
  const inUse = (await io.listDirectory(directory)).filter((name) =>
    /\.(?:pem|key)$|^\.env$|^coze_oauth_config\.json$/.test(name)
  );
  // `init` may have written a .env without values.
  const hasValues = /^[ \t]*[^#\s][^=\n]*=[ \t]*\S/m.test(await read(".env"));
  const isNew = inUse.every((name) => name === ".env" && !hasValues);
  const pem = isNew ? await generatePrivateKey() : await read("private_key.pem");
  const foreign = inUse.find((name) => name !== ".env" && name !== "private_key.pem");
  if (!foreign && pem !== "") {
    const { spki: keyId } = await fingerprints(pem);
    const env = isNew ? "" : await read(".env");
    const [, url = ""] = /^COZE_BASE_URL=(.*)$/m.exec(env) ?? [];
    // The key id in .env belongs to this key, so the key is no key of the user.
    if (isNew || env === envOf(keyId, url)) return { directory, pem, keyId, isNew };
  }
  const wasOwn = !foreign && (await read(".env")).startsWith(ENV_HEAD);
  throw new CliError("file-exists", {
    source: `${directory}/${foreign ?? inUse[0]}`,
    directory,
    ...(wasOwn && { reason: "emulator" }),
  });
}
