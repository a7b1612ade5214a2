// A Redis for one test, on loopback and in memory. It allows no scripts, as some hosts do.

import { freePort } from "../../testing/servers.ts";

/** A Redis that a test can do anything to. */
export interface RedisServer {
  readonly port: number;
  /** `redis://127.0.0.1:…` */
  readonly url: string;
  /** Ends it and removes its folder. */
  stop(): Promise<void>;
  /** Ends it at once, as a crash would. */
  kill(): Promise<void>;
  /** Starts it again on the same port, empty; one that runs is killed first. */
  restart(): Promise<void>;
  /** Lets it hang (SIGSTOP): connections stay open without replies. */
  pause(): void;
  resume(): void;
}

/**
 * Starts a Redis on a free port, and waits until it answers.
 *
 * @returns The running server.
 */
export async function startRedis(): Promise<RedisServer> {
  const folder = await Deno.makeTempDir({ prefix: "redis-" });
  const port = freePort();
  let child: Deno.ChildProcess | undefined;
  let drained: Promise<void> = Promise.resolve();

  async function run(): Promise<void> {
    const options = { port, bind: "127.0.0.1", save: "", appendonly: "no", dir: folder };
    const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
    for (const name of ["EVAL", "EVALSHA", "SCRIPT"]) args.push("--rename-command", name, "");
    child = new Deno.Command("redis-server", {
      args,
      stdin: "null",
      stdout: "piped",
      stderr: "null",
    })
      .spawn();
    const output = child.stdout.pipeThrough(new TextDecoderStream())[Symbol.asyncIterator]();
    let log = "";
    while (!log.includes("Ready to accept connections")) {
      const { done, value } = await output.next();
      if (done) throw new Error(`Redis does not start: ${log}`);
      log += value;
    }
    // A full pipe would stop it.
    drained = (async () => {
      while (!(await output.next()).done);
    })();
  }

  async function end(signal: Deno.Signal): Promise<void> {
    const ending = child;
    child = undefined;
    if (!ending) return;
    ending.kill(signal);
    // A stopped process takes no other signal.
    ending.kill("SIGCONT");
    await ending.status;
    await drained;
  }

  await run();
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    async stop() {
      await end("SIGTERM");
      await Deno.remove(folder, { recursive: true });
    },
    kill: () => end("SIGKILL"),
    async restart() {
      await end("SIGKILL");
      await run();
    },
    pause: () => child?.kill("SIGSTOP"),
    resume: () => child?.kill("SIGCONT"),
  };
}
