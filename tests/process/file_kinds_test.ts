import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { folder, run } from "../testing/process.ts";

const KINDS: Record<string, [make: (path: string) => Promise<unknown>, words: string]> = {
  "a pipe": [(path) => new Deno.Command("mkfifo", { args: [path] }).output(), "not a regular file"],
  // git carries links.
  "a link to /dev/zero": [(path) => Deno.symlink("/dev/zero", path), "not a regular file"],
  "a link to itself": [(path) => Deno.symlink(path, path), "a link to itself"],
  "a directory": [(path) => Deno.mkdir(path), "not a regular file"],
  "2 GB": [
    async (path) => {
      await Deno.writeTextFile(path, "");
      await Deno.truncate(path, 2e9);
    },
    "larger than 1 MiB",
  ],
};
const FILES: [name: string, code: string, exitCode: number][] = [
  ["private_key.pem", "key-file-unreadable", 4],
  [".env", "config-file-malformed", 3],
  ["coze_oauth_config.json", "config-file-malformed", 3],
];
for (const [kind, [make, words]] of Object.entries(KINDS)) {
  for (const [name, code, exitCode] of FILES) {
    Deno.test(`token does not read ${name} when it is ${kind}`, async () => {
      await using place = await folder();
      const path = join(place.cwd, "keys", name);
      await Deno.remove(path).catch(() => {});
      await make(path);
      const ended = await run({ ...place, flags: ["--allow-read=keys"], args: ["token"] });
      assertEquals([ended.code, ended.stdout], [exitCode, ""], ended.stderr);
      for (const word of [`error[${code}]`, `--> keys/${name}`, words]) {
        assertStringIncludes(ended.stderr, word);
      }
    });
  }
}

Deno.test("token reads a file of 1 MiB, and none of a byte more", async () => {
  await using place = await folder();
  const path = join(place.cwd, "keys", ".env");
  for (const [size, words] of [[1_048_576, "config-missing"], [1_048_577, "larger than 1 MiB"]]) {
    await Deno.writeTextFile(path, "#".repeat(Number(size)));
    const { stderr } = await run({ ...place, flags: ["--allow-read=keys"], args: ["token"] });
    assertStringIncludes(stderr, String(words));
  }
});

Deno.test("token looks for misspelt names where the whole environment may be read", async () => {
  await using place = await folder({ "keys/.env": "" });
  const env = { VITE_COZE_CLIENT_ID: "1" };
  const words = "Rename VITE_COZE_CLIENT_ID -> COZE_CLIENT_ID";
  for (
    const [flag, shown] of [["--allow-env", true], ["--allow-env=COZE_KEY_ID", false]] as const
  ) {
    const flags = ["--allow-read=keys", flag];
    const { code, stderr } = await run({ ...place, flags, args: ["token"], env });
    assertEquals([code, stderr.includes(words)], [3, shown], stderr);
    assertEquals(stderr.includes("--allow-env=COZE_*"), !shown, stderr);
  }
});

Deno.test("token repeats the permission for the variables of Coze in the commands it prints", async () => {
  await using place = await folder({ "keys/.env": "" });
  const flags = ["--allow-read=keys", "--allow-env=COZE_*"];
  const { stderr } = await run({ ...place, flags, args: ["token"] });
  assertMatch(stderr, / '--allow-env=COZE_\*' .* init\n/);
});
