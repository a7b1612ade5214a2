import type { StoreEntry, TokenStore } from "../../lib/provider/token_store.ts";
import { parseKvEntry } from "../../lib/stores/kv_entries.ts";
import { createRedisEntries } from "../../lib/stores/redis_entries.ts";
import { sealed } from "../../lib/stores/sealed.ts";
import { createMemoryStore } from "../testing/memory_store.ts";
import { anyText, editedText, INVISIBLE } from "./arbitraries.ts";
import * as fc from "../testing/fast_check.ts";
import { type Target, target } from "./fuzz.ts";
import { hold } from "./holds.ts";

const SECRET = "0123456789abcdef0123456789abcdef";
const TOKEN = "czs_0123456789abcdefTESTTOKEN";
const REFUSAL = "Cannot use what Redis answered: it is no answer to this command";

const memory = createMemoryStore(() => 0);
// Made in the first check: making it starts work that must not end in the test of another target.
let store: TokenStore | undefined;
// TOKEN sealed for "k", and for another key. They are constants because a module with a top-level
// await misses the message that starts the worker of the long fuzz.
const hidden = "9sc5nR976kS5VI4WQ41hg2H0nnhGvCVBQJ6ruZtrxws";
const good = "ExB_FsgSIjvGu5IfMaHZ_P3Bpc3OzDzqr6Oy0egxu7ZAAnEY6W76rmnfxZghJwicelCoeDuqizQ2";
const moved = "aXN5Sl53C8-NuNnw7oTxDit5on7AA9YFdhR9zxQGZaI_Lz7Ve-4zVzwOu1UDlRSDmFbKRZJ8CcHg";

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
const answer = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(part, number, part, number) },
  { weight: 2, arbitrary: fc.array(part, { maxLength: 6 }) },
  { weight: 2, arbitrary: part },
  { weight: 1, arbitrary: fc.anything() },
);
const stored = fc.oneof(
  fc.record({ value: part, lifeMs: part, owner: part, fence: part }, { requiredKeys: [] }),
  fc.anything(),
);

function holdEntry(entry: StoreEntry): void {
  const { value, owner, fence, now } = entry;
  hold(Number.isSafeInteger(fence) && fence >= 0, "the fence is a count");
  for (const text of [value, owner]) {
    hold(text === undefined || typeof text === "string", "texts are texts");
  }
  hold(now === undefined || Number.isSafeInteger(now) && now >= 0, "now is a time");
}

/** Reads stores that others can write to. */
export const STORE_TARGETS: readonly Target[] = [
  target({
    name: "sealed",
    claim: "sealed() decrypts what it encrypted for a key, and nothing else",
    arbitrary: value,
    async check(value) {
      memory.entries.set(hidden, { value: value as string, fence: 1 });
      store ??= sealed(memory, SECRET);
      const read = await store.read("k");
      hold(read?.value === (value === good ? TOKEN : undefined), "only the right value decrypts");
    },
    runs: 2000,
  }),
  target({
    name: "redis-answer",
    claim: "redisStore() reads an entry from any answer or refuses it",
    arbitrary: answer,
    async check(answer) {
      const entries = createRedisEntries(() => Promise.resolve(answer), "");
      for (const operation of ["read", "take"] as const) {
        try {
          if (operation === "take") await entries.take("k", "a", { fence: 0 });
          else holdEntry(await entries.read("k") ?? { fence: 0 });
        } catch (error) {
          hold(error instanceof Error && error.message === REFUSAL, "the message names Redis");
        }
      }
    },
    runs: 2000,
  }),
  target({
    name: "kv-entry",
    claim: "kvStore() reads an entry from any value",
    arbitrary: stored,
    check(stored) {
      const { lifeMs, ...entry } = parseKvEntry(stored);
      holdEntry(entry);
      hold(Number.isSafeInteger(lifeMs) && lifeMs >= 0, "lifeMs is a time");
    },
    runs: 2000,
  }),
];
