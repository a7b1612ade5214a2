import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { createPublicKey } from "node:crypto";
import { existsSync } from "node:fs";
import { importPrivateKey } from "../../mod.ts";
import { CLIENT_ID, KEY_ID } from "../testing/keys.ts";
import { testWith } from "../testing/needs.ts";
import { audited, folder, repository, run, start } from "../testing/process.ts";

const FLAGS = ["--allow-read=keys", "--allow-write=keys"];
/** Files are to be the owner's alone even where nothing is masked. */
const UMASK_0 = ["sh", "-c", 'umask 0; exec "$@"', "sh"];

async function emptied() {
  const place = await folder();
  await Deno.remove(`${place.cwd}/keys`, { recursive: true });
  return place;
}

async function modes(directory: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for await (const { name } of Deno.readDir(directory)) {
    found[name] = ((await Deno.stat(`${directory}/${name}`)).mode! & 0o777).toString(8);
  }
  return found;
}

Deno.test("init and keygen ask for keys/ and nothing else, without a terminal (security 18)", async () => {
  await using place = await emptied();
  for (const args of [["init"], ["keygen"], ["init", "--json"], ["init", "--lang", "zh"]]) {
    const { code, asked, stderr } = await audited({ ...place, flags: FLAGS, args });
    assertEquals(code, 0, stderr);
    const outside = asked.filter((entry) => !/^(?:read|write) keys(?:\/|$)/.test(entry));
    assertEquals(outside, []);
  }
});

Deno.test("init and keygen write files for the owner alone, whatever the umask (security 16)", async () => {
  await using place = await emptied();
  for (const command of ["init", "keygen"]) {
    const { code } = await run({ ...place, flags: FLAGS, args: [command], wrapper: UMASK_0 });
    assertEquals(code, 0);
  }
  assertEquals(await modes(`${place.cwd}/keys`), {
    ".gitignore": "600",
    ".env": "600",
    "private_key.pem": "600",
  });
  assertEquals(((await Deno.stat(`${place.cwd}/keys`)).mode! & 0o777).toString(8), "700");
});

testWith(
  ["git"],
  "init and keygen keep git out of a directory that had no .gitignore (security 19)",
  async () => {
    await using place = await emptied();
    const git = await repository(place.cwd);
    for (const args of [["init", "--keys", "keys/a"], ["keygen", "--keys", "keys/b"]]) {
      assertEquals((await run({ ...place, flags: FLAGS, args })).code, 0);
    }
    assertEquals(await git("status", "--porcelain", "--untracked-files=all"), "");
  },
);

Deno.test("keygen: of two that start at once, one gets the directory (security 16)", async () => {
  await using place = await emptied();
  const children = [1, 2].map(() => start({ ...place, flags: FLAGS, args: ["keygen", "--json"] }));
  const ended = await Promise.all(children.map((child) => child.output()));
  assertEquals(ended.map(({ code }) => code).sort(), [0, 2]);
  const { publicKey } = JSON.parse(
    new TextDecoder().decode(ended.find(({ code }) => code === 0)!.stdout),
  );
  const pem = await Deno.readTextFile(`${place.cwd}/keys/private_key.pem`);
  assertEquals(createPublicKey(pem).export({ type: "spki", format: "pem" }), publicKey);
});

Deno.test("keygen killed at any moment leaves a whole key or none (security 16)", async () => {
  let killed = 0;
  for (let i = 0; i < 12; i++) {
    await using place = await emptied();
    const child = start({ ...place, flags: FLAGS, args: ["keygen"] });
    // The directory is made just before the first file: from there on the moments lie close.
    let hasEnded = false;
    child.status.then(() => hasEnded = true);
    while (!hasEnded && !existsSync(`${place.cwd}/keys`)) {
      await new Promise((resolve) => setTimeout(resolve));
    }
    const moment = performance.now() + i / 4;
    while (performance.now() < moment);
    try {
      child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    if ((await child.output()).signal === "SIGKILL") killed++;
    for (const [name, mode] of Object.entries(await modes(`${place.cwd}/keys`))) {
      assertEquals([name, mode], [name, "600"]);
      const text = await Deno.readTextFile(`${place.cwd}/keys/${name}`);
      if (name === "private_key.pem") await importPrivateKey(text);
    }
  }
  assert(killed > 0, "no run was killed in time");
});

Deno.test("init lays a directory out in which inspect then finds everything", async () => {
  await using place = await folder();
  await Deno.remove(`${place.cwd}/keys/.env`);
  const args = ["init", "--client-id", CLIENT_ID, `--key-id=${KEY_ID}`];
  const { code, stdout } = await run({ ...place, flags: FLAGS, args });
  assertEquals([code, stdout], [0, "keys/.gitignore\nkeys/.env\n"]);
  const inspected = await run({ ...place, flags: ["--allow-read=keys"], args: ["inspect"] });
  assertEquals([inspected.code, inspected.stderr], [0, ""]);
  assertStringIncludes(inspected.stdout, "<- keys/.env COZE_KEY_ID");
});

const IMPOSSIBLE: [keys: string, words: string][] = [
  ["blocked", "should be a directory"],
  ["blocked/keys", "should be a directory"],
  ["loop", "should be a directory"],
  [`keys/${"a".repeat(300)}`, "`ls -ld "],
];
for (const [keys, words] of IMPOSSIBLE) {
  for (const command of ["init", "keygen"]) {
    Deno.test(`${command} says why no directory can be made at ${keys.slice(0, 20)}`, async () => {
      await using place = await folder({ "blocked": "a file where a directory should be" });
      await Deno.symlink("loop", `${place.cwd}/loop`);
      const top = keys.split("/")[0];
      const flags = [`--allow-read=${top}`, `--allow-write=${top}`];
      const ended = await run({ ...place, flags, args: [command, "--keys", keys] });
      assertEquals([ended.code, ended.stdout], [2, ""]);
      assertStringIncludes(ended.stderr, "error[file-unwritable]");
      assertStringIncludes(ended.stderr, words);
      assert(!/^\s+at /m.test(ended.stderr), ended.stderr);
    });
  }
}
