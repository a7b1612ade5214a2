import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  CLIENT_ID,
  healthyFiles,
  KEY_ID,
  named,
  privateKeyPem,
  runIn,
} from "../../testing/fake_io.ts";

/** Runs `inspect --json` and gives what it says of the configuration. */
async function configured(world: Partial<Parameters<typeof runIn>[0]>) {
  const outcome = await runIn({ args: ["inspect", "--json"], ...world });
  assert(outcome.stdout !== "", outcome.stderr);
  const json = JSON.parse(outcome.stdout);
  const codes = json.findings.map(({ code }: { code: string }) => code);
  return { ...json.configuration, codes, exitCode: outcome.exitCode, touched: outcome.touched };
}

Deno.test("loadConfiguration() takes flag, environment, .env, JSON file, default in this order", async () => {
  const pem = await privateKeyPem();
  const files: Record<string, string> = {
    "keys/private_key.pem": pem,
    "keys/.env": "COZE_CLIENT_ID=3\nCOZE_KEY_ID=c\nCOZE_BASE_URL=https://api.coze.com\n",
    "keys/coze_oauth_config.json": JSON.stringify({
      "client_type": "jwt",
      "client_id": "4",
      "public_key_id": "d",
      "coze_api_base": "https://api.coze.cn",
    }),
  };
  const env = { COZE_CLIENT_ID: "2" };
  const args = ["inspect", "--json", "--client-id", "1"];
  const clientIds = [
    await configured({ args, env, files }),
    await configured({ env, files }),
    await configured({ files }),
    await configured({ files: { ...files, "keys/.env": "" } }),
  ].map(({ clientId }) => [clientId.value, clientId.source]);
  assertEquals(clientIds, [
    ["1", "--client-id"],
    ["2", "COZE_CLIENT_ID (environment)"],
    ["3", "keys/.env COZE_CLIENT_ID"],
    ["4", "keys/coze_oauth_config.json client_id"],
  ]);
});

const NAMES: [name: string, member: string, value: string][] = [
  ["COZE_CLIENT_ID", "clientId", CLIENT_ID],
  ["COZE_JWT_OAUTH_CLIENT_ID", "clientId", CLIENT_ID],
  ["COZE_KEY_ID", "keyId", KEY_ID],
  ["COZE_PUBLIC_KEY", "keyId", KEY_ID],
  ["COZE_JWT_OAUTH_PUBLIC_KEY_ID", "keyId", KEY_ID],
  ["COZE_BASE_URL", "baseUrl", "https://api.coze.com"],
  ["COZE_API_BASE", "baseUrl", "https://api.coze.com"],
];
for (const [name, member, value] of NAMES) {
  Deno.test(`loadConfiguration() knows ${name}, in .env and in the environment`, async () => {
    const inFile = await configured({ files: { "keys/.env": `${name}=${value}\n` } });
    const inEnvironment = await configured({ env: { [name]: value } });
    assertEquals([inFile[member].value, inEnvironment[member].value], [value, value]);
  });
}

for (const name of ["COZE_PRIVATE_KEY_PATH", "COZE_JWT_OAUTH_PRIVATE_KEY_FILE_PATH"]) {
  Deno.test(`loadConfiguration() reads the key file that ${name} names`, async () => {
    const files = {
      "keys/.env": `${name}=keys/other.pem\n`,
      "keys/other.pem": await privateKeyPem(),
    };
    const { privateKey } = await configured({ files });
    assertEquals([privateKey.bits, privateKey.source], [
      2048,
      `keys/other.pem (keys/.env ${name})`,
    ]);
  });
}

for (const name of ["COZE_PRIVATE_KEY", "COZE_JWT_OAUTH_PRIVATE_KEY"]) {
  Deno.test(`loadConfiguration() reads the key that is in ${name}`, async () => {
    const escaped = (await privateKeyPem()).replaceAll("\n", "\\n");
    const { privateKey } = await configured({ files: { "keys/.env": `${name}='${escaped}'\n` } });
    assertEquals([privateKey.bits, privateKey.source], [2048, `keys/.env ${name}`]);
    assertEquals(privateKey.repairs, ["escaped-newlines"]);
  });
}

Deno.test("loadConfiguration() is content with a downloaded coze_oauth_config.json", async () => {
  const json = JSON.stringify({
    "client_type": "jwt",
    "client_id": CLIENT_ID,
    "coze_www_base": "https://www.coze.com",
    "coze_api_base": "https://api.coze.com",
    "private_key": await privateKeyPem(),
    "public_key_id": KEY_ID,
  });
  const found = await configured({ files: { "keys/coze_oauth_config.json": json } });
  assertEquals(found.exitCode, 0);
  assertEquals(found.codes, []);
  assertEquals(found.baseUrl.value, "https://api.coze.com");
});

Deno.test("loadConfiguration() takes a key path before key text, JSON and default file, and says what lost", async () => {
  const pem = await privateKeyPem();
  const files = {
    "keys/private_key.pem": pem,
    "keys/a.pem": pem,
    "keys/.env": `COZE_PRIVATE_KEY_PATH=keys/a.pem\nCOZE_PRIVATE_KEY='${pem}'\n`,
    "keys/coze_oauth_config.json": JSON.stringify({ "private_key": pem }),
  };
  const { privateKey, codes } = await configured({ files });
  assertEquals(privateKey.source, "keys/a.pem (keys/.env COZE_PRIVATE_KEY_PATH)");
  assertEquals(privateKey.lost, [
    "keys/.env COZE_PRIVATE_KEY",
    "keys/coze_oauth_config.json private_key",
    "keys/private_key.pem",
  ]);
  assert(codes.includes("config-shadowed"));
});

Deno.test("loadConfiguration() lets --region beat every file, and a file's region count", async () => {
  const files = { "keys/.env": "COZE_BASE_URL=https://api.coze.cn\n" };
  const args = ["inspect", "--json", "--region", "com"];
  const byFlag = await configured({ args, files });
  assertEquals([byFlag.baseUrl.value, byFlag.baseUrl.source], ["https://api.coze.com", "--region"]);
  const byFile = await configured({ files: { "keys/.env": "COZE_REGION=com\n" } });
  assertEquals(byFile.baseUrl.value, "https://api.coze.com");
});

Deno.test("loadConfiguration() warns when several names of one value differ", async () => {
  const env = `COZE_CLIENT_ID=${CLIENT_ID}\nCOZE_JWT_OAUTH_CLIENT_ID=9\n`;
  const same = `COZE_CLIENT_ID=${CLIENT_ID}\nCOZE_JWT_OAUTH_CLIENT_ID=${CLIENT_ID}\n`;
  assert((await configured({ files: { "keys/.env": env } })).codes.includes("config-shadowed"));
  assert(!(await configured({ files: { "keys/.env": same } })).codes.includes("config-shadowed"));
});

Deno.test("loadConfiguration() reads nothing outside the directory of --keys", async () => {
  const { touched } = await configured({ args: ["inspect", "--json", "--keys", "keys/prod/"] });
  assert(touched.length > 0);
  assertEquals(touched.filter((path: string) => !/^keys\/prod(?:\/|$)/.test(path)), []);
});

Deno.test("loadConfiguration() refuses an unknown region, naming its source", async () => {
  const inFile = await runIn({ args: ["token"], files: { "keys/.env": "COZE_REGION=us\n" } });
  assertEquals(inFile.exitCode, 3);
  assertStringIncludes(inFile.stderr, "error[config-file-malformed]");
  assertStringIncludes(inFile.stderr, "keys/.env COZE_REGION");
  for (const region of ["us", "constructor"]) {
    assertEquals((await runIn({ args: ["token", "--region", region] })).exitCode, 2);
  }
  const byFlag = await runIn({ args: ["token", "--region", "us"] });
  assertEquals(byFlag.exitCode, 2);
  assertStringIncludes(byFlag.stderr, "Accepted: cn, com");
});

Deno.test("loadConfiguration() names the flag when the directory cannot be read", async () => {
  const files = { "keys/.env": named("NotCapable") };
  const { exitCode, stderr, stdout } = await runIn({ args: ["token"], files });
  assertEquals([exitCode, stdout], [9, ""]);
  assertStringIncludes(stderr, "error[sandbox-read]");
  assertStringIncludes(stderr, "--allow-read=keys");
});

Deno.test("loadConfiguration() says so when .env is a directory", async () => {
  const files = { "keys/.env": named("IsADirectory") };
  const { exitCode, stderr } = await runIn({ args: ["token"], files });
  assertEquals(exitCode, 3);
  assertStringIncludes(stderr, "error[config-file-malformed]");
});

Deno.test("loadKey() offers the file of that name inside the keys directory", async () => {
  const files = {
    ...await healthyFiles(),
    "keys/.env": "COZE_PRIVATE_KEY_PATH=private_key.pem\n",
    "private_key.pem": named("NotCapable"),
  };
  const { exitCode, stderr } = await runIn({ args: ["token"], files });
  assertStringIncludes(stderr, "error[sandbox-read]");
  assertStringIncludes(stderr, "keys/private_key.pem is there, inside the keys directory");
  assertEquals(exitCode, 3); // App ID and key id are missing too, and come first
});

Deno.test("loadKey() names files with a similar name", async () => {
  const files = { "keys/.env": "", "keys/privat_key.pem": await privateKeyPem() };
  const { stderr } = await runIn({ args: ["token"], files });
  assertStringIncludes(stderr, "error[key-file-missing]");
  assertStringIncludes(stderr, "keys/privat_key.pem");
});

const UNREADABLE: [name: string, error: string][] = [
  ["a directory", "IsADirectory"],
  ["no right to read it", "PermissionDenied"],
];
for (const [name, error] of UNREADABLE) {
  Deno.test(`loadKey() says key-file-unreadable for ${name}`, async () => {
    const files = { ...await healthyFiles(), "keys/private_key.pem": named(error) };
    const { exitCode, stderr, stdout } = await runIn({ args: ["token"], files });
    assertEquals([exitCode, stdout], [4, ""]);
    assertStringIncludes(stderr, "error[key-file-unreadable]");
  });
}

Deno.test("loadKey() notices mode and a link out of the directory, not one inside", async () => {
  const files = await healthyFiles();
  const path = "keys/private_key.pem";
  const inside = { link: { realPath: "/run/secrets/..2026/key", realDirectory: "/run/secrets" } };
  const outside = { mode: 0o100644, link: { realPath: "/etc/key", realDirectory: "/home/u/keys" } };
  assertEquals((await configured({ files, facts: { [path]: inside } })).codes, []);
  const { codes } = await configured({ files, facts: { [path]: outside } });
  assertEquals(codes, ["key-file-mode", "key-symlink"]);
  assertEquals((await configured({ files, facts: { [path]: { mode: null } } })).codes, []);
});

Deno.test("loadKey() notices the mode of the JSON file or .env that holds the key", async () => {
  const pem = await privateKeyPem();
  const facts = (path: string) => ({ [path]: { mode: 0o100644 } });
  const json = "keys/coze_oauth_config.json";
  const inJson = { [json]: JSON.stringify({ "private_key": pem }) };
  assert((await configured({ files: inJson, facts: facts(json) })).codes.includes("key-file-mode"));
  const inEnv = { "keys/.env": `COZE_PRIVATE_KEY='${pem}'\n` };
  const { codes } = await configured({ files: inEnv, facts: facts("keys/.env") });
  assert(codes.includes("key-file-mode"));
  assert(!(await configured({ files: inJson })).codes.includes("key-file-mode"));
});

Deno.test("doctor names names in .env that were misspelt", async () => {
  const files = { "keys/.env": "COZE_CLIENTID=1\ncoze_key_id=2\nOTHER=3\n" };
  const { stderr } = await runIn({ args: ["doctor", "--offline"], files });
  assertStringIncludes(
    stderr,
    "  = names in .env that nobody reads: COZE_CLIENTID (COZE_CLIENT_ID?), coze_key_id (COZE_KEY_ID?)\n",
  );
});
