import { assertEquals } from "@std/assert";
import { judgeClaims } from "../../../lib/doctor/claims.ts";
import { loadWords } from "../../../lib/words/words.ts";

const NOW = 1_795_467_705_000;
const header = { alg: "RS256", typ: "JWT", kid: "_v0VjcMlLdQc3tRTD3jC5Xz29TUnKQOhtuD5k-gpyf4" };
const claims = {
  iss: "1127900106117",
  aud: "api.coze.cn",
  iat: 1_795_467_705,
  exp: 1_795_468_305,
  jti: "a".repeat(64),
};
const judge = (own: object = {}, ownHeader: object = {}) =>
  judgeClaims(
    { header: { ...header, ...ownHeader }, claims: { ...claims, ...own } },
    "api.coze.cn",
    NOW,
  );

Deno.test("judgeClaims() accepts an assertion as Coze documents it", () => {
  assertEquals(new Set(judge().map(({ mark }) => mark)), new Set(["ok"]));
  const names = ["alg", "typ", "kid", "iss", "aud", "iat", "exp", "jti"];
  assertEquals(judge().map(({ name }) => name), names);
});

const JUDGED: [own: object, ownHeader: object, name: string, mark: string, says: string][] = [
  [{}, { alg: "HS256" }, "alg", "wrong", "alg-wrong"],
  [{}, { alg: "none" }, "alg", "wrong", "alg-wrong"],
  [{}, { typ: undefined }, "typ", "note", "typ-unusual"],
  [{}, { kid: undefined }, "kid", "wrong", "missing"],
  [{}, { kid: "" }, "kid", "wrong", "missing"],
  [{}, { kid: 7 }, "kid", "wrong", "not-a-string"],
  [{}, { kid: "abc" }, "kid", "note", "kid-unusual"],
  [{}, { jku: "https://x" }, "jku", "note", "extra"],
  [{ iss: 1127900106117 }, {}, "iss", "wrong", "not-a-string"],
  [{ iss: undefined }, {}, "iss", "wrong", "missing"],
  [{ iss: "abc" }, {}, "iss", "note", "iss-unusual"],
  [{ aud: "https://api.coze.cn" }, {}, "aud", "wrong", "aud-wrong"],
  [{ aud: ["api.coze.cn"] }, {}, "aud", "wrong", "aud-wrong"],
  [{ aud: "api.coze.com" }, {}, "aud", "wrong", "aud-wrong"],
  [{ aud: undefined }, {}, "aud", "wrong", "missing"],
  [{ iat: NOW }, {}, "iat", "wrong", "milliseconds"],
  [{ iat: "1795467705" }, {}, "iat", "wrong", "not-seconds"],
  [{ iat: 1795467705.5 }, {}, "iat", "wrong", "not-seconds"],
  [{ iat: 1_795_467_805 }, {}, "iat", "note", "iat-future"],
  [{ iat: 1_795_467_705 + 28_800 }, {}, "iat", "wrong", "iat-zone"],
  [{ iat: 1_795_467_705 + 19_800 - 60 }, {}, "iat", "wrong", "iat-zone"],
  [{ iat: 1_795_467_705 + 1000 }, {}, "iat", "wrong", "iat-ahead"],
  [{ iat: undefined }, {}, "iat", "wrong", "missing"],
  [{ exp: 1_795_467_705 }, {}, "exp", "wrong", "exp-order"],
  [{ iat: 1, exp: 1_795_467_704 }, {}, "exp", "wrong", "expired"],
  [{ exp: undefined }, {}, "exp", "wrong", "missing"],
  [{ jti: undefined }, {}, "jti", "wrong", "missing"],
  [{ jti: 5 }, {}, "jti", "wrong", "not-a-string"],
  [{ scope: "[]" }, {}, "scope", "wrong", "scope-claim"],
  [{ session_name: "u" }, {}, "session_name", "ok", "session-name"],
  [{ session_name: 5 }, {}, "session_name", "wrong", "not-a-string"],
  [{ session_context: {} }, {}, "session_context", "ok", "session-context"],
  [{ sub: "u" }, {}, "sub", "note", "extra"],
];
for (const [own, ownHeader, name, mark, says] of JUDGED) {
  const members = JSON.stringify({ ...own, ...ownHeader });
  Deno.test(`judgeClaims() says ${says} of ${members}`, async () => {
    const verdict = judge(own, ownHeader).find((verdict) => verdict.name === name)!;
    assertEquals([verdict.mark, verdict.says], [mark, says]);
    assertEquals(`claim.${says}` in await loadWords("en"), true);
  });
}
