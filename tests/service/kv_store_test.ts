import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { CozeError } from "../../lib/error.ts";
import { type KvLike, kvStore } from "../../lib/stores/mod.ts";
import { SECRET } from "../testing/store_contract.ts";

/** Runs a check on a database in memory, whose writes can be made to fail. */
async function withKv(
  check: (all: { kv: KvLike; real: Deno.Kv; onWrite: (hook: () => unknown) => void }) => unknown,
): Promise<void> {
  const real = await Deno.openKv(":memory:");
  let before: () => unknown = () => {};
  const kv: KvLike = {
    get: (key) => real.get(key),
    async set(...args) {
      await before();
      return await real.set(...args);
    },
    delete: (key) => real.delete(key),
    atomic() {
      const atomic = real.atomic();
      const commit = atomic.commit.bind(atomic);
      return Object.assign(atomic, {
        async commit() {
          await before();
          return await commit();
        },
      });
    },
  };
  try {
    await check({ kv, real, onWrite: (hook) => before = hook });
  } finally {
    real.close();
  }
}

const lock = () => {
  throw new TypeError("database is locked");
};

for (const operation of ["set", "add"] as const) {
  Deno.test(`kvStore() retries ${operation}() while the database is locked`, async () => {
    await withKv(async ({ kv, real, onWrite }) => {
      const store = kvStore(kv, { secret: SECRET });
      let attempts = 0;
      let firstAt = 0;
      onWrite(() => {
        attempts++;
        firstAt ||= Date.now();
        // It takes some time, which is not added to the life of the value.
        if (Date.now() - firstAt < 20) lock();
      });
      await store[operation]("k", "v", 60_000);
      assertEquals((await store.get("k"))?.value, "v");
      assert(attempts > 1);
      const [entry] = await Array.fromAsync(real.list<{ endsAt: number }>({ prefix: [] }));
      assert(entry!.value.endsAt <= firstAt + 60_000);
      onWrite(lock);
      await assertRejects(() => store[operation]("other", "v", 60_000), TypeError, "is locked");
    });
  });
}

Deno.test("kvStore() passes any other error on at once", async () => {
  await withKv(async ({ kv, onWrite }) => {
    let attempts = 0;
    onWrite(() => {
      attempts++;
      throw new TypeError("connection lost");
    });
    const store = kvStore(kv, { secret: SECRET });
    await assertRejects(() => store.set("k", "v", 1_000), TypeError, "connection lost");
    assertEquals(attempts, 1);
  });
});

Deno.test("kvStore() adds nothing when another process was faster", async () => {
  await withKv(async ({ kv, real, onWrite }) => {
    const store = kvStore(kv, { secret: SECRET });
    const other = kvStore(real, { secret: SECRET });
    onWrite(() => other.set("k", "other", 60_000));
    assertEquals(await store.add("k", "v", 60_000), false);
    assertEquals((await store.get("k"))?.value, "other");
  });
});

Deno.test("kvStore() writes under its prefix, and lets the database remove what expired", async () => {
  await withKv(async ({ real }) => {
    const expiries: number[] = [];
    const kv = new Proxy(real, {
      get: (_, name) =>
        name !== "set" ? Reflect.get(real, name).bind(real) : (
          (...args: Parameters<KvLike["set"]>) => {
            expiries.push(args[2].expireIn);
            return real.set(...args);
          }
        ),
    });
    await kvStore(kv, { secret: SECRET }).set("k", "v", 900.5);
    await kvStore(kv, { secret: SECRET, prefix: "tokens" }).set("k", "v", 60_000);
    const entries = await Array.fromAsync(real.list({ prefix: [] }));
    assertEquals(entries.map(({ key }) => [key[0], key.length]), [["coze-jwt", 2], ["tokens", 2]]);
    assertEquals(expiries, [901, 60_000]);
  });
});

Deno.test("kvStore() refuses wrong arguments at once", () => {
  const kv = { get() {}, set() {}, delete() {}, atomic() {} };
  const rows: [name: string, kv: unknown, options: unknown][] = [
    ...Object.keys(kv).map((member): [string, unknown, unknown] => {
      return ["kv", { ...kv, [member]: undefined }, { secret: SECRET }];
    }),
    ["kv", undefined, { secret: SECRET }],
    ["kv", Promise.resolve(kv), { secret: SECRET }],
    ["prefix", kv, { secret: SECRET, prefix: 7 }],
    ["secret", kv, { secret: SECRET.slice(1) }],
    ["options", kv, undefined],
  ];
  for (const [name, kv, options] of rows) {
    const error = assertThrows(() => kvStore(kv as never, options as never), CozeError);
    assertEquals([error.code, error.details.name], ["usage", name]);
  }
});
