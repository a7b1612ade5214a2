import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { loadConfiguration } from "../../../../lib/cli/config/configuration.ts";
import type { Known } from "../../../../lib/cli/context.ts";
import { createRedactor } from "../../../../lib/cli/output.ts";
import {
  assertFailed,
  createIo,
  healthyFiles,
  named,
  runIn,
  type World,
} from "../../../testing/fake_io.ts";
import { CLIENT_ID, KEY_ID, pkcs8Pem } from "../../../testing/keys.ts";

const PEM = pkcs8Pem();

/** Runs `inspect --json` and gives what it says of the configuration. */
async function configured({ args = [], ...world }: Partial<World>) {
  const outcome = await runIn({ args: ["inspect", "--json", ...args], ...world });
  assert(outcome.stdout !== "", outcome.stderr);
  const json = JSON.parse(outcome.stdout);
  const codes = json.findings.map(({ code }: { code: string }) => code);
  return { ...json.configuration, codes, exitCode: outcome.exitCode, touched: outcome.touched };
}

/** Loads the configuration of a command without flags. */
async function load(world: Partial<World>, withFingerprints = false) {
  const { io, outcome } = createIo({ args: [], ...world });
  const known: Known = {};
  const args = { operands: [], value: () => undefined, has: () => false, list: () => [] };
  const context = { args, io, redactor: createRedactor(), known };
  const { facts } = await loadConfiguration(context, { withFingerprints, problems: [] });
  return { facts, known, touched: outcome.touched };
}

/** Runs `token` with these files. */
const token = (files: World["files"], ...args: string[]) =>
  runIn({ args: ["token", ...args], files });

Deno.test("loadConfiguration() takes flag, environment, .env, JSON file, default in this order", async () => {
  const files = {
    "keys/private_key.pem": PEM,
    "keys/.env": "COZE_CLIENT_ID=3\nCOZE_KEY_ID=c\nCOZE_BASE_URL=https://api.coze.com\n",
    "keys/coze_oauth_config.json": JSON.stringify({
      "client_type": "jwt",
      "client_id": "4",
      "public_key_id": "d",
      "coze_api_base": "https://api.coze.cn",
    }),
  };
  const env = { COZE_CLIENT_ID: "2" };
  const clientIds = [
    await configured({ args: ["--client-id", "1"], env, files }),
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
  ["COZE_APP_ID", "clientId", CLIENT_ID],
  ["COZE_JWT_APP_ID", "clientId", CLIENT_ID],
  ["COZE_JWT_OAUTH_CLIENT_ID", "clientId", CLIENT_ID],
  ["COZE_KEY_ID", "keyId", KEY_ID],
  ["COZE_PUBLIC_KEY", "keyId", KEY_ID],
  ["COZE_JWT_OAUTH_PUBLIC_KEY_ID", "keyId", KEY_ID],
  ["COZE_BASE_URL", "baseUrl", "https://api.coze.com"],
  ["COZE_API_BASE", "baseUrl", "https://api.coze.com"],
];
Deno.test("loadConfiguration() knows each name of a value, in .env and in the environment", async () => {
  for (const [name, member, value] of NAMES) {
    const inFile = await configured({ files: { "keys/.env": `${name}=${value}\n` } });
    const inEnvironment = await configured({ env: { [name]: value } });
    assertEquals([name, inFile[member].value, inEnvironment[member].value], [name, value, value]);
  }
});

const TEXT = PEM.replaceAll("\n", "\\n");
const KEYS: [name: string, value: string, source: string, repairs: string[]][] = [
  ["COZE_PRIVATE_KEY_PATH", "keys/b.pem", "keys/b.pem (keys/.env COZE_PRIVATE_KEY_PATH)", []],
  [
    "COZE_JWT_OAUTH_PRIVATE_KEY_FILE_PATH",
    "keys/b.pem",
    "keys/b.pem (keys/.env COZE_JWT_OAUTH_PRIVATE_KEY_FILE_PATH)",
    [],
  ],
  ["COZE_PRIVATE_KEY", TEXT, "keys/.env COZE_PRIVATE_KEY", ["escaped-newlines"]],
  ["COZE_JWT_OAUTH_PRIVATE_KEY", TEXT, "keys/.env COZE_JWT_OAUTH_PRIVATE_KEY", [
    "escaped-newlines",
  ]],
];
for (const [name, value, source, repairs] of KEYS) {
  Deno.test(`loadConfiguration() reads the key that ${name} names or holds`, async () => {
    const files = { "keys/.env": `${name}='${value}'\n`, "keys/b.pem": PEM };
    const { bits, ...key } = (await configured({ files })).privateKey;
    assertEquals([bits, key.source, key.repairs], [2048, source, repairs]);
  });
}

Deno.test("loadConfiguration() is content with a downloaded coze_oauth_config.json", async () => {
  const json = JSON.stringify({
    "client_type": "jwt",
    "client_id": CLIENT_ID,
    "coze_www_base": "https://www.coze.com",
    "coze_api_base": "https://api.coze.com",
    "private_key": PEM,
    "public_key_id": KEY_ID,
  });
  const found = await configured({ files: { "keys/coze_oauth_config.json": json } });
  assertEquals([found.exitCode, found.codes], [0, []]);
  assertEquals(found.baseUrl.value, "https://api.coze.com");
});

Deno.test("loadConfiguration() takes a key path before key text, JSON and default file, and says what lost", async () => {
  const files = {
    "keys/private_key.pem": PEM,
    "keys/a.pem": PEM,
    "keys/.env": `COZE_PRIVATE_KEY_PATH=keys/a.pem\nCOZE_PRIVATE_KEY='${PEM}'\n`,
    "keys/coze_oauth_config.json": JSON.stringify({ "private_key": PEM }),
  };
  const { privateKey, codes } = await configured({ files });
  assertEquals(privateKey.source, "keys/a.pem (keys/.env COZE_PRIVATE_KEY_PATH)");
  assertEquals(privateKey.lost, [
    "keys/.env COZE_PRIVATE_KEY",
    "keys/coze_oauth_config.json private_key",
    "keys/private_key.pem",
  ]);
  assert(codes.includes("config-shadowed"));
  const { privateKey: only } = await configured({ files: { ...files, "keys/.env": "" } });
  assertEquals(only.lost, ["keys/private_key.pem"]);
});

Deno.test("loadConfiguration() lets --region beat every file, and a file's region count", async () => {
  const files = { "keys/.env": "COZE_BASE_URL=https://api.coze.cn\n" };
  const byFlag = await configured({ args: ["--region", "com"], files });
  assertEquals([byFlag.baseUrl.value, byFlag.baseUrl.source], ["https://api.coze.com", "--region"]);
  const byFile = await configured({ files: { "keys/.env": "COZE_REGION=com\n" } });
  assertEquals(byFile.baseUrl.value, "https://api.coze.com");
});

Deno.test("loadConfiguration() warns when several names of one value differ", async () => {
  for (const [other, warns] of [["9", true], [CLIENT_ID, false]] as const) {
    const env = `COZE_CLIENT_ID=${CLIENT_ID}\nCOZE_JWT_OAUTH_CLIENT_ID=${other}\n`;
    const { codes } = await configured({ files: { "keys/.env": env } });
    assertEquals(codes.includes("config-shadowed"), warns);
  }
});

Deno.test("loadConfiguration() reads nothing outside the directory of --keys", async () => {
  const { touched } = await configured({ args: ["--keys", "keys/prod/"] });
  assert(touched.length > 0);
  assertEquals(touched.filter((path: string) => !/^keys\/prod(?:\/|$)/.test(path)), []);
});

Deno.test("loadConfiguration() refuses an unknown region, naming its source", async () => {
  for (const region of ["us", "global", "constructor", "cn,com"]) {
    const outcome = await token({ "keys/.env": `COZE_REGION=${region}\n` });
    assertFailed(outcome, 3, "config-file-malformed", "keys/.env COZE_REGION", "com for one made");
  }
});

const UNREADABLE: [file: string, error: string, exit: number, code: string, word: string][] = [
  [".env", "NotCapable", 9, "sandbox-read", "--allow-read=keys"],
  [".env", "NotAFile", 3, "config-file-malformed", "Put a regular file there"],
  [".env", "TooLarge", 3, "config-file-malformed", "larger than 1 MiB"],
  [".env", "PermissionDenied", 3, "config-file-malformed", "ls -l keys/.env"],
  ["coze_oauth_config.json", "NotAFile", 3, "config-file-malformed", "keys/coze_oauth_config.json"],
  ["private_key.pem", "NotAFile", 4, "key-file-unreadable", "Name the key file itself"],
  ["private_key.pem", "TooLarge", 4, "key-file-unreadable", "larger than 1 MiB"],
  ["private_key.pem", "PermissionDenied", 4, "key-file-unreadable", "ls -l keys/private_key.pem"],
];
for (const [file, error, exitCode, code, word] of UNREADABLE) {
  Deno.test(`token says ${code} for ${file} that gives ${error}`, async () => {
    const outcome = await token({ ...healthyFiles(), [`keys/${file}`]: named(error) });
    assertFailed(outcome, exitCode, code, word);
  });
}

Deno.test("loadKey() offers the file of that name inside the keys directory", async () => {
  const outcome = await token({
    ...healthyFiles(),
    "keys/.env": "COZE_PRIVATE_KEY_PATH=private_key.pem\n",
    "private_key.pem": named("NotCapable"),
  });
  // 3: App ID and key id are missing too.
  const fix = "of the same name: keys/private_key.pem\nhelp: Write keys/private_key.pem instead";
  assertFailed(outcome, 3, "sandbox-read", fix);
  assert(!outcome.stderr.includes("--allow-read=private_key.pem"), outcome.stderr);
  const hidden = { ...healthyFiles(), "keys/private_key.pem": named("NotCapable") };
  const { stderr } = await token(hidden);
  assert(!stderr.includes("of the same name"), stderr);
});

Deno.test("loadKey() names files with a similar name", async () => {
  const outcome = await token({ "keys/.env": "", "keys/privat_key.pem": PEM });
  const command = "  $ coze-jwt token --key-file keys/privat_key.pem\n";
  assertFailed(outcome, 3, "key-file-missing", command);
});

Deno.test("loadKey() notices mode and a link out of the directory, not one inside", async () => {
  const inside = { link: { realPath: "/run/secrets/..2026/key", realDirectory: "/run/secrets" } };
  const outside = { mode: 0o100644, link: { realPath: "/etc/key", realDirectory: "/home/u/keys" } };
  const rows = [[inside, []], [outside, ["key-file-mode", "key-symlink"]], [{ mode: null }, []]];
  for (const [facts, expected] of rows) {
    const world = { files: healthyFiles(), facts: { "keys/private_key.pem": facts as object } };
    assertEquals((await configured(world)).codes, expected);
  }
});

const HOLDERS: [path: string, text: string][] = [
  ["keys/coze_oauth_config.json", JSON.stringify({ "private_key": PEM })],
  ["keys/.env", `COZE_PRIVATE_KEY='${PEM}'\n`],
];
for (const [path, text] of HOLDERS) {
  Deno.test(`loadKey() notices the mode of ${path} that holds the key`, async () => {
    for (const [mode, warns] of [[0o100644, true], [0o100600, false]] as const) {
      const { codes } = await configured({ files: { [path]: text }, facts: { [path]: { mode } } });
      assertEquals(codes.includes("key-file-mode"), warns);
    }
  });
}

Deno.test("loadConfiguration() reads the good lines of a .env with a bad one; token stops at it", async () => {
  const files = { ...healthyFiles(), "keys/.env": `A：1\nCOZE_CLIENT_ID=${CLIENT_ID}\n` };
  const found = await configured({ files });
  assertEquals([found.clientId.value, found.codes], [CLIENT_ID, ["config-file-malformed"]]);
  const evidence = '"："(U+FF1A) stands where = belongs';
  const help = "help: Write = there";
  assertFailed(await token(files), 3, "config-file-malformed", "keys/.env:1:2", evidence, help);
});

Deno.test("loadConfiguration() does not judge the first line of a key whose other lines are bad", async () => {
  const base64 = btoa(PEM).replace(/.{76}/g, "$&\n");
  const { codes } = await configured({ files: { "keys/.env": `COZE_PRIVATE_KEY=${base64}\n` } });
  assertEquals(codes, ["config-file-malformed"]);
});

const WRONG_NAMES: [name: string, right: string][] = [
  ["CLIENT_ID", "COZE_CLIENT_ID"],
  ["APP_ID", "COZE_CLIENT_ID"],
  ["KEY_ID", "COZE_KEY_ID"],
  ["PUBLIC_KEY", "COZE_KEY_ID"],
  ["coze_client_id", "COZE_CLIENT_ID"],
  ["COZE_CLIENTID", "COZE_CLIENT_ID"],
  ["COZE_CLINET_ID", "COZE_CLIENT_ID"],
  ["VITE_COZE_CLIENT_ID", "COZE_CLIENT_ID"],
  ["PUBLIC_KEY_ID", "COZE_KEY_ID"],
  ["NEXT_PUBLIC_COZE_APP_ID", "COZE_CLIENT_ID"],
  ["REACT_APP_CLIENT_ID", "COZE_CLIENT_ID"],
  ["NUXT_PUBLIC_COZE_KEY_ID", "COZE_KEY_ID"],
  ["COZE_OAUTH_APP_ID", "COZE_CLIENT_ID"],
  ["COZE_JWT_CLIENT_ID", "COZE_CLIENT_ID"],
  ["COZE_APPLICATION_ID", "COZE_CLIENT_ID"],
  ["COZE_PUBLIC_KEY_ID", "COZE_KEY_ID"],
  ["COZE_JWT_PUBLIC_KEY_ID", "COZE_KEY_ID"],
  ["COZE_KEY_FINGERPRINT", "COZE_KEY_ID"],
  ["COZE_REGON", "COZE_REGION"],
  ["COZE_PRIVATE_KEY_FILE", "COZE_PRIVATE_KEY_PATH"],
  ["COZE_PRIVATE_KEY_FILE_PATH", "COZE_PRIVATE_KEY_PATH"],
  ["COZE_KEY_FILE", "COZE_PRIVATE_KEY_PATH"],
  ["COZE_PRIVATE_KEY_PEM", "COZE_PRIVATE_KEY"],
  ["COZE_ENDPOINT", "COZE_BASE_URL"],
  ["COZE_API_URL", "COZE_BASE_URL"],
  ["COZE_API_BASE_URL", "COZE_BASE_URL"],
  ["VITE_COZE_API_HOST", "COZE_BASE_URL"],
];
for (const [name, right] of WRONG_NAMES) {
  Deno.test(`loadConfiguration() advises to rename ${name} to ${right}`, async () => {
    const inFile = await token({ "keys/.env": `${name}=1\n` });
    const fix = `help: In keys/.env, rename ${name} -> ${right}\n`;
    assertFailed(inFile, 3, "config-missing", " --> keys/.env\n", fix);
    const inEnvironment = await runIn({ args: ["token"], env: { [name]: "1", HOME: "/" } });
    assertFailed(inEnvironment, 3, "config-missing", `help: Rename ${name} -> ${right}\n`);
    const files = healthyFiles();
    files["keys/.env"] += `${name}=1\n`;
    const { codes, exitCode } = await configured({ files });
    const isSet = right === "COZE_CLIENT_ID" || right === "COZE_KEY_ID";
    assertEquals([codes, exitCode], [isSet ? [] : ["config-missing"], 0]);
  });
}

Deno.test("loadConfiguration() takes a value of blanks in a file for none", async () => {
  const env = `COZE_CLIENT_ID=" "\nCOZE_KEY_ID='\u3000'\nCOZE_PRIVATE_KEY_PATH=" "\n`;
  const outcome = await token({ ...healthyFiles(), "keys/.env": env });
  assertFailed(outcome, 3, "config-missing", "Not set: COZE_CLIENT_ID, COZE_KEY_ID\n");
  assert(!outcome.stderr.includes("key-file"), outcome.stderr);
});

Deno.test("loadConfiguration() gives no other advice when all that is missing has a wrong name", async () => {
  const { stderr } = await token({
    "keys/.env": "CLIENT_ID=1\nKEY_ID=1\n",
    "keys/private_key.pem": PEM,
  });
  const fix = "help: In keys/.env, rename CLIENT_ID -> COZE_CLIENT_ID, KEY_ID -> COZE_KEY_ID\n";
  assertStringIncludes(stderr, fix);
  assert(!/init|--allow-env/.test(stderr), stderr);
});

Deno.test("loadConfiguration() leaves names alone that other programs and the SDKs' examples read", async () => {
  const names = `COZE_API_TOKEN COZE_API_KEY COZE_CN_BASE_URL COZE_COM_BASE_URL COZE_BASE_WS_URL
    COZE_LOG COZE_ENV COZE_AUD COZE_WORKFLOW_ID COZE_VOICE_ID COZE_USER_ID COZE_ACCOUNT_ID
    COZE_TEMPLATE_ID COZE_EXECUTE_ID COZE_CONVERSATION_ID COZE_SPACE_ID COZE_CLIENT_SECRET
    COZE_REDIRECT_URL COZE_WEB_OAUTH_CLIENT_ID COZE_PKCE_OAUTH_CLIENT_ID
    COZE_DEVICE_OAUTH_CLIENT_ID GITHUB_CLIENT_ID AWS_ACCESS_KEY_ID MY_NAME URL HOST`;
  const all = names.split(/\s+/);
  const files = { "keys/.env": all.map((name) => `${name}=1\n`).join("") };
  const env = Object.fromEntries([...all, "REGION", "BASE_URL"].map((name) => [name, "1"]));
  for (const world of [{ files }, { env }]) {
    const { stderr } = await runIn({ args: ["token"], ...world });
    assert(!/rename/i.test(stderr), stderr);
  }
});

Deno.test("loadConfiguration() says where to fill in what is missing", async () => {
  assertFailed(await token({}), 3, "config-missing", "`coze-jwt init` writes keys/.env");
  for (const env of ["", "COZE_CLIENT_ID=\n", "COZE_KEY_ID=x\n"]) {
    const { stderr } = await token({ "keys/.env": env });
    const names = env.includes("x") ? "COZE_CLIENT_ID" : "COZE_CLIENT_ID, COZE_KEY_ID";
    assertStringIncludes(stderr, `help: Fill in ${names} in keys/.env; \`coze-jwt init\` says`);
  }
});

Deno.test("loadConfiguration() compares at most 500 names and shows five", async () => {
  const others = (count: number) => Array.from({ length: count }, (_, i) => `OTHER_${i}`);
  const near = others(9).map((name) => `${name}_COZE_APP_ID`);
  const rows: [names: string[], expected: string[]][] = [
    [near, near.slice(0, 5)],
    [[...others(499), "APP_ID"], ["APP_ID"]],
    [[...others(500), "APP_ID"], []],
  ];
  for (const [names, expected] of rows) {
    const files = { "keys/.env": names.map((name) => `${name}=1\n`).join("") };
    assertEquals((await load({ files })).facts.renames?.map(({ from }) => from), expected);
  }
});

Deno.test("loadConfiguration() has the command that reads the environment that was not read", async () => {
  const start = { before: ["deno", "run", "--no-prompt"], script: "cli.ts" };
  const command = "  $ deno run --no-prompt '--allow-env=COZE_*' --allow-net=api.coze.com " +
    "--allow-read=k cli.ts token --region com --keys k\n";
  const args = ["token", "--keys", "k", "--region", "com"];
  assertFailed(await runIn({ args, start }), 3, "config-missing", command);
  // There is nothing to type where Deno was started by something else.
  assert(!(await token({})).stderr.includes("$ coze-jwt token"));
  // Only the key may be there.
  const files = { "k/.env": "COZE_CLIENT_ID=1\nCOZE_KEY_ID=1\n" };
  assertFailed(await runIn({ args, start, files }), 4, "key-file-missing", command);
  for (const world of [{ env: {} }, { binary: true }]) {
    const { stderr } = await runIn({ args: ["token"], ...world });
    assert(!stderr.includes("--allow-env"), stderr);
  }
});

Deno.test("loadKey() says that ~ is not expanded, and advises no permission for it", async () => {
  for (const error of ["NotFound", "NotCapable"]) {
    const outcome = await token({
      ...healthyFiles(),
      "keys/.env": `COZE_CLIENT_ID=${CLIENT_ID}\nCOZE_KEY_ID=x\nCOZE_PRIVATE_KEY_PATH=~/x.pem\n`,
      "~/x.pem": named(error),
    });
    assertFailed(outcome, 4, "key-file-missing", "~ is not expanded", "keys/private_key.pem");
    assert(!outcome.stderr.includes("--allow-read"), outcome.stderr);
  }
});

const PLACES: [path: string, file: string | undefined][] = [
  ["keys/other.pem", undefined],
  ["./keys/a/other.pem", undefined],
  ["keys/../other.pem", "keys/../other.pem"],
  ["keys2/other.pem", "keys2/other.pem"],
  ["/run/secrets/key", "/run/secrets/key"],
  ["~/key.pem", undefined],
  ["/srv/coze.pem", "/srv/coze.pem"],
  // What a .env of a stranger could open.
  ["/", undefined],
  ["..", undefined],
  ["/home", undefined],
  ["'x,/'", undefined],
  ["'/,x.pem'", undefined],
];
for (const [path, file] of PLACES) {
  Deno.test(`loadConfiguration() knows whether ${path} needs a permission of its own`, async () => {
    const { known } = await load({ files: { "keys/.env": `COZE_PRIVATE_KEY_PATH=${path}\n` } });
    assertEquals([known.file, known.baseUrl], [file, "https://api.coze.cn"]);
  });
}

Deno.test("loadKey() names the key files beside the one that is used, for a diagnosis only", async () => {
  const files = { ...healthyFiles(), "keys/private_key (1).pem": PEM, "keys/old.key": PEM };
  const { facts } = await load({ files }, true);
  assertEquals(facts.key?.beside, ["keys/private_key (1).pem", "keys/old.key"]);
  const { facts: cheap, touched } = await load({ files });
  assertEquals([cheap.key?.beside, touched.includes("keys")], [undefined, false]);
});
