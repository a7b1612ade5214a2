import { assert, assertEquals, assertMatch, assertNotEquals, assertThrows } from "@std/assert";
import { CozeError } from "../../../lib/error.ts";
import { sealed } from "../../../lib/stores/sealed.ts";
import { createMemoryStore } from "../../testing/memory_store.ts";
import { SECRET } from "../../testing/store_contract.ts";
import { TOKEN } from "../../testing/token_server.ts";

const LEASE = { owner: "a", fence: 0 };

/** A store with a token under "k", and the one entry behind it. */
async function withToken(key = "k", secret: string | Uint8Array = SECRET) {
  const memory = createMemoryStore(() => 0);
  const store = sealed(memory, secret);
  await store.write(key, TOKEN, 5000, LEASE);
  const [hidden, entry] = [...memory.entries][0]!;
  return { memory, store, hidden, entry, value: entry.value! };
}

Deno.test("sealed() gives what was written, with the store's clock, owner and fence", async () => {
  const { store } = await withToken();
  assertEquals(await store.read("k"), { value: TOKEN, now: 0, fence: 1 });
  assert(await store.take("k", "b", { fence: 1 }));
  assertEquals(await store.read("k"), { value: TOKEN, now: 0, owner: "b", fence: 2 });
});

Deno.test("sealed() keeps each text as it is", async () => {
  const { store } = await withToken();
  let fence = 1;
  for (const text of ["", "\ufeffBOM", "a\0b", "扣子 👍", "x".repeat(60_000)]) {
    await store.write("k", text, 5000, { owner: "a", fence: fence++ });
    assertEquals((await store.read("k"))!.value, text);
  }
});

Deno.test("sealed() writes keys and values of one form, and no value twice", async () => {
  const { memory, store, hidden, value } = await withToken();
  assertMatch(hidden, /^[\w-]{43}$/);
  // Nonce and tag are 28 bytes.
  assertMatch(value, new RegExp(`^[\\w-]{${Math.ceil((TOKEN.length + 28) * 4 / 3)}}$`));
  await store.write("k", TOKEN, 5000, { owner: "a", fence: 1 });
  assertNotEquals(memory.entries.get(hidden)!.value, value);
});

Deno.test("sealed() makes keys and values that no release may read otherwise", async () => {
  const { memory, store, hidden } = await withToken();
  assertEquals(hidden, "9sc5nR976kS5VI4WQ41hg2H0nnhGvCVBQJ6ruZtrxws");
  memory.entries.set(hidden, {
    value: "z72rPUVDSRcARdfHnqjXK6Kf3xUTqGDX40zJfWpUUjoPTCxrPf61my398G1G2xrazIn6mFeha3xt",
    fence: 1,
  });
  assertEquals((await store.read("k"))!.value, TOKEN);
});

Deno.test("sealed() takes a value that was changed anywhere for none", async () => {
  const { store, entry, value } = await withToken();
  const bytes = Uint8Array.fromBase64(value, { alphabet: "base64url" });
  const changed: string[] = [];
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const flipped = bytes.with(bit >> 3, bytes[bit >> 3]! ^ (1 << (bit & 7)));
    changed.push(flipped.toBase64({ alphabet: "base64url", omitPadding: true }));
  }
  for (let length = 0; length < value.length; length++) changed.push(value.slice(0, length));
  changed.push(...["=", "A", " ", "\n", "\0", value].map((more) => value + more));
  const last = String.fromCharCode(value.charCodeAt(value.length - 1) + 1);
  changed.push(` ${value}`, value.slice(0, -1) + last, TOKEN, "*", "9".repeat(1e7));
  for (const other of changed) {
    entry.value = other;
    assertEquals(await store.read("k"), { now: 0, fence: 1 }, other.slice(0, 80));
  }
  entry.value = value;
  assertEquals((await store.read("k"))!.value, TOKEN);
  // Longer than any token.
  await store.write("k", "x".repeat(80_000), 5000, { owner: "a", fence: 1 });
  assertEquals(await store.read("k"), { now: 0, fence: 2 });
});

Deno.test("sealed() takes a value that was moved to another key for none", async () => {
  const { memory, store, hidden, value } = await withToken();
  await store.write("other", "czs_other", 5000, LEASE);
  const other = [...memory.entries.keys()].find((each) => each !== hidden)!;
  const otherValue = memory.entries.get(other)!.value!;
  memory.entries.get(other)!.value = value;
  memory.entries.get(hidden)!.value = otherValue;
  assertEquals(await store.read("k"), { now: 0, fence: 1 });
  assertEquals(await store.read("other"), { now: 0, fence: 1 });
});

Deno.test("sealed() takes a value from another secret for none", async () => {
  const { memory, entry, hidden } = await withToken();
  const foreign = await withToken("k", `${SECRET}!`);
  assertNotEquals(foreign.hidden, hidden);
  // Even where its key were the same.
  memory.entries.set(foreign.hidden, { ...entry });
  const reader = sealed(memory, `${SECRET}!`);
  assertEquals(await reader.read("k"), { now: 0, fence: 1 });
});

Deno.test("sealed() copies a secret of bytes, which equals the same UTF-8 text", async () => {
  const text = "秘密".repeat(6);
  const { memory } = await withToken("k", text);
  const bytes = new TextEncoder().encode(text);
  const reader = sealed(memory, bytes);
  assertEquals(new TextDecoder().decode(bytes), text);
  bytes.fill(0);
  assertEquals((await reader.read("k"))!.value, TOKEN);
});

Deno.test("sealed() refuses a secret that is too short, at once", async () => {
  const memory = createMemoryStore();
  const refused = ["", "x".repeat(31), new Uint8Array(31), undefined, null, 7, [1, 2]];
  for (const secret of [...refused, "é".repeat(15)]) {
    const error = assertThrows(() => sealed(memory, secret as string), CozeError);
    assertEquals([error.code, error.details.name], ["usage-value", "secret"]);
  }
  assertEquals(await sealed(memory, "é".repeat(16)).read("k"), undefined);
});

Deno.test("sealed() shows nothing of the secret", async () => {
  const { store } = await withToken();
  const shown = Deno.inspect(store, { depth: 9, showHidden: true }) + JSON.stringify(store);
  assert(!shown.includes(SECRET) && !shown.includes("CryptoKey"), shown);
});

Deno.test("sealed() passes on that the store is down", async () => {
  const { memory, store } = await withToken();
  memory.before = () => Promise.reject(new Error("down"));
  const operations = [
    () => store.read("k"),
    () => store.take("k", "a", { fence: 1 }),
    () => store.write("k", TOKEN, 5000, LEASE),
    () => store.giveBack("k", LEASE),
  ];
  for (const operation of operations) {
    assertEquals(await operation().catch((error) => error.message), "down");
  }
});
