import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { fileURLToPath } from "node:url";
import { audited, folder, run, served } from "../testing/process.ts";

Deno.test("token runs under --allow-net=HOST --allow-read=keys and asks for nothing else (security 18)", async () => {
  await using place = await folder();
  await using server = served();
  const flags = [`--allow-net=${server.host}`, "--allow-read=keys"];
  const args = ["token", "--base-url", `http://${server.host}`];
  const { code, stdout, stderr, asked } = await audited({ ...place, flags, args });
  assertMatch(stdout, /^czs_emulator_[\w-]+\n$/);
  assertEquals([code, stderr], [0, `Sending to ${server.host}, which is not Coze's own host\n`]);
  const allowed = [
    `net ${server.host}`,
    `net http://${server.host}/api/permission/oauth2/token`,
    "read keys/.env",
    "read keys/coze_oauth_config.json",
    "read keys/private_key.pem",
  ];
  assertEquals(asked, allowed);
});

Deno.test("token needs no network before it sends: documented flags, no configuration (security 18)", async () => {
  await using place = await folder({ "keys/.env": "" });
  const flags = ["--allow-net=api.coze.cn", "--allow-read=keys"];
  const { code, stdout, stderr, asked } = await audited({ ...place, flags, args: ["token"] });
  assertEquals([code, stdout], [3, ""]);
  assertStringIncludes(stderr, "error[config-missing]");
  assert(asked.every((entry) => /^read keys(?:\/|$)/.test(entry)), asked.join());
});

Deno.test("inspect runs under --allow-read=keys and asks for nothing else (security 18)", async () => {
  await using place = await folder();
  for (const args of [["inspect"], ["inspect", "--json"], ["inspect", "--lang", "zh"]]) {
    const { code, asked } = await audited({ ...place, flags: ["--allow-read=keys"], args });
    assertEquals(code, 0);
    assert(asked.every((entry) => /^read keys(?:\/|$)/.test(entry)), asked.join());
  }
});

Deno.test("doctor runs under --allow-net=HOST --allow-read=keys and asks for nothing else (security 18)", async () => {
  await using place = await folder();
  await using server = served();
  const flags = [`--allow-net=${server.host}`, "--allow-read=keys"];
  const args = ["doctor", "--base-url", `http://${server.host}`];
  const { code, stdout, stderr, asked } = await audited({ ...place, flags, args });
  assertEquals(code, 0, stderr);
  assertMatch(stdout, /✓ Token\n {2}given; ends /);
  assertEquals(asked, [
    `net ${server.host}`,
    `net http://${server.host}/api/permission/oauth2/token`,
    `net http://${server.host}/v1/workspaces?page_num=1&page_size=1`,
    "read keys/.env",
    "read keys/coze_oauth_config.json",
    "read keys/private_key.pem",
  ]);
});

Deno.test("workspaces, bot and chat run under --allow-net=HOST --allow-read=keys and ask for nothing else (security 18)", async () => {
  await using place = await folder();
  await using server = served();
  const flags = [`--allow-net=${server.host}`, "--allow-read=keys"];
  const url = `http://${server.host}`;
  const list = await audited({ ...place, flags, args: ["workspaces", "--base-url", url] });
  const [workspace] = list.stdout.split("\t");
  const create = ["bot", "create", "node-chat2", "--workspace", workspace!, "--publish"];
  const created = await audited({
    ...place,
    flags,
    args: [...create, "--say", "你好", "--base-url", url, "--json"],
  });
  assertEquals(created.code, 0, created.stderr);
  const { botId } = JSON.parse(created.stdout);
  const listed = ["bot", "list", "--workspace", workspace!, "--base-url", url];
  const bots = await audited({ ...place, flags, args: listed });
  assertStringIncludes(bots.stdout, botId);
  const args = ["chat", "再见", "--bot", botId, "--base-url", url];
  const chat = await audited({ ...place, flags, args });
  assertStringIncludes(chat.stdout, "再见");
  const piped = await audited({ ...place, flags, args: args.toSpliced(1, 1), stdin: "管道" });
  assertStringIncludes(piped.stdout, "管道");
  for (const { asked } of [list, created, bots, chat, piped]) {
    const others = asked.filter((entry) => !entry.startsWith(`net ${url}/`));
    assertEquals(others, [
      `net ${server.host}`,
      "read keys/.env",
      "read keys/coze_oauth_config.json",
      "read keys/private_key.pem",
    ]);
  }
});

Deno.test("doctor --offline and doctor - need --allow-read=keys alone (security 18)", async () => {
  await using place = await folder();
  for (
    const [args, stdin] of [[["doctor", "--offline"], ""], [["doctor", "-"], "a.b.c"]] as const
  ) {
    const started = { ...place, flags: ["--allow-read=keys"], args: [...args], stdin };
    const { code, asked } = await audited(started);
    assertEquals(code, stdin === "" ? 0 : 5);
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
  assertEquals(code, 5);
  assert(asked.every((entry) => /^read keys(?:\/|$)/.test(entry)), asked.join());
});

for (
  const args of [
    ["explain"],
    ["explain", "key-damaged"],
    ["--help"],
    ["token", "--help"],
    ["bot"],
    ["bot", "--help"],
    ["bot", "create", "--help"],
    ["chat", "--help"],
    ["--version"],
    [],
    ["tokne"],
  ]
) {
  Deno.test(`"${args.join(" ")}" runs without any permission (security 18)`, async () => {
    await using place = await folder();
    const { code, stdout, asked } = await audited({ ...place, args });
    const refused = args.length === 0 || args.join() === "bot" || args[0] === "tokne";
    assertEquals([code, stdout === "", asked], [refused ? 2 : 0, refused, []]);
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
    "--allow-read=..",
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
