import { assertEquals, assertThrows } from "@std/assert";
import { parseArguments, parseDuration } from "../../../lib/cli/arguments.ts";
import { CozeError } from "../../../lib/error.ts";

function refusal(...args: string[]): CozeError {
  return assertThrows(() => parseArguments(args), CozeError);
}

Deno.test("parseArguments() reads command, operands and flags", () => {
  const args = parseArguments(["explain", "--keys", "keys/prod", "key-damaged", "--json"]);
  assertEquals(args.command, "explain");
  assertEquals(args.operands, ["key-damaged"]);
  assertEquals(args.value("keys"), "keys/prod");
  assertEquals(args.has("json"), true);
  assertEquals(args.has("trace"), false);
  assertEquals(args.value("lang"), undefined);
});

Deno.test("parseArguments() keeps 19-digit ids as strings", () => {
  const id = "7351234567890123456";
  assertEquals(parseArguments(["token", "--client-id", id]).value("client-id"), id);
  assertEquals(parseArguments(["explain", id]).operands, [id]);
});

Deno.test("parseArguments() takes a key id that begins with a dash after =", () => {
  const args = parseArguments(["token", "--key-id=-abc_DEF"]);
  assertEquals(args.value("key-id"), "-abc_DEF");
  assertEquals(parseArguments(["token", "--key-id", "_abc"]).value("key-id"), "_abc");
});

Deno.test("parseArguments() collects the flags that may be repeated", () => {
  const args = parseArguments(["token", "--scope-bot", "1", "--scope-bot=2"]);
  assertEquals(args.list("scope-bot"), ["1", "2"]);
});

Deno.test("parseArguments() takes everything after -- as operands", () => {
  assertEquals(parseArguments(["explain", "--", "--json"]).operands, ["--json"]);
});

Deno.test("parseArguments() understands -h", () => {
  assertEquals(parseArguments(["-h"]).has("help"), true);
});

const REFUSED: [args: string[], code: string, details: Record<string, string>][] = [
  [["tokne"], "usage-command", { suggestion: "token" }],
  [["tok"], "usage-command", { suggestion: "token" }],
  [["zzzzzzzz"], "usage-command", {
    suggestion:
      "token, inspect, doctor, explain, init, keygen, workspaces, bot, bot create, bot publish, bot list, chat, emulator",
  }],
  [["token", "--key-ids", "x"], "usage-flag", { reason: "unknown", suggestion: "--key-id" }],
  [["token", "--clientid=1"], "usage-flag", { reason: "unknown", suggestion: "--client-id" }],
  [["token", "--qqqqqqqqqqq"], "usage-flag", { reason: "none", flag: "--qqqqqqqqqqq" }],
  [["token", "--allow-net=api.coze.cn"], "usage-flag", { reason: "deno", flag: "--allow-net" }],
  [["token", "--_", "x"], "usage-flag", {}],
  [["token", "--json", "false"], "usage-flag", { reason: "boolean", flag: "--json" }],
  [["token", "-x"], "usage-flag", { flag: "--x" }],
  [["token", "--no-json"], "usage-flag", { flag: "--no-json" }],
  [["token", "--port", "1"], "usage-flag", { reason: "misplaced", flag: "--port" }],
  [["explain", "--header"], "usage-flag", { reason: "misplaced", command: "explain" }],
  [["token", "--json", "--json"], "usage-flag", { reason: "twice", flag: "--json" }],
  [["token", "--lang", "en", "--lang", "zh"], "usage-flag", { reason: "twice", flag: "--lang" }],
  [["token", "--key-id"], "usage-flag", { reason: "empty", flag: "--key-id" }],
  [["token", "--key-id", "--json"], "usage-flag", { reason: "empty", flag: "--key-id" }],
  [["token", "--key-id="], "usage-flag", { reason: "empty", flag: "--key-id" }],
  [["token", "--key-id", ""], "usage-flag", { reason: "empty", flag: "--key-id" }],
  [["token", "--key-id", "-abc"], "usage-flag", { reason: "empty", flag: "--key-id" }],
  [["token", "--key-id", "-_v0"], "usage-flag", { reason: "empty", flag: "--key-id" }],
  [["token", "-_"], "usage-flag", {}],
  [["token", "-a_b"], "usage-flag", {}],
  [["token", "-a\n_"], "usage-flag", {}],
  [["token", "--json=yes"], "usage-flag", { reason: "boolean", flag: "--json" }],
  [["token", "--region", "cn", "--base-url", "x"], "usage-flag", { reason: "conflict" }],
  [["token", "--json", "--header"], "usage-flag", { reason: "conflict" }],
  [["token", "--account-id", "1", "--enterprise-id", "2"], "usage-flag", { reason: "conflict" }],
  [["token", "extra"], "usage-value", { name: "token …" }],
  [["inspect", "file"], "usage-value", { name: "inspect …" }],
  [["explain", "a", "b"], "usage-value", { name: "explain …" }],
];
for (const [args, code, details] of REFUSED) {
  Deno.test(`parseArguments() refuses ${JSON.stringify(args.join(" "))} as ${code}`, () => {
    const error = refusal(...args);
    assertEquals(error.code, code);
    for (const [name, value] of Object.entries(details)) assertEquals(error.details[name], value);
  });
}

Deno.test("parseArguments() does not repeat a long word, which may be a secret", () => {
  const secret = "--MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7";
  const error = refusal("token", secret);
  assertEquals(JSON.stringify([error.message, error.details]).includes("MIIE"), false);
});

Deno.test("parseDuration() reads seconds, minutes and hours", () => {
  const texts = ["90", "90s", "15m", "24h", "0"];
  assertEquals(texts.map((text) => parseDuration(text, "duration")), [90, 90, 900, 86_400, 0]);
});

for (const text of ["", "15", "1.5h", "-5", "15 m", "1d", "m", "1h30m", "9999999999"].slice(2)) {
  Deno.test(`parseDuration() refuses ${JSON.stringify(text)}`, () => {
    assertEquals(
      assertThrows(() => parseDuration(text, "duration"), CozeError).code,
      "usage-value",
    );
  });
}
