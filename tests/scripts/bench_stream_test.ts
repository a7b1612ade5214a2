import { assert, assertEquals } from "@std/assert";
import { deltas } from "../../scripts/measure/bench/deltas.ts";
import {
  bareCharacters,
  measureEventStream,
  ourCharacters,
} from "../../scripts/measure/bench/event_stream.ts";

Deno.test("bareCharacters() reads what readChatEvents() reads", async () => {
  const expected = await ourCharacters(deltas(1, 16 * 1024));
  assert(expected > 10_000, `${expected} characters`);
  for (const chunkBytes of [16 * 1024, 300]) {
    assertEquals(await ourCharacters(deltas(1, chunkBytes)), expected);
    assertEquals(await bareCharacters(deltas(1, chunkBytes)), expected);
  }
});

Deno.test("deltas() makes as many bytes as it is asked for, and few more", async () => {
  for (const megabytes of [0.5, 3]) {
    let bytes = 0;
    for await (const chunk of deltas(megabytes, 300)) bytes += chunk.length;
    const more = bytes - megabytes * 1e6;
    assert(more >= 0 && more < 2e6, `${bytes} bytes`);
  }
});

Deno.test("measureEventStream() has a row and a bar for each size of chunks", async () => {
  const rows = await measureEventStream({ rounds: 1 });
  assertEquals(rows.map(({ bar }) => bar), ["≥ 0.7", "≥ 0.7"]);
});
