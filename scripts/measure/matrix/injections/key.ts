import type { Code } from "../../../../lib/words/words.ts";
import * as keys from "../../../../tests/testing/keys.ts";
import { named } from "../../../../tests/testing/fake_io.ts";
import { changeApp } from "../setup.ts";
import { type Inject, injectInto, type Injection } from "./injection.ts";

const PATH = "keys/private_key.pem";

const injectOffline = injectInto("offline");
/** Replaces the content of the key file; undefined deletes the file. */
const inject = (
  code: Code,
  name: string,
  content: (pem: string) => string | Uint8Array | Error | undefined,
  more?: Parameters<Inject>[4],
) =>
  injectOffline(code, name, ["key"], ({ editFiles, user }) => {
    editFiles.push((files) => {
      const made = content(user.pair.pem);
      if (made === undefined) delete files[PATH];
      else files[PATH] = made;
    });
  }, more);

const numbers = (change: (all: keys.RsaNumbers) => Partial<keys.RsaNumbers>) => () => {
  const all = keys.rsaNumbers();
  return keys.pemOf("PRIVATE KEY", keys.pkcs8Der(keys.pkcs1Der({ ...all, ...change(all) })));
};
const lines = (pem: string, edit: (lines: string[]) => string[]) =>
  edit(pem.split("\n")).join("\n");

const unusable: Injection[] = [
  inject("key-file-missing", "no file", () => undefined),
  inject("key-file-unreadable", "no right to read it", () => named("PermissionDenied")),
  inject("key-file-unreadable", "a directory", () => named("IsADirectory")),
  inject("sandbox-read", "the sandbox forbids it", () => named("NotCapable")),
  inject("key-is-public", "a public key", keys.publicPem),
  inject("key-is-public", "a public key of PKCS#1", keys.publicPkcs1Pem),
  inject(
    "key-is-public",
    "a public key with the label of a private one",
    () => keys.pemOf("PRIVATE KEY", keys.bytesOf(keys.publicPem())),
  ),
  inject("key-is-public", "a certificate", () => keys.randomPem("CERTIFICATE")),
  inject("key-is-encrypted", "PKCS#8 with a passphrase", keys.encryptedPkcs8Pem),
  inject("key-is-encrypted", "PKCS#1 with a passphrase", keys.encryptedPkcs1Pem),
  inject("key-is-openssh", "OpenSSH", () => keys.randomPem("OPENSSH PRIVATE KEY")),
  inject("key-not-rsa", "EC", keys.ecPem),
  inject("key-not-rsa", "EC of SEC 1", keys.ecSec1Pem),
  inject("key-not-rsa", "Ed25519", keys.ed25519Pem),
  inject("key-not-rsa", "X25519", keys.x25519Pem),
  inject("key-not-rsa", "RSA-PSS", keys.rsaPssPem),
  inject("key-too-short", "1024 bits", keys.shortPkcs8Pem, { implies: ["key-mismatch"] }),
];

const damaged: Injection[] = ([
  ["half of it", (pem) => pem.slice(0, pem.length / 2)],
  ["a line is gone", (pem) => lines(pem, (all) => all.toSpliced(9, 1))],
  ["two lines swapped", (pem) => lines(pem, (all) => all.with(9, all[10]!).with(10, all[9]!))],
  [
    "a letter changed",
    (pem) =>
      lines(pem, (all) => all.with(12, (all[12]![0] === "A" ? "B" : "A") + all[12]!.slice(1))),
  ],
  [
    "a foreign character",
    (pem) => lines(pem, (all) => all.with(5, `${all[5]!.slice(0, 9)}，${all[5]!.slice(10)}`)),
  ],
  ["no END line", (pem) => pem.replace(/-----END.*/, "")],
  ["no BEGIN line", (pem) => pem.replace(/-----BEGIN.*-----\n/, "")],
  ["an empty file", () => ""],
  ["other text", () => "czs_0123456789\n"],
  ["a CRT exponent flipped", numbers(({ dp }) => ({ dp: dp ^ 4n }))],
  ["the CRT coefficient flipped", numbers(({ qi }) => ({ qi: qi ^ 4n }))],
  ["the private exponent flipped", numbers(({ d }) => ({ d: d ^ 4n }))],
  ["the modulus flipped", numbers(({ n }) => ({ n: n ^ 4n }))],
] as [string, (pem: string) => string | Uint8Array][]).map(([name, content]) =>
  inject("key-damaged", name, content)
);

const repaired: Injection[] = ([
  ["CRLF", (pem) => pem.replaceAll("\n", "\r\n")],
  ["a byte order mark", (pem) => `\ufeff${pem}`],
  ["indentation", (pem) => pem.replace(/^(?=.)/gm, "  ")],
  ["no final newline", (pem) => pem.trimEnd()],
  [String.raw`literal \n`, (pem) => pem.replaceAll("\n", "\\n")],
  ["quotes", (pem) => `"${pem}"`],
  [
    "UTF-16",
    (pem) => Uint8Array.from([0xff, 0xfe, ...[...pem].flatMap((c) => [c.charCodeAt(0), 0])]),
  ],
  ["four dashes", (pem) => pem.replace(/^-----BEGIN/, "----BEGIN")],
  ["typographic dashes", (pem) => pem.replaceAll("-----", "—–")],
  ["a JSON array of lines", (pem) => JSON.stringify(pem.split("\n"), null, 2)],
  ["base64 of the whole file", (pem) => btoa(pem)],
  ["neither BEGIN nor END line", (pem) => pem.replace(/-----.*\n/g, "")],
  ["PKCS#1", keys.pkcs1Pem],
] as [string, (pem: string) => string | Uint8Array][]).map(([name, content]) =>
  inject("key-repaired", name, content, { severity: "note" })
);

const odd: Injection[] = [
  inject("key-several-blocks", "the public key above it", (pem) => keys.publicPem() + pem, {
    severity: "warning",
  }),
  inject("key-several-blocks", "another key below it", (pem) => pem + keys.otherPkcs8Pem(), {
    severity: "warning",
  }),
  ...[0o644, 0o640, 0o777].map((mode) =>
    injectOffline("key-file-mode", mode.toString(8), ["key"], ({ facts }) => {
      facts[PATH] = { mode: 0o100000 | mode };
    }, { severity: "warning" })
  ),
  injectOffline("key-symlink", "a link out of the directory", ["key"], ({ facts }) => {
    const link = { realPath: "/srv/secrets/coze.pem", realDirectory: "/home/me/app/keys" };
    facts[PATH] = { link };
  }, { severity: "warning" }),
];

const inVariable = (code: Code, name: string, line: string) =>
  injectOffline(code, name, ["key", "env"], ({ editFiles }) => {
    editFiles.push((files) => files["keys/.env"] += `${line}\n`);
  });
const byVariable: Injection[] = [
  inVariable("key-is-a-path", "a path in the variable for the key", `COZE_PRIVATE_KEY=${PATH}`),
  injectOffline("key-file-missing", "a name with a letter wrong", ["key", "args"], ({ args }) => {
    args.push("--key-file", "keys/privat_key.pem");
  }),
  inVariable(
    "key-file-missing",
    "a path from another directory",
    "COZE_PRIVATE_KEY_PATH=../private_key.pem",
  ),
];

/** Coze accepts this short key; RFC 7518 does not. */
const registeredShortKey = injectOffline(
  "key-too-short",
  "1024 bits that the server knows",
  ["key"],
  (setup) => {
    const pair = { ...keys.shortPair(), pem: keys.shortPkcs8Pem() };
    setup.user.pair = pair;
    changeApp(setup, { keys: { [setup.user.keyId]: pair.publicKey } });
  },
);

/** Faults of the private key. */
export const KEY_INJECTIONS: readonly Injection[] = [
  ...unusable,
  ...damaged,
  ...byVariable,
  registeredShortKey,
  ...repaired,
  ...odd,
];
