import { assert, assertEquals } from "@std/assert";
import { createRedactor } from "../../lib/cli/output.ts";
import { mask, maskSecret, quote, redact, sanitize } from "../../lib/redact.ts";
import { pkcs8Pem } from "../testing/keys.ts";

const JWT = `eyJhbGciOiJSUzI1NiJ9.${"eyJpc3MiOiIxIn0".repeat(3)}.${"c2lnbmF0dXJl".repeat(4)}`;

const SANITIZED: Record<string, [string, string]> = {
  "plain text with tab and newline": ["a\tb\nc 扣子 é", "a\tb\nc 扣子 é"],
  "an emoji": ["ok 👍", "ok 👍"],
  "colours": ["a\x1b[31;1mred\x1b[0m b", "ared b"],
  "cursor movement and erasing": ["a\x1b[2J\x1b[10;20H\x1b[?25lb", "ab"],
  "a CSI with intermediate bytes": ["a\x1b[4 qb", "ab"],
  "an 8-bit CSI": ["a\x9b31mb", "ab"],
  "a window title ended by BEL": ["a\x1b]0;title\x07b", "ab"],
  "a link (OSC 8) ended by ST": [
    "a\x1b]8;;https://evil.example\x1b\\click\x1b]8;;\x1b\\b",
    "aclickb",
  ],
  "the clipboard (OSC 52)": ["a\x1b]52;c;ZXZpbA==\x07b", "ab"],
  "an 8-bit OSC": ["a\x9d52;c;ZXZpbA==\x9cb", "ab"],
  "an OSC that does not end": ["a\x1b]52;c;ZXZpbA==", "a"],
  "a CSI that does not end": ["a\x1b[31", "a"],
  "an escape at the end": ["a\x1b", "a"],
  "DCS, SOS, PM and APC": ["a\x1bPq\x1b\\\x1bXs\x1b\\\x1b^p\x1b\\\x1b_a\x1b\\b", "ab"],
  "a reset and a charset": ["a\x1bc\x1b(Bb", "ab"],
  "C0 controls": ["a\x00\x07\x08\x0b\x0c\x0d\x1fb\x7f", "ab"],
  "C1 controls": ["a\x80\x85\x8d\x99b", "ab"],
  "bidi marks": ["a\u202ab\u202ec\u2066d\u2069e\u200ef\u200fg\u061ch", "abcdefgh"],
  "zero-width marks": ["a\u200bb\u200cc\u200dd\u2060e\ufefff\u00adg", "abcdefg"],
  "line and paragraph separators": ["a\u2028b\u2029c", "abc"],
  "tag characters": ["a\u{e0041}\u{e007f}b", "ab"],
  "fillers and annotations": ["a\u034fb\u115fc\u3164d\ufff9e\u180eb\u206ac", "abcdebc"],
  "an emoji with its variant": ["❤\ufe0f", "❤\ufe0f"],
  "a lone surrogate": ["a\ud800b", "a\ufffdb"],
};

for (const [what, [text, expected]] of Object.entries(SANITIZED)) {
  Deno.test(`sanitize() handles ${what} (security 11)`, () => {
    assertEquals(sanitize(text), expected);
  });
}

Deno.test("sanitize() leaves no control however a sequence is cut (security 11)", () => {
  const hostile = "x\x1b[31my\x1b]8;;u\x1b\\z\x9b1m\u202e\x1bPq\x1b\\";
  for (let i = 0; i <= hostile.length; i++) {
    for (const part of [hostile.slice(0, i), hostile.slice(i)]) {
      // deno-lint-ignore no-control-regex
      assertEquals(sanitize(part).search(/[\x00-\x1f\x7f-\x9f\u202e]/), -1, JSON.stringify(part));
    }
  }
});

const REDACTED: Record<string, [string, string]> = {
  "a JWT": [`jwt ${JWT}.`, `jwt eyJhbG…(${JWT.length} chars).`],
  "a JWT without signature": ["eyJhbGci.eyJpc3Mi", "eyJhbG…(17 chars)"],
  "a JWT after Bearer": [
    `Authorization: Bearer ${JWT}`,
    `Authorization: Bearer eyJhbG…(${JWT.length} chars)`,
  ],
  "an opaque bearer token": ["bearer abcdefgh12345678", "bearer abcdef…(16 chars)"],
  "tokens of Coze": [
    "czs_abcdefgh czu_abcdefgh pat_abcdefgh sat_abcdefgh cztei_abcdefgh",
    "czs_ab…(12 chars) czu_ab…(12 chars) pat_ab…(12 chars) sat_ab…(12 chars) cztei_…(14 chars)",
  ],
  "a long path": [`a ${"/directory".repeat(30)} b`, `a ${"/directory".repeat(30)} b`],
  "a run as long as a signature": [`a ${"aB3-_+x=".repeat(10)} b`, "a aB3-_+…(80 chars) b"],
  "a run that is shorter": ["a".repeat(79), "a".repeat(79)],
  "short words with the same beginning": ["czs_ab and bearer of", "czs_ab and bearer of"],
  "a private key": [`before ${pkcs8Pem()} after`, "before (private key)\n after"],
  "a key that is cut off": [
    "x -----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA",
    "x (private key)",
  ],
  "a public key, which is none": [
    "-----BEGIN PUBLIC KEY-----\nMIIB",
    "-----BEGIN PUBLIC KEY-----\nMIIB",
  ],
};

for (const [what, [text, expected]] of Object.entries(REDACTED)) {
  Deno.test(`redact() handles ${what} (security 12)`, () => {
    assertEquals(redact(text), expected);
    assertEquals(redact(redact(text)), expected, "a second time changes nothing");
  });
}

Deno.test("redact() finds secrets that are glued to what stands before (security 12)", () => {
  // A server that quotes one text in another writes "\\n" and "\\u0022".
  for (const before of ["token_", "\\n", "\\u0022"]) {
    for (const secret of [JWT, "czs_0123456789abcdef"]) {
      const shown = redact(`"${before}${secret}"`);
      assert(!shown.includes(secret.slice(8, 20)), shown);
    }
  }
});

Deno.test("redact() ends soon on a long text that begins like a JWT again and again", () => {
  const hostile = "eyJ".repeat(1_000_000);
  assertEquals(redact(hostile), mask(hostile));
  assertEquals(redact("eyJ".repeat(20)), "eyJ".repeat(20));
});

Deno.test("mask() shows six characters and the length, and nothing twice", () => {
  assertEquals(mask("0123456789"), "012345…(10 chars)");
  assertEquals(mask(mask("0123456789")), "012345…(10 chars)");
});

Deno.test("createRedactor() masks secrets it was told by value (security 12)", () => {
  // The last ones mean something in a replacement.
  for (const start of ["is", "$&", "$`", "$'", "$$"]) {
    const { add, redact } = createRedactor();
    const secret = `${start}-correct-horse-battery`;
    assertEquals(redact(secret), secret);
    add(secret);
    assertEquals(
      redact(`<${secret}, ${secret}>`),
      `<${start}-cor…(24 chars), ${start}-cor…(24 chars)>`,
    );
  }
});

Deno.test("createRedactor() masks each line of a key, as it stands in files (security 12)", () => {
  for (const form of [pkcs8Pem(), pkcs8Pem().replaceAll("\n", "\\n")]) {
    const { add, redact } = createRedactor();
    add(form);
    for (const line of pkcs8Pem().split("\n").filter((line) => /^[^-]{16,}$/.test(line))) {
      assert(!redact(`<${line}>`).includes(line.slice(0, 12)), line.length.toString());
    }
    assertEquals(redact("-----BEGIN PUBLIC KEY-----"), "-----BEGIN PUBLIC KEY-----");
  }
});

const USER_INFO: [text: string, shown: string][] = [
  ["https://user:p@ss@api.coze.cn:8443/x@y", "https://…@api.coze.cn:8443/x@y"],
  [`https://u:p"'<w>@h`, "https://…@h"],
  ["Failed: 'HTTPS://u:p,w;x:y@h', then a@b.cn", "Failed: 'HTTPS://…@h', then a@b.cn"],
  ["https:/u:p@h https:u:p@h http:///u:p@h", "https:/…@h https:…@h http:///…@h"],
  ["https:\\\\u:p@h\\x https:\\u:p@h", "https:\\\\…@h\\x https:\\…@h"],
  ['{"a":"https:\\/\\/u:p@h"}', '{"a":"https:\\/\\/…@h"}'],
  ["//u:p@h (//u:p@h) url=//u:p@h", "//…@h (//…@h) url=//…@h"],
  ["redis://:pässwörd@h, ftp://ghp_0123@h", "redis://…@h, ftp://…@h"],
  [`https://u:${"p.".repeat(500)}@h`, "https://…@h"],
  ["https://u:密码@h，邮箱a@b.cn", "https://…@h，邮箱a@b.cn"],
  ["https://…@h:80", "https://…@h:80"],
];
const NO_USER_INFO = [
  "Mail a@b.cn, mailto:a@b.cn, https: a@b.cn",
  "See https://api.coze.cn or mail a@b.cn: x@y",
  "https://api.coze.cn:443, a@b.cn",
  "https://api.coze.cn,a@b.cn",
  "请打开https://api.coze.cn:443，或联系a@b.cn",
  "请打开https://api.coze.cn或联系a@b.cn",
  "（https://api.coze.cn:443）a@b.cn",
  '{"a":"https://api.coze.cn:443","b":"a@b.cn"}',
  '["https://api.coze.cn:443"]a@b.cn',
  "<a href='https://api.coze.cn:443'>a@b.cn</a>",
  "https://jsr.io/@std/cli@1.0.32 jsr:@std/cli@1 npm:pkg@1",
  "C:\\\\Users\\\\a@b\\\\keys a//b@c // a@b.cn",
];
Deno.test("createRedactor() masks what stands before the host of a URL (security 12)", () => {
  const { redact } = createRedactor();
  for (const [text, shown] of USER_INFO) assertEquals(redact(text), shown);
  for (const text of NO_USER_INFO) assertEquals(redact(text), text);
});

Deno.test("quote() keeps one line of at most 300 characters (security 21)", () => {
  assertEquals(quote("  a\r\n\tb\n\n c "), "a b c");
  assertEquals(quote(".".repeat(300)), ".".repeat(300));
  assertEquals(quote(".".repeat(301)), `${".".repeat(299)}…`);
  assertEquals(quote("abcdef", 3), "ab…");
  assertEquals(quote(`${".".repeat(298)}👍👍`), `${".".repeat(298)}\ufffd…`);
});

Deno.test("quote() masks a secret that hides behind invisible marks (security 12)", () => {
  const hidden = [...JWT].join("\u200b");
  assertEquals(quote(`\x1b[1m${hidden}\x1b[0m`), `eyJhbG…(${JWT.length} chars)`);
  assertEquals(quote(`czs_\u202eabcdefgh`), "czs_ab…(12 chars)");
});

const ENCODED = {
  "as it is": "se/cret.0123456789",
  "percent-encoded": "%73e%2Fcret.0123456789",
  "with JSON escapes": "\\u0073e/cret\\u002e0123456789",
  "with escapes of escapes": "\\\\u0073e/cret.0123456789",
  "in capitals": "SE/CRET.0123456789",
  "folded": "se/cret.\r\n 0123\n456789",
  "percent-encoded twice": "%2573e%252Fcret.0123456789",
  "with escapes of one byte": "\\x73e/cret.0123456789",
};

for (const [what, text] of Object.entries(ENCODED)) {
  Deno.test(`maskSecret() masks a secret that a text repeats ${what} (security 12)`, () => {
    const shown = maskSecret(`<${text}, ${text}>`, "se/cret.0123456789");
    assertEquals(shown, "<se/cre…(18 chars), se/cre…(18 chars)>");
  });
}

Deno.test("maskSecret() leaves a short secret, which may be a word", () => {
  assertEquals(maskSecret("the token is wrong", "token"), "the token is wrong");
});

Deno.test("quote() shows no part of a secret that its cut has split (security 12)", () => {
  const secret = "0123456789abcdefghijklmnopqrstuvwxyz";
  for (let from = 5950; from < 6000; from++) {
    const shown = quote("\u200b".repeat(from) + secret, 300, secret);
    assert(!shown.includes("0123456789"), `${from}: ${shown}`);
  }
});

Deno.test("redact() leaves names of directories, which commands need whole", () => {
  for (const path of ["~/code_projects/coze", "./compat_modules/x", "help[wire-no-bearer]"]) {
    assertEquals(redact(path), path);
  }
});
