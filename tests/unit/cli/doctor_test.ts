import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { createEmulator } from "../../../lib/emulator/mod.ts";
import { fingerprints } from "../../../mod.ts";
import {
  assertFailed,
  healthyEmulator,
  healthyFiles,
  named,
  runIn,
  type World,
} from "../../testing/fake_io.ts";
import { CLIENT_ID, KEY_ID, otherPkcs8Pem, pkcs8Pem, publicPem } from "../../testing/keys.ts";

const doctor = (args: string[] = [], world: Partial<World> = {}) =>
  runIn({ files: healthyFiles(), fetch: healthyEmulator(), ...world, args: ["doctor", ...args] });

/** A key that is not the one the app knows. */
const MISMATCH = { ...healthyFiles(), "keys/private_key.pem": otherPkcs8Pem() };
const AS_PUBLIC = pkcs8Pem().replaceAll("PRIVATE", "PUBLIC");
const codesIn = (stdout: string) =>
  JSON.parse(stdout).findings.map(({ code }: { code: string }) => code);

Deno.test("doctor explains a healthy setup in sections, each with a mark", async () => {
  const { exitCode, stdout, stderr } = await doctor();
  assertEquals(exitCode, 0);
  const heads = stdout.match(/^\S.*$/gm)!.join(" ");
  assertEquals(heads, "✓ Configuration ✓ Key ✓ Assertion ✓ Clock ✓ Endpoint ✓ Refusal ✓ Token");
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
  const keyId = (await fingerprints(pkcs8Pem())).spki;
  const fetch = createEmulator({ apps: [{ clientId: CLIENT_ID, keys: { [keyId]: publicPem() } }] });
  const { stdout } = await doctor([`--key-id=${keyId}`], { fetch });
  assertStringIncludes(stdout, "the pair of the key id (its spki fingerprint)");
  const json = await doctor([`--key-id=${keyId}`, "--json"], { fetch });
  assertEquals(JSON.parse(json.stdout).facts.fingerprint, "spki");
});

Deno.test("doctor says what it sends before it sends it", async () => {
  const emulator = healthyEmulator();
  let sent = 0;
  const fetch = (request: Request) => (sent++, emulator(request));
  const { stderr } = await doctor([], { files: MISMATCH, fetch });
  assertEquals(stderr.match(/^ {2}\d\. to /gm)?.length, sent);
  assertMatch(stderr, /^Asking api\.coze\.cn: .*at most 7 more/);
});

Deno.test("doctor --json prints schema 1 and nothing else", async () => {
  const { exitCode, stdout, stderr } = await doctor(["--json", "--lang", "zh"], {
    files: MISMATCH,
  });
  assertEquals([exitCode, stderr], [5, ""]);
  const report = JSON.parse(stdout);
  assertEquals(Object.keys(report), ["schema", "ok", "exitCode", "findings", "facts", "probes"]);
  assertEquals([report.schema, report.ok, report.exitCode], [1, false, 5]);
  const [first] = report.findings;
  assertEquals([first.code, first.severity, first.certainty], ["key-mismatch", "error", "likely"]);
  assert(first.evidence.length >= 3 && first.fix.length > 10);
  // Chinese only where it names what stands in the console.
  const labels = /公钥和私钥|创建 Key|公钥指纹|应用 ID/g;
  assert(!/\p{Script=Han}/u.test(stdout.replace(labels, "")), stdout);
  const members = ["name", "host", "status", "errorCode", "sameAsBaseline", "ms", "logId"];
  for (const probe of report.probes) assertEquals(Object.keys(probe), members);
});

Deno.test("doctor prints findings in one shape, the server's words with the first cause", async () => {
  const keys = { [KEY_ID]: publicPem() };
  const fetch = createEmulator({ apps: [{ clientId: CLIENT_ID, keys }], order: ["kid", "iss"] });
  assertMatch(
    (await doctor([], { files: MISMATCH, fetch })).stderr,
    /error\[key-mismatch\]: .* \(proven\)\n --> keys\/private_key\.pem\n {2}= server said: invalid_client .*, logid \w+\n(?: {2}= .*\n){3}help: /,
  );
});

Deno.test("doctor prints the command with the user's own flags", async () => {
  const [here, there] = [createEmulator(), healthyEmulator()];
  const fetch = (request: Request) => (request.url.includes("coze.com") ? there : here)(request);
  const args = ["--other-region", "--duration", "1h", "--region", "cn", "--session-name", "a b"];
  const { stderr, exitCode } = await doctor(args, { fetch });
  assertEquals(exitCode, 5);
  assertStringIncludes(stderr, "error[wrong-region]");
  const command = "coze-jwt token --region com --duration 1h --session-name 'a b'";
  assertStringIncludes(stderr, `  $ ${command}\n`);
});

Deno.test("doctor leaves the refused part out of the command", async () => {
  const { stderr } = await doctor(["--scope-permission", "Bot.createBot", "--duration", "60"]);
  assertStringIncludes(stderr, "error[scope-rejected]");
  assertStringIncludes(stderr, "  $ coze-jwt token --duration 60\n");
});

Deno.test("doctor --offline sends nothing and leaves what it did not ask open", async () => {
  const { exitCode, stdout, stderr } = await doctor(["--offline"], { fetch: undefined });
  assertEquals([exitCode, stderr], [0, ""]);
  assertStringIncludes(stdout, "– Token\n  not asked");
});

Deno.test("doctor sends nothing when the cause is proven offline", async () => {
  const fetch = healthyEmulator();
  const args = ["--client-id", KEY_ID, "--key-id", "1234567"];
  const { exitCode, stderr, stdout } = await doctor(args, { fetch });
  assertEquals([exitCode, fetch.journal.length], [3, 0]);
  assertMatch(stdout, /^✗ Configuration/);
  assertMatch(stderr, /^error\[ids-swapped\]/);
});

Deno.test("doctor says in Chinese what it says in English", async () => {
  const { stdout, stderr } = await doctor(["--lang", "zh"], { files: MISMATCH });
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
  let stop = () => {};
  const outcome = await doctor([], {
    fetch: ({ signal }) =>
      new Promise((_, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason));
        stop();
      }),
    interrupt: (callback) => stop = () => callback(130),
  });
  assertFailed(outcome, 130, "interrupted");
});

Deno.test("doctor - judges what is pasted and sends nothing", async () => {
  const outcome = await doctor(["-"], { stdin: "czs_abcdefghij", fetch: undefined });
  assertFailed(outcome, 5, "wire-not-a-jwt");
});

Deno.test("doctor goes on where a file cannot be read, and prints its JSON all the same", async () => {
  const files = {
    "keys/.env": "COZE_CLIENT_ID=$X\n",
    "keys/coze_oauth_config.json": "{",
    "keys/private_key.pem": AS_PUBLIC,
  };
  for (const command of ["doctor", "inspect"]) {
    const { exitCode, stdout, stderr } = await runIn({ args: [command, "--json"], files });
    assertEquals([exitCode, stderr], [3, ""]);
    assertEquals(codesIn(stdout), [
      "config-file-malformed",
      "config-file-malformed",
      "key-is-public",
    ]);
    const { findings } = JSON.parse(stdout);
    assertEquals(findings.map(({ source }: { source: string }) => source), Object.keys(files));
  }
});

Deno.test("doctor says once that the sandbox hides the directory", async () => {
  const names = [".env", "coze_oauth_config.json", "private_key.pem"];
  const files = Object.fromEntries(names.map((name) => [`keys/${name}`, named("NotCapable")]));
  const { exitCode, stderr } = await doctor([], { files });
  assertEquals([exitCode, stderr.match(/^error\[/gm)?.length], [9, 1]);
  assertStringIncludes(stderr, "--allow-read=keys");
});

Deno.test("doctor names names in .env that were misspelt", async () => {
  const files = { "keys/.env": "COZE_CLIENTID=1\ncoze_key_id=2\nOTHER=3\n" };
  const misspelt = "COZE_CLIENTID (COZE_CLIENT_ID?), coze_key_id (COZE_KEY_ID?)";
  assertStringIncludes(
    (await doctor(["--offline"], { files })).stderr,
    `  = names in .env that nobody reads: ${misspelt}\n`,
  );
});
