import { parseArguments } from "../../lib/cli/parse.ts";
import { COMMANDS } from "../../lib/cli/commands.ts";
import { requestOf } from "../../lib/cli/access.ts";
import { named, type Outcome, runIn } from "../testing/fake_io.ts";
import { CLIENT_ID, KEY_ID } from "../testing/keys.ts";
import { anyText, editedText, encoded, INVISIBLE } from "./arbitraries.ts";
import * as fc from "../testing/fast_check.ts";
import { ENV, envText, JSON_FILE, jsonFile, NAMES } from "./file_targets.ts";
import { type Target, target } from "./fuzz.ts";
import { hold, holdClean, mayRefuse } from "./holds.ts";
import { toyPem } from "./key_targets.ts";
import { jwtText } from "./protocol_targets.ts";
import { pastedRequest } from "./pasted_request.ts";
import { CANARY, fetchOf, NOW, reply } from "./replies.ts";
import { TOY_PKCS8_PEM } from "./toy_key.ts";

const SWITCHES = ["--json", "--trace", "--help", "--version", "--header", "-h"];
const FLAGS = "keys lang timeout client-id key-id key-file base-url region duration scope-bot port"
  .concat(" scope-permission session-name account-id enterprise-id").split(" ")
  .map((name) => `--${name}`);
/** Words that are easily misread. */
const ODD = "- -- --- --no-json --_=1 --no-keys=1 -abc --x --allow-net --help=1 true".split(" ");
const VALUES = "keys keys/prod keys/private_key.pem en zh 90 15m 24h 999999999h 0 1 a - cn com"
  .concat(` https://api.coze.com http://127.0.0.1:1 ${CLIENT_ID} -${KEY_ID}`).split(" ").concat("");
const value = fc.oneof(
  fc.constantFrom(...VALUES),
  fc.constantFrom(...VALUES, ...INVISIBLE),
  anyText,
);
const flag = fc.constantFrom(...FLAGS);
const words: fc.Arbitrary<string[]> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.tuple(flag, value) },
    { weight: 3, arbitrary: fc.tuple(flag, value).map(([flag, value]) => [`${flag}=${value}`]) },
    { weight: 3, arbitrary: fc.constantFrom(...SWITCHES).map((word) => [word]) },
    { weight: 1, arbitrary: fc.constantFrom(...ODD).map((word) => [word]) },
    { weight: 1, arbitrary: value.map((word) => [word]) },
  ),
  { maxLength: 5 },
).map((parts) => parts.flat());
/** The other commands come seldom: some of them generate a key of 2048 bits. */
const command = fc.oneof(
  { weight: 40, arbitrary: fc.constantFrom(["token"], ["token"], ["inspect"], ["explain"]) },
  { weight: 10, arbitrary: fc.constantFrom(["inspect", "-"], ["explain", "clock-skew"], []) },
  { weight: 1, arbitrary: fc.constantFrom(...Object.keys(COMMANDS)).map((name) => [name]) },
);
const commandLine = fc.oneof(
  { weight: 5, arbitrary: fc.tuple(command, words).map((parts) => parts.flat()) },
  { weight: 1, arbitrary: fc.tuple(words, command, words).map((parts) => parts.flat()) },
  { weight: 1, arbitrary: fc.array(value) },
);

/** Errors of the system for a file, with their codes. */
const ERRORS: Readonly<Record<string, string | undefined>> = {
  NotFound: "ENOENT",
  NotCapable: undefined,
  IsADirectory: "EISDIR",
  PermissionDenied: "EACCES",
  FilesystemLoop: "ELOOP",
};
const file = (bytes: fc.Arbitrary<string | Uint8Array>, healthy: string) =>
  fc.oneof(
    { weight: 4, arbitrary: fc.constant(healthy) },
    { weight: 4, arbitrary: bytes },
    { weight: 1, arbitrary: fc.constantFrom(...Object.keys(ERRORS)).map((error) => ({ error })) },
  );
const pemFile = file(
  fc.oneof(toyPem, editedText(toyPem, "-", "\n", "="), encoded(toyPem)),
  TOY_PKCS8_PEM,
);
const files = fc.record({
  "keys/.env": file(fc.oneof(envText, encoded(envText)), ENV),
  "keys/private_key.pem": pemFile,
  "keys/coze_oauth_config.json": file(jsonFile, JSON_FILE),
  "keys/\u202e\x1b[2J.pem": pemFile,
}, { requiredKeys: [] });

const world = fc.record({
  args: commandLine,
  files: fc.oneof(
    { weight: 2, arbitrary: files },
    {
      weight: 1,
      arbitrary: fc.constant({ "keys/.env": ENV, "keys/private_key.pem": TOY_PKCS8_PEM }),
    },
  ),
  env: fc.dictionary(fc.constantFrom(...NAMES), value, { maxKeys: 2 }),
  stdin: fc.oneof(jwtText, anyText),
  replies: fc.array(reply, { minLength: 1, maxLength: 3 }),
  language: fc.constantFrom("en-US", "zh-CN", "und", ""),
  terminal: fc.boolean(),
  facts: fc.constantFrom(
    {},
    { mode: 0o100644 },
    { mode: null },
    { link: { realPath: "/etc/\x1b[31mkey", realDirectory: "/home/user/keys" } },
    { link: { realPath: "C:\\keys\\a.pem", realDirectory: "C:\\keys" } },
  ),
  interrupted: fc.integer({ min: 0, max: 19 }).map((dice) => dice === 0),
});
type WorldOf<T> = T extends fc.Arbitrary<infer V> ? V : never;

async function live(input: WorldOf<typeof world>): Promise<void> {
  const { args, replies, facts, interrupted, ...rest } = input;
  const assertions: string[] = [];
  const files = Object.entries<unknown>(rest.files).map(([path, file]) =>
    [path, isError(file) ? systemError(file.error) : file as string | Uint8Array] as const
  );
  const outcome = await runIn({
    ...rest,
    args,
    files: Object.fromEntries(files),
    facts: { "keys/private_key.pem": facts },
    fetch: fetchOf(replies, assertions),
    now: () => NOW,
    ...(interrupted && {
      interrupt: (callback) => queueMicrotask(() => callback(130)),
      serve: () => Promise.resolve({ port: 1, finished: Promise.resolve() }),
    }),
  });
  holdOutcome(args, outcome, rest.terminal, assertions);
}

function systemError(name: string): Error {
  const code = ERRORS[name];
  return Object.assign(named(name), code === undefined ? {} : { code });
}

function isError(file: unknown): file is { error: string } {
  return typeof file === "object" && file !== null && "error" in file;
}

const EXIT_CODES = [0, 2, 3, 4, 5, 6, 7, 8, 9, 130];
const CODE = /error\[([\w-]+)\]|"error":\{"code":"([\w-]+)"/;
/** Escape sequences of colours and of the progress line. */
// deno-lint-ignore no-control-regex -- they are removed
const OWN_MARKS = /\x1b\[(?:0|1|31|32|33|36)m|\r\x1b\[K/g;
const KEY_LINES = TOY_PKCS8_PEM.split("\n").filter((line) => /^[\w+/=]{20,}$/.test(line));

function holdOutcome(
  args: string[],
  { exitCode, stdout, stderr }: Outcome,
  terminal: boolean,
  jwts: string[],
): void {
  const said = `${exitCode} ${CODE.exec(stderr)?.slice(1).find(Boolean) ?? ""}: ${stderr}`;
  hold(EXIT_CODES.includes(exitCode), `the exit code is documented: ${said}`);
  hold(!/error\[unexpected\]|"code":"unexpected"/.test(stderr), `no error is unexpected: ${said}`);
  holdClean(stdout.replace(OWN_MARKS, ""), "stdout");
  holdClean(stderr.replace(OWN_MARKS, ""), "stderr");
  if (!args.includes("--trace")) {
    hold(!/^\s+at .*:\d+:\d+\)?$/m.test(stderr + stdout), "there is no stack trace");
  }
  if (args.includes("token") && exitCode !== 0) hold(stdout === "", "stdout is empty on an error");
  for (const secret of [...KEY_LINES, ...jwts.flatMap((jwt) => jwt.split(".").slice(1))]) {
    hold(!(stdout + stderr).includes(secret), "no secret is shown");
  }
  hold(!stderr.includes(CANARY), "no token is on stderr");
  hold(exitCode === 0 || !stdout.includes(CANARY), "no token is on stdout after an error");
  const forPeople = ["--trace", "--help", "-h", "--version"].some((flag) => args.includes(flag));
  const forPrograms = args.includes("--json") && !terminal && !forPeople;
  if (forPrograms && CODE.test(stderr)) JSON.parse(stderr);
}

/** Reads command lines, files, variables and stdin. */
export const COMMAND_TARGETS: readonly Target[] = [
  target({
    name: "arguments",
    claim: "parseArguments() parses any words or refuses them with a CozeError",
    arbitrary: commandLine,
    async check(args) {
      const parsed = await mayRefuse(/^usage$/, () => parseArguments(args));
      if (!parsed) return;
      for (const flag of FLAGS.map((flag) => flag.slice(2))) {
        const values = [parsed.value(flag), ...parsed.list(flag)].filter((each) =>
          each !== undefined
        );
        hold(values.every((each) => typeof each === "string" && each !== ""), "values are texts");
      }
      hold(parsed.operands.every((each) => typeof each === "string"), "operands are texts");
      await mayRefuse(/^usage$/, () => requestOf(parsed));
    },
    runs: 1500,
  }),
  target({
    name: "paste",
    claim: "inspect - judges or refuses any text on stdin",
    arbitrary: fc.record({
      args: fc.constantFrom<string[]>([], ["--json"], ["--lang", "zh"], ["--trace"]),
      stdin: fc.oneof(jwtText, jwtText.map((jwt) => `"Bearer ${jwt}"`), anyText),
    }),
    async check({ args, stdin }) {
      const outcome = await runIn({ args: ["inspect", "-", ...args], stdin, now: () => NOW });
      holdOutcome(args, outcome, false, []);
      if (args.includes("--json") && outcome.stdout !== "") JSON.parse(outcome.stdout);
    },
    runs: 300,
  }),
  target({
    name: "linter",
    claim: "inspect - finds mistakes in any pasted request and shows no secret of it",
    arbitrary: fc.record({
      args: fc.constantFrom<string[]>([], ["--json"], ["--lang", "zh"], ["--trace"]),
      request: pastedRequest,
    }),
    async check({ args, request: { stdin, secrets } }) {
      const outcome = await runIn({ args: ["inspect", "-", ...args], stdin, now: () => NOW });
      holdOutcome(args, outcome, false, []);
      const shown = outcome.stdout + outcome.stderr;
      hold(!secrets.some((secret) => shown.includes(secret)), "no secret of the request is shown");
      if (args.includes("--json") && outcome.stdout !== "") JSON.parse(outcome.stdout);
    },
    runs: 300,
  }),
  target({
    name: "command",
    claim: "run() ends any command line in any world with a documented exit code",
    arbitrary: world,
    check: live,
    runs: 600,
  }),
];
