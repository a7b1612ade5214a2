import { assertEquals, assertThrows } from "@std/assert";
import { parseDuration } from "../../../lib/cli/context.ts";
import { parseArguments } from "../../../lib/cli/parse.ts";
import { CozeError } from "../../../lib/error.ts";

const read = (...args: string[]) => parseArguments(args);

Deno.test("parseArguments() reads command, operands and flags, ids as texts", () => {
  const args = read("bot", "publish", "--keys", "keys/prod", "7351234567890123456", "--json");
  assertEquals([args.command, args.operands], ["bot publish", ["7351234567890123456"]]);
  assertEquals([args.value("keys"), args.value("lang")], ["keys/prod", undefined]);
  assertEquals([args.has("json"), args.has("trace")], [true, false]);
  const id = read("token", "--client-id", "7351234567890123456").value("client-id");
  assertEquals(id, "7351234567890123456");
  assertEquals(read("token", "--key-id=-abc_DEF").value("key-id"), "-abc_DEF");
  assertEquals(read("token", "--key-id", "_abc").value("key-id"), "_abc");
  assertEquals(read("token", "--scope-bot", "1", "--scope-bot=2").list("scope-bot"), ["1", "2"]);
  const help = read("help", "bot", "create");
  assertEquals([help.command, help.has("help")], ["bot create", true]);
});

Deno.test("parseArguments() takes nothing behind -- for a flag", () => {
  for (const word of ["-h", "--help", "--json", "--json=1", "-V", "--", "--bot"]) {
    const args = read("chat", "--bot", "5", "--", word);
    assertEquals([args.operands, args.has("help"), args.has("json")], [[word], false, false]);
  }
});

Deno.test("parseArguments() takes a text that begins with another dash as text", () => {
  for (const word of ["— 你好", "—你好", "——", "－5 度", "– keys", "你好＝", "= x"]) {
    assertEquals(read("chat", word).operands, [word]);
  }
  assertEquals(read("chat", "--", "—json").operands, ["—json"]);
  assertEquals(read("bot", "create", "x", "--prompt=你好！Ａ").value("prompt"), "你好！Ａ");
});

Deno.test("parseArguments() takes an empty command for none", () => {
  assertEquals(read("").command, undefined);
  const help = read("help", "");
  assertEquals([help.command, help.has("help")], [undefined, true]);
});

Deno.test("parseArguments() knows -h, -V and -v", () => {
  assertEquals(["-h", "-V", "-v"].map((word) => read(word).has("help")), [true, false, false]);
  assertEquals(["-h", "-V", "-v"].map((word) => read(word).has("version")), [false, true, true]);
});

const REFUSED: [line: string, details: Record<string, string>][] = [
  ["tokne", { reason: "command", word: "tokne" }],
  ["bot crate x", {
    reason: "command",
    word: "bot crate",
    expected: "bot create, bot publish, bot list",
  }],
  ["constructor", { reason: "command" }],
  ["toString", { reason: "command" }],
  ["token --__proto__ x", { reason: "unknown" }],
  ["zzzzzzzz", { reason: "command", word: "zzzzzzzz" }],
  ["bot", { reason: "group", expected: "bot create, bot publish, bot list" }],
  ["token --key-ids x", { reason: "unknown", flag: "--key-ids" }],
  ["token --clientid=1", { reason: "unknown", flag: "--clientid" }],
  ["token --qqqqqqqqqqq", { reason: "unknown", flag: "--qqqqqqqqqqq" }],
  ["令牌 x", { reason: "command", word: "令牌" }],
  ["help nosuch", { reason: "command", word: "nosuch" }],
  ["token --allow-net=api.coze.cn", { reason: "deno", flag: "--allow-net=api.coze.cn" }],
  ["token --cert $(x)", { reason: "deno", flag: "--cert" }],
  ["token --allow-env=$(x)", { reason: "deno", flag: "--allow-env=…" }],
  ["token --allow-env=COZE_*", { reason: "deno", flag: "'--allow-env=COZE_*'" }],
  ["token --allow-read=扣子", { reason: "deno", flag: "--allow-read=…" }],
  ["token -A", { reason: "deno", flag: "-A" }],
  ["token --_ x", {}],
  ["token -a\n_", {}],
  ["token -x=1", { reason: "unknown", flag: "-x" }],
  ["token -5", { reason: "unknown", flag: "-5" }],
  ["token --密钥 x", { reason: "unknown", flag: "--密钥" }],
  ["—keys x token", { reason: "characters", flag: "--keys" }],
  ["token －－keys x", { reason: "characters", flag: "--keys" }],
  ["token –-json", { reason: "characters", flag: "--json" }],
  ["chat ——json", { reason: "characters", flag: "--json" }],
  ["token −−region=cn", { reason: "characters", flag: "--region" }],
  ["token \u200b--json", { reason: "characters", flag: "--json" }],
  ["token --keys＝x", { reason: "characters", flag: "--keys" }],
  ["token --ｋｅｙｓ=x", { reason: "characters", flag: "--keys" }],
  ["token --Keys=x", { reason: "characters", flag: "--keys" }],
  ["token -keys x", { reason: "characters", flag: "--keys" }],
  ["token --no-json", { flag: "--no-json" }],
  ["token --json false", { reason: "boolean", flag: "--json" }],
  ["token --json=yes", { reason: "boolean", flag: "--json" }],
  ["init --keys=~/k", { reason: "path", flag: "--keys" }],
  ["token --keys ~", { reason: "path", flag: "--keys" }],
  ["token --keys ~user/k", { reason: "path", flag: "--keys" }],
  ["keygen --keys a,b", { reason: "path", flag: "--keys" }],
  ["token --key-file ~/k.pem", { reason: "path", flag: "--key-file" }],
  ["token --key-file=k,/", { reason: "path", flag: "--key-file" }],
  // It would be sent, and can be seen in the list of processes.
  [`token --scope-bot MII${"A".repeat(70)}`, { reason: "key", flag: "--scope-bot" }],
  [`chat x --user=MII${"A".repeat(70)}`, { reason: "key", flag: "--user" }],
  ["token --port 1", { reason: "misplaced", flag: "--port", command: "coze-jwt token" }],
  ["explain timeout --keys x", { reason: "misplaced", command: "coze-jwt explain" }],
  ["inspect --timeout 9s", { reason: "misplaced", flag: "--timeout" }],
  ["--keys x", { reason: "misplaced", command: "coze-jwt" }],
  ["token --json --json", { reason: "twice", flag: "--json" }],
  ["token --lang en --lang zh", { reason: "twice", flag: "--lang" }],
  ["token --lang de", { reason: "value-choice", name: "--lang", expected: "en, zh" }],
  ["token --region eu", { reason: "value-choice", name: "--region", expected: "cn, com" }],
  ["token --key-id", { reason: "empty", flag: "--key-id" }],
  ["token --key-id --json", { reason: "empty", flag: "--key-id" }],
  ["token --key-id=", { reason: "empty", flag: "--key-id" }],
  ["token --key-id -abc", { reason: "empty", flag: "--key-id" }],
  ["token --keys -", { reason: "empty", flag: "--keys" }],
  ["token --region cn --base-url x", { reason: "conflict" }],
  ["token --json --header", { reason: "conflict" }],
  ["token --env --header", { reason: "conflict" }],
  ["token --account-id 1 --enterprise-id 2", { reason: "conflict" }],
  ["doctor --offline --other-region", { reason: "conflict" }],
  ["token extra", { reason: "no-operand", command: "coze-jwt token" }],
  ["inspect file", { reason: "operand", expected: "-" }],
  ["completions tcsh", { reason: "operand", expected: "bash, zsh, fish, powershell" }],
  ["bot publish A B", { reason: "operands", form: "ID" }],
  ["explain a b", { reason: "operands", form: "CODE" }],
];
for (const [line, details] of REFUSED) {
  Deno.test(`parseArguments() refuses ${JSON.stringify(line)}`, () => {
    const error = assertThrows(() => parseArguments(line.split(" ")), CozeError);
    assertEquals(error.code as string, "usage");
    for (const [name, value] of Object.entries(details)) assertEquals(error.details[name], value);
  });
}

Deno.test("parseArguments() refuses an empty word as a value", () => {
  const error = assertThrows(() => parseArguments(["token", "--key-id", ""]), CozeError);
  assertEquals(error.details.reason, "empty");
});

Deno.test("parseArguments() does not repeat a long word, which may be a secret", () => {
  const secret = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7";
  for (const word of [secret, `--${secret}`]) {
    for (
      const args of [[word], ["token", word], ["bot", word], ["token", `--cert=${word}${word}`]]
    ) {
      const error = assertThrows(() => parseArguments(args), CozeError);
      assertEquals(JSON.stringify([error.message, error.details]).includes("MIIE"), false);
    }
  }
});

Deno.test("parseDuration() reads seconds, minutes and hours, and refuses the rest", () => {
  const texts = ["90", "90s", "15m", "24h", "0"];
  assertEquals(texts.map((text) => parseDuration(text, "duration")), [90, 90, 900, 86_400, 0]);
  for (const text of ["", "1.5h", "-5", "15 m", "1d", "m", "1h30m", "9999999999"]) {
    const { code } = assertThrows(() => parseDuration(text, "duration"), CozeError, "", text);
    assertEquals(code as string, "usage");
  }
});
