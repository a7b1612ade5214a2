import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { named, privateKeyPem, runIn, type World } from "../../testing/fake_io.ts";

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
    async serve(handler) {
      serve = handler;
      await during?.(handler);
      interrupt(143);
      return {
        port: 4711,
        close() {
          closed = true;
          return Promise.resolve();
        },
      };
    },
    ...world,
  });
  return { ...outcome, closed, serve };
}

Deno.test("emulator writes key, .env and .gitignore, so that token works with no other flag", async () => {
  const { written, stdout, stderr, exitCode, closed, serve } = await emulator([
    "--keys",
    "demo",
    "--json",
  ]);
  assertEquals([exitCode, closed], [0, true]);
  assertEquals(Object.keys(written).sort(), [
    "demo/.env",
    "demo/.gitignore",
    "demo/private_key.pem",
  ]);
  const line = JSON.parse(stdout);
  assertEquals(Object.keys(line), ["url", "clientId", "keyId", "keyFile", "workspaceId"]);
  assertEquals([line.url, line.keyFile], ["http://127.0.0.1:4711", "demo/private_key.pem"]);
  assertMatch(line.keyId, /^[\w-]{43}$/);
  assertMatch(line.workspaceId, /^7\d{18}$/);
  const next =
    "NO_PROXY=127.0.0.1 deno run --no-prompt --allow-net=127.0.0.1:4711 --allow-read=demo";
  assertStringIncludes(stderr, next);
  const token = await runIn({ args: ["token", "--keys", "demo"], files: written, fetch: serve });
  assertMatch(token.stdout, /^czs_emulator_/);
  const headers = { authorization: `Bearer ${token.stdout.trim()}` };
  const list = await serve(new Request("http://127.0.0.1:4711/v1/workspaces", { headers }));
  const { data } = await list.json();
  assertEquals(data.workspaces.map(({ id }: { id: string }) => id), [line.workspaceId]);
});

Deno.test("emulator goes on with what it wrote before", async () => {
  const first = await emulator(["--keys", "demo", "--json"]);
  const second = await emulator(["--keys", "demo", "--json"], { files: first.written });
  assertEquals(second.exitCode, 0);
  assertEquals(JSON.parse(second.stdout), JSON.parse(first.stdout));
  assertEquals(Object.keys(second.written), ["demo/.env"]);
});

Deno.test("emulator refuses a directory with what it did not write (security 17)", async () => {
  const { written } = await emulator(["--keys", "demo"]);
  const pem = await privateKeyPem();
  const foreign: Record<string, string>[] = [
    { "demo/.env": "COZE_CLIENT_ID=1\n" },
    { "demo/private_key.pem": pem },
    { ...written, "demo/private_key.pem": pem },
    { ...written, "demo/.env": written["demo/.env"] + "MINE=1\n" },
    { ...written, "demo/mine.pem": pem },
    { "demo/coze_oauth_config.json": "{}" },
  ];
  for (const files of foreign) {
    const outcome = await emulator(["--keys", "demo"], { files });
    assertEquals([outcome.exitCode, outcome.stdout, outcome.written], [2, "", {}]);
    assertStringIncludes(outcome.stderr, "error[file-exists]");
  }
});

Deno.test("emulator without --keys knows no app and touches no file", async () => {
  let status = 0;
  const { stdout, stderr, touched, written, closed } = await emulator([], {}, async (serve) => {
    status = (await serve(
      new Request("http://127.0.0.1:4711/api/permission/oauth2/token", { method: "POST" }),
    )).status;
  });
  assertEquals([stdout, status, touched, written, closed], [
    "http://127.0.0.1:4711\n",
    401,
    [],
    {},
    true,
  ]);
  assertStringIncludes(stderr, "no app is registered");
});

Deno.test("emulator refuses other Host headers and says it is not for production (security 17)", async () => {
  const statuses: number[] = [];
  const { stderr } = await emulator([], {}, async (serve) => {
    for (
      const host of ["evil.example", "127.0.0.1.evil.example", "10.0.0.1:4711", "localhost:4711"]
    ) {
      statuses.push((await serve(new Request(`http://${host}/`))).status);
    }
  });
  assertEquals(statuses, [421, 421, 421, 404]);
  assertStringIncludes(stderr, "not production");
});

Deno.test("emulator --trace logs requests, without secrets", async () => {
  const { stderr } = await emulator(["--trace"], {}, async (serve) => {
    await serve(
      new Request("http://127.0.0.1:4711/api/permission/oauth2/token", { method: "POST" }),
    );
  });
  assertStringIncludes(
    stderr,
    "trace: POST /api/permission/oauth2/token 401 invalid_client (bearer)",
  );
});

for (const port of ["x", "-1", "65536", "1.5"]) {
  Deno.test(`emulator refuses port ${port}`, async () => {
    const { exitCode, stderr } = await emulator([`--port=${port}`]);
    assertEquals(exitCode, 2);
    assertStringIncludes(stderr, "error[usage-value]");
  });
}

Deno.test("emulator says which permission is missing, and that a port is taken", async () => {
  const net = await emulator([], { serve: () => Promise.reject(named("NotCapable")) });
  assertEquals(net.exitCode, 9);
  assertStringIncludes(net.stderr, "--allow-net=127.0.0.1");
  const files = { "demo/x": "" };
  const write = await runIn({
    args: ["emulator", "--keys", "demo"],
    files: { ...files, "demo": named("NotCapable") },
    serve: () => Promise.reject(new Error("too early")),
  });
  assertEquals(write.exitCode, 9);
  assertStringIncludes(write.stderr, "--allow-read=demo --allow-write=demo");
  const taken = await emulator(["--port", "80"], {
    serve: () => Promise.reject(named("AddrInUse")),
  });
  assertEquals(taken.exitCode, 2);
  assert(taken.stdout === "");
  assertStringIncludes(taken.stderr, "the port is in use");
});

Deno.test("emulator does not replace a key that another one wrote meanwhile (security 16)", async () => {
  const files: Record<string, string> = {};
  const pem = await privateKeyPem();
  const outcome = await emulator(["--keys", "demo"], { files }, () => {
    files["demo/private_key.pem"] = pem;
    return Promise.resolve();
  });
  assertEquals([outcome.exitCode, outcome.closed], [2, true]);
  assertStringIncludes(outcome.stderr, "error[file-exists]");
  assertEquals(Object.keys(outcome.written), ["demo/.gitignore"]);
});
