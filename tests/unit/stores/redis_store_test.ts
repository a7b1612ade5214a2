import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { CozeError } from "../../../lib/error.ts";
import { createRedisEntries } from "../../../lib/stores/redis_entries.ts";
import { type RedisCommand, redisStore } from "../../../lib/stores/mod.ts";
import { SECRET } from "../../testing/store_contract.ts";

const LEASE = { owner: "a", fence: 1 };

/** Entries in a Redis that gives one answer to everything. */
function answering(answer: unknown) {
  return createRedisEntries(() => Promise.resolve(answer), "");
}

Deno.test("redisStore() reads an entry whether numbers come as numbers or as text", async () => {
  const entry = { value: "17", now: 5000, owner: "8", fence: 3 };
  for (const answer of [["17", 5000, "8", 3], ["17", "5000", "8", "3"], [17, 5000n, 8, 3n]]) {
    assertEquals(await answering(answer).read("k"), entry);
  }
  for (const none of [null, undefined]) {
    assertEquals(await answering([none, 1, none, 0]).read("k"), { now: 1, fence: 0 });
    assertEquals(await answering([none, 1, none, "2"]).read("k"), { now: 1, fence: 2 });
    assertEquals(await answering([none, 1, "a", 0]).read("k"), { now: 1, owner: "a", fence: 0 });
  }
});

Deno.test("redisStore() throws when an answer is none to its question", async () => {
  const numbers = [-1, 1.5, NaN, Infinity, 1e300, "", "x", "1.5", true, {}, [1]];
  const reads = [
    ...[undefined, null, 7, "OK", {}, [], ["v", 1, "a"], ["v", 1, "a", 1, 1], new Error("MOVED")],
    ...numbers.map((now) => ["v", now, null, 3]),
    ...numbers.map((fence) => ["v", 1, "a", fence]),
    ...[["v", null, "a", 1], ["v", 1, "a", null], ["v", "9".repeat(20), "a", 1]],
    ...[["v", 1, {}, 1], [["v"], 1, "a", 1], ["v", 1, false, 1]],
  ];
  for (const answer of reads) {
    const { message } = await assertRejects(() => answering(answer).read("k"), Error);
    assertEquals(message, "Cannot use what Redis answered: it is no answer to this command");
  }
  for (const answer of [undefined, null, 2, -1, "OK", "", true, {}, [1], [], NaN]) {
    await assertRejects(() => answering(answer).take("k", "a", LEASE), Error, "no answer");
    await assertRejects(() => answering(answer).write("k", "v", 1, LEASE), Error, "no answer");
    await assertRejects(() => answering(answer).giveBack("k", LEASE), Error, "no answer");
  }
});

Deno.test("redisStore() reads yes and no as a number and as a text", async () => {
  for (const yes of [1, "1", 1n]) {
    assertEquals(await answering(yes).take("k", "a", LEASE), true);
    assertEquals(await answering(yes).write("k", "v", 1, LEASE), true);
  }
  for (const no of [0, "0", 0n]) {
    assertEquals(await answering(no).take("k", "a", LEASE), false);
    assertEquals(await answering(no).write("k", "v", 1, LEASE), false);
    await answering(no).giveBack("k", LEASE);
  }
});

Deno.test("redisStore() passes on what a client throws, at once or later", async () => {
  const clients: RedisCommand[] = [
    () => Promise.reject(new Error("lost")),
    () => {
      throw new Error("lost");
    },
  ];
  for (const command of clients) {
    const store = redisStore(command, { secret: SECRET });
    await assertRejects(() => store.read("k"), Error, "lost");
  }
});

Deno.test("redisStore() sends texts alone, under its prefix", async () => {
  const sent: string[][] = [];
  const command: RedisCommand = (args) => Promise.resolve(sent.push(args) && 1);
  for (const options of [{}, { prefix: "p:" }]) {
    const store = redisStore(command, { secret: SECRET, ...options });
    await store.take("k", "a", LEASE);
    await store.take("k", "a", { fence: 0 });
    await store.write("k", "v", 1000.7, LEASE);
    await store.giveBack("k", LEASE);
  }
  assertEquals(sent.map(([, , , key]) => key!.slice(0, -43)), [
    ...Array(4).fill("coze-jwt:"),
    ...Array(4).fill("p:"),
  ]);
  assertEquals(sent.flat().filter((each) => typeof each !== "string"), []);
  assertEquals(sent[0]!.slice(4), ["a", "1", "a"]);
  assertEquals(sent[1]!.slice(4), ["a", "0"]);
  assertEquals(sent[2]!.slice(5), ["1000", "a", "1"]);
  assertEquals(sent[3]!.slice(4), ["a", "1"]);
});

Deno.test("redisStore() refuses what is no function, no prefix and no secret, at once", () => {
  const command: RedisCommand = () => Promise.resolve(1);
  const calls: [string, () => unknown][] = [
    ["command", () => redisStore({} as unknown as RedisCommand, { secret: SECRET })],
    ["prefix", () => redisStore(command, { secret: SECRET, prefix: 7 as unknown as string })],
    ["secret", () => redisStore(command, { secret: SECRET.slice(1) })],
  ];
  for (const [name, call] of calls) {
    const error = assertThrows(call, CozeError);
    assertEquals([error.code, error.details.name], ["usage-value", name]);
  }
});
