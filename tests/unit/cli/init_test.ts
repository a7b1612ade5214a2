import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import {
  CLIENT_ID,
  healthyFiles,
  KEY_ID,
  named,
  privateKeyPem,
  runIn,
} from "../../testing/fake_io.ts";

const IDS = ["--client-id", CLIENT_ID, `--key-id=${KEY_ID}`];
const WALK = ["普通", "服务类应用", "创建 Key", "权限", "授权", "应用 ID", "示例下载"];

Deno.test("init in an empty directory writes .gitignore and an explained .env, and tells the way", async () => {
  for (const lang of ["en", "zh"]) {
    const { exitCode, stdout, stderr, written } = await runIn({ args: ["init", "--lang", lang] });
    assertEquals([exitCode, stdout], [0, "keys/.gitignore\nkeys/.env\n"]);
    assertEquals(Object.keys(written), ["keys/.gitignore", "keys/.env"]);
    assertStringIncludes(written["keys/.gitignore"]!, "\n*\n");
    for (const label of WALK) assertStringIncludes(stderr, label);
    assertStringIncludes(stderr, "https://www.coze.cn/open/oauth/apps");
    assertStringIncludes(stderr, "COZE_CLIENT_ID, COZE_KEY_ID, keys/private_key.pem");
    assert(!stderr.includes("error["), stderr);
  }
});

Deno.test("init writes the values given, so that token finds them", async () => {
  const flags = ["--region", "com", "--key-file", "keys/my key.pem"];
  const { exitCode, written, stderr } = await runIn({ args: ["init", ...IDS, ...flags] });
  assertEquals(exitCode, 0);
  assertStringIncludes(stderr, "https://www.coze.com/open/oauth/apps");
  assertStringIncludes(stderr, "keys/my key.pem");
  const files = { ...written, "keys/my key.pem": await privateKeyPem() };
  const { stdout } = await runIn({ args: ["inspect", "--json"], files });
  const { configuration } = JSON.parse(stdout);
  assertEquals(
    [configuration.clientId, configuration.keyId, configuration.baseUrl].map(({ value }) => value),
    [CLIENT_ID, KEY_ID, "https://api.coze.com"],
  );
  assertEquals(configuration.privateKey.bits, 2048);
});

Deno.test("init writes what a shell would expand so that it is read as it was given", async () => {
  const value = 'a $HOME #b "c" `d` \\n';
  const { written } = await runIn({ args: ["init", "--key-file", value] });
  const { stdout } = await runIn({ args: ["inspect", "--json"], files: written });
  const { source } = JSON.parse(stdout).configuration.privateKey;
  assertEquals(source, `${value} (keys/.env COZE_PRIVATE_KEY_PATH)`);
});

Deno.test("init refuses a value that no .env can hold, before it writes anything", async () => {
  for (const args of [["--client-id", "a'b"], ["--key-id", "a\nb"], ["--region", "eu"]]) {
    const { exitCode, stderr, written } = await runIn({ args: ["init", ...args] });
    assertEquals([exitCode, written], [2, {}]);
    assertStringIncludes(stderr, "error[usage-value]");
  }
});

Deno.test("init refuses a value that is wrong already, before it writes anything", async () => {
  const wrong = [
    [["--client-id", "abc"], "client-id-malformed"],
    [["--key-id", "short"], "key-id-malformed"],
    [["--client-id", KEY_ID, "--key-id", CLIENT_ID], "ids-swapped"],
    [["--base-url", "https://www.coze.cn"], "base-url-not-api"],
  ] as const;
  for (const [flags, code] of wrong) {
    const { exitCode, stdout, stderr, written } = await runIn({ args: ["init", ...flags] });
    assertEquals([exitCode, stdout, written], [3, "", {}]);
    assertStringIncludes(stderr, `error[${code}]`);
  }
});

Deno.test("init changes nothing that is there, and says what token will use (security 16)", async () => {
  const files = { ...await healthyFiles(), "keys/.gitignore": "*\n" };
  const { exitCode, stdout, stderr, written, dropped } = await runIn({ args: ["init"], files });
  assertEquals([exitCode, stdout, written, dropped], [0, "", {}, true]);
  for (const words of [`${CLIENT_ID}   <- keys/.env`, "RSA, 2048 bits", "coze-jwt token"]) {
    assertStringIncludes(stderr, words);
  }
});

Deno.test("init with values does not touch a .env that is there (security 16)", async () => {
  const { exitCode, stdout, stderr, written } = await runIn({
    args: ["init", ...IDS],
    files: { "keys/.env": "COZE_CLIENT_ID=1\n" },
  });
  assertEquals([exitCode, stdout, written], [2, "", {}]);
  assertStringIncludes(stderr, "error[file-exists]");
  assertStringIncludes(stderr, "--> keys/.env");
  assertStringIncludes(stderr, "COZE_CLIENT_ID, COZE_KEY_ID");
});

Deno.test("init takes a downloaded coze_oauth_config.json for enough", async () => {
  const config = {
    "client_type": "jwt",
    "client_id": CLIENT_ID,
    "public_key_id": KEY_ID,
    "private_key": await privateKeyPem(),
    "coze_api_base": "https://api.coze.cn",
  };
  const files = { "keys/coze_oauth_config.json": JSON.stringify(config) };
  const { exitCode, stderr, written } = await runIn({ args: ["init"], files });
  assertEquals([exitCode, Object.keys(written)], [0, ["keys/.gitignore"]]);
  assertStringIncludes(stderr, "keys/coze_oauth_config.json client_id");
  assertStringIncludes(stderr, "coze-jwt token");
});

Deno.test("init ends with the class of the first error when all is there and one thing is wrong", async () => {
  const files = { ...await healthyFiles(), "keys/private_key.pem": "-----BEGIN PUBLIC KEY-----" };
  const { exitCode, stderr } = await runIn({ args: ["init"], files });
  assertEquals(exitCode, 4);
  assertStringIncludes(stderr, "error[key-");
  assertStringIncludes(stderr, "coze-jwt init");
});

Deno.test("init --json says what was written, what is missing and what was found", async () => {
  const first = await runIn({ args: ["init", "--json", "--keys", "keys/prod/", ...IDS] });
  const { findings, ...rest } = JSON.parse(first.stdout);
  assertEquals([first.stderr, findings], ["", []]);
  assertEquals(rest, {
    directory: "keys/prod",
    written: ["keys/prod/.gitignore", "keys/prod/.env"],
    ready: false,
    missing: ["keys/prod/private_key.pem"],
  });
  const files = { ...await healthyFiles(), "keys/.env": "COZE_CLIENT_ID=x\nCOZE_KEY_ID=x\n" };
  const second = JSON.parse((await runIn({ args: ["init", "--json"], files })).stdout);
  assertEquals([second.ready, second.missing], [true, []]);
  assertEquals(second.findings[0].code, "client-id-malformed");
});

Deno.test("init shows no key that was given for an id (security 12)", async () => {
  const pem = await privateKeyPem();
  const files = { "keys/private_key.pem": pem };
  const { stdout, stderr } = await runIn({
    args: ["init", "--client-id", pem.split("\n")[1]!, "--key-id", pem.split("\n")[2]!],
    files,
  });
  for (const line of pem.split("\n").slice(1, -2)) {
    assert(!(stdout + stderr).includes(line.slice(0, 30)), stderr);
  }
});

const REFUSALS: [error: Error, exitCode: number, code: string][] = [
  [named("NotCapable"), 9, "sandbox-write"],
  [named("AlreadyExists"), 2, "file-exists"],
  [named("NotADirectory"), 2, "file-exists"],
  [Object.assign(named("PermissionDenied"), { code: "EACCES" }), 2, "file-unwritable"],
  [Object.assign(named("Error"), { code: "ENOSPC" }), 2, "file-unwritable"],
  [named("TypeError"), 1, "unexpected"],
];
for (const command of ["init", "keygen"]) {
  for (const [error, expected, code] of REFUSALS) {
    const says = `${command} says ${code} for ${error.name} ${"code" in error ? error.code : ""}`;
    Deno.test(says.trim(), async () => {
      const { exitCode, stdout, stderr } = await runIn({
        args: [command, "--json"],
        writeFile: () => Promise.reject(error),
      });
      assertEquals([exitCode, stdout], [expected, ""]);
      assertEquals(JSON.parse(stderr).error.code, code);
    });
  }
}

Deno.test("keygen writes the private key, prints the public one, and says first what is usual", async () => {
  const { exitCode, stdout, stderr, written } = await runIn({ args: ["keygen"] });
  assertEquals([exitCode, Object.keys(written)], [0, ["keys/.gitignore", "keys/private_key.pem"]]);
  const pem = written["keys/private_key.pem"]!;
  assertMatch(
    pem,
    /^-----BEGIN PRIVATE KEY-----\n(?:[\w+/=]{1,64}\n)+-----END PRIVATE KEY-----\n$/,
  );
  assertMatch(
    stdout,
    /^-----BEGIN PUBLIC KEY-----\n(?:[\w+/=]{1,64}\n)+-----END PUBLIC KEY-----\n$/,
  );
  const [first, ...rest] = stderr.split("\n");
  assertStringIncludes(first!, "创建 Key");
  assertStringIncludes(first!, "private_key.pem");
  assertStringIncludes(rest.join("\n"), "openssl genpkey");
  for (const line of pem.split("\n").slice(1, -2)) {
    assert(!(stdout + stderr).includes(line.slice(0, 30)));
  }
});

Deno.test("keygen --json prints the path, the public key and its fingerprints", async () => {
  const { stdout, stderr, written } = await runIn({ args: ["keygen", "--json", "--keys", "k"] });
  const { keyFile, publicKey, fingerprints } = JSON.parse(stdout);
  assertEquals([stderr, keyFile], ["", "k/private_key.pem"]);
  assertStringIncludes(publicKey, "BEGIN PUBLIC KEY");
  assertEquals(Object.keys(fingerprints), ["jwk", "spki", "pkcs1", "pem"]);
  const again = await runIn({ args: ["inspect", "--keys", "k", "--json"], files: written });
  assertEquals(JSON.parse(again.stdout).configuration.privateKey.fingerprints, fingerprints);
});

Deno.test("keygen never overwrites a key (security 16)", async () => {
  const files = { "keys/private_key.pem": "anything" };
  const { exitCode, stdout, stderr, written } = await runIn({ args: ["keygen"], files });
  assertEquals([exitCode, stdout, written], [2, "", {}]);
  assertStringIncludes(stderr, "--> keys/private_key.pem");
  assertStringIncludes(stderr, "openssl pkey -in keys/private_key.pem -pubout");
});
