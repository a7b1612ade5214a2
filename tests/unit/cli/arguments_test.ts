import { assertEquals, assertThrows } from "@std/assert";
import { parseArguments, parseDuration } from "../../../lib/cli/arguments.ts";
import { CozeError } from "../../../lib/error.ts";

const read = (...args: string[]) => parseArguments(args);
const refusal = (...args: string[]) => assertThrows(() => parseArguments(args), CozeError);

Deno.test("parseArguments() reads command, operands and flags, ids as texts", () => {
  const args = read("explain", "--keys", "keys/prod", "7351234567890123456", "--json");
  assertEquals([args.command, args.operands], ["explain", ["7351234567890123456"]]);
  assertEquals([args.value("keys"), args.value("lang")], ["keys/prod", undefined]);
  assertEquals([args.has("json"), args.has("trace")], [true, false]);
  const id = read("token", "--client-id", "7351234567890123456").value("client-id");
  assertEquals(id, "7351234567890123456");
  assertEquals(read("token", "--key-id=-abc_DEF").value("key-id"), "-abc_DEF");
  assertEquals(read("token", "--key-id", "_abc").value("key-id"), "_abc");
  assertEquals(read("token", "--scope-bot", "1", "--scope-bot=2").list("scope-bot"), ["1", "2"]);
  assertEquals(read("explain", "--", "--json").operands, ["--json"]);
  assertEquals(read("-h").has("help"), true);
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
  [["token", "--key-id", ""], "usage-flag", { reason: "empty", flag: "--key-id" }],
  [["token", "--key-id", "-abc"], "usage-flag", { reason: "empty", flag: "--key-id" }],
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

Deno.test("parseDuration() reads seconds, minutes and hours, and refuses the rest", () => {
  const texts = ["90", "90s", "15m", "24h", "0"];
  assertEquals(texts.map((text) => parseDuration(text, "duration")), [90, 90, 900, 86_400, 0]);
  for (const text of ["", "1.5h", "-5", "15 m", "1d", "m", "1h30m", "9999999999"]) {
    const { code } = assertThrows(() => parseDuration(text, "duration"), CozeError, "", text);
    assertEquals(code, "usage-value");
  }
});
