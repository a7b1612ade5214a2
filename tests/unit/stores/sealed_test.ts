// What the store contract does not say of sealed(): its format, and what an attacker can do.

import { assert, assertEquals, assertMatch, assertNotEquals, assertThrows } from "@std/assert";
import { CozeError } from "../../../lib/error.ts";
import { sealed } from "../../../lib/stores/sealed.ts";
import { createMemoryStore } from "../../testing/memory_store.ts";
import { SECRET } from "../../testing/store_contract.ts";
import { TOKEN } from "../../testing/token_server.ts";

/** A store with a token under "k", and the one entry behind it. */
async function withToken(secret: string | Uint8Array = SECRET) {
  const memory = createMemoryStore(() => 0);
  const store = sealed(memory, secret);
  await store.set("k", TOKEN, 5000);
  const [hidden, entry] = [...memory.entries][0]!;
  return { memory, store, hidden, entry };
}

Deno.test("sealed() keeps each text as it is", async () => {
  const { store } = await withToken();
  for (const text of ["", "\ufeffBOM", "a\0b", "扣子 👍", "x".repeat(60_000)]) {
    await store.set("k", text, 5000);
    assertEquals((await store.get("k"))!.value, text);
  }
});

Deno.test("sealed() writes keys and values of one form, and no value twice", async () => {
  const { memory, store, hidden, entry } = await withToken();
  assertMatch(hidden, /^[\w-]{43}$/);
  // Nonce and tag are 28 bytes.
  assertMatch(entry.value, new RegExp(`^[\\w-]{${Math.ceil((TOKEN.length + 28) * 4 / 3)}}$`));
  await store.set("k", TOKEN, 5000);
  assertNotEquals(memory.entries.get(hidden)!.value, entry.value);
});

Deno.test("sealed() keeps its format from release to release", async () => {
  const { memory, store, hidden } = await withToken();
  assertEquals(hidden, "XO3bZJoS5zlBJQXfzJtBXftR4nOat0YA2APsUZRHpI8");
  const value = "lKxWHQXcRR7WT_wxQ1jZD6rkWv-e92XZ6iG1RCD3FbTYuCQlbEE8wbfoSZGCd3Q8hXkE7v1nJKPk";
  memory.entries.set(hidden, { value, endsAt: 1 });
  assertEquals((await store.get("k"))!.value, TOKEN);
});

Deno.test("sealed() counts a value that was changed anywhere as missing", async () => {
  const { store, entry } = await withToken();
  const { value } = entry;
  const bytes = Uint8Array.fromBase64(value, { alphabet: "base64url" });
  const changed: string[] = [];
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const flipped = bytes.with(bit >> 3, bytes[bit >> 3]! ^ (1 << (bit & 7)));
    changed.push(flipped.toBase64({ alphabet: "base64url", omitPadding: true }));
  }
  for (let length = 0; length < value.length; length++) changed.push(value.slice(0, length));
  changed.push(...["A", "*", "\0", value].map((more) => value + more), TOKEN, "*", "9".repeat(1e7));
  for (const other of changed) {
    entry.value = other;
    assertEquals(await store.get("k"), undefined, other.slice(0, 80));
  }
  entry.value = value;
  assertEquals((await store.get("k"))!.value, TOKEN);
  // Longer than any token.
  await store.set("k", "x".repeat(80_000), 5000);
  assertEquals(await store.get("k"), undefined);
});

Deno.test("sealed() does not open a value of another secret, even under the same key", async () => {
  const { memory, entry, hidden } = await withToken();
  const foreign = await withToken(`${SECRET}!`);
  assertNotEquals(foreign.hidden, hidden);
  memory.entries.set(foreign.hidden, { ...entry });
  assertEquals(await sealed(memory, `${SECRET}!`).get("k"), undefined);
});

Deno.test("sealed() copies a secret of bytes, which equals the same UTF-8 text", async () => {
  const text = "秘密".repeat(6);
  const { memory } = await withToken(text);
  const bytes = new TextEncoder().encode(text);
  const reader = sealed(memory, bytes);
  assertEquals(new TextDecoder().decode(bytes), text);
  bytes.fill(0);
  assertEquals((await reader.get("k"))!.value, TOKEN);
});

Deno.test("sealed() refuses a secret that is too short, at once", async () => {
  const memory = createMemoryStore(() => 0);
  const refused = ["", "x".repeat(31), new Uint8Array(31), undefined, null, 7, [1, 2]];
  for (const secret of [...refused, "é".repeat(15)]) {
    const error = assertThrows(() => sealed(memory, secret as string), CozeError);
    assertEquals([error.code, error.details.name], ["usage", "secret"]);
  }
  assertEquals(await sealed(memory, "é".repeat(16)).get("k"), undefined);
});

Deno.test("sealed() refuses what is no store, at once", () => {
  for (const store of [undefined, null, 5, {}, { get() {}, set() {}, add() {} }]) {
    const error = assertThrows(() => sealed(store as never, SECRET), CozeError);
    assertEquals([error.code, error.details.name], ["usage", "store"]);
  }
});

Deno.test("sealed() shows nothing of the secret", async () => {
  const { store } = await withToken();
  const shown = Deno.inspect(store, { depth: 9, showHidden: true }) + JSON.stringify(store);
  assert(!shown.includes(SECRET) && !shown.includes("CryptoKey"), shown);
});
