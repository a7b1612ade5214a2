import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { assertFailed, named, runIn, type World } from "../../testing/fake_io.ts";
import { pkcs8Pem } from "../../testing/keys.ts";

const SCRIPT = { before: ["deno", "run"], script: "cli.ts" };
const JSON_DEMO = ["--keys", "demo", "--json"];

type Handler = (request: Request) => Promise<Response>;

/** Runs the emulator, calls `during` while it serves, then interrupts it. */
async function emulator(
  args: string[],
  world: Partial<World> = {},
  during?: (serve: Handler) => Promise<void>,
) {
  let interrupt = (_: 130 | 143) => {};
  let closed = false;
  let serve: Handler = () => Promise.reject(new Error("not served"));
  const outcome = await runIn({
    args: ["emulator", ...args],
    interrupt: (callback) => interrupt = callback,
    async serve(handler, _port, signal) {
      serve = handler;
      signal.onabort = () => closed = true;
      await during?.(handler);
      interrupt(143);
      return { port: 4711, finished: Promise.resolve() };
    },
    ...world,
  });
  return { ...outcome, closed, serve };
}

let demo: ReturnType<typeof emulator> | undefined;
/** The first run in an empty directory; making its key takes time, so there is one for all tests. */
const firstRun = () => demo ??= emulator(JSON_DEMO);

Deno.test("emulator writes key, .env and .gitignore, so that token works with no other flag", async () => {
  const { written, stdout, stderr, exitCode, closed, dropped, serve } = await firstRun();
  assertEquals([exitCode, closed, dropped], [0, true, true]);
  const names = ["demo/.env", "demo/.gitignore", "demo/private_key.pem"];
  assertEquals(Object.keys(written).sort(), names);
  const line = JSON.parse(stdout);
  assertEquals(Object.keys(line), ["url", "clientId", "keyId", "keyFile", "workspaceId"]);
  assertEquals([line.url, line.keyFile], ["http://127.0.0.1:4711", "demo/private_key.pem"]);
  assertMatch(line.keyId, /^[\w-]{43}$/);
  assertMatch(line.workspaceId, /^7\d{18}$/);
  assertStringIncludes(stderr, "  $ NO_PROXY=127.0.0.1 coze-jwt token --keys demo\n");
  const token = await runIn({ args: ["token", "--keys", "demo"], files: written, fetch: serve });
  assertMatch(token.stdout, /^czs_emulator_/);
  const headers = { authorization: `Bearer ${token.stdout.trim()}` };
  const list = await serve(new Request("http://127.0.0.1:4711/v1/workspaces", { headers }));
  const { data } = await list.json();
  assertEquals(data.workspaces.map(({ id }: { id: string }) => id), [line.workspaceId]);
});

Deno.test("emulator goes on with what it wrote, and refuses what it did not (security 17)", async () => {
  const first = await firstRun();
  const second = await emulator(JSON_DEMO, { files: first.written });
  assertEquals(second.exitCode, 0);
  assertEquals(JSON.parse(second.stdout), JSON.parse(first.stdout));
  assertEquals(Object.keys(second.written), ["demo/.env"]);
  // The task keeps requests to this machine away from a proxy by itself.
  const task = { start: { before: ["deno", "task", "coze-jwt"] }, files: first.written };
  const { stderr } = await emulator(["--keys", "demo"], task);
  assertStringIncludes(stderr, "\n  $ deno task coze-jwt token --keys demo\n");
  const { written } = first;
  // What init wrote has no values yet.
  const begun = { "demo/.env": "# a comment\nCOZE_CLIENT_ID=\n# COZE_REGION=com\n" };
  assertEquals((await emulator(["--keys", "demo"], { files: begun })).exitCode, 0);
  const changed = { ...written, "demo/private_key.pem": pkcs8Pem() };
  const refused = await emulator(["--keys", "demo"], { files: changed });
  assertStringIncludes(refused.stderr, "was changed since the emulator wrote them");
  const foreign: Record<string, string>[] = [
    { "demo/.env": "COZE_CLIENT_ID=1\n" },
    { "demo/private_key.pem": pkcs8Pem() },
    { ...written, "demo/private_key.pem": pkcs8Pem() },
    { ...written, "demo/.env": written["demo/.env"] + "MINE=1\n" },
    { ...written, "demo/mine.pem": pkcs8Pem() },
    { "demo/coze_oauth_config.json": "{}" },
  ];
  for (const files of foreign) {
    const outcome = await emulator(["--keys", "demo"], { files });
    assertFailed(outcome, 2, "file-exists");
    assertEquals(outcome.written, {});
  }
});

const TOKEN_URL = "http://127.0.0.1:4711/api/permission/oauth2/token";
const unsigned = (serve: Handler) => serve(new Request(TOKEN_URL, { method: "POST" }));

Deno.test("emulator without --keys knows no app and touches no file", async () => {
  let status = 0;
  const { touched, written, closed } = await emulator([], {}, async (serve) => {
    status = (await unsigned(serve)).status;
  });
  assertEquals([status, closed, touched, written], [401, true, [], {}]);
});

Deno.test("emulator refuses other Host headers and says it is not for production (security 17)", async () => {
  const hosts = ["evil.example", "127.0.0.1.evil.example", "10.0.0.1:4711", "localhost:4711"];
  const statuses: number[] = [];
  const { stderr } = await emulator([], {}, async (serve) => {
    for (const host of hosts) statuses.push((await serve(new Request(`http://${host}/`))).status);
  });
  assertEquals(statuses, [421, 421, 421, 404]);
  assertStringIncludes(stderr, "not for production");
});

Deno.test("emulator --trace logs requests", async () => {
  const { stderr } = await emulator(["--trace"], {}, async (serve) => void await unsigned(serve));
  const line = "trace: POST /api/permission/oauth2/token 401 invalid_client (bearer)";
  assertStringIncludes(stderr, line);
});

Deno.test("emulator refuses a port that is none", async () => {
  for (const port of ["x", "-1", "65536", "1.5"]) {
    assertFailed(await emulator([`--port=${port}`]), 2, "usage");
  }
});

Deno.test("emulator says which permission is missing, and that a port is taken", async () => {
  const failing = (name: string) => ({ serve: () => Promise.reject(named(name)) });
  const net = await emulator([], failing("NotCapable"));
  assertFailed(net, 9, "sandbox-net", "--allow-net=127.0.0.1");
  const files = { "demo/x": "", "demo": named("NotCapable") };
  const write = await emulator(["--keys", "demo"], { files, ...failing("too early") });
  assertFailed(write, 9, "sandbox-write", "--allow-read=demo --allow-write=demo");
  const ports = [["AddrInUse", "Port 80 is already in use"], ["PermissionDenied", "port 80\n"]];
  for (const [name, words] of ports) {
    const taken = await emulator(["--port", "80"], { ...failing(name!), start: SCRIPT });
    const command = "$ deno run --allow-net=127.0.0.1 cli.ts emulator --port 0\n";
    assertFailed(taken, 2, "usage", words!, command);
  }
});

Deno.test("emulator does not replace a key that another one wrote meanwhile (security 16)", async () => {
  const files: Record<string, string> = {};
  const outcome = await emulator(["--keys", "demo"], { files }, () => {
    files["demo/private_key.pem"] = pkcs8Pem();
    return Promise.resolve();
  });
  assertFailed(outcome, 2, "file-exists");
  assertEquals([outcome.closed, Object.keys(outcome.written)], [true, ["demo/.gitignore"]]);
});
