import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { CozeError } from "../../../lib/error.ts";
import { type RedisCommand, redisStore } from "../../../lib/stores/mod.ts";
import { SECRET } from "../../testing/store_contract.ts";

/** A Redis whose clock stands; it keeps the commands and the last value written. */
function fakeRedis(time: () => unknown = () => ["1750000000", "250999"]) {
  const sent: string[][] = [];
  let entry: unknown = null;
  const command: RedisCommand = (args) => {
    sent.push(args);
    if (args[0] === "TIME") return Promise.resolve(time());
    if (args[0] === "SET") entry = args[2];
    return Promise.resolve(args[0] === "GET" ? entry : args[0] === "SET" ? "OK" : 1);
  };
  return { command, sent, write: (value: unknown) => entry = value };
}

Deno.test("redisStore() sends GET, SET, DEL and TIME as texts, under its prefix", async () => {
  for (const [options, prefix] of [[{}, "coze-jwt:"], [{ prefix: "p:" }, "p:"]] as const) {
    const { command, sent } = fakeRedis();
    const store = redisStore(command, { secret: SECRET, ...options });
    assertEquals(await store.get("k"), undefined);
    await store.set("k", "v", 60_000.7);
    assertEquals(await store.add("k", "v", 60_000), true);
    await store.delete("k");
    const names = sent.map(([name, ...args]) => [name, ...args.slice(2, 3), ...args.slice(4)]);
    assertEquals(names, [["GET"], ["TIME"], ["TIME"], ["SET", "PX"], ["TIME"], [
      ...["SET", "PX", "NX"],
    ], ["DEL"]]);
    for (const args of sent.filter(([name]) => name !== "TIME")) {
      assert(args.every((each) => typeof each === "string"));
      assert(/^[\w-]{43}$/.test(args[1]!.slice(prefix.length)) && args[1]!.startsWith(prefix));
    }
    const [, , entry, , px] = sent[3]!;
    // Some real time passes before the value is sent.
    assert(Number(px) <= 60_000 && Number(px) > 1, px);
    assertEquals(entry!.split(":")[0], `${1_750_000_000_250 + Number(px)}`);
  }
});

Deno.test("redisStore() reads replies of texts, numbers and bytes", async () => {
  let seconds = 1_750_000_000;
  const bytes = (value: unknown) => new TextEncoder().encode(String(value));
  for (const form of [String, Number, BigInt, bytes]) {
    const { command } = fakeRedis(() => [form(seconds), form(999)]);
    const store = redisStore(async (args) => {
      const reply = await command(args);
      return form === bytes && typeof reply === "string" ? bytes(reply) : reply;
    }, { secret: SECRET });
    assertEquals(await store.add("other", "v", 60_000), true);
    await store.set("k", "v", 60_000);
    seconds += 50;
    const { value, ttlMs } = (await store.get("k"))!;
    assertEquals(value, "v");
    assert(ttlMs! <= 10_000 && ttlMs! > 0, `${ttlMs} ms`);
    seconds += 10;
    assertEquals(await store.get("k"), undefined);
  }
});

Deno.test("redisStore() throws when Redis does not tell its time", async () => {
  const replies = [undefined, null, "", 7, "OK", {}, [], ["x", "y"], ["1"], [1e300, 1], [{}, {}]];
  for (const reply of replies) {
    const store = redisStore(fakeRedis(() => reply).command, { secret: SECRET });
    const operations = [
      () => store.get("k"),
      () => store.set("k", "v", 1),
      () => store.add("k", "v", 1),
    ];
    for (const operation of operations) await assertRejects(operation, Error, "TIME");
  }
});

Deno.test("redisStore() counts as added what Redis says OK to, and takes no other reply", async () => {
  const rows = [["OK", true], [null, false], [undefined, false], [0, "SET"], ["QUEUED", "SET"]];
  for (const [reply, expected] of rows) {
    const { command } = fakeRedis();
    const store = redisStore(
      (args) => args[0] === "SET" ? Promise.resolve(reply) : command(args),
      { secret: SECRET },
    );
    const added = store.add("k", "v", 60_000);
    if (expected === "SET") await assertRejects(() => added, Error, "reply of Redis to SET");
    else assertEquals(await added, expected);
  }
});

Deno.test("redisStore() writes nothing when the life is over before it knows the time", async () => {
  const { command, sent } = fakeRedis(() =>
    new Promise((resolve) => setTimeout(() => resolve(["1750000000", "0"]), 5))
  );
  const store = redisStore(command, { secret: SECRET });
  await store.set("k", "v", 2);
  assertEquals(await store.add("k", "v", 2), false);
  assertEquals(sent.map(([name]) => name), ["TIME", "TIME"]);
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
    await assertRejects(() => store.get("k"), Error, "lost");
    await assertRejects(async () => await store.delete("k"), Error, "lost");
  }
});

Deno.test("redisStore() refuses wrong arguments at once", () => {
  const command: RedisCommand = () => Promise.resolve(1);
  const rows: [string, () => unknown][] = [
    ["command", () => redisStore({} as unknown as RedisCommand, { secret: SECRET })],
    ["prefix", () => redisStore(command, { secret: SECRET, prefix: 7 as unknown as string })],
    ["secret", () => redisStore(command, { secret: SECRET.slice(1) })],
  ];
  for (const [name, create] of rows) {
    const { code, details } = assertThrows(create, CozeError);
    assertEquals([code, details.name], ["usage", name]);
  }
});
