import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { ROOT } from "../../scripts/child.ts";
import { fakeJsr } from "../testing/fake_jsr.ts";
import { choosePackages, DEV_STAND_IN_FLAGS, STAND_IN_FLAGS } from "../../scripts/packages.ts";

Deno.test("choosePackages() takes the stand-ins at once when JSR refuses", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  listener.close();
  const { line, flags, devFlags } = await choosePackages({
    // Far more than it may take: the time-out is not what ends it.
    limitMs: 60_000,
    env: { JSR_URL: `http://127.0.0.1:${port}` },
  });
  assertStringIncludes(line, "packages: npm stand-ins (JSR could not be reached: JSR package");
  assertStringIncludes(line, "see README, Networks without JSR");
  assertEquals(line.split("\n").length, 1);
  assertEquals([flags, devFlags], [[...STAND_IN_FLAGS], [...DEV_STAND_IN_FLAGS]]);
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
  const { line, flags, devFlags } = await choosePackages({
    limitMs: 60_000,
    env: { JSR_URL: jsr.url, DENO_DIR: directory },
  });
  await Deno.remove(directory, { recursive: true });
  assertEquals(line, "packages: JSR");
  assertEquals([flags, devFlags], [[], []]);
});

function* sources(folder: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(`${ROOT}${folder}`)) {
    if (isDirectory) yield* sources(`${folder}${name}/`);
    else if (name.endsWith(".ts")) yield `${folder}${name}`;
  }
}

/** The npm packages in a lock file. */
async function locked(name: string): Promise<{ specifiers: string[]; packages: object }> {
  const { specifiers, npm } = JSON.parse(await Deno.readTextFile(`${ROOT}npm/${name}`));
  return { specifiers: Object.keys(specifiers), packages: npm };
}

Deno.test("npm/deno.lock holds what the program imports and no more, as Deno downloads it all", async () => {
  const imported = new Set<string>();
  // The stand-ins are part of the program where this lock file is used.
  for (const file of [...sources("lib/"), ...sources("npm/"), "mod.ts", "cli.ts"]) {
    const code = await Deno.readTextFile(`${ROOT}${file}`);
    for (const [, specifier] of code.matchAll(/^(?:import|export) [^;]*? from "(npm:[^"]+)"/gm)) {
      imported.add(specifier!);
    }
  }
  assert(imported.has("npm:eventsource-parser@4.1.3"));
  const { specifiers, packages } = await locked("deno.lock");
  assertEquals(specifiers, [...imported].sort());
  // string-width brings three others along.
  assertEquals(Object.keys(packages).length, imported.size + 3);
});

Deno.test("npm/dev.lock holds all that npm/deno.lock does, the same", async () => {
  const [program, dev] = await Promise.all(["deno.lock", "dev.lock"].map(locked));
  assertEquals({ ...dev!.packages, ...program!.packages }, dev!.packages);
  for (const specifier of program!.specifiers) assert(dev!.specifiers.includes(specifier));
});
