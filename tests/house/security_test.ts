import { assertEquals } from "@std/assert";
import { read, walk } from "../testing/files.ts";

/** The rules of security. A test that proves one has its number in its name: "(security 7)". */
const RULES: Readonly<Record<number, string>> = {
  1: "RS256 only; no option, config or header member can change `alg`",
  2: "`aud` is the host that is called; an assertion goes only to the host the user named, a token only to the host that issued it",
  3: "an assertion lives 600 s at most, has 256 random bits of `jti`, is used once, never cached, never logged",
  4: "the key is imported non-extractable and shown by nothing; the command line clears its own buffer, the library never writes into a caller's bytes",
  5: "the command line drops its read permission after the last read",
  6: "https only, except loopback; no user info in URLs; a host that is not Coze's is named in the first line on stderr",
  7: "redirects are never followed",
  8: "size caps: 64 KiB for a token response, 8 MiB for JSON, 1 Mi characters for an event, counted unpacked",
  9: "one deadline per call; bodies that dribble end too",
  10: "hostile JSON and other hostile input never do more than raise an error with a code",
  11: "what a server, a file or an argument says reaches a terminal only through one sanitiser",
  12: "no secret in any output but the one that was asked for: redaction by value and by form",
  13: "ids are pattern-checked and percent-encoded before they enter a URL",
  14:
    "chat, bot create and publish are never sent twice once a byte of them may have arrived; after a refusal of the token, once with another one",
  15: "401 for ever makes a bounded number of requests",
  16:
    "nothing is written without being asked; files are 0600, whole or not there, never over others",
  17:
    "the emulator listens on 127.0.0.1, refuses other hosts, never touches a key it did not make, says what it is",
  18: "every command runs under its documented flags and asks for nothing else",
  19: "keys/ is ignored by git; `init` and `keygen` write a .gitignore where there is none",
  20: "signals restore the terminal, cancel a chat, leave no half file",
  21: "unknown server errors are quoted with at most 300 sanitised characters",
};

Deno.test("each rule of security is proven by a test that names it", async () => {
  const proven = new Set<string>();
  for (const file of walk("tests").filter((path) => path.endsWith("_test.ts"))) {
    const code = (await read(file)).replace(/^\s*(?:\/\/|\*).*$/gm, "");
    for (const [, numbers] of code.matchAll(/\(security ([\d, ]+)/g)) {
      for (const number of numbers!.split(",")) proven.add(number.trim());
    }
  }
  assertEquals(Object.keys(RULES).filter((number) => !proven.has(number)), []);
  assertEquals([...proven].filter((number) => number !== "" && !(number in RULES)), []);
});
