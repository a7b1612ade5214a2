import { assertEquals } from "@std/assert";
import { sameFlags, shellQuote } from "../../../lib/cli/next_command.ts";

Deno.test("shellQuote() quotes what a shell would take apart", () => {
  const cases = { "a-b_1.c/d:e=f": "a-b_1.c/d:e=f", "你好": "'你好'", "a b": "'a b'", "": "''" };
  for (const [word, quoted] of Object.entries(cases)) assertEquals(shellQuote(word), quoted);
  assertEquals(shellQuote("it's $x `y`\n"), "'it'\\''s $x `y`\n'");
});

Deno.test("sameFlags() keeps what the other command takes too, with the values", () => {
  const args = ["bot", "create", "x", "--keys", "my demo", "--workspace=7", "--publish", "--json"];
  assertEquals(sameFlags(args, "bot publish"), " --keys 'my demo' --workspace=7");
  assertEquals(sameFlags(args, "chat"), " --keys 'my demo'");
  assertEquals(sameFlags(args, "bot create"), " --keys 'my demo' --workspace=7 --publish");
  assertEquals(sameFlags(args, "bot create", ["publish", "keys"]), " --workspace=7");
});

Deno.test("sameFlags() leaves out how a run is told", () => {
  const args = ["token", "--header", "--trace", "--lang", "zh", "--key-id=-abc", "--timeout", "9s"];
  assertEquals(sameFlags(args, "token"), " --key-id=-abc --timeout 9s");
});

Deno.test("sameFlags() takes no text behind -- for a flag", () => {
  assertEquals(sameFlags(["chat", "--bot", "1", "--", "--keys", "x"], "chat"), " --bot 1");
});
