import { createEmulator, type EmulatorApp, type EmulatorOptions } from "../../lib/emulator/mod.ts";
import { healthyFiles, runIn, type World } from "./fake_io.ts";
import { CLIENT_ID, KEY_ID, publicPem } from "./keys.ts";
import { CHAT } from "./scripted.ts";
import { frame } from "./streams.ts";

export const WORKSPACE = "7348293334293334012";

/** An emulator that knows the healthy app and one workspace, and a way to run commands against it. */
export function botWorld(app: Partial<EmulatorApp> = {}, options: EmulatorOptions = {}) {
  const keys = { [KEY_ID]: publicPem() };
  let time = 1_795_528_800_000;
  const now = () => time;
  const pass = (ms: number) => {
    time += ms;
    return Promise.resolve();
  };
  const emulator = createEmulator({
    now,
    sleep: pass,
    apps: [{ clientId: CLIENT_ID, keys, ...app }],
    workspaces: [{ id: WORKSPACE, name: "测试空间" }],
    ...options,
  });
  const files = healthyFiles();
  /** What was asked of the API, as `METHOD path`. */
  const asked = () =>
    emulator.journal.filter(({ path }) => !path.endsWith("/token"))
      .map(({ method, path }) => `${method} ${path}`);
  return {
    emulator,
    files,
    asked,
    pass,
    run: (args: string[], world: Partial<World> = {}) =>
      runIn({ files, fetch: emulator, now, sleep: pass, ...world, args }),
    /** Makes a bot by the same command, so that its id is known. */
    async bot(...flags: string[]): Promise<string> {
      const args = ["bot", "create", "node-chat2", "--workspace", WORKSPACE, ...flags];
      const { stdout } = await runIn({ files, fetch: emulator, now, sleep: pass, args });
      emulator.journal.length = 0;
      return stdout.trim();
    },
  };
}

/** A stream that is opened, tells the ids, and then stays silent. */
export function silent(): Response {
  const first = frame("conversation.chat.created", CHAT);
  const body = new ReadableStream({
    start: (controller) => controller.enqueue(new TextEncoder().encode(first)),
  });
  return new Response(body, { headers: { "content-type": "text/event-stream" } });
}
