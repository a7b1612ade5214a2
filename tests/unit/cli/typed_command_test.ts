import { assertEquals } from "@std/assert";
import type { Known } from "../../../lib/cli/context.ts";
import type { Start } from "../../../lib/cli/io.ts";
import { parseArguments } from "../../../lib/cli/parse.ts";
import { typedCommand } from "../../../lib/cli/typed_command.ts";
import type { NextCommand } from "../../../lib/doctor/report.ts";

const INSTALLED: Start = { before: ["coze-jwt"] };
const SCRIPT: Start = { before: ["deno", "run", "--no-prompt"], script: "cli.ts" };

function typed(
  line: string[],
  next: Partial<NextCommand> & { words: string[] },
  { start = INSTALLED, known = {}, shell = "posix" as "posix" | "powershell" } = {},
): string {
  const args = parseArguments(line);
  return typedCommand(next, { start, shell, env: () => null }, args, known);
}

Deno.test("typedCommand() repeats the flags that the other command takes, for the same one all", () => {
  const flags = "--keys k --region com --scope-bot 1 --scope-bot 2 --header --trace";
  const line = ["token", ...flags.split(" "), "--started-as", "x"];
  const expected = "coze-jwt doctor --region com --scope-bot 1 --scope-bot 2 --keys k";
  assertEquals(typed(line, { words: ["doctor"] }), expected);
  assertEquals(typed(line, { words: ["explain", "timeout"] }), "coze-jwt explain timeout");
  assertEquals(
    typed(line, { words: ["token"], flags: { region: "cn" }, without: ["scope-bot"] }),
    "coze-jwt token --header --region cn --keys k --trace",
  );
  const offline = ["doctor", "--offline", "--lang", "zh", "--json"];
  assertEquals(typed(offline, { words: [] }), `coze-jwt ${offline.join(" ")}`);
  assertEquals(typed(offline, { words: ["token"] }), "coze-jwt token --lang zh");
});

Deno.test("typedCommand() quotes what a shell would read otherwise, once and last", () => {
  const rows: [text: string, posix: string, powershell: string][] = [
    ["你好", "'你好'", "'你好'"],
    ["it's", "'it'\\''s'", "'it''s'"],
    ['$(rm -rf ~) `x` "y"', "'$(rm -rf ~) `x` \"y\"'", "'$(rm -rf ~) `x` \"y\"'"],
    ["/fail please use --bot 5", "'/fail please use --bot 5'", "'/fail please use --bot 5'"],
    ["a\nb", "'a\nb'", "'a\nb'"],
    ["~/x", "'~/x'", "'~/x'"],
    ["a,b", "a,b", "'a,b'"],
    ["@a", "@a", "'@a'"],
    ["=ls", "'=ls'", "=ls"],
    ["‘$(x)’", "'‘$(x)’'", "'‘‘$(x)’’'"],
    ["keys\\a.pem", "'keys\\a.pem'", "keys\\a.pem"],
    ["", "''", "''"],
  ];
  for (const [text, posix, powershell] of rows) {
    const next = { words: ["bot publish", "5"], flags: { say: text } };
    assertEquals(typed(["token"], next), `coze-jwt bot publish 5 --say ${posix}`);
    assertEquals(
      typed(["token"], next, { shell: "powershell" }),
      `coze-jwt bot publish 5 --say ${powershell}`,
    );
  }
});

Deno.test("typedCommand() permits no empty host, which Deno refuses", () => {
  for (const url of ["api.coze.cn", "api.coze.cn:443", "https：//api.coze.cn"]) {
    const command = typed(["token", `--base-url=${url}`], { words: ["doctor"] }, { start: SCRIPT });
    assertEquals(command.split(" ")[3], "--allow-net=api.coze.cn");
  }
});

Deno.test("typedCommand() writes a value or a text that begins with a dash so that it is no flag", () => {
  assertEquals(
    typed(["token", "--key-id=-abc"], { words: ["chat", "-5 度"], flags: { bot: "7" } }),
    "coze-jwt chat --bot 7 --key-id=-abc -- '-5 度'",
  );
});

Deno.test("typedCommand() shows long paths", () => {
  const path =
    "/home/somebody/projects/customers/2026/assistant-for-the-service-desk/deployment/keys";
  assertEquals(
    typed(["token", "--keys", path], { words: ["token"] }),
    `coze-jwt token --keys ${path}`,
  );
});

Deno.test("typedCommand() repeats the variables that Deno allows", () => {
  const args = parseArguments(["token"]);
  const env = (name: string) =>
    name === "COZE_KEY_ID" ? undefined : name === "COZE_CLIENT_ID" ? "1" : null;
  const io = { start: SCRIPT, shell: "posix", env } as const;
  const shown = typedCommand({ words: ["doctor", "-"] }, io, args, {});
  assertEquals(
    shown,
    "deno run --no-prompt --allow-env=COZE_CLIENT_ID,COZE_KEY_ID --allow-read=keys cli.ts doctor -",
  );
  const all = { ...io, start: { ...SCRIPT, before: [...SCRIPT.before, "--allow-env"] } };
  assertEquals(
    typedCommand({ words: ["version"] }, all, args, {}),
    "deno run --no-prompt --allow-env cli.ts version",
  );
});

Deno.test("typedCommand() shows no secret (security 12)", () => {
  const secrets = ["czs_0123456789abcdefABCDEF", `eyJhbGciOi.eyJpc3MiOi.${"x".repeat(40)}`];
  for (const secret of secrets) {
    const shown = typed(["token"], { words: ["chat", secret], flags: { bot: "7" } });
    assertEquals(shown, 'coze-jwt chat "$TEXT" --bot 7');
  }
});

Deno.test("typedCommand() keeps a permission a permission, whatever its path holds", () => {
  for (const path of ["a\x1bb", "x".repeat(301), "czs_0123456789abcdefABCDEF"]) {
    assertEquals(
      typed(["inspect", "--keys", path], { words: [] }, { start: SCRIPT }),
      'deno run --no-prompt --allow-read="$TEXT" cli.ts inspect --keys "$TEXT"',
    );
  }
});

Deno.test("typedCommand() leaves out a base URL that is refused, which may have a password", () => {
  const rows = ["https://u:p@api.coze.cn", "https://u:p w@api.coze.cn", "https://u:p/w@api.coze.cn"]
    .concat("https:\\\\u:p@api.coze.cn", "//u:p@api.coze.cn", "https://api.coze.cn?key=p");
  for (const url of rows) {
    const known = { baseUrl: url };
    const permissions = "--allow-net=api.coze.cn --allow-read=keys";
    const expected = `deno run --no-prompt ${permissions} cli.ts token`;
    const options = { start: SCRIPT, known };
    assertEquals(typed(["token", "--base-url", url], { words: [] }, options), expected);
    const next = { words: ["token"], flags: { "base-url": url } };
    assertEquals(typed(["doctor"], next, options), expected);
  }
});

const PERMISSIONS: [line: string, known: Known, permissions: string][] = [
  ["token", {}, "--allow-net=api.coze.cn --allow-read=keys"],
  ["token --region com", {}, "--allow-net=api.coze.com --allow-read=keys"],
  ["token", { baseUrl: "https://api.coze.com" }, "--allow-net=api.coze.com --allow-read=keys"],
  ["token", { baseUrl: "http://127.0.0.1:4711" }, "--allow-net=127.0.0.1:4711 --allow-read=keys"],
  ["token --keys k --key-file k.pem", {}, "--allow-net=api.coze.cn --allow-read=k,k.pem"],
  ["token", { file: "/srv/k.pem" }, "--allow-net=api.coze.cn --allow-read=keys,/srv/k.pem"],
  ["token --base-url https://proxy.example", {}, "--allow-net=proxy.example --allow-read=keys"],
  // The sandbox is not opened for a host that was not typed, nor for one that reads like Coze's.
  ["token", { baseUrl: "https://proxy.example" }, "--allow-net=api.coze.cn --allow-read=keys"],
  [
    "token --base-url https://api.coze.com.evil.org",
    {},
    "--allow-net=api.coze.cn --allow-read=keys",
  ],
  ["token --base-url https://api.coze.com.cn", {}, "--allow-net=api.coze.cn --allow-read=keys"],
  ["token --base-url https://api.c\u043eze.com", {}, "--allow-net=api.coze.cn --allow-read=keys"],
  ["inspect", {}, "--allow-read=keys"],
  ["inspect -", {}, "--allow-read=keys"],
  ["doctor - --region cn", {}, ""],
  ["doctor --offline", {}, "--allow-read=keys"],
  ["doctor --other-region", {}, "--allow-net=api.coze.cn,api.coze.com --allow-read=keys"],
  ["chat -- -", {}, "--allow-net=api.coze.cn --allow-read=keys"],
  ["init --keys k", {}, "--allow-read=k --allow-write=k"],
  ["keygen", {}, "--allow-read=keys --allow-write=keys"],
  ["emulator", {}, "--allow-net=127.0.0.1"],
  ["emulator --keys demo", {}, "--allow-net=127.0.0.1 --allow-read=demo --allow-write=demo"],
  ["explain timeout", {}, ""],
  ["help", {}, ""],
];
for (const [line, known, permissions] of PERMISSIONS) {
  Deno.test(`typedCommand() gives ${line} with ${JSON.stringify(known)} its permissions`, () => {
    const words = line.split(" ");
    const { command, operands, has, value } = parseArguments(words);
    const flags = Object.fromEntries(
      ["offline", "other-region"].filter(has).map((flag) => [flag, true as const]),
    );
    const shown = typed(words, { words: [command!, ...operands], flags }, { start: SCRIPT, known });
    const [, actual] = /^deno run --no-prompt ?(.*?) cli\.ts /.exec(shown)!;
    assertEquals(actual, permissions, shown);
    assertEquals(value("keys") === undefined || shown.includes(`--keys ${value("keys")}`), true);
  });
}
