import { createRedactor } from "../../lib/cli/output.ts";
import { mask, quote, redact, sanitize } from "../../lib/redact.ts";
import { anyText, textOf } from "./arbitraries.ts";
import * as fc from "../testing/fast_check.ts";
import { type Target, target } from "./fuzz.ts";
import { hold, holdClean } from "./holds.ts";
import { CANARY } from "./replies.ts";
import { TOY_PKCS8_PEM } from "./toy_key.ts";

const JWT = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiIxIiwiYXVkIjoiYXBpLmNvemUuY24ifQ." + "aB3_".repeat(40);
/** Secrets, with the parts that must not be shown. */
const SECRETS = [JWT, TOY_PKCS8_PEM, CANARY].map((secret) => ({
  secret,
  parts: secret.includes("\n")
    ? secret.split("\n").filter((line) => /^[^-]{16,}$/.test(line))
    : secret.includes(".")
    ? secret.split(".").slice(1)
    : [secret.slice(6)],
}));
const PIECES = "eyJ eyJa. czs_ . … _ a \\n \\u0022 Bearer".split(" ")
  .concat("-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----", "Bearer ", " ");
const hidden = fc.record({
  before: textOf(...PIECES),
  secret: fc.constantFrom(...SECRETS),
  after: textOf(...PIECES),
  marks: fc.array(
    fc.tuple(fc.nat(), fc.constantFrom("\u200b", "\u202e", "\ufeff", "\x1b[1m", "\0", "\u00ad")),
    { maxLength: 3 },
  ),
});

/** Shows foreign texts. */
export const TEXT_TARGETS: readonly Target[] = [
  target({
    name: "text",
    claim: "sanitize() and quote() remove everything that controls a terminal",
    arbitrary: fc.record({ text: textOf(...PIECES), limit: fc.integer({ min: 1, max: 300 }) }),
    check({ text, limit }) {
      const shown = sanitize(text);
      holdClean(shown, "sanitized text");
      hold(sanitize(shown) === shown, "a second time changes nothing");
      const quoted = quote(text, limit);
      holdClean(quoted, "a quote");
      hold(!/[\n\t]/.test(quoted), "a quote has one line");
      hold(quoted.length <= limit, "a quote keeps its limit");
    },
    runs: 1000,
  }),
  target({
    name: "redactor",
    claim: "createRedactor() hides each secret that it knows",
    arbitrary: fc.record({
      before: anyText,
      secret: fc.oneof(fc.string({ minLength: 10 }), fc.constantFrom("$&", "$`", "$'", "$1", "$$"))
        .map((text) => text.replace(/[\s…-]/g, "x").padEnd(20, "0123456789")),
    }),
    check({ before, secret }) {
      const redactor = createRedactor();
      redactor.add(secret);
      hold(!redactor.redact(`${before} ${secret}`).includes(secret), "the secret is not shown");
    },
    runs: 800,
  }),
  target({
    name: "secret",
    claim: "redact() hides a secret whatever stands around it",
    arbitrary: hidden,
    check({ before, secret: { secret, parts }, after, marks }) {
      // Places count in the original secret, so that no mark splits another.
      const marked = secret.replace(
        /[^]/g,
        (letter, at: number) =>
          marks.filter(([place]) => place % secret.length === at).map(([, mark]) => mark).join("") +
          letter,
      );
      // An unfinished escape sequence removes the first letters; the rest is no secret.
      if (!sanitize(before + secret).endsWith(secret)) return;
      const text = before + marked + after;
      for (const shown of [redact(sanitize(text)), quote(text)]) {
        hold(!parts.some((part) => shown.includes(part)), "no part of the secret is shown");
      }
      hold(mask(mask(secret)) === mask(secret), "a mask stays");
    },
    runs: 500,
  }),
];
