import { assertEquals, assertMatch } from "@std/assert";
import { createRedactor, type Redactor } from "../../../lib/cli/output.ts";
import { createMaskedStream } from "../../../lib/cli/masked_stream.ts";
import { sanitize } from "../../../lib/redact.ts";
import { assertLinear } from "../../testing/growth.ts";
import { INVISIBLE, textOf } from "../../property/arbitraries.ts";
import * as fc from "../../testing/fast_check.ts";

const JWT = `eyJhbGciOiJSUzI1NiJ9.${"eyJpc3MiOiIxIn0".repeat(3)}.${"c2lnbmF0dXJl".repeat(4)}`;
const TOKEN = "czs_CanaryCanaryCanary0123456789";
/** Known by value alone. */
const ODD = "canary.of~another+form/0123456789=";

function redactorOf(...secrets: string[]): Redactor {
  const redactor = createRedactor();
  secrets.forEach(redactor.add);
  return redactor;
}

/** What was written after each piece, and at the end. */
function streamed(pieces: string[], redactor = redactorOf(ODD)): string[] {
  let shown = "";
  const stream = createMaskedStream(redactor, (text) => shown += text);
  const steps = pieces.map((piece) => {
    stream.write(piece);
    return shown;
  });
  stream.end();
  return [...steps, shown];
}

function whole(text: string, redactor = redactorOf(ODD)): string {
  return redactor.redactContent(sanitize(text));
}

/** Every way to cut a text into three; a long one into two. */
function* cuts(text: string): Generator<string[]> {
  for (let i = 0; i <= text.length; i++) {
    const last = text.length > 70 ? i : text.length;
    for (let j = i; j <= last; j++) yield [text.slice(0, i), text.slice(i, j), text.slice(j)];
  }
}

const CUT: Record<string, string> = {
  "colours and cursor": "a\x1b[31;1mred\x1b[0m\x1b[2J\x1b[10;20H\x1b[4 qb",
  "links and the clipboard": "a\x1b]8;;https://evil.example\x1b\\click\x1b]52;c;ZXZpbA==\x07b",
  "8-bit sequences": "a\x9b31mb\x9d52;c;ZXZpbA==\x9cc\x90q\x1b\\d",
  "DCS, SOS, PM and APC": "a\x1bPq\x1b\\\x1bXs\x1b\\\x1b^p\x1b\\\x1b_a\x1b\\b",
  "a reset and a charset": "a\x1bc\x1b(B\x1b\x1b[1mb",
  "sequences that break off": "a\x1b]0;title\x1b[1mb\x1b[3\x07c\x1b 扣d\x1b",
  "intermediate bytes": "a\x1b[ 1mb\x1b [1mc\x9b1 2md\x1b %Ge",
  "bidi marks, tags and surrogates": "a\u202eb\u{e0041}c👍\ud83dd\udc4de\u{e0020}\ud83d",
  "a JWT": `jwt ${JWT}. next`,
  "a JWT without end": `jwt "${JWT}`,
  "a JWT behind Bearer": `Authorization: Bearer \n ${JWT} bearer abcdefgh12345678`,
  "tokens of Coze": `${TOKEN} (pat_abcdef0123456789 cztei_abcdef0123456789) 扣${TOKEN}子 x${TOKEN}`,
  "a secret by value": `it is ${ODD}${ODD}, not ${ODD.slice(0, -1)} canary`,
};
for (const [what, text] of Object.entries(CUT)) {
  Deno.test(`createMaskedStream() shows ${what} as it shows the whole, cut anywhere (security 11, 12)`, () => {
    for (const pieces of cuts(text)) {
      assertEquals(streamed(pieces).at(-1), whole(text), JSON.stringify(pieces));
    }
    assertEquals(streamed(text.split("")).at(-1), whole(text));
  });
}

const PIECES = [
  "eyJ",
  "eyJa.",
  "czs_",
  ".",
  "…",
  "_",
  "a",
  "扣子",
  "👍",
  "Bearer",
  "Bearer ",
  " ",
  "\n",
]
  .concat("-----BEGIN", "-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----", ...INVISIBLE)
  .concat("abcdefgh12345678", JWT, TOKEN, ODD, ODD.slice(0, 20));
Deno.test("createMaskedStream() shows any text cut in any way as a whole (security 11, 12)", () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(...PIECES), { maxLength: 30 }).map((parts) => parts.join("")),
      fc.array(fc.nat({ max: 200 }), { maxLength: 20 }),
      (text, cuts) => {
        const at = [0, ...cuts.filter((cut) => cut < text.length).sort((a, b) => a - b)];
        const pieces = at.map((from, i) => text.slice(from, at[i + 1]));
        assertEquals(streamed(pieces).at(-1), whole(text));
        assertEquals(streamed(text.split("")).at(-1), whole(text));
      },
    ),
    { numRuns: 300 },
  );
  fc.assert(
    fc.property(textOf(...PIECES), fc.nat({ max: 5000 }), (long, cut) => {
      const text = long.slice(0, 8000);
      assertEquals(streamed([text.slice(0, cut), text.slice(cut)]).at(-1), whole(text));
    }),
    { numRuns: 100 },
  );
});

Deno.test("createMaskedStream() leaves code, prose and addresses as they are", () => {
  const text = "def code_generator(): pass  # compat_version, pat_test, Bearer authentication\n" +
    `${"-".repeat(90)}\nhttps://example.com/${"a-path/".repeat(14)}\n` +
    "A key begins with -----BEGIN PRIVATE KEY----- and then comes abcdefghijklmnopqrstuvwxyz.\n";
  assertEquals(streamed([text]).at(-1), text);
  assertEquals(streamed(text.split("")).at(-1), text);
});

Deno.test("createMaskedStream() shows Chinese at once, and a word when it ends", () => {
  const steps = ["你", "你好，", "你好，", "你好，abcde ", "你好，abcde f。", "你好，abcde f。"];
  assertEquals(streamed(["你", "好，abc", "de", " f", "。"]), steps);
  assertEquals(streamed(["a\x1b[3", "1m b"]), ["", "a ", "a b"]);
  assertEquals(streamed(["Bearer  ", "扣"])[0], "Bearer  ");
});

Deno.test("createMaskedStream() knows a secret from the moment the redactor does (security 12)", () => {
  let shown = "";
  const redactor = createRedactor();
  const stream = createMaskedStream(redactor, (text) => shown += text);
  stream.write("one ");
  redactor.add("later.secret~of.no.form");
  stream.write("later.secret~of.");
  stream.write("no.form two");
  stream.end();
  assertEquals(shown, "one later.…(23 chars) two");
});

Deno.test("createMaskedStream() begins anew after end()", () => {
  let shown = "";
  const stream = createMaskedStream(createRedactor(), (text) => shown += text);
  for (const text of ["czs_Canary", "Canary0123456789", "a\x1b]0;", "b"]) {
    stream.write(text);
    stream.end();
  }
  assertEquals(shown, "czs_CanaryCanary0123456789ab");
});

Deno.test("createMaskedStream() masks a word of any length, and goes on behind it (security 12)", () => {
  const [x, y, word] = ["x".repeat(9000), "y".repeat(9000), "abcdefgh12345678"];
  const text = ` Bearer ${x} ${word} ${y}/Bearer ${word}`;
  assertEquals(streamed(text.split("")).at(-1), whole(text));
});

const ENDLESS: Record<string, [begin: string, piece: string, shown: RegExp]> = {
  "an OSC": ["a \x1b]52;c;", "ZXZpbA", /^a $/],
  "a CSI": ["a \x1b[", "31;", /^a $/],
  "a CSI with intermediates": ["a \x9b31", "   ", /^a $/],
  "a charset": ["a \x1b", "   ", /^a $/],
  "a word": ["a ", "word", /^a wordwo…\(over 8192 chars\)$/],
  "a dotted word": ["a ", "w.rd", /^a w\.rdw\.…\(over 8192 chars\)$/],
};
for (const [what, [begin, piece, expected]] of Object.entries(ENDLESS)) {
  // What is held is looked at with each piece: if it grew, twice the pieces took four times as long.
  Deno.test(`createMaskedStream() does not collect ${what} without end (security 11)`, async () => {
    await assertLinear(
      (count) => [begin, ...Array(count).fill(piece)],
      (pieces) => assertMatch(streamed(pieces).at(-1)!, expected),
      2500,
    );
  });
}
