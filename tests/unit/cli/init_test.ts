import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { ENDPOINTS } from "../../../lib/api/api.ts";
import { assertFailed, healthyFiles, named, runIn, type World } from "../../testing/fake_io.ts";
import { CLIENT_ID, KEY_ID, pkcs8Pem } from "../../testing/keys.ts";

const IDS = ["--client-id", CLIENT_ID, `--key-id=${KEY_ID}`];
const WALK = ["普通", "服务类应用", "创建 Key", "权限", "授权", "应用 ID", "示例下载"];

const init = (args: string[] = [], files: World["files"] = {}) =>
  runIn({ args: ["init", ...args], files });
const inspected = async (files: World["files"], ...args: string[]) =>
  JSON.parse((await runIn({ args: ["inspect", "--json", ...args], files })).stdout).configuration;

Deno.test("init in an empty directory writes .gitignore and an explained .env, and tells the way (security 19)", async () => {
  for (const lang of ["en", "zh"]) {
    const { exitCode, stdout, stderr, written } = await init(["--lang", lang]);
    assertEquals([exitCode, stdout], [0, "keys/.gitignore\nkeys/.env\n"]);
    assertEquals(Object.keys(written), ["keys/.gitignore", "keys/.env"]);
    assertStringIncludes(written["keys/.gitignore"]!, "\n*\n");
    for (const label of WALK) assertStringIncludes(stderr, label);
    assertStringIncludes(stderr, "https://www.coze.cn/open/oauth/apps");
    const missing = ["COZE_CLIENT_ID", "COZE_KEY_ID", "keys/private_key.pem"];
    assertStringIncludes(stderr, missing.join(lang === "zh" ? "、" : ", "));
    assert(!stderr.includes("error["), stderr);
  }
});

Deno.test("init writes the values given, so that token finds them", async () => {
  const flags = ["--region", "com", "--key-file", "keys/my key.pem"];
  const { exitCode, written, stderr } = await init([...IDS, ...flags]);
  assertEquals(exitCode, 0);
  assertStringIncludes(stderr, " --> keys/my key.pem (keys/.env COZE_PRIVATE_KEY_PATH)\n");
  const found = await inspected({ ...written, "keys/my key.pem": pkcs8Pem() });
  const { clientId, keyId, baseUrl, privateKey } = found;
  assertEquals([clientId.value, keyId.value], [CLIENT_ID, KEY_ID]);
  assertEquals([baseUrl.value, privateKey.bits], ["https://api.coze.com", 2048]);
});

Deno.test("init tells of the console of the region", async () => {
  const { stderr } = await init(["--region", "com"]);
  assertStringIncludes(stderr, "https://www.coze.com/open/oauth/apps");
});

Deno.test("init asks only for the key when it has both ids, and offers the one that is there", async () => {
  const { exitCode, stderr } = await init(IDS, { "keys/private_key (1).pem": pkcs8Pem() });
  assertEquals(exitCode, 0);
  assertMatch(stderr, / {2}\$ coze-jwt init .*--key-file 'keys\/private_key \(1\)\.pem'\n/);
  assert(!stderr.includes("创建 Key"), stderr);
  // init would refuse to replace the path in .env.
  const flags = ["--key-file", "keys/typo.pem"];
  const typo = await init([...IDS, ...flags], { "keys/private_key.pem": pkcs8Pem() });
  assertStringIncludes(typo.stderr, "keys/private_key.pem\n");
  assert(!typo.stderr.includes("init --"), typo.stderr);
});

Deno.test("init writes what a shell would expand so that it is read as it was given", async () => {
  const value = 'a $HOME #b "c" `d` \\n';
  const { written } = await init(["--key-file", value]);
  const { privateKey } = await inspected(written);
  assertEquals(privateKey.source, `${value} (keys/.env COZE_PRIVATE_KEY_PATH)`);
});

const WRONG: [args: string[], exit: number, code: string][] = [
  // What no .env can hold.
  [["--client-id", "a'b"], 2, "usage"],
  [["--key-id", "a\nb"], 2, "usage"],
  [["--region", "eu"], 2, "usage"],
  // What is wrong already.
  [["--client-id", "abc"], 3, "client-id-malformed"],
  [["--client-id", KEY_ID, "--key-id", CLIENT_ID], 3, "ids-swapped"],
  [["--base-url", "https://www.coze.cn"], 3, "base-url-not-api"],
];
for (const [args, exitCode, code] of WRONG) {
  Deno.test(`init refuses ${JSON.stringify(args)} before it writes anything`, async () => {
    const outcome = await init(args);
    assertFailed(outcome, exitCode, code);
    assertEquals(outcome.written, {});
  });
}

Deno.test("init changes nothing that is there, and says what token will use (security 16)", async () => {
  const files = { ...healthyFiles(), "keys/.gitignore": "*\n" };
  const { exitCode, stdout, stderr, written, dropped } = await init([], files);
  assertEquals([exitCode, stdout, written, dropped], [0, "", {}, true]);
  for (const words of [`${CLIENT_ID} .*<- keys/.env`, "RSA, 2048 bits", "coze-jwt token"]) {
    assertMatch(stderr, new RegExp(words));
  }
});

const ID_LINES = `COZE_CLIENT_ID=${CLIENT_ID}\nCOZE_KEY_ID=${KEY_ID}\n`;
const FILLED: [name: string, before: string, after: string][] = [
  ["an empty file", "", ID_LINES],
  ["other lines", "# mine\nMINE='1'", `# mine\nMINE='1'\n${ID_LINES}`],
  [
    "one of the values",
    `COZE_CLIENT_ID=${CLIENT_ID} # mine\n`,
    ID_LINES.replace("\n", " # mine\n"),
  ],
  [
    "empty lines",
    "COZE_KEY_ID = \nexport COZE_CLIENT_ID=\n",
    `COZE_KEY_ID =${KEY_ID}\nexport ${ID_LINES.split("\n")[0]}\n`,
  ],
  ["empty quotes", "COZE_CLIENT_ID= ''\nCOZE_KEY_ID=\"\" # x\n", ID_LINES.replace(/\n$/, " # x\n")],
  [
    "line breaks of Windows",
    "COZE_CLIENT_ID=\r\nCOZE_KEY_ID=\r\n",
    ID_LINES.replaceAll("\n", "\r\n"),
  ],
  ["a byte order mark", "\ufeffCOZE_CLIENT_ID=\n", `\ufeff${ID_LINES}`],
  [
    "full-width blanks",
    "COZE_CLIENT_ID=\u3000\nCOZE_KEY_ID=\u3000 # x\n",
    ID_LINES.replace(/\n$/, " # x\n"),
  ],
  [
    "a quote in a comment behind a full-width blank",
    "\u3000# it's = 'mine\nCOZE_CLIENT_ID=\nMINE=''\n",
    `\u3000# it's = 'mine\n${ID_LINES.replace("\n", "\nMINE=''\n")}`,
  ],
  [
    "a quote in a comment behind a byte order mark",
    "\ufeff# it's = 'mine\nCOZE_CLIENT_ID=\nMINE=''\n",
    `\ufeff# it's = 'mine\n${ID_LINES.replace("\n", "\nMINE=''\n")}`,
  ],
  [
    "its names inside another value",
    "# it's = 'mine\nMINE='\nCOZE_CLIENT_ID=\n'\nYOURS=\"\nCOZE_KEY_ID=\n\"\n",
    "# it's = 'mine\nMINE='\nCOZE_CLIENT_ID=\n'\nYOURS=\"\nCOZE_KEY_ID=\n\"\n" + ID_LINES,
  ],
  ["an old value in a comment", "# COZE_KEY_ID=old\n", `# COZE_KEY_ID=old\n${ID_LINES}`],
];
for (const [name, before, after] of FILLED) {
  Deno.test(`init with values fills in a .env with ${name} and keeps the rest (security 16)`, async () => {
    const files = { "keys/.env": before, "keys/.gitignore": "*\n" };
    const { exitCode, stdout, written } = await init(IDS, files);
    assertEquals([exitCode, stdout, written], [0, "keys/.env\n", { "keys/.env": after }]);
    const again = await init(IDS, { ...files, ...written });
    assertEquals([again.exitCode, again.stdout, again.written], [0, "", {}]);
  });
}

Deno.test("init with values does not replace a .env that is a link (security 16)", async () => {
  const facts = { "keys/.env": { link: { realPath: "/.env", realDirectory: "/keys" } } };
  const outcome = await runIn({ args: ["init", ...IDS], files: { "keys/.env": "A=1\n" }, facts });
  assertFailed(outcome, 2, "file-exists", "it is a link");
  assertEquals(outcome.written, {});
});

Deno.test("init fills in the empty line, not the comment above it, so that the value is read as it was given", async () => {
  const before = "# COZE_REGION=com\nCOZE_REGION=\nCOZE_PRIVATE_KEY_PATH=\u3000\n";
  const { written } = await init(["--region", "com", "--key-file", "a b"], { "keys/.env": before });
  const after = "# COZE_REGION=com\nCOZE_REGION=com\nCOZE_PRIVATE_KEY_PATH='a b'\n";
  assertEquals(written["keys/.env"], after);
});

Deno.test("init fills in its own .env step by step, each value in its place (security 16)", async () => {
  const steps = [["--region", "com"], IDS.slice(0, 2), IDS.slice(2), ["--key-file", "keys/a.pem"]];
  let files: Record<string, string> = {};
  for (const step of steps) {
    const { exitCode, written } = await init(step, files);
    assertEquals(exitCode, 0);
    files = { ...files, ...written };
  }
  const { written } = await init(steps.flat());
  assertEquals(files, written);
});

const OTHER_VALUES: [before: string, names: string][] = [
  ["COZE_CLIENT_ID=1\n", "COZE_CLIENT_ID"],
  ["COZE_KEY_ID='x' # mine\nCOZE_CLIENT_ID=\n", "COZE_KEY_ID"],
  ["export COZE_KEY_ID=x\nCOZE_CLIENT_ID=1", "COZE_CLIENT_ID, COZE_KEY_ID"],
];
for (const [before, names] of OTHER_VALUES) {
  Deno.test(`init with values names those that .env has already: ${names} (security 16)`, async () => {
    const outcome = await init(IDS, { "keys/.env": before });
    const words = `these names already have another value: ${names}\n`;
    assertFailed(outcome, 2, "file-exists", "--> keys/.env", words);
    assertEquals(outcome.written, {});
  });
}

Deno.test("init says how to rename a wrong name in .env, and asks for nothing else", async () => {
  const files = { ...healthyFiles(), "keys/.env": "CLIENT_ID=1127900106117\nCOZE_REGON=com\n" };
  files["keys/.env"] += `COZE_KEY_ID=${KEY_ID}\n`;
  const { exitCode, stderr } = await init([], files);
  assertEquals(exitCode, 3);
  const fix = "In keys/.env, rename CLIENT_ID -> COZE_CLIENT_ID, COZE_REGON -> COZE_REGION\n";
  assertStringIncludes(stderr, fix);
  assert(!/创建 Key|Still missing|--allow-env/.test(stderr), stderr);
});

Deno.test("init names the host that it was given in the commands that it prints", async () => {
  const { written, stderr } = await runIn({
    args: ["init", ...IDS, "--base-url", "https://gateway.example"],
    files: { "keys/private_key.pem": pkcs8Pem() },
    start: { before: ["deno", "run"], script: "cli.ts" },
  });
  assertStringIncludes(written["keys/.env"]!, "\nCOZE_BASE_URL=https://gateway.example\n");
  const command = "deno run --allow-net=gateway.example --allow-read=keys cli.ts token " +
    "--base-url https://gateway.example\n";
  assertStringIncludes(stderr, `  $ ${command}`);
});

Deno.test("init tells every permission that the commands need", async () => {
  const polling = ["getChat", "listMessage"];
  for (const lang of ["en", "zh"]) {
    const { stderr } = await init(["--lang", lang]);
    for (const { permission } of Object.values(ENDPOINTS)) {
      assert(polling.includes(permission) || stderr.includes(permission), permission);
    }
  }
});

Deno.test("init and keygen go on where another run writes the same file meanwhile (security 16)", async () => {
  for (const [command, code] of [["init", 0], ["keygen", 2]] as const) {
    const files: Record<string, string> = {};
    const writeFile: World["writeFile"] = (path, text) => {
      files[path] = text;
      return Promise.reject(named("AlreadyExists"));
    };
    const { exitCode, stderr } = await runIn({ args: [command], files, writeFile });
    assertEquals([exitCode, Object.keys(files).length], [code, 2], stderr);
    if (code > 0) assertStringIncludes(stderr, "--> keys/private_key.pem");
  }
});

Deno.test("init takes a downloaded coze_oauth_config.json for enough", async () => {
  const config = {
    "client_type": "jwt",
    "client_id": CLIENT_ID,
    "public_key_id": KEY_ID,
    "private_key": pkcs8Pem(),
    "coze_api_base": "https://api.coze.cn",
  };
  const path = "keys/coze_oauth_config.json";
  const { exitCode, stderr, written } = await init([], { [path]: JSON.stringify(config) });
  assertEquals([exitCode, Object.keys(written)], [0, ["keys/.gitignore"]]);
  assertStringIncludes(stderr, `${path} client_id`);
  assertStringIncludes(stderr, "coze-jwt token");
});

Deno.test("init ends with the class of the first error when all is there and one thing is wrong", async () => {
  const files = { ...healthyFiles(), "keys/private_key.pem": "-----BEGIN PUBLIC KEY-----" };
  const { exitCode, stderr } = await init([], files);
  assertEquals(exitCode, 4);
  assertStringIncludes(stderr, "error[key-");
  assertStringIncludes(stderr, "coze-jwt init");
});

Deno.test("init --json says what was written, what is missing and what was found", async () => {
  const first = await init(["--json", "--keys", "keys/prod/", ...IDS]);
  assertEquals(first.stderr, "");
  assertEquals(JSON.parse(first.stdout), {
    directory: "keys/prod",
    written: ["keys/prod/.gitignore", "keys/prod/.env"],
    ready: false,
    missing: ["keys/prod/private_key.pem"],
    findings: [],
  });
  const files = { ...healthyFiles(), "keys/.env": "COZE_CLIENT_ID=x\nCOZE_KEY_ID=x\n" };
  const second = JSON.parse((await init(["--json"], files)).stdout);
  assertEquals([second.ready, second.missing], [true, []]);
  assertEquals(second.findings[0].code, "client-id-malformed");
});

const REFUSALS: [error: Error, exitCode: number, code: string][] = [
  [named("NotCapable"), 9, "sandbox-write"],
  [named("AlreadyExists"), 2, "file-exists"],
  [Object.assign(named("NotADirectory"), { code: "ENOTDIR" }), 2, "file-unwritable"],
  [Object.assign(named("PermissionDenied"), { code: "EACCES" }), 2, "file-unwritable"],
  [Object.assign(named("Error"), { code: "ENOSPC" }), 2, "file-unwritable"],
  [named("TypeError"), 1, "unexpected"],
];
for (const [error, expected, code] of REFUSALS) {
  Deno.test(`init says ${code} for ${error.name} when it writes`, async () => {
    const writeFile = () => Promise.reject(error);
    const { exitCode, stdout, stderr } = await runIn({ args: ["init", "--json"], writeFile });
    assertEquals([exitCode, stdout], [expected, ""]);
    assertEquals(JSON.parse(stderr).error.code, code);
  });
}

/** No line of the key stands in what was shown. */
function holdNoKey(pem: string, { stdout, stderr }: { stdout: string; stderr: string }) {
  for (const line of pem.split("\n").slice(1, -2)) {
    assert(!(stdout + stderr).includes(line.slice(0, 30)), stderr);
  }
}

Deno.test("init shows no key that was given for an id (security 12)", async () => {
  const [, first, second] = pkcs8Pem().split("\n");
  const files = { "keys/private_key.pem": pkcs8Pem() };
  holdNoKey(pkcs8Pem(), await init(["--client-id", first!, "--key-id", second!], files));
});

Deno.test("keygen writes the private key, prints the public one, and says first what is usual (security 12, 19)", async () => {
  const outcome = await runIn({ args: ["keygen", "--trace"] });
  const { exitCode, stdout, stderr, written } = outcome;
  assertEquals([exitCode, Object.keys(written)], [0, ["keys/.gitignore", "keys/private_key.pem"]]);
  const pem = written["keys/private_key.pem"]!;
  const form = (label: string) =>
    new RegExp(`^-----BEGIN ${label} KEY-----\n(?:[\\w+/=]{1,64}\n)+-----END ${label} KEY-----\n$`);
  assertMatch(pem, form("PRIVATE"));
  assertMatch(stdout, form("PUBLIC"));
  const [first, ...rest] = stderr.split("\n");
  assertStringIncludes(first!, "创建 Key");
  assertStringIncludes(first!, "private_key.pem");
  assertStringIncludes(rest.join("\n"), "openssl genpkey");
  holdNoKey(pem, outcome);
});

Deno.test("keygen --json prints the path, the public key and its fingerprints (security 12)", async () => {
  const outcome = await runIn({ args: ["keygen", "--json", "--keys", "k"] });
  const { keyFile, publicKey, fingerprints } = JSON.parse(outcome.stdout);
  assertEquals([outcome.stderr, keyFile], ["", "k/private_key.pem"]);
  assertStringIncludes(publicKey, "BEGIN PUBLIC KEY");
  assertEquals(Object.keys(fingerprints), ["jwk", "spki", "pkcs1", "pem"]);
  const { privateKey } = await inspected(outcome.written, "--keys", "k");
  assertEquals(privateKey.fingerprints, fingerprints);
  holdNoKey(outcome.written["k/private_key.pem"]!, outcome);
});

for (const command of ["init", "keygen"]) {
  Deno.test(`${command} writes over nothing that appears meanwhile (security 16)`, async () => {
    const exclusive: unknown[] = [];
    const writeFile: World["writeFile"] = (_path, _text, options) =>
      Promise.resolve(void exclusive.push(options?.exclusive));
    await runIn({ args: [command], writeFile });
    assertEquals(exclusive, [true, true]);
  });
}

Deno.test("keygen never overwrites a key (security 16)", async () => {
  const files = { "keys/private_key.pem": "anything" };
  const outcome = await runIn({ args: ["keygen"], files });
  const command = "openssl pkey -in keys/private_key.pem -pubout";
  assertFailed(outcome, 2, "file-exists", "--> keys/private_key.pem", command);
  assertEquals(outcome.written, {});
});
