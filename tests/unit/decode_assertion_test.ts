import { assertEquals, assertThrows } from "@std/assert";
import { decodeAssertion } from "../../lib/assertion.ts";
import { CozeError } from "../../lib/error.ts";

const segment = (text: string) =>
  new TextEncoder().encode(text).toBase64({ alphabet: "base64url", omitPadding: true });

Deno.test("decodeAssertion() shows header and claims without verifying", () => {
  const jwt = `${segment('{"alg":"none","x":1}')}.${segment('{"iss":"扣子","n":[1]}')}.`;
  assertEquals(decodeAssertion(jwt), {
    header: { alg: "none", x: 1 },
    claims: { iss: "扣子", n: [1] },
  });
});

const good = segment("{}");
const BAD: Record<string, [jwt: string, reason: string]> = {
  "nothing": ["", "segments"],
  "two segments": [`${good}.${good}`, "segments"],
  "five segments (JWE)": [`${good}.a.b.c.d`, "segments"],
  "a header that is not base64url": [`{}.${good}.x`, "encoding"],
  "base64 with + and /": [`${segment('{"a":1}')}.e30+/.x`, "encoding"],
  "an empty header": [`.${good}.x`, "encoding"],
  "claims that are not JSON": [`${good}.${segment("{")}.x`, "encoding"],
  "claims that are an array": [`${good}.${segment("[]")}.x`, "encoding"],
  "claims that are null": [`${good}.${segment("null")}.x`, "encoding"],
  "a header that is a string": [`${segment('"x"')}.${good}.x`, "encoding"],
  "claims that are not UTF-8": [
    `${good}.${btoa('{"a":"\xff"}').replaceAll("/", "_")}.x`,
    "encoding",
  ],
};

for (const [what, [jwt, reason]] of Object.entries(BAD)) {
  Deno.test(`decodeAssertion() refuses ${what}`, () => {
    const error = assertThrows(() => decodeAssertion(jwt), CozeError);
    assertEquals([error.code, error.details.reason], ["wire-not-an-assertion", reason]);
  });
}

Deno.test("decodeAssertion() lets no member change a prototype (security 10)", () => {
  const { claims } = decodeAssertion(`${good}.${segment('{"__proto__":{"iss":"x"}}')}.x`);
  assertEquals([claims.iss, ({} as { iss?: string }).iss], [undefined, undefined]);
});
