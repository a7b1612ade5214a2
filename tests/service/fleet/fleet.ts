// Starts the processes of a fleet and speaks to them.

import { fileURLToPath } from "node:url";
import { pkcs8Pem } from "../../testing/keys.ts";
import { environment, PACKAGE_FLAGS } from "../../testing/process.ts";
import { lines } from "./lines.ts";

/** What a process of the fleet shares its tokens through: a port of Redis, or a file of KV. */
export type StoreSetup = { redis: number; client?: "npm" } | { kv: string };

/** What a process of the fleet is told. */
export interface Setup {
  baseUrl: string;
  store: StoreSetup;
  secret: string;
  /** How far its clock is ahead. */
  offsetMs?: number;
  keyFile: string;
  /** What the token server knows it by. */
  worker: string;
}

/** What became of one `getToken`. */
export interface Got {
  token?: string;
  /** The code of the error. */
  error?: string;
  ms: number;
}

/** What became of many. */
export interface Looped {
  calls: number;
  /** How many errors there were, by their codes. */
  errors: Record<string, number>;
  /** When the last call that got each token began, in milliseconds since the epoch. */
  tokens: Record<string, number>;
  longestMs: number;
  /** How often the provider told what. */
  events: Record<string, number>;
}

/** One process. */
interface Member {
  worker: string;
  /** Sends a line and resolves to the answer. */
  ask<T>(line: string): Promise<T>;
  /** Stops it in the midst of what it does, and lets it go on. */
  freeze(): void;
  thaw(): void;
  /** Ends it in the midst of what it does. */
  kill(): Promise<void>;
  /** The same, and closes what leads to it. */
  end(): Promise<void>;
}

/** A secret as a fleet would share it. */
export const SECRET = "0123456789abcdef0123456789abcdef";

/** Starts one process and waits until it is ready. */
async function start(setup: Setup): Promise<Member> {
  const { DENO_COVERAGE_DIR: _, ...env } = environment();
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-prompt",
      "--no-check",
      "--unstable-kv",
      "--allow-net=127.0.0.1",
      "--allow-env",
      "--allow-read",
      "--allow-write",
      ...PACKAGE_FLAGS,
      fileURLToPath(new URL("worker.ts", import.meta.url)),
    ],
    clearEnv: true,
    env: { ...env, FLEET_SETUP: JSON.stringify(setup) },
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const answers = lines(child.stdout);
  const writer = child.stdin.getWriter();

  async function next(): Promise<string> {
    const { value, done } = await answers.next();
    if (done) throw new Error(`Process ${setup.worker} has ended`);
    return value;
  }

  /** By force, as it may be frozen or busy when a test has failed. */
  async function kill(): Promise<void> {
    try {
      child.kill("SIGKILL");
    } catch {
      // It has ended already.
    }
    await child.status;
  }

  if (await next() !== "ready") throw new Error(`Process ${setup.worker} is not ready`);
  return {
    worker: setup.worker,
    async ask<T>(line: string) {
      await writer.write(new TextEncoder().encode(`${line}\n`));
      return JSON.parse(await next()) as T;
    },
    freeze: () => child.kill("SIGSTOP"),
    thaw: () => child.kill("SIGCONT"),
    kill,
    async end() {
      await kill();
      await writer.close().catch(() => {});
      await answers.return(undefined);
    },
  };
}

/** What all processes of a fleet have in common, and the clocks of those that are wrong. */
interface FleetSetup extends Pick<Setup, "baseUrl" | "store"> {
  count: number;
  /** How far the clock of each is ahead, as far as that is said. */
  offsetsMs?: number[];
}

/** Processes that share their tokens. */
export interface Fleet extends AsyncDisposable {
  members: Member[];
  /** Tells all the same at once. */
  all<T>(line: string): Promise<T[]>;
  /** Starts another process in the place of one that was killed. */
  replace(at: number): Promise<void>;
}

/** Starts a fleet; all of it is ready when this resolves. */
export async function startFleet(setup: FleetSetup): Promise<Fleet> {
  const { count, baseUrl, store, offsetsMs = [] } = setup;
  const keyFile = await Deno.makeTempFile({ suffix: ".pem" });
  await Deno.writeTextFile(keyFile, pkcs8Pem());
  const begin = (at: number) => {
    const offsetMs = offsetsMs[at] ?? 0;
    return start({ baseUrl, store, secret: SECRET, offsetMs, keyFile, worker: String(at) });
  };
  const members = await Promise.all(Array.from({ length: count }, (_, at) => begin(at)));
  return {
    members,
    all: <T>(line: string): Promise<T[]> =>
      Promise.all(members.map((member) => member.ask<T>(line))),
    async replace(at) {
      await members[at]!.end();
      members[at] = await begin(at);
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(members.map((member) => member.end()));
      await Deno.remove(keyFile);
    },
  };
}
