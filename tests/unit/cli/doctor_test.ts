import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { createEmulator } from "../../../lib/emulator/mod.ts";
import { generatePrivateKey, publicKeyOf } from "../../../lib/cli/key_pair.ts";
import {
  CLIENT_ID,
  healthyEmulator,
  healthyFiles,
  KEY_ID,
  named,
  privateKeyPem,
  runIn,
  type World,
} from "../../testing/fake_io.ts";

const PEM = await privateKeyPem();
const OTHER_PEM = await generatePrivateKey();

async function doctor(args: string[] = [], world: Partial<World> = {}) {
  const fetch = world.fetch ?? await healthyEmulator();
  const files = await healthyFiles();
  return await runIn({ files, ...world, args: ["doctor", ...args], fetch });
}

Deno.test("doctor explains a healthy setup in sections, each with a mark", async () => {
  const { exitCode, stdout, stderr } = await doctor();
  assertEquals(exitCode, 0);
  const heads = stdout.split("\n").filter((line) => /^\S/.test(line));
  assertEquals(heads, [
    "✓ Configuration",
    "✓ Key",
    "✓ Assertion",
    "✓ Clock",
    "✓ Endpoint",
    "✓ Refusal",
    "✓ Token",
  ]);
  assertStringIncludes(stdout, `App ID: ${CLIENT_ID}   <- keys/.env COZE_CLIENT_ID`);
  assertStringIncludes(stdout, "RSA, 2048 bits   <- keys/private_key.pem");
  assertStringIncludes(stdout, "the pair of the key id, as a token was given");
  assertMatch(stdout, /✓ exp {2}\d+ {3}\d{4}-\d\d-\d\d .*, ends in 600 s/);
  assertMatch(stdout, /as the server's, \d s off at most/);
  assertMatch(stdout, /given; ends \d{4}-\d\d-\d\d .*, in 15 min/);
  assertStringIncludes(stdout, "the API takes it");
  assertStringIncludes(stderr, "All is well.");
});

Deno.test("doctor says when the fingerprint proves the pair", async () => {
  const { fingerprints } = await import("../../../mod.ts");
  const keyId = (await fingerprints(PEM)).spki;
  const emulator = createEmulator({
    apps: [{ clientId: CLIENT_ID, keys: { [keyId]: publicKeyOf(PEM) } }],
  });
  const { stdout } = await doctor([`--key-id=${keyId}`], { fetch: emulator });
  assertStringIncludes(stdout, "the pair of the key id (its spki fingerprint)");
  const { facts } = JSON.parse(
    (await doctor([`--key-id=${keyId}`, "--json"], { fetch: emulator })).stdout,
  );
  assertEquals(facts.fingerprint, "spki");
});

Deno.test("doctor says what it sends before it sends it", async () => {
  const emulator = await healthyEmulator();
  const lines: string[] = [];
  let sent = 0;
  const { stderr } = await doctor([], {
    files: { ...await healthyFiles(), "keys/private_key.pem": OTHER_PEM },
    fetch(request) {
      lines.push(`sent ${++sent}`);
      return emulator(request);
    },
  });
  const told = stderr.split("\n").filter((line) => /^ {2}\d\. to /.test(line));
  assertEquals(told.length, sent);
  assertMatch(stderr, /^Asking api\.coze\.cn: .*at most 7 more/);
});

Deno.test("doctor --json prints schema 1 and nothing else", async () => {
  const files = { ...await healthyFiles(), "keys/private_key.pem": OTHER_PEM };
  const { exitCode, stdout, stderr } = await doctor(["--json", "--lang", "zh"], { files });
  assertEquals([exitCode, stderr], [5, ""]);
  const report = JSON.parse(stdout);
  assertEquals(Object.keys(report), ["schema", "ok", "exitCode", "findings", "facts", "probes"]);
  assertEquals([report.schema, report.ok, report.exitCode], [1, false, 5]);
  const [first] = report.findings;
  assertEquals([first.code, first.severity, first.certainty], ["key-mismatch", "error", "likely"]);
  assert(first.evidence.length >= 3 && first.fix.length > 10);
  assertMatch(
    stdout,
    /^[^\u4e00-\u9fff]*(?:公钥和私钥|创建 Key|公钥指纹|应用 ID|[^\u4e00-\u9fff])*$/u,
  );
  for (const probe of report.probes) {
    assertEquals(Object.keys(probe), [
      "name",
      "host",
      "status",
      "errorCode",
      "sameAsBaseline",
      "ms",
      "logId",
    ]);
  }
});

Deno.test("doctor prints findings in one shape, the server's words with the first cause", async () => {
  const { stderr } = await doctor([], {
    files: { ...await healthyFiles(), "keys/private_key.pem": OTHER_PEM },
    fetch: createEmulator({
      apps: [{ clientId: CLIENT_ID, keys: { [KEY_ID]: publicKeyOf(PEM) } }],
      order: ["kid", "iss"],
    }),
  });
  assertMatch(
    stderr,
    /error\[key-mismatch\]: .* \(proven\)\n --> keys\/private_key\.pem\n {2}= server said: invalid_client .*, logid \w+\n(?: {2}= .*\n){3}help: /,
  );
});

Deno.test("doctor prints the command with the user's own flags", async () => {
  const own = createEmulator();
  const other = await healthyEmulator();
  const fetch = (request: Request) => (request.url.includes("coze.com") ? other : own)(request);
  const args = ["--other-region", "--duration", "1h", "--region", "cn", "--session-name", "a b"];
  const { stderr, exitCode } = await doctor(args, { fetch });
  assertEquals(exitCode, 5);
  assertStringIncludes(stderr, "error[wrong-region]");
  assertStringIncludes(
    stderr,
    "  $ coze-jwt token --region com --duration 1h --session-name 'a b'\n",
  );
});

Deno.test("doctor leaves the refused part out of the command", async () => {
  const { stderr } = await doctor(["--scope-permission", "Bot.createBot", "--duration", "60"]);
  assertStringIncludes(stderr, "error[scope-rejected]");
  assertStringIncludes(stderr, "  $ coze-jwt token --duration 60\n");
});

Deno.test("doctor --offline sends nothing and leaves what it did not ask open", async () => {
  const { exitCode, stdout, stderr } = await doctor(["--offline"], { fetch: undefined as never });
  assertEquals([exitCode, stderr], [0, ""]);
  assertStringIncludes(stdout, "– Token\n  not asked");
});

Deno.test("doctor sends nothing when the cause is proven offline", async () => {
  const emulator = await healthyEmulator();
  const files = {
    ...await healthyFiles(),
    "keys/.env": `COZE_CLIENT_ID=${KEY_ID}\nCOZE_KEY_ID=1234567\n`,
  };
  const { exitCode, stderr, stdout } = await doctor([], { files, fetch: emulator });
  assertEquals([exitCode, emulator.journal.length], [3, 0]);
  assertMatch(stdout, /^✗ Configuration/);
  assertMatch(stderr, /^error\[ids-swapped\]/);
});

Deno.test("doctor tells all that can be seen in one run", async () => {
  const files = {
    "keys/.env":
      "COZE_CLIENT_ID=12.app.coze\nCOZE_KEY_ID=short\nCOZE_BASE_URL=https://www.coze.cn\n",
    "keys/private_key.pem": PEM.replaceAll("PRIVATE", "PUBLIC"),
  };
  const { findings } = JSON.parse((await doctor(["--json"], { files })).stdout);
  assertEquals(
    findings.map(({ code }: { code: string }) => code).sort(),
    [
      "base-url-not-api",
      "client-id-is-web-client",
      "key-is-public",
      "key-id-malformed",
    ].sort(),
  );
});

Deno.test("doctor says in Chinese what it says in English", async () => {
  const { stdout, stderr } = await doctor(["--lang", "zh"], {
    files: { ...await healthyFiles(), "keys/private_key.pem": OTHER_PEM },
  });
  assertMatch(stdout, /^✓ 配置/);
  assertMatch(stderr, /error\[key-mismatch\]: .*（很可能）/);
});

Deno.test("doctor names the flag when the sandbox keeps it from asking", async () => {
  const { exitCode, stderr } = await doctor([], {
    fetch: () => Promise.reject(named("NotCapable")),
  });
  assertEquals(exitCode, 9);
  assertStringIncludes(stderr, "--allow-net=api.coze.cn");
});

Deno.test("doctor ends on ^C with 130", async () => {
  const { exitCode, stdout } = await doctor([], {
    fetch: (request) =>
      new Promise((_, reject) => {
        request.signal.addEventListener("abort", () => reject(request.signal.reason));
      }),
    interrupt: (callback) => setTimeout(() => callback(130), 20),
  });
  assertEquals([exitCode, stdout], [130, ""]);
});

Deno.test("doctor gives up its read permission before it asks (security 5)", async () => {
  const { dropped, touchedAfterDrop } = await doctor();
  assertEquals([dropped, touchedAfterDrop], [true, []]);
});

Deno.test("doctor - judges what is pasted and sends nothing", async () => {
  const { exitCode, stdout } = await doctor(["-"], {
    stdin: "czs_abcdefghij",
    fetch: undefined as never,
  });
  assertEquals([exitCode, stdout], [5, ""]);
});

Deno.test("doctor --trace masks what it logs", async () => {
  const { stderr } = await doctor(["--trace"]);
  assertStringIncludes(stderr, "trace: > POST https://api.coze.cn/api/permission/oauth2/token");
  assert(!/eyJ[\w-]{20}|czs_emulator_\w{8}/.test(stderr));
});

Deno.test("doctor goes on where a file cannot be read, and prints its JSON all the same", async () => {
  const files = {
    "keys/.env": "COZE_CLIENT_ID=$X\n",
    "keys/coze_oauth_config.json": "{",
    "keys/private_key.pem": PEM.replaceAll("PRIVATE", "PUBLIC"),
  };
  for (const command of ["doctor", "inspect"]) {
    const { exitCode, stdout, stderr } = await runIn({ args: [command, "--json"], files });
    assertEquals([exitCode, stderr], [3, ""]);
    const { findings } = JSON.parse(stdout);
    assertEquals(
      findings.map(({ code, source }: Record<string, string>) => [code, source]),
      [
        ["config-file-malformed", "keys/.env"],
        ["config-file-malformed", "keys/coze_oauth_config.json"],
        ["key-is-public", "keys/private_key.pem"],
      ],
    );
  }
});

Deno.test("doctor says once that the sandbox hides the directory", async () => {
  const hidden = named("NotCapable");
  const files = {
    "keys/.env": hidden,
    "keys/coze_oauth_config.json": hidden,
    "keys/private_key.pem": hidden,
  };
  const { exitCode, stderr } = await runIn({ args: ["doctor"], files });
  assertEquals(exitCode, 9);
  assertEquals(stderr.match(/^error\[/gm)?.length, 1);
  assertStringIncludes(stderr, "--allow-read=keys");
});
