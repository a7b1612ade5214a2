import { fingerprints, toSpki } from "../../lib/fingerprint.ts";
import { importPrivateKey, readPrivateKey, RS256 } from "../../lib/private_key.ts";
import { der, pemOf, pkcs1Der, pkcs8Der } from "../testing/keys.ts";
import { anyText, editedBytes, editedText, encoded, textOf } from "./arbitraries.ts";
import * as fc from "../testing/fast_check.ts";
import { type Target, target } from "./fuzz.ts";
import { hold, mayRefuse } from "./holds.ts";
import { TOY_NUMBERS, TOY_PKCS1, TOY_PKCS1_PEM, TOY_PKCS8, TOY_PKCS8_PEM } from "./toy_key.ts";

const LABELS = "PRIVATE KEY,RSA PRIVATE KEY,EC PRIVATE KEY,FOO PRIVATE KEY,ENCRYPTED PRIVATE KEY"
  .concat(",OPENSSH PRIVATE KEY,PUBLIC KEY,CERTIFICATE,X, ").split(",");
const PIECES = LABELS.flatMap((label) => [`-----BEGIN ${label}-----`, `-----END ${label}-----`])
  .concat(
    "\n",
    "\r\n",
    "\\n",
    "-",
    "—",
    "=",
    '"',
    "\\",
    "\u00a0",
    "AAAA",
    "MIIE",
    "Proc-Type: 4,ENCRYPTED",
    "keys/a.pem",
  );

/** How editors, shells and chats change a key. */
const FORMS: readonly ((pem: string) => string)[] = [
  (pem) => pem,
  (pem) => pem.replaceAll("\n", "\r\n"),
  (pem) => pem.replaceAll("\n", "\\n"),
  (pem) => pem.replaceAll("\n", " "),
  (pem) => pem.replaceAll("\n", ""),
  (pem) => `\ufeff${pem}`,
  (pem) => `"${pem}"`,
  (pem) => pem.replace(/^/gm, "  "),
  (pem) => pem.replaceAll("\n", "\\\\n"),
  (pem) => pem.replaceAll("\n", "\\\n"),
  (pem) => pem.replaceAll("-----", "—–"),
  (pem) => pem.replaceAll(" ", "\u3000"),
  (pem) => JSON.stringify(pem.split("\n"), null, 1),
  (pem) => `KEY=${btoa(pem)}`,
  (pem) => pem.replace(/-----.*\n/g, ""),
  (pem) => pem + pem,
  (pem) => pemOf("CERTIFICATE", TOY_PKCS1) + pem,
];

/** The toy key as text, in all its forms. */
export const toyPem: fc.Arbitrary<string> = fc.tuple(
  fc.constantFrom(TOY_PKCS8_PEM, TOY_PKCS1_PEM),
  fc.constantFrom(...FORMS),
  fc.option(fc.constantFrom(...LABELS)),
).map(([pem, form, label]) =>
  form(label === null ? pem : pem.replaceAll(/(?<=BEGIN |END )[A-Z ]+/g, label))
);

const pemText = fc.oneof(editedText(toyPem, ...PIECES), textOf(...PIECES));

/** The toy key with some numbers replaced; its modulus is often still the product of its primes. */
const wrongNumbers = fc.tuple(
  fc.dictionary(
    fc.constantFrom(...Object.keys(TOY_NUMBERS)),
    fc.oneof(fc.bigInt({ min: 0n, max: 7n }), fc.bigInt({ min: 0n, max: 1n << 1100n })),
    { minKeys: 1 },
  ),
  fc.boolean(),
).map(([wrong, fits]) => {
  const numbers = { ...TOY_NUMBERS, ...wrong };
  return pkcs1Der(fits ? { ...numbers, n: numbers.p * numbers.q } : numbers);
});

/** Any tree of DER. */
const tree: fc.Arbitrary<Uint8Array> = fc.letrec<{ node: Uint8Array }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.tuple(fc.constantFrom(2, 3, 4, 5, 6, 0x30), fc.uint8Array({ maxLength: 12 }))
      .map(([tag, content]) => der(tag, content)),
    fc.tuple(fc.constantFrom(4, 0x30, 0x31, 0xa0), fc.array(tie("node"), { maxLength: 9 }))
      .map(([tag, children]) => der(tag, ...children)),
  ),
})).node;

const bytes = editedBytes(
  fc.oneof(
    fc.constantFrom(TOY_PKCS8, TOY_PKCS1),
    wrongNumbers,
    wrongNumbers.map((pkcs1) => pkcs8Der(pkcs1)),
    fc.tuple(fc.constantFrom(TOY_PKCS1), fc.uint8Array({ minLength: 1, maxLength: 10 }))
      .map(([pkcs1, oid]) => pkcs8Der(pkcs1, oid.toHex())),
    tree,
    fc.uint8Array({ maxLength: 40 }),
  ),
);

async function checkKey(input: string | Uint8Array): Promise<void> {
  const before = typeof input === "string" ? input : input.toHex();
  const codes = /^key-(?!id-|file-)/;
  const key = await mayRefuse(codes, () => readPrivateKey(input));
  const imported = await mayRefuse(codes, () => importPrivateKey(input));
  const candidates = await mayRefuse(codes, () => fingerprints(input));
  hold(
    before === (typeof input === "string" ? input : input.toHex()),
    "the caller's bytes are not written to",
  );
  hold((key === undefined) === (imported === undefined), "what can be read is imported");
  hold((key === undefined) === (candidates === undefined), "a key that was read has fingerprints");
  for (const candidate of Object.values(candidates ?? {})) {
    hold(/^[\w-]{43}$/.test(candidate), "fingerprints have 43 characters");
  }
  if (!key || !imported) return;
  hold(!imported.extractable && imported.usages.join() === "sign", "a key can only sign");
  const publicKey = await crypto.subtle.importKey(
    "spki",
    await toSpki(key.publicKey),
    RS256,
    false,
    [
      "verify",
    ],
  );
  const text = new Uint8Array(3);
  const signature = await crypto.subtle.sign(RS256, imported, text);
  hold(
    await crypto.subtle.verify(RS256, publicKey, signature, text),
    "a key that was accepted signs what its public half verifies",
  );
}

/** Reads private keys. */
export const KEY_TARGETS: readonly Target[] = [
  target({
    name: "pem",
    claim: "importPrivateKey() refuses any text with a CozeError or signs with it",
    arbitrary: fc.oneof(pemText, encoded(pemText), anyText, fc.uint8Array()),
    check: checkKey,
    runs: 500,
  }),
  target({
    name: "der",
    claim: "importPrivateKey() refuses any DER with a CozeError or signs with it",
    arbitrary: fc.tuple(fc.constantFrom("PRIVATE KEY", "RSA PRIVATE KEY"), bytes)
      .map(([label, der]) => der.length === 0 ? "" : pemOf(label, der)),
    check: checkKey,
    runs: 1500,
  }),
];
