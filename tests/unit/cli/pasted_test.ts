import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import {
  BODY,
  GRANT,
  healthyCurl,
  healthyHttp,
  jwt,
  NOW,
  SIGNATURE,
  URL_,
} from "../doctor/pasted/requests.ts";
import { runIn, type World } from "../../testing/fake_io.ts";

const paste = (stdin: string, args: string[] = [], more: Partial<World> = {}) =>
  runIn({ args: ["inspect", "-", ...args], stdin, now: () => NOW, ...more });

const bad = jwt({ scope: '["Connector.botChat"]', aud: "https://api.coze.cn" });
const FIRST = `curl -X POST ${URL_} \\
  -H 'Content-Type: application/x-www-form-urlencoded' \\
  -d "grant_type=${encodeURIComponent(GRANT)}" \\
  -d "assertion=${bad}"
`;

Deno.test("inspect - shows each mistake of the common first attempt at its place", async () => {
  const { exitCode, stdout, stderr } = await paste(FIRST);
  assertEquals(exitCode, 5);
  const size = `${bad.length} chars`;
  assertEquals(
    stderr,
    `error[wire-assertion-in-body]: The JWT is in the body, where Coze does not look for it
 --> stdin:4:7
  |
4 |   -d "assertion=eyJhbG…(${size})"
  |       ^^^^^^^^^
  = this parameter carries the JWT, as RFC 7523 has it
help: Move the JWT into the header \`Authorization: Bearer …\` and leave assertion out of the body
error[wire-no-bearer]: The JWT did not arrive in the Authorization header
 --> stdin:1:1
  |
1 | curl -X POST https://api.coze.cn/api/permission/oauth2/token \\
  | ^^^^
  = there is no Authorization header; the JWT is in the body
help: Send the header \`Authorization: Bearer …\` with the JWT
error[wire-body-not-json]: The body is not JSON
 --> stdin:3:7
  |
3 |   -d "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer" \\
  |       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  = this is a form, name=value
help: Send JSON: \`Content-Type: application/json\` and an object with grant_type and duration_seconds
error[audience-mismatch]: aud is not the host that is called
 --> stdin:4:17
  |
4 |   -d "assertion=eyJhbG…(${size})"
  |                 ^^^^^^^^^^^^^^^^^^
  = in this JWT; the request calls api.coze.cn
help: Set aud to api.coze.cn
error[wire-scope-in-claims]: scope does not belong in the claims
 --> stdin:4:17
  |
4 |   -d "assertion=eyJhbG…(${size})"
  |                 ^^^^^^^^^^^^^^^^^^
  = among the claims of this JWT: scope
help: Remove scope from the claims
`,
  );
  assert(stdout.endsWith(`
Corrected request
curl -X POST '${URL_}' \\
  -H 'Authorization: Bearer <JWT>' \\
  -H 'Content-Type: application/json' \\
  -d '${BODY}'
`));
  assertStringIncludes(stdout, '✗ aud  "https://api.coze.cn"');
});

Deno.test("inspect - --json says the same for programs", async () => {
  const { exitCode, stdout, stderr } = await paste(FIRST, ["--json", "--lang", "zh"]);
  const { ok, findings, corrected, unjudged } = JSON.parse(stdout);
  assertEquals([exitCode, stderr, ok, unjudged], [5, "", false, []]);
  assertEquals(
    findings.map(({ code, line, column }: Record<string, unknown>) => [
      code,
      line,
      column,
    ]),
    [
      ["wire-assertion-in-body", 4, 7],
      ["wire-no-bearer", 1, 1],
      ["wire-body-not-json", 3, 7],
      ["audience-mismatch", 4, 17],
      ["wire-scope-in-claims", 4, 17],
    ],
  );
  assertStringIncludes(findings[0].excerpt, "\n  |       ^^^^^^^^^");
  assertMatch(corrected, /^curl -X POST 'https:/);
});

Deno.test("inspect - has nothing against a healthy request, and then corrects nothing", async () => {
  for (const text of [healthyCurl(), healthyHttp(), healthyCurl("$JWT")]) {
    const { exitCode, stdout, stderr } = await paste(text);
    assertEquals([exitCode, stderr], [0, ""]);
    assertStringIncludes(stdout, "Nothing wrong was found");
    assert(!stdout.includes("curl"));
    assertEquals(stdout.includes("signature was not verified"), !text.includes("$JWT"));
    assertEquals(stdout.includes("The JWT is in a variable"), text.includes("$JWT"));
  }
});

Deno.test("inspect - goes by the host of the request, not by that of the configuration", async () => {
  assertEquals((await paste(healthyCurl(), ["--region", "com"])).exitCode, 0);
  const { stderr } = await paste(healthyCurl(jwt({ aud: "x" }), BODY, "$U").replace("'$U'", "$U"), [
    "--region",
    "com",
  ]);
  assertStringIncludes(stderr, "Set aud to api.coze.com");
});

Deno.test("inspect - puts carets under what is shown of a long or wide line", async () => {
  const long = `curl ${"-s ".repeat(100)}'${URL_.replace("token", "令牌")}' -d 1`;
  const { stderr } = await paste(long, ["--lang", "en"]);
  const lines = stderr.split("\n");
  const at = lines.findIndex((line) => line.includes("error[wire-wrong-path]"));
  assertEquals(lines[at + 1], " --> stdin:1:326");
  const [shown, carets] = [lines[at + 3]!, lines[at + 4]!];
  assert(shown.includes("… ") || shown.startsWith("1 | …"), shown);
  assertEquals(shown.indexOf("/api/permission"), carets.indexOf("^"));
  assertEquals(carets.replace(/[^^]/g, ""), "^".repeat("/api/permission/oauth2/".length + 4));
  assert(shown.length <= 104, String(shown.length));
});

const SPLIT: Record<string, string> = {
  "quotes": `curl ${URL_} -d "assertion="'${bad.slice(0, 30)}'"${bad.slice(30)}"`,
  "single letters in quotes": `curl ${URL_} -d assertion=${bad.replace(/(.)(.)/g, "$1'$2'")}`,
  "continued lines": `curl ${URL_} -d assertion=${bad.replace(/.{20}/g, "$&\\\n")}`,
  "percent-encoding": `curl ${URL_} -d assertion=${
    bad.replace(/[a-z]/g, (letter) => `%${letter.charCodeAt(0).toString(16)}`)
  }`,
  "escapes of JSON": `curl ${URL_} -d '{"assertion":"${
    bad.replace(/[a-z]/g, (letter) => `\\u00${letter.charCodeAt(0).toString(16)}`)
  }"}'`,
  "escapes of the shell": `curl ${URL_} -d $'assertion=${
    bad.replace(/[a-z]/g, (letter) => `\\x${letter.charCodeAt(0).toString(16)}`)
  }'`,
  "carets": `curl ^"${URL_}^" -d ^"assertion=${bad.replace(/.{5}/g, "$&^")}^"`,
  "a wrapped header": healthyHttp(`${bad.slice(0, 100)}\n${bad.slice(100)}`),
  "another option": `curl ${URL_} -o ${bad} -A ${bad}`,
  "the address": `curl ${URL_}/${bad}`,
  "an assignment before": `JWT=${bad.replace(/.{5}/g, "$&''")} curl ${URL_}`,
  "a command behind": `curl ${URL_} | x ${bad.replace(/.{5}/g, "$&''")}`,
  "the grant": healthyCurl("x", `{"grant_type":"${bad}","duration_seconds":"${bad}"}`),
  "the method": `curl -X ${bad} ${URL_}`,
  "the type": healthyCurl().replace("application/json", bad),
  "an open quote": `curl '${bad}`,
};
for (const [name, text] of Object.entries(SPLIT)) {
  Deno.test(`inspect - shows no JWT in ${name} (security 12)`, async () => {
    for (const args of [[], ["--json"], ["--trace"], ["--lang", "zh"]]) {
      const { exitCode, stdout, stderr } = await paste(text, args);
      assert(exitCode !== 0 && exitCode !== 1, stderr);
      const shown = stdout + stderr;
      assert(!shown.includes(SIGNATURE.slice(0, 24)), shown);
      // Nor as it was written: all but the first six characters are hidden.
      const source = text.replace(/[^\w]/g, "");
      const tail = source.slice(source.lastIndexOf("B3_") - 60, source.lastIndexOf("B3_") - 20);
      assert(!shown.replace(/[^\w]/g, "").includes(tail), shown);
    }
  });
}

Deno.test("inspect - shows no password, cookie or key (security 12)", async () => {
  const pem = `-----BEGIN PRIVATE KEY-----\\nMIIEvQIBADANBgkqhkiG\\n-----END PRIVATE KEY-----`;
  const text =
    `curl -u me:hush1 -b sid=hush2 --pass hush3 -H 'K: ${pem}' -X GET http://a:hush4@b ` +
    `-H 'Authorization: Basic aHVzaDU=' -U "me:hush6$X" -H 'Token: pat_hushhushhush'`;
  const { stdout, stderr } = await paste(text);
  const shown = stdout + stderr;
  assert(!/hush|aHVzaDU|MIIEvQ/.test(shown), shown);
  assertStringIncludes(stderr, "-u …(8 chars)");
});

Deno.test("inspect - lets nothing through that steers a terminal (security 11)", async () => {
  const text =
    `curl '${URL_}\x1b]0;x\x07\u202e\u200b' -d '{\x1b[2J' -X $'P\\x1bUT' -H 'A\x9b1m: b'`;
  for (const args of [[], ["--json"]]) {
    const { stdout, stderr } = await paste(text, args);
    // deno-lint-ignore no-control-regex -- what no output may hold
    assert(!/[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u202e]/.test(stdout + stderr));
  }
});

Deno.test("inspect - says where a quote is not closed", async () => {
  const { exitCode, stdout, stderr } = await paste(`curl \\\n -d '{"a":1}`);
  assertEquals([exitCode, stdout], [2, ""]);
  assertStringIncludes(stderr, " --> stdin:2:5\n  = the quote that opens here is not closed");
  assertStringIncludes(stderr, "help: Accepted: JWT, curl …");
});

Deno.test("inspect - refuses what is neither, empty or too long", async () => {
  const expected: [string, number][] = [
    ["", 2],
    [" \r\n", 2],
    [`curl ${"a".repeat(65_536)}`, 2],
    ["\0\x01\xff", 5],
    ["Invoke-WebRequest x", 5],
    ["curl", 5],
  ];
  for (const [text, exitCode] of expected) {
    const outcome = await paste(text);
    assertEquals([text.slice(0, 9), outcome.exitCode], [text.slice(0, 9), exitCode]);
    assertMatch(outcome.stderr, /^error\[(?:usage-value|wire-not-a-jwt)\]/);
    assert(!/^\s+at /m.test(outcome.stderr));
  }
});

Deno.test("inspect - judges 64 KiB of hostile text in time", async () => {
  const pieces = [
    "$(",
    "'a'",
    "eyJ",
    "eyJa.",
    "a=eyJ&",
    "%65",
    "\\\n",
    '""',
    "-H a ",
    "-H'Authorization: B' ",
  ]
    .concat("-d a=b ", '{"a":', "\u200b", "pat_", "\n ", "x:y\n", "Bearer ", "&", "[");
  for (const piece of pieces) {
    const all = piece.repeat(Math.floor(65_000 / piece.length));
    const texts = [
      `curl ${all}`,
      `curl -d '${all}'`,
      `curl -d "{${all}"`,
      `curl -H 'Authorization: ${all}'`,
    ]
      .concat(`POST /${all} HTTP/1.1`, `POST / HTTP/1.1\n${all}`, `POST / HTTP/1.1\n\n${all}`);
    for (const text of texts) {
      const start = performance.now();
      await paste(text.slice(0, 65_536));
      const ms = performance.now() - start;
      // A quarter of a second where nothing else runs; a pattern that goes wrong takes far longer.
      assert(ms < 4000, `${JSON.stringify(text.slice(0, 60))} took ${Math.round(ms)} ms`);
    }
  }
});
