import { assertEquals, assertThrows } from "@std/assert";
import { type Bytes, readDer, toNumber, writeDer } from "../../../lib/key/der.ts";
import { CozeError } from "../../../lib/error.ts";
import {
  bytesOf,
  der,
  pkcs1Der,
  pkcs1Pem,
  pkcs8Der,
  pkcs8Pem,
  rsaNumbers,
} from "../../testing/keys.ts";

const bytes = (hex: string): Bytes => Uint8Array.fromHex(hex.replaceAll(" ", ""));

Deno.test("readDer() reads elements side by side, with short and long lengths", () => {
  const long = new Uint8Array(300).fill(7);
  const two = new Uint8Array([...bytes("02 01 05 04 81 02 aa bb"), ...der(0x30, long)]);
  assertEquals(readDer(two).map(({ tag, content }) => [tag, content.length]), [
    [0x02, 1],
    [0x04, 2],
    [0x30, 300],
  ]);
  assertEquals(readDer(new Uint8Array()), []);
});

const TRUNCATED: Record<string, [hex: string, expected: number, actual: number]> = {
  "no length": ["30", 2, 1],
  "no content": ["30 05", 7, 2],
  "half the content": ["30 05 02 01 05", 7, 5],
  "half a long length": ["30 82 01", 4, 3],
  "a second element": ["05 00 02 02 01", 6, 5],
  "four gigabytes announced": ["30 84 ff ff ff ff 00", 4294967301, 7],
};

for (const [what, [hex, expected, actual]] of Object.entries(TRUNCATED)) {
  Deno.test(`readDer() says how much is missing: ${what}`, () => {
    const error = assertThrows(() => readDer(bytes(hex)), CozeError);
    assertEquals([error.code, error.details], [
      "key-damaged",
      { reason: "truncated", expected, actual },
    ]);
  });
}

for (const hex of ["30 80 00 00", "30 85 00 00 00 00 01 00", "30 ff"]) {
  Deno.test(`readDer() refuses the length ${hex.slice(3, 5)}, which is not DER`, () => {
    const error = assertThrows(() => readDer(bytes(hex)), CozeError);
    assertEquals([error.code, error.details], ["key-damaged", { reason: "structure" }]);
  });
}

Deno.test("readDer() survives every cut and every flipped byte of a key", () => {
  const key = new Uint8Array(bytesOf(pkcs1Pem()));
  const walk = (part: Bytes): void => {
    for (const { tag, content } of readDer(part)) if (tag === 0x30) walk(content);
  };
  const outcome = (part: Bytes) => {
    try {
      walk(part);
      return "read";
    } catch (error) {
      return error instanceof CozeError ? error.code : String(error);
    }
  };
  assertEquals(outcome(key), "read");
  for (let i = 1; i < key.length; i++) {
    assertEquals(outcome(key.slice(0, i)), "key-damaged", `cut at ${i}`);
  }
  const outcomes = new Set(Array.from(key, (byte, i) => outcome(key.with(i, byte ^ 0xff))));
  assertEquals([...outcomes].sort(), ["key-damaged", "read"]);
});

Deno.test("writeDer() writes lengths in the shortest form", () => {
  for (const length of [0, 1, 127, 128, 255, 256, 65535]) {
    const content = new Uint8Array(length).fill(1);
    assertEquals(writeDer(0x04, content).toHex(), der(0x04, content).toString("hex"));
  }
  const head = writeDer(0x04, new Uint8Array(70_000)).subarray(0, 5).toHex();
  assertEquals(head, "0483011170");
});

Deno.test("writeDer() joins its parts, and readDer() takes them apart again", () => {
  const written = writeDer(0x30, bytes("02 01 05"), bytes("05 00"));
  assertEquals(written.toHex(), "30050201050500");
  assertEquals(readDer(written)[0]!.content.toHex(), "0201050500");
});

Deno.test("toNumber() is not fooled by leading zeros or an empty content", () => {
  assertEquals([toNumber(bytes("")), toNumber(bytes("00")), toNumber(bytes("00 ff 01"))], [
    0n,
    0n,
    0xff01n,
  ]);
});

Deno.test("the DER of these tests equals node:crypto's", () => {
  assertEquals(pkcs1Der(rsaNumbers()).toString("hex"), bytesOf(pkcs1Pem()).toString("hex"));
  const wrapped = pkcs8Der(pkcs1Der(rsaNumbers()));
  assertEquals(wrapped.toString("hex"), bytesOf(pkcs8Pem()).toString("hex"));
});
