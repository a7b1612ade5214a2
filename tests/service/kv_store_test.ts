import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { CozeError } from "../../lib/error.ts";
import { type KvAtomicLike, type KvLike, kvStore } from "../../lib/stores/mod.ts";
import { SECRET } from "../testing/store_contract.ts";

/** What happens to a database, and what was done to it. */
interface Watched {
  kv: KvLike;
  real: Deno.Kv;
  /** `get` and `commit`, in order. */
  done: string[];
  expiries: number[];
  /** Called before each of them. */
  before: (operation: "get" | "commit") => unknown;
  /** What was waited for. */
  sleeps: number[];
  sleep: (ms: number) => Promise<void>;
}

/** Runs a check on a database in memory that is watched. */
async function watch(check: (watched: Watched) => Promise<void>): Promise<void> {
  const real = await Deno.openKv(":memory:");
  const watched: Watched = {
    // A handle fits as it is.
    kv: real,
    real,
    done: [],
    expiries: [],
    before: () => {},
    sleeps: [],
    sleep: (ms) => Promise.resolve(void watched.sleeps.push(ms)),
  };
  async function note(operation: "get" | "commit"): Promise<void> {
    watched.done.push(operation);
    await watched.before(operation);
  }
  watched.kv = {
    async get(key) {
      await note("get");
      return await real.get(key);
    },
    atomic() {
      const atomic = real.atomic();
      const wrapped: KvAtomicLike = {
        check: (check) => (atomic.check(check), wrapped),
        set(key, value, options) {
          watched.expiries.push(options.expireIn);
          atomic.set(key, value, options);
          return wrapped;
        },
        async commit() {
          await note("commit");
          return await atomic.commit();
        },
      };
      return wrapped;
    },
  };
  try {
    await check(watched);
  } finally {
    real.close();
  }
}

Deno.test("kvStore() makes one round trip of each operation of a refresh", async () => {
  await watch(async ({ kv, done }) => {
    const store = kvStore(kv, { secret: SECRET });
    const trips = async (operation: Promise<unknown>) => {
      await operation;
      return done.splice(0).join();
    };
    assertEquals(await trips(store.read("k")), "get");
    assertEquals(await trips(store.take("k", "a", { fence: 0 })), "commit");
    const lease = { owner: "a", fence: 1 };
    assertEquals(await trips(store.take("k", "a", lease)), "commit");
    assertEquals(await trips(store.write("k", "v", 1000, { owner: "a", fence: 2 })), "commit");
    assertEquals(await trips(store.read("k")), "get");
    assertEquals(await trips(store.take("k", "b", { fence: 3 })), "commit");
    assertEquals(await trips(store.giveBack("k", { owner: "b", fence: 4 })), "commit");
    // Without a read before, and where nothing is to be changed.
    assertEquals(await trips(store.take("k", "a", { fence: 5 })), "get,commit");
    assertEquals(await trips(store.take("k", "b", { fence: 5 })), "get");
    assertEquals(await trips(store.giveBack("k", lease)), "get");
  });
});

Deno.test("kvStore() reads again when another process was faster", async () => {
  await watch(async (watched) => {
    const { kv, real, sleep, sleeps } = watched;
    const store = kvStore(kv, { secret: SECRET, sleep });
    const other = kvStore(real, { secret: SECRET });
    const interrupt = (work: () => Promise<unknown>) => {
      watched.before = async (operation) => {
        if (operation !== "commit") return;
        watched.before = () => {};
        await work();
      };
    };
    interrupt(() => other.take("k", "b", { fence: 0 }));
    assertEquals(await store.take("k", "a", { fence: 0 }), false);
    interrupt(() => other.take("k", "b", { owner: "b", fence: 1 }));
    assertEquals(await store.write("k", "v", 1000, { owner: "b", fence: 1 }), true);
    assertEquals(await store.read("k"), { value: "v", fence: 3 });
    assertEquals(sleeps.length, 2);
  });
});

Deno.test("kvStore() gives up after 40 attempts that others spoiled", async () => {
  await watch(async (watched) => {
    const { kv, real, done, sleep, sleeps } = watched;
    const store = kvStore(kv, { secret: SECRET, sleep });
    await store.take("k", "a", { fence: 0 });
    done.length = 0;
    watched.before = async (operation) => {
      if (operation !== "commit") return;
      for await (const { key, value } of real.list({ prefix: [] })) await real.set(key, value);
    };
    await assertRejects(
      () => store.write("k", "v", 1000, { owner: "a", fence: 1 }),
      Error,
      "others keep changing it",
    );
    assertEquals(done.filter((each) => each === "commit").length, 40);
    assertEquals(sleeps.length, 39);
    assert(sleeps.every((ms) => ms >= 0 && ms < 90));
  });
});

Deno.test("kvStore() retries 39 times while the database is locked", async () => {
  await watch(async (watched) => {
    const { kv, done, sleep, sleeps } = watched;
    const store = kvStore(kv, { secret: SECRET, sleep });
    const lock = (times: number) => {
      watched.before = () => {
        if (times-- > 0) throw new TypeError("database is locked");
      };
    };
    lock(3);
    assertEquals(await store.take("k", "a", { fence: 0 }), true);
    lock(3);
    assertEquals(await store.read("k"), { owner: "a", fence: 1 });
    assertEquals(sleeps.length, 6);
    done.length = 0;
    lock(1000);
    await assertRejects(() => store.read("k"), TypeError, "database is locked");
    assertEquals(done.length, 40);
  });
});

Deno.test("kvStore() passes any other error on at once", async () => {
  await watch(async (watched) => {
    const { kv, done, sleep } = watched;
    watched.before = () => {
      throw new TypeError("connection lost");
    };
    const store = kvStore(kv, { secret: SECRET, sleep });
    await assertRejects(() => store.take("k", "a", { fence: 0 }), TypeError, "connection lost");
    assertEquals(done, ["get"]);
  });
});

Deno.test("kvStore() keeps an entry for the value's life, but a minute at least", async () => {
  await watch(async ({ kv, real, expiries }) => {
    const store = kvStore(kv, { secret: SECRET });
    await store.take("k", "a", { fence: 0 });
    await store.write("k", "v", 899_999.5, { owner: "a", fence: 1 });
    await store.take("k", "a", { fence: 2 });
    await store.giveBack("k", { owner: "a", fence: 3 });
    await store.write("k", "v", 1, { owner: "a", fence: 4 });
    assertEquals(expiries, [60_000, 900_000, 900_000, 900_000, 60_000]);
    // A stored lifeMs cannot keep an entry longer than a day.
    for await (const { key, value } of real.list<object>({ prefix: [] })) {
      await real.set(key, { ...value, lifeMs: 1e14 });
    }
    await store.take("k", "a", { fence: 5 });
    assertEquals(expiries.at(-1), 86_400_000);
  });
});

Deno.test("kvStore() keeps entries under its prefix, and ignores what is no entry", async () => {
  await watch(async ({ kv, real }) => {
    const store = kvStore(kv, { secret: SECRET, prefix: "tokens" });
    await store.take("k", "a", { fence: 0 });
    const [{ key }] = await Array.fromAsync(real.list({ prefix: ["tokens"] })) as [Deno.KvEntry<0>];
    assertEquals(key.length, 2);
    const odd = [null, 7, "x", [], new Map([["fence", 1]]), new Deno.KvU64(3n), {
      owner: 7,
      fence: "1",
    }];
    for (const value of odd) {
      await real.set(key, value);
      assertEquals(await store.read("k"), undefined);
      assertEquals(await store.take("k", "a", { fence: 0 }), true);
    }
  });
});

Deno.test("kvStore() refuses what is no database, no prefix and no secret, at once", async () => {
  await watch(({ real }) => {
    const calls: [string, () => unknown][] = [
      ["kv", () => kvStore(Promise.resolve(real) as unknown as KvLike, { secret: SECRET })],
      ["kv", () => kvStore(undefined as unknown as KvLike, { secret: SECRET })],
      ["prefix", () => kvStore(real, { secret: SECRET, prefix: 7 as unknown as string })],
      ["secret", () => kvStore(real, { secret: SECRET.slice(1) })],
    ];
    for (const [name, call] of calls) {
      const error = assertThrows(call, CozeError);
      assertEquals([error.code, error.details.name], ["usage-value", name]);
    }
    return Promise.resolve();
  });
});
