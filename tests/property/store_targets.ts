import type { StoreEntry } from "../../lib/provider/token_store.ts";
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
const store = sealed(memory, SECRET);
// What was sealed for "k", and for another key. Fixed, as a module that waits for something misses
// the message that starts a fuzzing worker.
const hidden = "9sc5nR976kS5VI4WQ41hg2H0nnhGvCVBQJ6ruZtrxws";
const good = "ExB_FsgSIjvGu5IfMaHZ_P3Bpc3OzDzqr6Oy0egxu7ZAAnEY6W76rmnfxZghJwicelCoeDuqizQ2";
const moved = "aXN5Sl53C8-NuNnw7oTxDit5on7AA9YFdhR9zxQGZaI_Lz7Ve-4zVzwOu1UDlRSDmFbKRZJ8CcHg";

/** What a store may give for a value. */
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
  hold(Number.isSafeInteger(fence) && fence >= 0, "the fence counts");
  for (const text of [value, owner]) hold(text === undefined || typeof text === "string", "texts");
  hold(now === undefined || Number.isSafeInteger(now) && now >= 0, "a time");
}

/** What stores hold that others can write to. */
export const STORE_TARGETS: readonly Target[] = [
  target({
    name: "sealed",
    claim: "sealed() opens what it sealed for that key, and gives no value for anything else",
    arbitrary: value,
    async check(value) {
      memory.entries.set(hidden, { value: value as string, fence: 1 });
      const read = await store.read("k");
      hold(read?.value === (value === good ? TOKEN : undefined), "only the good one opens");
    },
    runs: 2000,
  }),
  target({
    name: "redis-answer",
    claim: "redisStore() reads an entry from any answer, or says that it is none",
    arbitrary: answer,
    async check(answer) {
      const entries = createRedisEntries(() => Promise.resolve(answer), "");
      for (const operation of ["read", "take"] as const) {
        try {
          if (operation === "take") await entries.take("k", "a", { fence: 0 });
          else holdEntry(await entries.read("k") ?? { fence: 0 });
        } catch (error) {
          hold(error instanceof Error && error.message === REFUSAL, "what it says");
        }
      }
    },
    runs: 2000,
  }),
  target({
    name: "kv-entry",
    claim: "kvStore() reads an entry from anything that stands in KV",
    arbitrary: stored,
    check(stored) {
      const { lifeMs, ...entry } = parseKvEntry(stored);
      holdEntry(entry);
      hold(Number.isSafeInteger(lifeMs) && lifeMs >= 0, "a life");
    },
    runs: 2000,
  }),
];
