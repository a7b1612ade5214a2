/**
 * Runs a fleet of processes against a Redis that is paused, restarted and emptied, and kills
 * processes during their exchanges.
 *
 * ```sh
 * deno task soak [--minutes N]
 * ```
 *
 * Writes its result into docs/en/benchmarks.md. Exits with 1 when a call failed, or gave a token past its end.
 *
 * @module
 */

// deno-lint-ignore-file no-console -- people read what a task prints.

import { parseArgs } from "node:util";
import { type Exchange, serveTokens } from "../../tests/service/fleet/exchange_server.ts";
import { type Fleet, type Looped, startFleet } from "../../tests/service/fleet/fleet.ts";
import { has } from "../../tests/testing/needs.ts";
import { startRedis } from "../../tests/service/fleet/redis_server.ts";
import { createRespClient } from "../../tests/service/fleet/resp_client.ts";
import { report } from "./report.ts";

const COUNT = 8;
const LIFE_SECONDS = 12;
/** Longer than a lock, a token and the longest wait. */
const PAUSE_MS = 30_000;
/** Between two events, at most. */
const BETWEEN_MS = 8_000;
/** How often each process asks for a token, and for how long it does so before it reports. */
const LOOP = { everyMs: 20, forMs: 5_000 };

/** The results of all processes, without the last report of those that were killed. */
interface Seen {
  calls: number;
  errors: Record<string, number>;
  longestMs: number;
  /** Uses of tokens that had ended. */
  late: number;
}

/** Reads the arguments; `undefined` when they are wrong. */
function minutesOf(args: string[]): number | undefined {
  try {
    const { values: { minutes = "2" } } = parseArgs({
      args,
      options: { minutes: { type: "string" } },
    });
    return /^\d{1,4}(?:\.\d+)?$/.test(minutes) && Number(minutes) > 0 ? Number(minutes) : undefined;
  } catch {
    return undefined;
  }
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const started = Date.now();

function tell(what: string): void {
  console.log(`${((Date.now() - started) / 1000).toFixed(1).padStart(7)} s  ${what}`);
}

/** Lets the fleet get tokens until the signal aborts; replaces processes that were killed. */
async function use(fleet: Fleet, exchanges: readonly Exchange[], end: AbortSignal): Promise<Seen> {
  const seen: Seen = { calls: 0, errors: {}, longestMs: 0, late: 0 };
  function note({ calls, errors, longestMs, tokens }: Looped): void {
    seen.calls += calls;
    seen.longestMs = Math.max(seen.longestMs, longestMs);
    for (const [code, count] of Object.entries(errors)) {
      seen.errors[code] = (seen.errors[code] ?? 0) + count;
    }
    for (const { token, endsAt } of exchanges) if ((tokens[token] ?? 0) > endsAt) seen.late++;
  }
  await Promise.all(fleet.members.map(async (_, at) => {
    while (!end.aborted) {
      const member = fleet.members[at]!;
      try {
        note(await member.ask<Looped>(`loop ${LOOP.everyMs} ${LOOP.forMs}`));
      } catch {
        // It was killed.
        await fleet.replace(at);
      }
    }
  }));
  return seen;
}

/** Does one thing after another to Redis and the fleet. */
async function disturb(
  redis: Awaited<ReturnType<typeof startRedis>>,
  killLeader: () => Promise<void>,
  until: number,
): Promise<void> {
  const events: [string, () => Promise<void>][] = [
    ["a process is killed during its exchange", killLeader],
    ["Redis is restarted, empty", () => redis.restart()],
    ["Redis is flushed", async () => {
      const client = createRespClient(redis.port);
      await client.command(["FLUSHALL"]);
      client.close();
    }],
  ];
  // The long pause first, so that a short run has it as well.
  tell(`Redis is paused for ${PAUSE_MS / 1000} s`);
  redis.pause();
  await sleep(Math.min(PAUSE_MS, until - Date.now()));
  redis.resume();
  tell("Redis goes on");
  let pausedAt = Date.now();
  while (Date.now() < until) {
    await sleep(Math.min(BETWEEN_MS * (0.5 + Math.random() / 2), until - Date.now()));
    if (Date.now() >= until) return;
    if (Date.now() - pausedAt > 4 * PAUSE_MS && until - Date.now() > PAUSE_MS) {
      tell(`Redis is paused for ${PAUSE_MS / 1000} s`);
      redis.pause();
      await sleep(PAUSE_MS);
      redis.resume();
      tell("Redis goes on");
      pausedAt = Date.now();
      continue;
    }
    const [what, happen] = events[Math.floor(Math.random() * events.length)]!;
    tell(what);
    await happen();
  }
}

async function main(args: string[]): Promise<number> {
  const minutes = minutesOf(args);
  if (minutes === undefined) {
    console.error("Usage: deno task soak [--minutes N]   (otherwise 2)");
    return 2;
  }
  if (!has("redis-server")) {
    console.error("Cannot soak as there is no redis-server here: apt-get install redis-server");
    return 1;
  }
  const redis = await startRedis();
  try {
    let hanging: ((exchange: Exchange) => void) | undefined;
    const before = (exchange: Exchange) => {
      if (!hanging) return;
      hanging(exchange);
      hanging = undefined;
      return server.hang();
    };
    await using server = serveTokens({ lifeSeconds: LIFE_SECONDS, before });
    const store = { redis: redis.port };
    await using fleet = await startFleet({ ...server, store, count: COUNT });
    tell(`${COUNT} processes, tokens that live for ${LIFE_SECONDS} s`);
    const until = Date.now() + minutes * 60_000;
    const end = new AbortController();
    const using_ = use(fleet, server.exchanges, end.signal);
    const killLeader = async () => {
      const { promise, resolve } = Promise.withResolvers<Exchange>();
      hanging = resolve;
      const { worker } = await promise;
      await fleet.members[Number(worker)]!.kill();
    };
    await disturb(redis, killLeader, until);
    end.abort();
    const { calls, errors, longestMs, late } = await using_;
    const failed = Object.entries(errors);
    const lives = Math.ceil(minutes * 60 / LIFE_SECONDS);
    await report("soak", `${COUNT} processes, ${minutes} minutes`, [
      ["what", "count"],
      ["calls of `getToken`", calls],
      ["exchanges", server.exchanges.length],
      ["lives of a token in that time", lives],
      ["errors", failed.map(([code, count]) => `${count} ${code}`).join(", ") || "none"],
      ["tokens used after their end", late],
      ["longest wait for a token", `${longestMs} ms`],
    ]);
    return failed.length > 0 || late > 0 ? 1 : 0;
  } finally {
    await redis.stop();
  }
}

Deno.exitCode = await main(Deno.args);
