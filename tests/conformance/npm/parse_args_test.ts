// The contract of parse-args for the subset in use: every flag listed, every flag collected, "_" a
// string. These tests pass against the package and against npm/std_cli_parse_args.ts.

import { assertEquals } from "@std/assert";
import { parseArgs } from "./parse_args.ts";

type Call = [arg: string, key?: string, value?: unknown];

function run(args: string[], verdict: (call: Call) => boolean = ([, key]) => key === undefined) {
  const calls: Call[] = [];
  const parsed = parseArgs(args, {
    string: ["key-id", "scope-bot", "_"],
    boolean: ["json", "h"],
    collect: ["key-id", "scope-bot", "json", "h"],
    unknown: (arg, key, value) => {
      const call: Call = key === undefined ? [arg] : [arg, key, value];
      calls.push(call);
      return verdict(call);
    },
  });
  return { parsed: parsed as Record<string, unknown>, calls };
}

/** Runs and compares all flags; those not named are absent. */
function check(args: string[], flags: Record<string, unknown>, calls: Call[] = []) {
  const result = run(args);
  const absent = { "key-id": [], "scope-bot": [], json: [], h: [], _: [] };
  assertEquals(result.parsed, { ...absent, ...flags });
  assertEquals(result.calls, calls);
}

Deno.test("parseArgs() gives an empty array for every absent flag", () => check([], {}));

Deno.test("parseArgs() reads '--flag value' and '--flag=value'", () => {
  check(["--key-id", "a", "--scope-bot=b"], { "key-id": ["a"], "scope-bot": ["b"] });
});

Deno.test("parseArgs() keeps everything behind the first '='", () => {
  check(["--key-id=-abc"], { "key-id": ["-abc"] });
  check(["--key-id=--"], { "key-id": ["--"] });
  check(["--key-id=a=b c\nd"], { "key-id": ["a=b c\nd"] });
});

Deno.test("parseArgs() keeps numbers as they were written", () => {
  check(["--key-id", "0123", "--key-id=1e3"], { "key-id": ["0123", "1e3"] });
  check(["7352648265432154321", "0x10"], { _: ["7352648265432154321", "0x10"] }, [
    ["7352648265432154321"],
    ["0x10"],
  ]);
});

Deno.test("parseArgs() collects each occurrence in order", () => {
  check(["--scope-bot", "1", "--json", "--scope-bot=2", "--json"], {
    "scope-bot": ["1", "2"],
    json: [true, true],
  });
});

Deno.test("parseArgs() gives '' for a string flag without a value", () => {
  check(["--key-id"], { "key-id": [""] });
  check(["--key-id", "--json"], { "key-id": [""], json: [true] });
  check(["--key-id", "--key-id", "x"], { "key-id": ["", "x"] });
  check(["--key-id", ""], { "key-id": [""], _: [""] }, [[""]]);
  check(["--key-id", "-"], { "key-id": [""], _: ["-"] }, [["-"]]);
  check(["--key-id", "--", "x"], { "key-id": [""], _: ["x"] });
});

Deno.test("parseArgs() parses what follows a flag and begins with '-' on its own", () => {
  check(["--key-id", "-a"], { "key-id": [""] }, [["-a", "a", true]]);
  check(["--key-id", "--nope"], { "key-id": [""] }, [["--nope", "nope", true]]);
});

Deno.test("parseArgs() lets no boolean flag take the next argument", () => {
  check(["--json", "bot"], { json: [true], _: ["bot"] }, [["bot"]]);
  check(["-h", "bot"], { h: [true], _: ["bot"] }, [["bot"]]);
});

// Bad behaviour of the package; a caller who wants the word has to put it before the flag.
Deno.test("parseArgs() lets a boolean flag take 'true' or 'false'", () => {
  check(["--json", "true", "--json", "false"], { json: [true, false] });
});

Deno.test("parseArgs() takes '-' for a positional", () => {
  check(["inspect", "-"], { _: ["inspect", "-"] }, [["inspect"], ["-"]]);
});

Deno.test("parseArgs() takes all after '--' for positionals", () => {
  check(["a", "--", "--json", "-", "--", "-x", ""], { _: ["a", "--json", "-", "--", "-x", ""] }, [
    ["a"],
  ]);
});

Deno.test("parseArgs() leaves a positional out that unknown() refuses", () => {
  const { parsed, calls } = run(["a", "b", "--", "c"], ([arg]) => arg !== "a");
  assertEquals(parsed["_"], ["b", "c"]);
  assertEquals(calls, [["a"], ["b"]]);
});

Deno.test("parseArgs() asks unknown() about a flag not listed, with the value it takes", () => {
  check(["--nope"], {}, [["--nope", "nope", true]]);
  check(["--nope=1"], {}, [["--nope=1", "nope", "1"]]);
  check(["--nope", "x", "y"], { _: ["y"] }, [["--nope", "nope", "x"], ["y"]]);
  check(["---nope"], {}, [["---nope", "-nope", true]]);
  check(["--__proto__=x", "--constructor"], {}, [
    ["--__proto__=x", "__proto__", "x"],
    ["--constructor", "constructor", true],
  ]);
});

Deno.test("parseArgs() names a negated flag with its 'no-'", () => {
  check(["--no-x"], {}, [["--no-x", "no-x", true]]);
  check(["--no-json"], {}, [["--no-json", "no-json", true]]);
});

// Bad behaviour of the package: with a value the "no-" is dropped.
Deno.test("parseArgs() takes '--no-flag=value' for '--flag=value'", () => {
  check(["--no-key-id=x"], { "key-id": ["x"] });
});

Deno.test("parseArgs() asks unknown() about each letter of a cluster", () => {
  check(["-abc"], {}, [["-abc", "a", true], ["-abc", "b", true], ["-abc", "c", true]]);
  check(["-xh"], { h: [true] }, [["-xh", "x", true]]);
  check(["-5"], {}, [["-5", "5", true]]);
});

// Not tested, as our own guard refuses them first: "--flag=" (versions of the package differ),
// "--bool=value" (true unless the value is "false"), "-a=5" and "-a5" (the package reads a value,
// the stand-in letters), dotted names (the package builds nested objects), "-_" and "-a_b" (the
// package takes the letter for its own "_" and breaks).
