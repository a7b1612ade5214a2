import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { fileURLToPath } from "node:url";
import type { CommandName } from "../../lib/cli/commands.ts";
import { parseArguments } from "../../lib/cli/parse.ts";
import { permissionsFor } from "../../lib/cli/permissions.ts";
import { WORKSPACE } from "../testing/bot_world.ts";
import { CLIENT_ID, KEY_ID } from "../testing/keys.ts";
import { audited, folder, run, served } from "../testing/process.ts";

/** A line for each command of the table, with what it needs beside its permissions. */
const LINES: Readonly<Record<CommandName, (workspace: string, bot: string) => string[]>> = {
  "token": () => ["token"],
  "inspect": () => ["inspect"],
  "doctor": () => ["doctor"],
  "explain": () => ["explain", "key-damaged"],
  "init": () => ["init"],
  "keygen": () => ["keygen", "--keys", "keys/new"],
  "workspaces": () => ["workspaces"],
  "bot create": (workspace) => [
    ...["bot", "create", "node-chat2", "--workspace", workspace],
    ...["--publish", "--say", "你好"],
  ],
  "bot publish": (workspace, bot) => ["bot", "publish", bot, "--workspace", workspace],
  "bot list": (workspace) => ["bot", "list", "--workspace", workspace],
  "chat": (_, bot) => ["chat", "再见", "--bot", bot],
  // What they ask for while they serve has tests of its own.
  "serve": () => ["help", "serve"],
  "emulator": () => ["help", "emulator"],
  "completions": () => ["completions", "bash"],
  "help": () => ["help", "token"],
  "version": () => ["version"],
};

/** Whether flags of Deno cover a permission that was asked for. */
function covers(flags: readonly string[], asked: string): boolean {
  const [, permission, value = ""] = /^(\w+) (.*)$/.exec(asked)!;
  const place = permission === "net" ? value.replace(/^https?:\/\/([^/]*).*/, "$1") : value;
  const allowed = flags.filter((flag) => flag.startsWith(`--allow-${permission}=`))
    .flatMap((flag) => flag.replace(/^[^=]*=/, "").split(","));
  return allowed.some((each) =>
    place === each ||
    (permission === "net" ? place.startsWith(`${each}:`) : place.startsWith(`${each}/`))
  );
}

Deno.test("each command runs under the permissions of the table and asks for nothing else (security 18)", async () => {
  await using server = served();
  await using place = await folder({
    "keys/.env": `COZE_CLIENT_ID=${CLIENT_ID}\nCOZE_KEY_ID=${KEY_ID}\n` +
      `COZE_BASE_URL=http://${server.host}\n`,
  });
  const bot = await createBot(place, server.host, WORKSPACE);
  for (const [name, lineOf] of Object.entries(LINES)) {
    for (const more of [[], ["--help"]]) {
      const args = [...lineOf(WORKSPACE, bot), ...more];
      const isHelp = more.length > 0;
      const known = { baseUrl: `http://${server.host}` };
      const flags = isHelp ? [] : permissionsFor(parseArguments(args), known);
      const stdin = name === "chat" ? "管道" : undefined;
      const { code, stderr, asked } = await audited({ ...place, flags, args, stdin });
      assertEquals(code, 0, `${name}: ${stderr}`);
      for (const each of asked) assert(covers(flags, each), `${args.join(" ")} asked for ${each}`);
    }
  }
});

async function createBot(place: { cwd: string }, host: string, workspace: string): Promise<string> {
  const flags = [`--allow-net=${host}`, "--allow-read=keys"];
  const args = ["bot", "create", "b", "--workspace", workspace, "--publish", "--json"];
  const { stdout, stderr } = await run({ ...place, flags, args });
  assertEquals(stderr, "");
  return JSON.parse(stdout).botId;
}

Deno.test("token needs no network before it sends: documented flags, no configuration (security 18)", async () => {
  await using place = await folder({ "keys/.env": "" });
  const flags = ["--allow-net=api.coze.cn", "--allow-read=keys"];
  const { code, stdout, stderr, asked } = await audited({ ...place, flags, args: ["token"] });
  assertEquals([code, stdout], [3, ""]);
  assertStringIncludes(stderr, "error[config-missing]");
  assert(asked.every((entry) => /^read keys(?:\/|$)/.test(entry)), asked.join());
});

Deno.test("doctor --offline and doctor - need --allow-read=keys alone (security 18)", async () => {
  await using place = await folder();
  for (
    const [args, stdin] of [[["doctor", "--offline"], ""], [["doctor", "-"], "a.b.c"]] as const
  ) {
    const started = { ...place, flags: ["--allow-read=keys"], args: [...args], stdin };
    const { code, asked } = await audited(started);
    assertEquals(code, stdin === "" ? 0 : 2);
    assert(asked.every((entry) => /^read keys(?:\/|$)/.test(entry)), asked.join());
  }
});

Deno.test("inspect - reads stdin and asks for nothing else (security 18)", async () => {
  await using place = await folder();
  const flags = ["--allow-read=keys"];
  const { code, asked } = await audited({
    ...place,
    flags,
    args: ["inspect", "-"],
    stdin: "a.b.c",
  });
  assertEquals(code, 2);
  assert(asked.every((entry) => /^read keys(?:\/|$)/.test(entry)), asked.join());
});

for (const args of [[], ["tokne"], ["bot"], ["bot", "--help"]]) {
  Deno.test(`"${args.join(" ")}" runs without any permission (security 18)`, async () => {
    await using place = await folder();
    const { code, asked } = await audited({ ...place, args });
    assertEquals([code, asked], [args.includes("--help") ? 0 : 2, []]);
  });
}

const WITHOUT: [flags: string[], args: string[], code: string, flag: string][] = [
  [[], ["token"], "sandbox-read", "--allow-read=keys"],
  [["--allow-read=keys"], ["token"], "sandbox-net", "--allow-net=api.coze.cn"],
  [["--allow-read=keys"], ["doctor", "--json"], "sandbox-net", "--allow-net=api.coze.cn"],
  [[], ["chat", "x", "--bot", "1"], "sandbox-read", "--allow-read=keys"],
  [["--allow-read=keys"], ["workspaces"], "sandbox-net", "--allow-net=api.coze.cn"],
  [["--allow-read=keys"], ["inspect", "--keys", "keys2"], "sandbox-read", "--allow-read=keys2"],
  [
    ["--allow-read=keys"],
    ["inspect", "--key-file", "../key.pem"],
    "sandbox-read",
    "--allow-read=keys,../key.pem",
  ],
  [[], ["emulator"], "sandbox-net", "--allow-net=127.0.0.1"],
  [
    ["--allow-net=127.0.0.1"],
    ["emulator", "--keys", "demo"],
    "sandbox-write",
    "--allow-read=demo --allow-write=demo",
  ],
];
for (const [flags, args, code, flag] of WITHOUT) {
  Deno.test(`"${args.join(" ")}" names the missing flag ${flag}`, async () => {
    await using place = await folder();
    const ended = await run({ ...place, flags, args });
    assertEquals(ended.code, 9);
    // What inspect could find out, it shows all the same.
    const reports = ["inspect", "doctor"].includes(args[0]!);
    if (!reports) assertEquals(ended.stdout, "");
    const told = args.includes("--json") ? ended.stdout : ended.stderr;
    assertStringIncludes(told, code);
    assertStringIncludes(told, flag);
    assert(!/^\s+at /m.test(ended.stderr), ended.stderr);
  });
}

Deno.test("inspect reads an environment variable only where --allow-env names it", async () => {
  await using place = await folder();
  const env = { COZE_CLIENT_ID: "42" };
  const args = ["inspect", "--json"];
  const granted = ["--allow-read=keys", "--allow-env=COZE_CLIENT_ID"];
  const clientId = async (flags: string[]) =>
    JSON.parse((await run({ ...place, flags, args, env })).stdout).configuration.clientId.value;
  assertEquals(await clientId(granted), "42");
  assertEquals(await clientId(["--allow-read=keys"]), "1127900106117");
});

Deno.test("cli.ts has given its read permission up when it ends (security 5)", async () => {
  await using place = await folder();
  const script = fileURLToPath(new URL("testdata/after_cli.ts", import.meta.url));
  const { stdout, stderr } = await run({
    ...place,
    flags: ["--allow-read=keys"],
    args: ["inspect"],
    script,
  });
  assertEquals(stdout.trimEnd().split("\n").at(-1), "NotCapable", stderr);
});
