import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { Finding } from "../../../lib/doctor/finding.ts";
import {
  BODY,
  FIRST_ATTEMPT,
  healthyCurl,
  healthyHttp,
  jwt,
  NOW,
  SIGNATURE,
  URL_,
} from "../../testing/pasted_requests.ts";
import { assertFailed, runIn, type World } from "../../testing/fake_io.ts";
import { assertLinear } from "../../testing/growth.ts";

const paste = (stdin: string, args: string[] = [], more: Partial<World> = {}) =>
  runIn({ args: ["inspect", "-", ...args], stdin, now: () => NOW, ...more });

const bad = jwt({ aud: "https://api.coze.cn" });

Deno.test("inspect - --json says the same for programs", async () => {
  const { exitCode, stdout, stderr } = await paste(FIRST_ATTEMPT, ["--json", "--lang", "zh"]);
  const { ok, findings, corrected, unjudged, kind, language } = JSON.parse(stdout);
  assertEquals([exitCode, stderr, ok, unjudged], [5, "", false, []]);
  assertEquals(
    findings.map(({ code, place }: Finding) => `${code} ${place?.line}`).join(", "),
    "wire-assertion-in-body 4, wire-body-invalid 3, wire-claims-invalid 4",
  );
  assertEquals([kind, language], ["token-request", "curl"]);
  assertStringIncludes(findings[0].place.excerpt, '-d "assertion=eyJhbG…(');
  assertMatch(corrected, /^curl -X POST 'https:/);
});

Deno.test("inspect - has nothing against a healthy request, and then corrects nothing", async () => {
  for (const text of [healthyCurl(), healthyHttp(), healthyCurl("$JWT")]) {
    const { exitCode, stdout, stderr } = await paste(text);
    assertEquals([exitCode, stderr], [0, ""]);
    assertStringIncludes(stdout, "No mistake was found");
    assert(!stdout.includes("Corrected"));
    const isVariable = text.includes("$JWT");
    assertEquals(stdout.includes("signature was not verified"), !isVariable);
    assertEquals(stdout.includes("The signed JWT is in a variable"), isVariable);
  }
});

Deno.test("inspect - goes by the host of the request, and else by that of the configuration", async () => {
  const com = ["--region", "com"];
  assertEquals((await paste(healthyCurl(), com)).exitCode, 0);
  const unknownHost = healthyCurl(jwt({ aud: "x" }), BODY, "$U").replace("'$U'", "$U");
  assertStringIncludes((await paste(unknownHost, com)).stderr, "aud must be api.coze.com");
});

Deno.test("inspect - shows of a long line what is around the place", async () => {
  const long = `curl ${"-s ".repeat(100)}'${URL_.replace("token", "令牌")}' -d 1`;
  const lines = (await paste(long)).stderr.split("\n");
  const at = lines.findIndex((line) => line.includes("error[wire-wrong-endpoint]"));
  assertEquals(lines[at + 1], " --> stdin:1");
  assertMatch(
    lines[at + 2]!,
    /^1 \| ….*-s 'https:\/\/api.coze.cn\/api\/permission\/oauth2\/…' -d 1$/,
  );
});

const escaped = (prefix: string) =>
  bad.replace(/[a-z]/g, (letter) => prefix + letter.charCodeAt(0).toString(16));
const every = (count: number, put: string) =>
  bad.replace(new RegExp(`.{${count}}`, "g"), `$&${put}`);
const SPLIT: Record<string, string> = {
  "quotes": `curl ${URL_} -d "assertion="'${bad.slice(0, 30)}'"${bad.slice(30)}"`,
  "single letters in quotes": `curl ${URL_} -d assertion=${bad.replace(/(.)(.)/g, "$1'$2'")}`,
  "continued lines": `curl ${URL_} -d assertion=${every(20, "\\\n")}`,
  "percent-encoding": `curl ${URL_} -d assertion=${escaped("%")}`,
  "escapes of JSON": `curl ${URL_} -d '{"assertion":"${escaped("\\u00")}"}'`,
  "escapes of the shell": `curl ${URL_} -d $'assertion=${escaped("\\x")}'`,
  "carets": `curl ^"${URL_}^" -d ^"assertion=${every(5, "^")}^"`,
  "a wrapped header": healthyHttp(`${bad.slice(0, 100)}\n${bad.slice(100)}`),
  "another option": `curl ${URL_} -o ${bad} -A ${bad}`,
  "the address": `curl ${URL_}/${bad}`,
  "an assignment before": `JWT=${every(5, "''")} curl ${URL_}`,
  "a command behind": `curl ${URL_} | x ${every(5, "''")}`,
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

/** Options, and what stands in their values around the secret. */
const HIDDEN: [options: string, values: string[]][] = [
  ["-H --header", [
    ...["Cookie: sid=S", "X-Api-Key: S", "X-Auth-Token: S", "Proxy-Authorization: Basic S", "X=S"],
    ...["Authorization: S", "Authorization: token S", "Authorization: ApiKey S", "Authorization S"],
  ]],
  ["-b --cookie", ["S", "name=S; other=S"]],
  ["-u --user -U --proxy-user", ["u:S", "S:p", "u:p@S"]],
  ["--key-pass --pass --proxy-pass --tlspassword --oauth2-bearer --oauth2 -E -o -A", ["S"]],
  ["-x -e", ["http://u:S@proxy.example:3128", "https://proxy.example/?code=S"]],
  ["-F --form-string --data-raw --data-urlencode --url-query", ["client_secret=S&b==S"]],
  ["-d --json", [
    ...["S", "@S", "client_secret=S", `{"a":"b,S:c","b":["S",{"c":"S"}]}`, "{'a':'S'}", "{a:S,}"],
    ...["client_secret", "password", "private_key", "api_key", "refresh_token", "a b"]
      .map((name) => `{"${name}":"S"}`),
  ]],
  ["--url", [
    ...["u:p@S@", "u:S@", "S@", "u:p/S@", "u:p?S@"].map((user) => `https://${user}api.coze.cn/x`),
    ...["?access_token=S", "?sign=S", "?S", "#S", "?a=https://x/?S", "?a=u@S"]
      .map((query) => `https://api.coze.cn/x${query}`),
  ]],
];
const within = (quote: string, value: string) =>
  quote + value.replaceAll(quote, quote === "'" ? "'\\''" : `\\${quote}`) + quote;
const WRITTEN: ((option: string, value: string) => string)[] = [
  (option, value) => `${option} ${value.replace(/[^\w.-]/g, "\\$&")}`,
  (option, value) => `${option} ${within("'", value)}`,
  (option, value) => `${option} \\\n  ${within('"', value)}`,
  (option, value) => `${option}=${within("'", value)}`,
  (option, value) => `${option}${within('"', value)}`,
];
Deno.test("inspect - shows no value that may be secret, and corrects the request (security 12)", async () => {
  const corrected = `curl -X POST '${URL_}' \\\n  -H 'Authorization: Bearer <JWT>' \\\n` +
    `  -H 'Content-Type: application/json' \\\n  -d '${BODY}'`;
  const rows = HIDDEN.flatMap(([options, values]) =>
    options.split(" ").flatMap((option) =>
      values.map((value) => [option, value.replaceAll("S", "hush7Qx~p4ss")] as const)
    )
  );
  const curls = rows.flatMap(([option, value]) =>
    WRITTEN.flatMap((write) => [
      `curl -X GET ${write(option, value)} '${URL_}'`,
      `curl '${URL_}' ${write(option, value)} -X GET`,
    ])
  );
  const https = rows.map(([option, value]) =>
    option === "--url"
      ? `GET ${value} HTTP/1.1\n\n`
      : `GET / HTTP/1.1\nHost: api.coze.cn\n${
        /^(?:-H|--header)$/.test(option) ? "" : "X: y\n\n"
      }${value}`
  );
  for (const text of [...curls, ...https]) {
    const { exitCode, stdout, stderr } = await paste(text);
    const json = await paste(text, ["--json"]);
    assertEquals([exitCode, json.exitCode], [5, 5], text);
    const shown = stdout + stderr + json.stdout + json.stderr;
    assert(!/hush|7Qx|p4ss/.test(shown), `${text}\n${shown}`);
    assertEquals(JSON.parse(json.stdout).corrected, corrected, text);
  }
});

Deno.test("inspect - shows no password, cookie or key (security 12)", async () => {
  const pem = `-----BEGIN PRIVATE KEY-----\\nMIIEvQIBADANBgkqhkiG\\n-----END PRIVATE KEY-----`;
  const text =
    `curl -u me:hush1 -b sid=hush2 --pass hush3 -H 'K: ${pem}' -X GET http://a:hush4@b ` +
    `-H 'Authorization: Basic aHVzaDU=' -U "me:hush6$X" -H 'Token: pat_hushhushhush'`;
  const { stdout, stderr } = await paste(text);
  const shown = stdout + stderr;
  assert(!/hush|aHVzaDU|MIIEvQ/.test(shown), shown);
  assertStringIncludes(stderr, "curl -u me:… -b … --pass …");
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

Deno.test("inspect - refuses what is neither, empty or too long", async () => {
  for (const text of ["", " \r\n", `curl ${"a".repeat(65_536)}`]) {
    assertFailed(await paste(text), 2, "usage");
  }
  for (const text of ["\0\x01\xff", "Invoke-WebRequest x", "curl", "curl https://example.com"]) {
    const { exitCode, stdout, stderr } = await paste(text);
    assertEquals([exitCode, stderr], [2, ""]);
    assertMatch(stdout, /^Nothing was recognised/);
    assertEquals(JSON.parse((await paste(text, ["--json"])).stdout).kind, "none");
  }
});

Deno.test("inspect - takes twice the time for twice the hostile text", async () => {
  // The parser's own test has more of them; these have much to hide, to quote and to report.
  const pieces = [
    "\\",
    "eyJa.",
    "a=eyJ&",
    "-H'Authorization: B' ",
    "-d a=b ",
    "\u200b",
    "x:y\n",
    "pat_",
  ];
  for (const piece of pieces) {
    for (const begin of [`curl ${URL_} `, "POST / HTTP/1.1\n\n"]) {
      const text = (size: number) => begin + piece.repeat(size / piece.length);
      await assertLinear(
        text,
        (text) => paste(text),
        3000,
        text(60),
        // Twice this is still below the most that is read.
        24_000,
      );
    }
  }
});
