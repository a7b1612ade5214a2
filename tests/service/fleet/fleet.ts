// Starts the processes of a fleet and talks to them.

import { fileURLToPath } from "node:url";
import { pkcs8Pem } from "../../testing/keys.ts";
import { environment, PACKAGE_FLAGS } from "../../testing/process.ts";
import { lines } from "./lines.ts";

/** What a process of the fleet shares its tokens through: a port of Redis, or a file of KV. */
export type StoreSetup = { redis: number; client?: "redis" | "ioredis" } | { kv: string };

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

/** The result of one `getAccessToken`. */
export interface Got {
  token?: string;
  /** When the token ends, as far as the provider says, by this machine's clock. */
  endsAt?: number;
  /** The code of the error. */
  error?: string;
  ms: number;
  /** The provider's events during the call, such as "hit memory". */
  events: string[];
}

/** The results of many. */
export interface Looped {
  calls: number;
  /** How many errors there were, by their codes. */
  errors: Record<string, number>;
  /** When the last call that got each token began, in milliseconds since the epoch. */
  tokens: Record<string, number>;
  longestMs: number;
}

/** One process. */
export interface Member {
  worker: string;
  /** Sends a line and resolves to the answer. */
  ask<T>(line: string): Promise<T>;
  /** Gets a token. */
  get(name?: string, minLifeMs?: number): Promise<Got>;
  /** Stops it where it is (SIGSTOP), and lets it go on. */
  freeze(): void;
  thaw(): void;
  /** Ends it where it is (SIGKILL). */
  kill(): Promise<void>;
  /** The same, and closes its pipes. */
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

  /** By force, because it may be frozen or busy when a test has failed. */
  async function kill(): Promise<void> {
    try {
      child.kill("SIGKILL");
    } catch {
      // It has ended already.
    }
    await child.status;
  }

  if (await next() !== "ready") throw new Error(`Process ${setup.worker} is not ready`);
  async function ask<T>(line: string): Promise<T> {
    await writer.write(new TextEncoder().encode(`${line}\n`));
    return JSON.parse(await next()) as T;
  }

  return {
    worker: setup.worker,
    ask,
    get: (name = "-", minLifeMs = 0) => ask<Got>(`get ${name} ${minLifeMs}`),
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

/** What the processes of a fleet have in common, and the clocks of those that are wrong. */
interface FleetSetup extends Pick<Setup, "baseUrl" | "store"> {
  count: number;
  /** How far the clock of each is ahead; 0 when absent. */
  offsetsMs?: number[];
}

/** Processes that share their tokens. */
export interface Fleet extends AsyncDisposable {
  members: Member[];
  /** Sends the same line to all at once. */
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
