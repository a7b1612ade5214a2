import { createEmulator } from "../emulator/mod.ts";
import { CozeError } from "../error.ts";
import { directoryOf, valueError } from "./arguments.ts";
import { type EmulatorIdentity, findIdentity, writeIdentity } from "./emulator_files.ts";
import type { RunningServer } from "./io.ts";
import { publicKeyOf } from "./key_pair.ts";
import { inDirectory } from "./keys_directory.ts";
import type { Run } from "./run.ts";
import { shellQuote } from "./next_command.ts";

/**
 * Serves the emulator on 127.0.0.1 until it is interrupted.
 *
 * @param run The command line and the outside world.
 * @returns 0
 */
export async function emulator(run: Run): Promise<number> {
  const { args, io, output, redactor, signal } = run;
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
  const server = await listen(run, handler, port);
  try {
    const url = `http://127.0.0.1:${server.port}`;
    if (directory !== undefined) {
      await inDirectory(directory, () => writeIdentity(directory, identity!, url, io));
    }
    await announce(run, url, directory, identity);
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
  { io, output, text }: Run,
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
    const place = shellQuote(directory);
    const flags = `--allow-net=${new URL(url).host} --allow-read=${place}`;
    output.say(await text("emulator-next"));
    output.say(
      `  NO_PROXY=127.0.0.1 deno run --no-prompt ${flags} ${io.script} token --keys ${place}`,
    );
  }
  output.say(await text("emulator-end"));
}

function portOf(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 65_536;
  if (port > 65_535) throw valueError("--port", "0 … 65535");
  return port;
}

async function listen(
  { io }: Run,
  handler: (request: Request) => Promise<Response>,
  port: number,
): Promise<RunningServer> {
  try {
    return await io.serve(handler, port);
  } catch (error) {
    const { name } = error as Error;
    if (name === "AddrInUse") throw valueError(`--port ${port}`, "--port 0", "in-use");
    if (name !== "NotCapable") throw error;
    throw new CozeError("sandbox-net", "Cannot listen without --allow-net=127.0.0.1", {
      host: "127.0.0.1",
    });
  }
}
