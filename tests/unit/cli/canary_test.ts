import { assert } from "@std/assert";
import { ANSWER, CHAT, events } from "../../testing/scripted.ts";
import { healthyFiles, runIn } from "../../testing/fake_io.ts";
import { CLIENT_ID, KEY_ID, otherPkcs8Pem, pkcs8Pem } from "../../testing/keys.ts";

const PEM = pkcs8Pem();
/** A key that is not the one in use, so that no redactor knows it by value. */
const OTHER = otherPkcs8Pem().split("\n").slice(1, -2);
const TOKEN = "czs_CanaryCanaryCanary0123456789";
/** A token of a form nobody knows: only redaction by value can find it. */
const ODD_TOKEN = "canary.of/another+form=0123456789";

const ESCAPED = PEM.replaceAll("\n", "\\n");
const withEnv = (text: string) => ({ ...healthyFiles(), "keys/.env": text });
const PASSWORD = "CanaryPassword";
/** The ways in: where a key can stand. */
const CONFIGURATIONS: Record<string, Record<string, string>> = {
  "file": healthyFiles(),
  "variable": {
    "keys/.env":
      `COZE_CLIENT_ID=${CLIENT_ID}\nCOZE_KEY_ID=${KEY_ID}\nCOZE_PRIVATE_KEY='${ESCAPED}'\n`,
  },
  "JSON": {
    "keys/coze_oauth_config.json": JSON.stringify({
      "client_id": CLIENT_ID,
      "public_key_id": KEY_ID,
      "private_key": PEM,
    }),
  },
  "key as key id": withEnv(`COZE_CLIENT_ID=1\nCOZE_KEY_ID='${PEM}'\n`),
  "key as App ID": withEnv(`COZE_CLIENT_ID='${PEM.split("\n")[1]}'\nCOZE_KEY_ID=x\n`),
  "another key as key id": withEnv(`COZE_CLIENT_ID=1\nCOZE_KEY_ID='${OTHER.join("\n")}'\n`),
  "another key as App ID": withEnv(`COZE_CLIENT_ID='${OTHER.join(" ")}'\nCOZE_KEY_ID=x\n`),
  "another key as path": withEnv(`COZE_PRIVATE_KEY_PATH='${otherPkcs8Pem()}'\n`),
  "its base64 as path": withEnv(`COZE_PRIVATE_KEY_PATH='${OTHER.join("\n")}'\n`),
  "another key as base URL": withEnv(`COZE_BASE_URL='${otherPkcs8Pem()}'\n`),
  "another key as region and bot": withEnv(
    `COZE_REGION='${otherPkcs8Pem()}'\nCOZE_BOT_ID='${otherPkcs8Pem()}'\n`,
  ),
  "raw key in .env": { "keys/.env": `COZE_PRIVATE_KEY=${PEM}` },
  "key instead of .env": { "keys/.env": PEM },
  "broken JSON": { "keys/coze_oauth_config.json": `{"private_key": "${ESCAPED}",}` },
  "password in the base URL": withEnv(
    `COZE_CLIENT_ID=1\nCOZE_KEY_ID=x\nCOZE_BASE_URL=https://svc:${PASSWORD}@api.coze.cn\n`,
  ),
  "password before a full-width @": withEnv(`COZE_BASE_URL=https://svc:${PASSWORD}＠api.coze.cn\n`),
  "password without host": withEnv(`COZE_BASE_URL=https://svc:${PASSWORD}\n`),
  "damaged key": { ...healthyFiles(), "keys/private_key.pem": PEM.replace("\n", "\n!") },
};

const refusal = (message: string) => ({ error: "invalid_client", "error_message": message });
const granted = (token: string) => Response.json({ "access_token": token, "expires_in": 900 });
const unauthorized = (body: unknown, headers = {}) => Response.json(body, { status: 401, headers });
/** Answers of an endpoint that gives back what it got: the JWT or, behind the exchange, the token. */
const SERVERS: Record<string, (bearer: string, path: string) => Response> = {
  "grants": () => granted(TOKEN),
  "grants oddly": () => granted(ODD_TOKEN),
  "has no expiry": () => Response.json({ "access_token": TOKEN }),
  "is half": () => new Response(`{"access_token":"${TOKEN}","expi`),
  "echoes a refusal": (jwt) => unauthorized(refusal(`bad ${jwt}`)),
  "echoes in parts": (jwt) => unauthorized(refusal(jwt.split(".").at(-1)!)),
  "echoes as log id": (jwt) => unauthorized({}, { "x-tt-logid": jwt }),
  "echoes as HTML": (jwt) => new Response(`<pre>Bearer ${jwt} ${TOKEN}</pre>`),
  "echoes a fault": (jwt) => new Response(jwt, { status: 500, headers: { "retry-after": "3600" } }),
  "echoes by redirect": (jwt) =>
    new Response("", { status: 302, headers: { location: `https://x/?${jwt}` } }),
  "throws the header": (jwt) => {
    throw new TypeError(`Invalid header value: "Bearer ${jwt}"`, { cause: new Error(jwt) });
  },
  "breaks": (jwt) => {
    throw new RangeError(`Bearer ${jwt}`);
  },
  "echoes behind the token": (token, path) =>
    path.endsWith("/token")
      ? granted(ODD_TOKEN)
      : Response.json({ code: 4000, msg: `no: ${token}`, detail: { logid: token } }),
  "says it back": (token, path) => {
    if (path.endsWith("/token")) return granted(ODD_TOKEN);
    const item = { id: "1", name: token, description: token };
    const list = { workspaces: [item], items: [item], total: 1, "bot_id": "2", version: token };
    if (path !== "/v3/chat") return Response.json({ code: 0, data: list });
    const at = token.length - 9;
    return events(
      ["conversation.chat.created", CHAT],
      ["conversation.message.delta", { ...ANSWER, content: token.slice(0, at) }],
      ["conversation.message.delta", { ...ANSWER, content: token.slice(at) }],
      ["error", { code: 5000, msg: token }],
    );
  },
};

const BOT = "7379462189365198898";
const IN_WORKSPACE = ["--workspace", "7348293334293334012"];
const SENDING = [
  ["token"],
  ["token", "--header"],
  ["token", "--env"],
  ["doctor"],
  ["doctor", "--other-region"],
  ["workspaces"],
  ["serve"],
  ["bot", "create", "node-chat2", ...IN_WORKSPACE, "--publish", "--say", "x"],
  ["bot", "publish", BOT, "--say", "x"],
  ["bot", "list", ...IN_WORKSPACE],
  ["chat", "x", "--bot", BOT],
  ["chat", "--bot", BOT],
];
const SILENT = [
  ["inspect"],
  ["inspect", "-"],
  ["doctor", "--offline"],
  ["doctor", "-"],
  ["explain"],
  ["keygen"],
  ["init"],
  ["init", "--key-id", OTHER[1]!],
  ["init", "--key-file", otherPkcs8Pem()],
  ["inspect", "--key-file", otherPkcs8Pem()],
  ["inspect", "--key-file", OTHER.join("\n")],
  ["token", "--keys", otherPkcs8Pem()],
  ["keygen", "--keys", OTHER.join("\n")],
  ["token", "--account-id", otherPkcs8Pem(), "--scope-bot", OTHER.join("\n")],
  ["explain", otherPkcs8Pem()],
  ["emulator"],
];
/** All that can be shown: people's words with the log, and what programs read. */
const FULL = [["--trace"], ["--json"]];
const VERBOSITY = [[], ...FULL, ["--trace", "--json"], ["--trace", "--lang", "zh"]];

/** Pieces by which a secret would be recognised. */
const KEY_PIECES = [...PEM.split("\n"), ...OTHER]
  .filter((line) => line.length > 20 && !line.startsWith("---"))
  .map((line) => line.slice(4, 40));
const piecesOf = (jwt: string) => [
  jwt.slice(0, jwt.lastIndexOf(".")),
  jwt.slice(jwt.lastIndexOf(".") + 1).slice(0, 40),
];

/** Runs a command, and looks for every secret in what it shows. */
async function holdSecrets(
  command: string[],
  flags: string[],
  { files = healthyFiles(), server = "grants" } = {},
) {
  const jwts: string[] = [];
  let now = 1_795_528_800_000;
  const { exitCode, stdout, stderr } = await runIn({
    args: [...command, ...flags],
    files,
    stdin: `${PEM}\n${TOKEN}`,
    // What is waited for takes its time.
    now: () => now += 60_000,
    fetch: (request) => {
      // A probe without JWT, and a read with the token, are answered too.
      const bearer = request.headers.get("authorization")?.slice("Bearer ".length) ?? "(none)";
      if (bearer.split(".").length === 3) jwts.push(bearer);
      return Promise.try(() => SERVERS[server]!(bearer, new URL(request.url).pathname));
    },
  });
  const shown = command[0] === "token" && exitCode === 0 ? stderr : stdout + stderr;
  for (const piece of [...KEY_PIECES, PASSWORD, TOKEN, ODD_TOKEN, ...jwts.flatMap(piecesOf)]) {
    assert(!shown.includes(piece), `${command} ${flags} ${server}:\n${shown}`);
  }
  // What programs read stays readable.
  if (flags.includes("--json") && !flags.includes("--trace") && command[0] !== "emulator") {
    for (const text of [stdout, stderr]) if (text !== "") JSON.parse(text);
  }
  return { jwts, exitCode };
}

/** Each pair of the two, but what the command line refuses. */
function* pairs(commands: string[][], verbosity: string[][]): Generator<[string[], string[]]> {
  for (const command of commands) {
    for (const flags of verbosity) {
      if (!/--(?:header|env)/.test(command.join()) || !flags.includes("--json")) {
        yield [command, flags];
      }
    }
  }
}

for (const [name, files] of Object.entries(CONFIGURATIONS)) {
  Deno.test(`no command shows a key: ${name} (security 12)`, async () => {
    const hasKey = "keys/private_key.pem" in files;
    const commands = [...SENDING, ...SILENT].filter(([name]) => name !== "keygen" || hasKey);
    for (const [command, flags] of pairs(commands, FULL)) {
      await holdSecrets(command, flags, { files });
    }
  });
}

for (const server of Object.keys(SERVERS)) {
  Deno.test(`no command shows a JWT or a token: the server ${server} (security 12)`, async () => {
    for (const [command, flags] of pairs(SENDING, FULL)) {
      const { jwts } = await holdSecrets(command, flags, { server });
      assert(jwts.length > 0, `${command} sends`);
    }
  });
}

Deno.test("no command shows a secret at any verbosity (security 12)", async () => {
  for (const [command, flags] of pairs([...SENDING, ...SILENT], VERBOSITY)) {
    await holdSecrets(command, flags, { server: "says it back" });
  }
});

Deno.test("doctor - shows no password of a pasted URL (security 12)", async () => {
  const words = [`svc:${PASSWORD}@`, `${PASSWORD}@`, `svc:p@${PASSWORD}@`, `svc:${PASSWORD}/x@`]
    .flatMap((userInfo) => [`https://${userInfo}`, `https:/${userInfo}`, `//${userInfo}`])
    .concat(`svc:${PASSWORD}@`, `https：//svc:${PASSWORD}＠`, `https://svc:a?${PASSWORD}#1@`);
  for (const start of words) {
    const url = `${start}api.coze.cn/api/permission/oauth2/token`;
    for (const stdin of [`curl -X POST ${url}`, `curl "${url}" -H "Authorization: Bearer x"`]) {
      const { stdout, stderr } = await runIn({ args: ["doctor", "-"], files: {}, stdin });
      assert(!(stdout + stderr).includes(PASSWORD), stdin + stderr);
    }
  }
});

Deno.test("token --trace shows no key in base64url that it sends (security 12)", async () => {
  // Every second line is as in the file, so that masking by value leaves short pieces.
  const key = PEM.split("\n").slice(1, -2)
    .map((line, i) => i % 2 ? line : `${line.slice(0, 55)}-${line.slice(56)}`).join("");
  const fetch = () => Promise.resolve(granted(TOKEN));
  const pieces = key.match(/.{20}/g)!.slice(2);
  for (const flag of [["--scope-bot", key], [`--scope-bot=${key}`]]) {
    const args = ["token", "--trace", ...flag];
    const { stderr } = await runIn({ args, files: healthyFiles(), fetch });
    assert(pieces.every((piece) => !stderr.includes(piece)), stderr);
  }
});
