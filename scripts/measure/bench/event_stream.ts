/**
 * The cost of reading chats on top of the parser, and the memory of a long stream.
 *
 * @module
 */

// deno-lint-ignore no-import-prefix -- the same version as lib/api/chat_stream.ts
import { createParser } from "npm:eventsource-parser@4.1.3";
import { chatEvents } from "../../../tests/testing/streams.ts";
import { ROOT } from "../../child.ts";
import { deltas } from "./deltas.ts";
import { deno, type Desk, PACKAGE_FLAGS } from "./desk.ts";
import { peakMiB } from "./memory.ts";
import { medians } from "./rounds.ts";
import { missingRow, ratioRow, type Row } from "./table.ts";

const MEGABYTES = 4;
/** A fast network brings many events in a chunk; a server that writes each event brings one. */
const CHUNKS = { "16 KiB": 16 * 1024, "300 bytes": 300 };
/** Rounds until V8 has compiled the code. */
const WARM_UP = 10;

type Body = ReadableStream<Uint8Array>;

/**
 * Measures `readChatStream` against its parser alone with a decoder and `JSON.parse`, over deltas of
 * a chat in Chinese.
 *
 * @param desk Where.
 * @returns A row for each size of chunks.
 */
export async function measureEventStream(desk: Pick<Desk, "rounds">): Promise<Row[]> {
  const rows = [];
  for (const [name, chunkBytes] of Object.entries(CHUNKS)) {
    const { ours, bare } = await medians(desk.rounds, {
      ours: () => eventsPerSecond(countOurs, chunkBytes),
      bare: () => eventsPerSecond(countBare, chunkBytes),
    }, WARM_UP);
    const what = "event stream: `readChatStream` / bare eventsource-parser plus `JSON.parse`";
    rows.push(ratioRow(`${what}, chunks of ${name}`, [ours, bare], "events/s", ["≥", 0.75]));
  }
  return rows;
}

async function eventsPerSecond(
  count: (body: Body) => Promise<number>,
  chunkBytes: number,
): Promise<number> {
  const begin = performance.now();
  const events = await count(deltas(MEGABYTES, chunkBytes));
  return events * 1000 / (performance.now() - begin);
}

async function countOurs(body: Body): Promise<number> {
  let events = 0;
  for await (const _ of chatEvents(body)) events++;
  return events;
}

async function countBare(body: Body): Promise<number> {
  let events = 0;
  const decoder = new TextDecoder();
  const parser = createParser({
    onEvent({ data }) {
      if (JSON.parse(data)) events++;
    },
  });
  for await (const chunk of body) parser.feed(decoder.decode(chunk, { stream: true }));
  return events;
}

/**
 * Measures the peak memory of a long stream against that of a short one. They differ, because V8 lets
 * its heap grow for young objects; it does so for the bare parser too.
 *
 * @param desk Where.
 * @returns One row.
 */
export async function measureStreamMemory(desk: Desk): Promise<Row[]> {
  const what = "peak memory: an event stream of 100 MB / of 1 MB";
  if (Deno.build.os !== "linux") return [missingRow(what, "there is no /proc here")];
  const program = (megabytes: number) =>
    deno(
      [...PACKAGE_FLAGS, `--preload=${ROOT}scripts/measure/bench/hold_at_end.ts`],
      "scripts/measure/bench/read_stream.ts",
      String(megabytes),
    );
  const { long, short } = await medians(Math.min(desk.rounds, 9), {
    long: () => peakMiB(desk, program(100)),
    short: () => peakMiB(desk, program(1)),
  }, 1);
  return [ratioRow(what, [long, short], "MiB", ["≤", 1.4])];
}
