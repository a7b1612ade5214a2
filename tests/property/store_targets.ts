import { createSharing } from "../../lib/token_sharing.ts";
import type { TokenStore } from "../../lib/token_store.ts";
import { redisStore } from "../../lib/stores/redis_store.ts";
import { sealed } from "../../lib/stores/sealed.ts";
import { createMemoryStore } from "../testing/memory_store.ts";
import { anyText, editedText, INVISIBLE } from "./arbitraries.ts";
import * as fc from "../testing/fast_check.ts";
import { type Target, target } from "./fuzz.ts";
import { hold } from "./holds.ts";

const SECRET = "0123456789abcdef0123456789abcdef";
const TOKEN = "czs_0123456789abcdefTESTTOKEN";

const memory = createMemoryStore(() => 0);
// Created in the first check: creating it starts work that must not end in the test of another target.
let store: TokenStore | undefined;
// TOKEN sealed for "k", and for another key. They are constants because a module with a top-level
// await misses the message that starts the worker of the long fuzz.
const hidden = "XO3bZJoS5zlBJQXfzJtBXftR4nOat0YA2APsUZRHpI8";
const good = "lKxWHQXcRR7WT_wxQ1jZD6rkWv-e92XZ6iG1RCD3FbTYuCQlbEE8wbfoSZGCd3Q8hXkE7v1nJKPk";
const moved = "h_qB6pdeB_4PwKqMLQigoAf4KCQ2tyW4-Q6OZNNvFvOFBcVQT5c4IYmaCPA9DM8GvT6Ky5zL0tMg";

/** A value that a store returns. */
const value = fc.oneof(
  { weight: 4, arbitrary: editedText(fc.constantFrom(good, moved), "A", "-", "_", "=", " ", "\n") },
  { weight: 1, arbitrary: fc.constantFrom(good, moved, ...INVISIBLE) },
  { weight: 1, arbitrary: anyText },
  { weight: 1, arbitrary: fc.anything() },
);

const number = fc.oneof(
  fc.nat(),
  fc.double(),
  fc.bigInt(),
  fc.constantFrom(0, -1, NaN, Infinity, 1e15, 2 ** 53, "0", "1", "1e3", "0x10", " 1", "", "NaN"),
  anyText,
);
const part = fc.oneof(number, anyText, fc.constantFrom(null, undefined, false, [], {}));
/** A reply of Redis to GET and to TIME. */
const replies = fc.record({
  entry: fc.oneof(
    fc.tuple(number, fc.constantFrom(good, moved), fc.constantFrom(":", "", "::")).map(
      ([end, value, separator]) => `${String(end)}${separator}${value}`,
    ),
    part,
    fc.anything(),
  ),
  time: fc.oneof(fc.tuple(fc.nat(), fc.nat({ max: 999_999 })), fc.array(part), fc.anything()),
});

/** A text that a store returns for a token or a lock. */
const stored = fc.oneof(
  fc.record({
    ...{ accessToken: part, expiresAt: part, lifeMs: part },
    ...{ code: part, message: part, details: part, server: part, ttlMs: part },
  }, { requiredKeys: [] }).map((json) =>
    JSON.stringify(json, (_, value) => typeof value === "bigint" ? String(value) : value)
  ),
  anyText,
  fc.json(),
);

/** Reads stores that others can write to. */
export const STORE_TARGETS: readonly Target[] = [
  target({
    name: "sealed",
    claim: "sealed() decrypts what it encrypted for a key, and nothing else",
    arbitrary: value,
    async check(value) {
      memory.entries.set(hidden, { value: value as string, endsAt: 1 });
      store ??= sealed(memory, SECRET);
      const read = await store.get("k");
      // Blanks and "=" are other ways to write the same bytes.
      const isGood = typeof value === "string" && value.replace(/[\s=]/g, "") === good;
      hold(read === undefined ? value !== good : isGood, "only the right value decrypts");
      hold(read === undefined || read.value === TOKEN, "the value is what was encrypted");
    },
    runs: 2000,
  }),
  target({
    name: "redis-reply",
    claim: "redisStore() reads a value with a life from any reply, or refuses it",
    arbitrary: replies,
    async check({ entry, time }) {
      const redis = redisStore(
        ([name]) => Promise.resolve(name === "GET" ? entry : time),
        { secret: SECRET },
      );
      try {
        const read = await redis.get("k");
        hold(read === undefined || read.value === TOKEN, "only the right value decrypts");
        hold(read === undefined || read.ttlMs! > 0, "the value still lives");
      } catch (error) {
        hold(error instanceof Error && /Redis to TIME/.test(error.message), "the clock is missing");
      }
    },
    runs: 500,
  }),
  target({
    name: "stored-token",
    claim: "a store that holds any text yields a token that can be sent, a refusal or an exchange",
    arbitrary: fc.record({ token: stored, lock: stored, ttlMs: number }),
    async check({ token, lock, ttlMs }) {
      const sharing = createSharing({
        get: (key) =>
          Promise.resolve({
            value: key.startsWith("token") ? token : lock,
            ttlMs: ttlMs as number,
          }),
        set: () => Promise.resolve(),
        add: () => Promise.resolve(false),
        delete: () => Promise.resolve(),
      }, { now: () => 0, monotonic: () => 0, sleep: () => Promise.resolve(), emit() {} });
      const issued = {
        ...{ accessToken: "czs_issued", expiresAt: 1, issuedLifeMs: 1 },
        remainingMs: () => 1,
      };
      try {
        const obtained = (await sharing("k", {
          exchange: () => Promise.resolve(issued),
          isWanted: ({ remainingMs }) => remainingMs() > 0,
          hasToken: () => false,
          backoffMs: () => 0,
        }))!;
        hold(/^[\x21-\x7e]+$/.test(obtained.accessToken), "the token can be sent");
        const lifeMs = obtained.remainingMs();
        hold(lifeMs > 0 && lifeMs <= 2 ** 53, "the life is a time");
      } catch (error) {
        hold(error instanceof Error && error.name === "CozeError", "a refusal is a CozeError");
      }
    },
    runs: 500,
  }),
];
