// The parts of inputs.

import * as fc from "../testing/fast_check.ts";

/** UTF-16 units, lone surrogates included. */
const UNIT = fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit));

/** Any text. */
export const anyText: fc.Arbitrary<string> = fc.oneof(
  fc.string(),
  fc.string({ unit: "binary" }),
  fc.string({ unit: UNIT }),
);

/** Characters and sequences that control a terminal or are invisible. */
export const INVISIBLE: readonly string[] = [
  ..."\0\b\t\n\r\x1b\x7f\x80\x85\x90\x9b\x9c\x9d",
  ..."\u00ad\u061c\u200b\u200d\u2028\u202e\u2066\ufeff\u{e0041}",
  ...[
    "\ud800",
    "\x1b[31m",
    "\x1b[2J",
    "\x1b]52;c;YQ==\x07",
    "\x1b]8;;u\x1b\\",
    "\x1bP",
    "\r\x1b[K",
  ],
];

/** Most UTF-16 units of a text. */
const LONGEST = 100_000;

/** Texts of these pieces, some of them repeated so often that slow code hangs. */
export function textOf(...pieces: string[]): fc.Arbitrary<string> {
  const piece = fc.constantFrom(...pieces);
  const long = fc.tuple(piece, fc.constantFrom(100, 5000, LONGEST))
    .map(([text, times]) => text.repeat(Math.min(times, LONGEST / (text.length || 1))));
  return fc.array(
    fc.oneof(
      { weight: 30, arbitrary: piece },
      { weight: 5, arbitrary: anyText },
      { weight: 3, arbitrary: fc.constantFrom(...INVISIBLE) },
      { weight: 1, arbitrary: long },
    ),
    { maxLength: 20 },
  ).map((parts) => parts.join("").slice(0, LONGEST));
}

/** The given texts, unchanged and with ranges deleted, doubled, changed or inserted. */
export function editedText(base: fc.Arbitrary<string>, ...pieces: string[]): fc.Arbitrary<string> {
  const piece = fc.oneof(fc.constantFrom(...pieces, ...INVISIBLE), anyText);
  return edited(base.map((text) => text.split("")), piece, (_, piece) => piece)
    .map((units) => units.join(""));
}

/** The given bytes, edited in the same way. */
export function editedBytes(base: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> {
  return edited(base.map((bytes) => [...bytes]), fc.nat({ max: 255 }), (old, bits) => old ^ bits)
    .map((bytes) => Uint8Array.from(bytes));
}

function edited<T>(
  base: fc.Arbitrary<T[]>,
  item: fc.Arbitrary<T>,
  change: (old: T, item: T) => T,
): fc.Arbitrary<T[]> {
  const edit = fc.record({
    kind: fc.constantFrom("change", "delete", "double", "insert", "cut"),
    at: fc.nat({ max: 0xffff }),
    length: fc.integer({ min: 1, max: 16 }),
    items: fc.array(item, { minLength: 1, maxLength: 4 }),
  });
  return fc.tuple(base, fc.array(edit, { maxLength: 4 })).map(([original, edits]) => {
    const result = [...original];
    for (const { kind, at: place, length, items } of edits) {
      const at = place % (result.length + 1);
      const range = result.slice(at, at + length);
      if (kind === "change" && at < result.length) result[at] = change(result[at]!, items[0]!);
      if (kind === "delete") result.splice(at, length);
      if (kind === "double") result.splice(at, 0, ...range);
      if (kind === "insert") result.splice(at, 0, ...items);
      if (kind === "cut") result.length = at;
    }
    return result;
  });
}

/** A text as bytes in UTF-8 or UTF-16. */
export function encoded(text: fc.Arbitrary<string>): fc.Arbitrary<Uint8Array> {
  return fc.tuple(text, fc.constantFrom("utf-8", "utf-8", "utf-8", "utf-16le", "utf-16be"))
    .map(([text, encoding]) => {
      if (encoding === "utf-8") return new TextEncoder().encode(text);
      const bytes = new Uint8Array(2 * text.length + 2);
      const view = new DataView(bytes.buffer);
      [...`\ufeff${text}`.split("")].forEach((unit, i) =>
        view.setUint16(2 * i, unit.charCodeAt(0), encoding === "utf-16le")
      );
      return bytes;
    });
}

/** Numbers in JSON that are easily misread. */
const NUMBERS =
  "0 -0 1 -1 0.5 1e-9 900 1e9 1893456000 8.64e12 8.65e12 9007199254740993 1e308 1e999 -1e999";
/** Nested lists; a parser reads them deeper than a serializer writes them. */
const DEEP = [100, 10_000].map((depth) => "[".repeat(depth) + "]".repeat(depth));

/** Any value in JSON. */
export const jsonText: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...NUMBERS.split(" "), "null", "true", '""', "[]", "{}", '{"__proto__":1}'),
  anyText.map((text) => JSON.stringify(text)),
  fc.constantFrom(...INVISIBLE).map((text) => JSON.stringify(`a${text}b`)),
  fc.json(),
  { weight: 1, arbitrary: fc.constantFrom(...DEEP) },
);

/** Objects in JSON with some of these members, some of them twice, in any order. */
export function objectText(
  names: readonly string[],
  value: fc.Arbitrary<string> = jsonText,
): fc.Arbitrary<string> {
  const name = fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(...names) },
    { weight: 1, arbitrary: fc.constantFrom("__proto__", "constructor", "toString", "") },
    { weight: 1, arbitrary: anyText },
  );
  const member = fc.tuple(name, value).map(([name, value]) => `${JSON.stringify(name)}:${value}`);
  return fc.array(member, { maxLength: 8 }).map((members) => `{${members.join(",")}}`);
}
