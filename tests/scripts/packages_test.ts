import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { fakeJsr } from "./fake_jsr.ts";
import { choosePackages, STAND_IN_FLAGS } from "../../scripts/packages.ts";

Deno.test("choosePackages() takes the stand-ins at once when JSR refuses", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  listener.close();
  const { line, flags } = await choosePackages({
    // Far more than it may take: the time-out is not what ends it.
    limitMs: 60_000,
    env: { JSR_URL: `http://127.0.0.1:${port}` },
  });
  assertStringIncludes(line, "packages: npm stand-ins (JSR could not be reached: JSR package");
  assertStringIncludes(line, "see README, Networks without JSR");
  assertEquals(line.split("\n").length, 1);
  assertEquals(flags, [...STAND_IN_FLAGS]);
});

Deno.test("choosePackages() takes the stand-ins after its limit when JSR hangs", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const connections: Deno.Conn[] = [];
  const accepting = (async () => {
    for await (const connection of listener) connections.push(connection);
  })();
  const { port } = listener.addr as Deno.NetAddr;
  const { line } = await choosePackages({
    limitMs: 500,
    env: { JSR_URL: `http://127.0.0.1:${port}` },
  });
  assertStringIncludes(line, "(JSR could not be reached: no answer within 0.5 s)");
  assert(connections.length > 0, "Deno has connected");
  for (const connection of connections) connection.close();
  listener.close();
  await accepting;
});

Deno.test("choosePackages() takes JSR when it answers", async () => {
  const directory = await Deno.makeTempDir();
  await using jsr = await fakeJsr();
  const { line, flags } = await choosePackages({
    limitMs: 60_000,
    env: { JSR_URL: jsr.url, DENO_DIR: directory },
  });
  await Deno.remove(directory, { recursive: true });
  assertEquals(line, "packages: JSR");
  assertEquals(flags, []);
});
