import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { dirname, join } from "node:path";
import { checkout } from "../testing/checkout.ts";
import { fakeJsr } from "../testing/fake_jsr.ts";

const STAND_INS = " --config=npm/deno.json ";

Deno.test("task coze-jwt runs a command on the stand-ins where JSR refuses, and shows how", async () => {
  await using place = await checkout();
  const { code, stdout, stderr } = await place.run("coze_jwt.ts", ["keygen", "--keys", "keys/a b"]);
  assertEquals(code, 0, stderr);
  assertMatch(stdout, /^-----BEGIN PUBLIC KEY-----\n/);
  const flags = "--no-prompt '--allow-read=keys/a b' '--allow-write=keys/a b'";
  assertMatch(
    stderr,
    new RegExp(`^\\$ .*deno.* run${STAND_INS}${flags} cli\\.ts keygen --keys 'keys/a b'\n`, "m"),
  );
});

Deno.test("task coze-jwt ends with the exit code of the command", async () => {
  await using place = await checkout();
  assertEquals((await place.run("coze_jwt.ts", ["tokne"])).code, 2);
  assertEquals((await place.run("coze_jwt.ts", ["token"])).code, 3);
});

Deno.test("task coze-jwt gives each command line its permissions and no others", async () => {
  await using place = await checkout();
  const rows: [line: string, permissions: string][] = [
    ["token", "--allow-net=api.coze.cn --allow-read=keys"],
    ["token --region com", "--allow-net=api.coze.com --allow-read=keys"],
    ["token --region=com --keys k", "--allow-net=api.coze.com --allow-read=k"],
    ["token --key-file k.pem", "--allow-net=api.coze.cn --allow-read=keys,k.pem"],
    ["token --key-file keys/a.pem", "--allow-net=api.coze.cn --allow-read=keys"],
    ["token --base-url http://127.0.0.1:1", "--allow-net=127.0.0.1:1 --allow-read=keys"],
    ["token --base-url http://localhost:1", "--allow-net=localhost:1 --allow-read=keys"],
    ["token --base-url https://api.coze.com.example", "--allow-net=api.coze.cn --allow-read=keys"],
    ["inspect", "--allow-read=keys"],
    ["doctor --other-region", "--allow-net=api.coze.cn,api.coze.com --allow-read=keys"],
    ["doctor --offline", "--allow-read=keys"],
    ["bot create x --workspace 5", "--allow-net=api.coze.cn --allow-read=keys"],
    ["bot create - --workspace 5", "--allow-net=api.coze.cn --allow-read=keys"],
    ["inspect -", "--allow-read=keys"],
    ["doctor -", "--allow-read=keys"],
    ["doctor -- -", "--allow-read=keys"],
    ["doctor - --region cn", ""],
    ["-- token", "--allow-net=api.coze.cn --allow-read=keys"],
    ["keygen --key-file k.pem", ""],
    ["inspect --keys=", ""],
    ["bot", ""],
    ["explain timeout", ""],
    ["init --key-file k.pem", "--allow-read=keys,k.pem --allow-write=keys"],
    ["token --help", ""],
    ["chat -- --keys", "--allow-net=api.coze.cn --allow-read=keys"],
    // What the keys directory says counts too, but opens the sandbox for no other host.
    ["token --keys keys/com", "--allow-net=api.coze.com --allow-read=keys/com"],
    ["token --keys keys/com --region cn", "--allow-net=api.coze.cn --allow-read=keys/com"],
    ["token --keys keys/local", "--allow-net=127.0.0.1:4711 --allow-read=keys/local"],
    ["token --keys keys/base", "--allow-net=api.coze.com --allow-read=keys/base"],
    ["token --keys keys/js", "--allow-net=api.coze.com --allow-read=keys/js"],
    ["token --keys keys/other", "--allow-net=api.coze.cn --allow-read=keys/other"],
  ];
  for (
    const [path, text] of [
      ["com/.env", "COZE_BASE_URL=\nCOZE_REGION=com\n"],
      ["local/.env", 'export COZE_BASE_URL="http://127.0.0.1:4711"\n'],
      ["base/.env", "COZE_API_BASE=https://api.coze.com\n"],
      ["js/coze_oauth_config.json", '{ "coze_api_base": "https://api.coze.com" }'],
      ["other/.env", "COZE_BASE_URL=https://api.coze.com.example\n"],
    ] as const
  ) {
    const file = join(place.directory, "keys", path);
    await Deno.mkdir(dirname(file), { recursive: true });
    await Deno.writeTextFile(file, text);
  }
  for (const [line, expected] of rows) {
    const { stderr } = await place.run("coze_jwt.ts", line.split(" "));
    const [, shown] = /--no-prompt (.*?) ?cli\.ts /.exec(stderr) ?? [];
    assertEquals([line, shown], [line, expected]);
  }
});

Deno.test("task coze-jwt allows the SOCKS proxy that Deno prefers to another one", async () => {
  const env = { all_proxy: "socks5://127.0.0.1:1", https_proxy: "http://127.0.0.1:2" };
  await using place = await checkout(env);
  const { stderr } = await place.run("coze_jwt.ts", ["token"]);
  assertStringIncludes(stderr, " --allow-net=api.coze.cn,127.0.0.1:1 ");
});

Deno.test("task coze-jwt shows no password (security 12)", async () => {
  await using place = await checkout();
  const rows: [args: string[], shown: string][] = [
    [
      ["inspect", "--base-url", "https://u:p @hunter2@api.coze.cn"],
      "inspect --base-url '…@api.coze.cn'",
    ],
    // What is not understood is shown as well.
    [["tokne", "--base-url=https:\\\\u:/hunter2@h"], "tokne '--base-url=…@h'"],
    [["explain", "https://u:hunter2@h"], "explain 'https://…@h'"],
  ];
  for (const [args, shown] of rows) {
    const { stdout, stderr } = await place.run("coze_jwt.ts", args);
    assertStringIncludes(stderr, ` cli.ts ${shown}\n`);
    assert(!`${stdout}${stderr}`.includes("hunter2"), stderr);
  }
});

Deno.test("task coze-jwt refuses a path with a comma, which Deno would read as two", async () => {
  await using place = await checkout();
  for (const args of [["init", "--keys", "keys,/"], ["token", "--key-file=a,b"]]) {
    const { code, stdout, stderr } = await place.run("coze_jwt.ts", args);
    assertEquals([code, stdout], [2, ""]);
    assertStringIncludes(stderr, "Write a path without commas");
  }
});

Deno.test("tasks say in the user's language where the packages come from", async () => {
  const rows: [env: Record<string, string>, language: string][] = [
    [{ LC_ALL: "zh_CN.UTF-8" }, "zh"],
    [{ LC_ALL: "", LANG: "zh_CN.UTF-8" }, "zh"],
    [{ LC_ALL: "C.UTF-8" }, "en"],
  ];
  for (const [env, language] of rows) {
    await using place = await checkout(env);
    const { stderr } = await place.run("coze_jwt.ts", ["tokne"]);
    assertStringIncludes(stderr, `docs/${language}/networks.md`);
    assertStringIncludes(stderr, language === "zh" ? "未知命令" : "Unknown command");
  }
});

Deno.test("tasks take the stand-ins where JSR accepts and never answers", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const connections: Deno.Conn[] = [];
  const accepting = (async () => {
    for await (const connection of listener) connections.push(connection);
  })();
  const { port } = listener.addr as Deno.NetAddr;
  await using place = await checkout({ JSR_URL: `http://127.0.0.1:${port}` });
  const { code, stderr } = await place.run("coze_jwt.ts", ["--version"]);
  assertEquals(code, 0, stderr);
  assertStringIncludes(stderr, STAND_INS);
  assert(connections.length > 0, "Deno has connected");
  for (const connection of connections) connection.close();
  listener.close();
  await accepting;
});

Deno.test("tasks take JSR when it answers, and remember for an hour only that it did not", async () => {
  await using jsr = await fakeJsr();
  await using place = await checkout({ JSR_URL: jsr.url });
  const hasStandIns = async () =>
    (await place.run("coze_jwt.ts", ["--version"])).stderr.includes(STAND_INS);
  jsr.refuse(true);
  assertEquals(await hasStandIns(), true);
  jsr.refuse(false);
  assertEquals(await hasStandIns(), true, "that it did not answer is remembered");

  for await (const { name } of Deno.readDir(place.temporary)) {
    const twoHoursAgo = new Date(Date.now() - 7_200_000);
    await Deno.utime(join(place.temporary, name), twoHoursAgo, twoHoursAgo);
  }
  assertEquals(await hasStandIns(), false);
  assertEquals(await hasStandIns(), false, "Deno has the packages in its cache by now");
});
