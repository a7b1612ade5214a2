import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { auditedPermissions, firstLine, folder, run, start } from "../testing/process.ts";

const FLAGS = ["--allow-net=127.0.0.1", "--allow-read=demo", "--allow-write=demo"];

/** Starts the emulator and waits for its first line. */
async function emulator(cwd: string, env: Record<string, string> = {}) {
  const args = ["emulator", "--port", "0", "--keys", "demo", "--json"];
  const child = start({ cwd, flags: FLAGS, args, env });
  return { child, line: JSON.parse(await firstLine(child)) };
}

Deno.test("emulator serves a second terminal, ends with 0 on SIGINT and SIGTERM, and goes on after", async () => {
  await using place = await folder();
  const ids: string[] = [];
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    const audit = `${place.cwd}/audit`;
    const { child, line } = await emulator(place.cwd, { DENO_AUDIT_PERMISSIONS: audit });
    ids.push(line.keyId);
    const host = new URL(line.url).host;
    const flags = [`--allow-net=${host}`, "--allow-read=demo"];
    const token = await run({ ...place, flags, args: ["token", "--keys", "demo"] });
    assertMatch(token.stdout, /^czs_emulator_/);

    const raw = await Deno.connect({ hostname: "127.0.0.1", port: Number(new URL(line.url).port) });
    await raw.write(
      new TextEncoder().encode("GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"),
    );
    assertStringIncludes(await new Response(raw.readable).text(), "421");

    child.kill(signal);
    const { code, stderr } = await child.output();
    assertEquals(code, 0);
    assertStringIncludes(new TextDecoder().decode(stderr), "not for production");
    const expected = /^(?:net 127\.0\.0\.1|(?:read|write) demo(?:\/|$))/;
    assertEquals((await auditedPermissions(audit)).filter((entry) => !expected.test(entry)), []);
  }
  assertEquals(ids[0], ids[1]);
  for await (const { name } of Deno.readDir(`${place.cwd}/demo`)) {
    const { mode } = await Deno.stat(`${place.cwd}/demo/${name}`);
    assertEquals([name, (mode! & 0o777).toString(8)], [name, "600"]);
    assert(!name.endsWith(".tmp"));
  }
});

Deno.test("emulator refuses a directory with a key that it did not make, and changes nothing (security 17)", async () => {
  await using place = await folder();
  const flags = ["--allow-net=127.0.0.1", "--allow-read=keys", "--allow-write=keys"];
  const before = await Deno.readTextFile(`${place.cwd}/keys/.env`);
  const { code, stdout, stderr } = await run({
    ...place,
    flags,
    args: ["emulator", "--keys", "keys"],
  });
  assertEquals([code, stdout], [2, ""]);
  assertStringIncludes(stderr, "error[file-exists]");
  assertEquals(await Deno.readTextFile(`${place.cwd}/keys/.env`), before);
});

Deno.test("emulator: two that start at once in one directory have one key (security 16)", async () => {
  await using place = await folder();
  const args = ["emulator", "--keys", "demo", "--json"];
  const runs = [1, 2].map(() => {
    const child = start({ ...place, flags: FLAGS, args });
    const announced = Promise.withResolvers<void>();
    const stdout = (async () => {
      let text = "";
      for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
        text += chunk;
        announced.resolve();
      }
      return text;
    })();
    return { child, stdout, stderr: child.stderr.cancel(), announced: announced.promise };
  });
  // One loses and ends by itself, unless it starts when the files of the other are complete.
  const losses = runs.map(({ child }) => child.status);
  await Promise.any([...losses, Promise.all(runs.map(({ announced }) => announced))]);
  for (const { child } of runs) {
    try {
      child.kill("SIGINT");
    } catch {
      // It has ended.
    }
  }
  const env = await Deno.readTextFile(`${place.cwd}/demo/.env`);
  const codes = await Promise.all(runs.map(async ({ child, stdout, stderr }) => {
    await stderr;
    const { code } = await child.status;
    if (code === 0) assertStringIncludes(env, JSON.parse(await stdout).keyId);
    else assertEquals([code, await stdout], [2, ""]);
    return code;
  }));
  assert(codes.includes(0));
});

Deno.test("emulator without --keys asks for 127.0.0.1 and nothing else (security 18)", async () => {
  await using place = await folder();
  const audit = `${place.cwd}/audit`;
  const env = { DENO_AUDIT_PERMISSIONS: audit };
  const child = start({ ...place, flags: ["--allow-net=127.0.0.1"], args: ["emulator"], env });
  const reader = child.stdout.getReader();
  await reader.read();
  reader.releaseLock();
  child.kill("SIGTERM");
  assertEquals((await child.output()).code, 0);
  const asked = await auditedPermissions(audit);
  assertEquals(asked.filter((entry) => !entry.startsWith("net 127.0.0.1")), []);
});
