import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { Finding } from "../../../lib/doctor/finding.ts";
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

Deno.test("doctor says when the fingerprint proves the pair", async () => {
  const keyId = (await fingerprints(pkcs8Pem())).spki;
  const fetch = createEmulator({ apps: [{ clientId: CLIENT_ID, keys: { [keyId]: publicPem() } }] });
  const { stdout } = await doctor([`--key-id=${keyId}`], { fetch });
  assertStringIncludes(stdout, "(its spki fingerprint)");
  const json = await doctor([`--key-id=${keyId}`, "--json"], { fetch });
  assertEquals(JSON.parse(json.stdout).facts.fingerprint, "spki");
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

Deno.test("doctor sends nothing when the cause is proven offline", async () => {
  const fetch = healthyEmulator();
  const args = ["--client-id", KEY_ID, "--key-id", "1234567"];
  const { exitCode, stderr, stdout } = await doctor(args, { fetch });
  assertEquals([exitCode, fetch.journal.length], [3, 0]);
  assertMatch(stdout, /^\n✗ Configuration/);
  assertMatch(stderr, /^error\[ids-swapped\]/);
});

Deno.test("doctor prints the server's message once, also when the request was not judged", async () => {
  const message = "too many requests, wait a minute";
  const fetch = () => Promise.resolve(Response.json({ "error_message": message }, { status: 429 }));
  const { stderr, exitCode } = await doctor([], { fetch });
  assertEquals(exitCode, 7);
  assertEquals(stderr.split(`= server said: ${message}`).length, 2);
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
  assertEquals(outcome.exitCode, 5);
  assertStringIncludes(outcome.stderr, "error[wire-not-an-assertion]");
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
    const sources = findings.map(({ details }: Finding) => details.source);
    assertEquals(sources, Object.keys(files));
  }
});

Deno.test("doctor says once that the sandbox hides the directory", async () => {
  const names = [".env", "coze_oauth_config.json", "private_key.pem"];
  const files = Object.fromEntries(names.map((name) => [`keys/${name}`, named("NotCapable")]));
  const { exitCode, stdout, stderr } = await doctor([], { files });
  assertEquals([exitCode, stderr.match(/^error\[/gm)?.length], [9, 1]);
  assertStringIncludes(stderr, "--allow-read=keys");
  assertMatch(stdout, /^✗ Configuration: App ID, key id: not set$/m);
  assertMatch(stdout, /^– Key: unusable: sandbox-read <- keys\/private_key.pem$/m);
  assertMatch(stdout, /^– Assertion: App ID, key id: not set$/m);
  const onlyKey = { ...healthyFiles(), "keys/private_key.pem": named("NotCapable") };
  const { stdout: sections } = await doctor([], { files: onlyKey });
  assertMatch(
    sections,
    /^\n✓ Configuration: api.coze.cn <- keys\/.env\n✗ Key: unusable: sandbox-read/,
  );
});

Deno.test("token, inspect and doctor say first and alone that the app is of another type", async () => {
  const json = { client_type: "web", client_id: "1", public_key_id: "x" };
  const file = { "keys/coze_oauth_config.json": JSON.stringify(json) };
  const { "keys/private_key.pem": key } = healthyFiles();
  let asked = 0;
  const fetch = (request: Request) => (asked++, healthyEmulator()(request));
  for (const args of [["token"], ["inspect"], ["doctor"], ["workspaces"]]) {
    for (const files of [file, { ...file, "keys/private_key.pem": key! }]) {
      const { exitCode, stderr } = await runIn({ files, fetch, args });
      assertEquals([exitCode, stderr.match(/^error\[.*?\]/gm)], [3, [
        "error[config-wrong-client-type]",
      ]]);
    }
  }
  assertEquals(asked, 0);
  // The ids are those of another app than the file's.
  const mixed = await runIn({ files: { ...healthyFiles(), ...file }, fetch, args: ["token"] });
  assertEquals([mixed.exitCode, mixed.stderr], [0, ""]);
});

Deno.test("a refusal names doctor once, and a proven region is not asked for again", async () => {
  const refused = await runIn({ files: healthyFiles(), fetch: createEmulator(), args: ["token"] });
  assertEquals(refused.stderr.match(/coze-jwt doctor/g)?.length, 1, refused.stderr);
  const [here, there] = [createEmulator(), healthyEmulator()];
  const fetch = (request: Request) => (request.url.includes("coze.com") ? there : here)(request);
  const proven = await doctor(["--other-region"], { fetch });
  assertStringIncludes(proven.stderr, "help: Use --region com");
  assert(!/--other-region/.test(proven.stderr), proven.stderr);
  const likely = await doctor([], { fetch: createEmulator() });
  assertStringIncludes(likely.stderr, "`coze-jwt doctor --other-region` also asks api.coze.com");
});

/** A server that sends these responses to the read and to the exchange. */
const answering = (read: Response, post?: Response) => (request: Request) =>
  request.method === "POST" && !post
    ? healthyEmulator()(request)
    : Promise.resolve((post ?? read).clone());

Deno.test("doctor marks nothing ✓ that is wrong, and says who sent a message", async () => {
  const none = new Response();
  const emulator = healthyEmulator();
  const padded = { "keys/.env": "COZE_CLIENT_ID='1 '\nCOZE_KEY_ID='x '\n" };
  const logged = { headers: { "x-tt-logid": "LOG" } };
  const rows: [args: string[], World["fetch"], files: World["files"], seen: RegExp[]][] = [
    [["--base-url=http://127.0.0.1:1"], answering(none, Response.json({}, { status: 404 })), {}, [
      /^– Endpoint: no response from Coze: base-url-not-api$/m,
      /^✗ Configuration: 127.0.0.1:1 <- keys\/.env, --base-url$/m,
      /^(?!.*(?:Response|server said))/s,
    ]],
    [[], answering(Response.json({ code: 717170, msg: "no" }, logged)), {}, [
      /^✓ Endpoint: /m,
      /^✗ Token: .*failed \(api-refused\)$/m,
      / with 200 717170 no logid LOG$/m,
    ]],
    [[], answering(none, Response.json({ error: "internal_error" }, logged)), {}, [
      /^ {2}= server said: internal_error, logid LOG$/m,
      /^✗ Endpoint: no response from Coze: server-fault$/m,
    ]],
    [
      [],
      async (request) => {
        const response = await emulator(request);
        response.headers.set("date", new Date(0).toUTCString());
        return response;
      },
      {},
      [/^! Clock: /m, /^✓ Token: /m],
    ],
    [["--offline"], undefined, padded, [
      /^! Assertion: .*\n {2}! kid .*\n {2}! iss .*$/m,
      /white space[^]*white space/,
    ]],
    [["--offline"], undefined, {
      "keys/.env": `COZE_CLIENT_ID=7427900106117123456\nCOZE_KEY_ID=${KEY_ID}`,
    }, [
      /^warning\[client-id-looks-like-bot-id\]/m,
      /^No error was found offline/m,
    ]],
  ];
  for (const [args, fetch, files, seen] of rows) {
    const all = { ...healthyFiles(), ...files };
    const { stdout, stderr } = await doctor(args, { fetch, files: all });
    for (const pattern of seen) assertMatch(stderr + stdout, pattern);
  }
});

Deno.test("doctor prints a last command without the flags that were wrong", async () => {
  const rows: [args: string[], command: string][] = [
    [["--base-url=https://www.coze.com"], "--base-url https://api.coze.com"],
    [["--base-url=https://api.coze.com.example.org"], "--base-url https://api.coze.com"],
    [["--base-url=nonsense", "--duration=60"], "--duration 60"],
    [["--client-id=12x", "--key-id=x"], ""],
    [["--key-file=absent.pem"], "--key-file absent.pem"],
  ];
  for (const [args, command] of rows) {
    const { stderr } = await doctor([...args, "--offline"]);
    assertEquals(
      stderr.trimEnd().split("\n").at(-1)!.trimEnd(),
      `  $ coze-jwt doctor ${command}`.trimEnd(),
    );
  }
});

Deno.test("token quotes a page that answers for the token endpoint once", async () => {
  const page = new Response("<html>", { headers: { "content-type": "text/html" } });
  const args = ["token", "--base-url=http://127.0.0.1:1"];
  const { stderr } = await runIn({ files: healthyFiles(), fetch: answering(page, page), args });
  assertEquals(stderr.match(/begins with: <html>/g)?.length, 1, stderr);
});
