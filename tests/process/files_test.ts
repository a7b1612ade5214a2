import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { read } from "../testing/files.ts";
import { pkcs8Pem } from "../testing/keys.ts";
import { testWith } from "../testing/needs.ts";
import { folder, repository, run } from "../testing/process.ts";

async function inspect(cwd: string, ...args: string[]) {
  return await run({ cwd, flags: ["--allow-read=keys"], args: ["inspect", ...args] });
}

Deno.test("inspect notices a mode that others can read, and a link out of the directory", async () => {
  await using place = await folder({ "elsewhere.pem": pkcs8Pem() });
  await Deno.chmod(`${place.cwd}/keys/private_key.pem`, 0o644);
  assertStringIncludes((await inspect(place.cwd)).stderr, "warning[key-file-mode]");
  await Deno.remove(`${place.cwd}/keys/private_key.pem`);
  await Deno.symlink("../elsewhere.pem", `${place.cwd}/keys/private_key.pem`);
  const { code, stderr } = await inspect(place.cwd);
  assertStringIncludes(stderr, "warning[key-symlink]");
  assertStringIncludes(stderr, "/elsewhere.pem");
  assertEquals(code, 0);
});

Deno.test("inspect has nothing against a linked keys directory and a mount of Kubernetes", async () => {
  await using place = await folder({ "..2026/key.pem": pkcs8Pem() });
  const { cwd } = place;
  await Deno.mkdir(`${cwd}/secrets/..2026`, { recursive: true });
  await Deno.rename(`${cwd}/keys/private_key.pem`, `${cwd}/secrets/..2026/private_key.pem`);
  await Deno.rename(`${cwd}/keys/.env`, `${cwd}/secrets/.env`);
  await Deno.remove(`${cwd}/keys`);
  await Deno.symlink("..2026", `${cwd}/secrets/..data`);
  await Deno.symlink("..data/private_key.pem", `${cwd}/secrets/private_key.pem`);
  await Deno.symlink("secrets", `${cwd}/keys`);
  const { code, stderr } = await inspect(cwd);
  assertEquals([code, stderr], [0, ""]);
});

Deno.test("token says key-file-unreadable for a directory", async () => {
  await using place = await folder();
  await Deno.remove(`${place.cwd}/keys/private_key.pem`);
  await Deno.mkdir(`${place.cwd}/keys/private_key.pem`);
  const { code, stdout, stderr } = await run({
    ...place,
    flags: ["--allow-read=keys"],
    args: ["token"],
  });
  assertEquals([code, stdout], [4, ""]);
  assertStringIncludes(stderr, "error[key-file-unreadable]");
});

testWith(["a user without root"], "token says key-file-unreadable for mode 000", async () => {
  await using place = await folder();
  await Deno.chmod(`${place.cwd}/keys/private_key.pem`, 0o000);
  const { code, stderr } = await run({ ...place, flags: ["--allow-read=keys"], args: ["token"] });
  assertStringIncludes(stderr, "error[key-file-unreadable]");
  assertEquals(code, 4);
});

Deno.test("token says no word of a raw multi-line key in .env (security 12)", async () => {
  const pem = pkcs8Pem();
  await using place = await folder({ "keys/.env": `COZE_PRIVATE_KEY=${pem}` });
  const { code, stdout, stderr } = await run({
    ...place,
    flags: ["--allow-read=keys"],
    args: ["token", "--trace"],
  });
  assertEquals([code, stdout], [3, ""]);
  assertStringIncludes(stderr, "--> keys/.env:1:18");
  for (const line of pem.split("\n").slice(1, -2)) assert(!stderr.includes(line.slice(0, 20)));
});

Deno.test("inspect works for keys/prod with the flag --allow-read=keys", async () => {
  const env = "COZE_CLIENT_ID=1\nCOZE_KEY_ID=x\n";
  await using place = await folder({
    "keys/prod/.env": env,
    "keys/prod/private_key.pem": pkcs8Pem(),
  });
  const { stdout } = await inspect(place.cwd, "--keys", "keys/prod");
  assertStringIncludes(stdout, "<- keys/prod/.env COZE_CLIENT_ID");
});

testWith(["git"], "git ignores everything in keys/ but three files (security 19)", async () => {
  await using place = await folder({
    ".gitignore": await read(".gitignore"),
    "keys/.gitignore": await read("keys/.gitignore"),
  });
  const git = await repository(place.cwd);
  const names = [
    "private_key.pem",
    ".env",
    "coze_oauth_config.json",
    "prod/.env",
    "README.md",
    ".env.example",
    ".gitignore",
  ];
  const ignored = await git("check-ignore", ...names.map((name) => `keys/${name}`));
  assertEquals(ignored.trim().split("\n"), [
    "keys/private_key.pem",
    "keys/.env",
    "keys/coze_oauth_config.json",
    "keys/prod/.env",
  ]);
});
