import { assertEquals, assertMatch } from "@std/assert";
import type { EmulatorOptions } from "../../../lib/emulator/mod.ts";
import { type Bend, createPair, setUp } from "../../testing/emulator_client.ts";

const PAIR = createPair();

async function message(options: EmulatorOptions, ...bends: Bend[]): Promise<string[]> {
  const { send } = setUp(PAIR, {}, options);
  const texts: string[] = [];
  for (const bend of bends) texts.push((await send(bend)).json["error_message"]);
  return texts;
}

const UNKNOWN: Bend = { claims: { aud: "x" } };

Deno.test("createEmulator() marks words of its own as the emulator's", async () => {
  const bad: Bend = { body: { scope: 1 } };
  assertEquals(await message({}, UNKNOWN, bad), [
    "invalid jwt (emulator: aud)",
    "invalid request (emulator: scope)",
  ]);
});

Deno.test("createEmulator() leaves unknown words out with wording blank", async () => {
  assertEquals(await message({ wording: "blank" }, UNKNOWN), [""]);
});

Deno.test("createEmulator() words a refusal anew each time with wording random", async () => {
  const texts = await message({ wording: "random" }, ...Array(50).fill(UNKNOWN));
  for (const text of texts) assertMatch(text, /^[a-z]{3,8}( [a-z]{3,8}){4}$/);
  assertEquals(new Set(texts).size, 50);
});

Deno.test("createEmulator() repeats random words for the same seed only", async () => {
  const first = await message({ wording: "random", seed: 7 }, UNKNOWN, UNKNOWN);
  assertEquals(await message({ wording: "random", seed: 7 }, UNKNOWN, UNKNOWN), first);
  const other = await message({ wording: "random", seed: 8 }, UNKNOWN, UNKNOWN);
  assertEquals(first.some((text) => other.includes(text)), false);
});

Deno.test("createEmulator() keeps known words whatever the wording", async () => {
  for (const wording of ["documented", "blank", "random"] as const) {
    assertEquals(await message({ wording }, { header: { kid: "x" } }, { authorization: null }), [
      "invalid jwt: kid not been registred",
      "invalid jwt: empty jwt token",
    ]);
  }
});
