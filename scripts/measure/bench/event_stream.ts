/**
 * What the reading of chats adds to its parts, and whether it keeps anything.
 *
 * @module
 */

import { readChatEvents } from "../../../lib/api/event_stream.ts";
import { createParser } from "../../../lib/api/eventsource_parser.ts";
import { ROOT } from "../../child.ts";
import { deltas } from "./deltas.ts";
import { deno, type Desk, PACKAGE_FLAGS } from "./desk.ts";
import { peakMiB } from "./memory.ts";
import { medians } from "./rounds.ts";
import { missingRow, ratioRow, type Row } from "./table.ts";

const MEGABYTES = 4;
/** Chunks as a fast network brings them, and as a server sends them that writes each event. */
const CHUNKS = { "16 KiB": 16 * 1024, "300 bytes": 300 };
/** Until V8 has compiled what it will. */
const WARM_UP = 10;

/**
 * Measures `readChatEvents` against the parser that stands below it, with a decoder and
 * `JSON.parse`, over deltas of a chat in Chinese.
 *
 * @param desk Where.
 * @returns A row for each size of chunks.
 */
export async function measureEventStream(desk: Pick<Desk, "rounds">): Promise<Row[]> {
  const rows = [];
  for (const [name, chunkBytes] of Object.entries(CHUNKS)) {
    const { ours, bare } = await medians(desk.rounds, {
      ours: () => megabytesPerSecond(ourCharacters, chunkBytes),
      bare: () => megabytesPerSecond(bareCharacters, chunkBytes),
    }, WARM_UP);
    const what = "event stream: `readChatEvents` / bare eventsource-parser plus `JSON.parse`";
    rows.push(ratioRow(`${what}, chunks of ${name}`, [ours, bare], "MB/s", ["≥", 0.7]));
  }
  return rows;
}

async function megabytesPerSecond(
  read: (body: ReadableStream<Uint8Array>) => Promise<number>,
  chunkBytes: number,
): Promise<number> {
  const begin = performance.now();
  await read(deltas(MEGABYTES, chunkBytes));
  return MEGABYTES * 1000 / (performance.now() - begin);
}

/** Counts the characters of all deltas. */
export async function ourCharacters(body: ReadableStream<Uint8Array>): Promise<number> {
  let characters = 0;
  for await (const event of readChatEvents(body)) {
    if ("message" in event) characters += event.message.content.length;
  }
  return characters;
}

/** The same with nothing around the parser. */
export async function bareCharacters(body: ReadableStream<Uint8Array>): Promise<number> {
  let characters = 0;
  const decoder = new TextDecoder();
  const parser = createParser({
    onEvent({ data }) {
      characters += JSON.parse(data).content?.length ?? 0;
    },
  });
  for await (const chunk of body) parser.feed(decoder.decode(chunk, { stream: true }));
  return characters;
}

/**
 * Measures the peak memory of a long stream against that of a short one. It is not the same, as V8
 * lets its heap grow for what is young; it does so for the bare parser too.
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
