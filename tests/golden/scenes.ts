// The scenes whose screens stand in screens/: a command line, and the world it runs in.

import { COMMANDS } from "../../lib/cli/commands.ts";
import { createEmulator, type EmulatorApp, type EmulatorOptions } from "../../lib/emulator/mod.ts";
import { WORKSPACE } from "../testing/bot_world.ts";
import { named, runIn, type World } from "../testing/fake_io.ts";
import { CLIENT_ID, KEY_ID, otherPkcs8Pem, pkcs8Pem, publicPem } from "../testing/keys.ts";
import { FIRST_ATTEMPT, NOW as PASTED_AT } from "../testing/pasted_requests.ts";

/** One run of the command line. */
export interface Scene {
  /** The name of its screens, `screens/{en,zh}/NAME.txt`. */
  name: string;
  args: string[];
  /** What differs from the healthy world. */
  world?: () => Partial<World> | Promise<Partial<World>>;
}

/** 2026-11-24T14:00:00Z, on the server's clock. It stands still. */
export const NOW = 1_795_528_800_000;
const BOT = "7500000000000000001";
const DRAFT = "7500000000000000002";
const IDS = `COZE_CLIENT_ID=${CLIENT_ID}\nCOZE_KEY_ID=${KEY_ID}\n`;

/** A complete keys directory, a registered app, and a right clock. */
export function healthyWorld(): Partial<World> {
  const { fetch } = coze();
  return { files: keys(), fetch, now: () => NOW, sleep: () => Promise.resolve() };
}

function keys(pem = pkcs8Pem(), env = IDS, directory = "keys"): Record<string, string> {
  return { [`${directory}/.env`]: env, [`${directory}/private_key.pem`]: pem };
}

/** Coze, with one app and one workspace. */
function coze(app: Partial<EmulatorApp> = {}, options: EmulatorOptions = {}) {
  const fetch = createEmulator({
    now: () => NOW,
    sleep: () => Promise.resolve(),
    apps: [{ clientId: CLIENT_ID, keys: { [KEY_ID]: publicPem() }, ...app }],
    workspaces: [{ id: WORKSPACE, name: "测试空间" }],
    ...options,
  });
  return { fetch };
}

/** Two regions; the app is registered in the international one. */
function internationalApp(): Partial<World> {
  const [cn, com] = [coze({}, { apps: [] }), coze()];
  const isCom = (request: Request) => new URL(request.url).host === "api.coze.com";
  return { fetch: (request) => (isCom(request) ? com : cn).fetch(request) };
}

/** Coze with two bots: BOT is published, DRAFT is not. */
async function withBots(): Promise<Partial<World>> {
  const world = coze();
  for (const flags of [["node-chat2", "--publish"], ["客服"]]) {
    const args = ["bot", "create", ...flags, "--workspace", WORKSPACE];
    await runIn({ ...healthyWorld(), ...world, args });
  }
  return world;
}

/** The emulator listens on a port, and is interrupted once it has said so. */
function listening(): Partial<World> {
  let interrupt: (exitCode: 130 | 143) => void;
  return {
    files: {},
    interrupt: (callback) => interrupt = callback,
    serve() {
      interrupt(130);
      return Promise.resolve({ port: 8787, finished: Promise.resolve() });
    },
  };
}

/** Bot create with all that it can do, and the permissions that it needs for that. */
const CREATE = ["bot", "create", "b", "--workspace", WORKSPACE, "--publish", "--say", "你好"];
const NEEDED = ["listBot", "createBot", "publish", "chat"];

const TOO_MANY = { status: 429, body: { code: 4013, msg: "request rate limit" } };
const inSandbox = () => ({ fetch: () => Promise.reject(named("NotCapable")) });
const NO_NAME = new TypeError("fetch failed", { cause: new Error("dns error") });

/** Code that signs a JWT, with three wrong claims. */
const PASTED_CODE = `const jwt = sign({
  iss: "1127900106117",
  aud: "https://api.coze.cn",
  iat: Date.now(),
  exp: Date.now() + 600,
}, privateKey, { algorithm: "RS256", keyid });
`;

/** All scenes. */
export const SCENES: readonly Scene[] = [
  { name: "short_help", args: [] },
  { name: "help", args: ["--help"] },
  ...[...Object.keys(COMMANDS), "bot"].map((command): Scene => ({
    name: `help_${command.replace(" ", "_")}`,
    args: [...command.split(" "), "--help"],
  })),
  { name: "usage_command", args: ["login"] },
  { name: "usage_flag", args: ["token", "--clientid", CLIENT_ID] },

  { name: "token", args: ["token"] },
  { name: "token_json", args: ["token", "--json"] },
  { name: "token_header", args: ["token", "--header"] },
  { name: "inspect", args: ["inspect"] },
  {
    name: "inspect_pasted",
    args: ["inspect", "-"],
    world: () => ({ stdin: FIRST_ATTEMPT, now: () => PASTED_AT }),
  },

  {
    name: "doctor_wrong_region",
    args: ["doctor", "--other-region"],
    world: internationalApp,
  },
  {
    name: "doctor_not_the_pair",
    args: ["doctor"],
    world: () => ({ files: keys(otherPkcs8Pem()) }),
  },
  {
    name: "doctor_clock",
    args: ["doctor"],
    world: () => ({ now: () => NOW + 3_600_000 }),
  },
  { name: "doctor_healthy", args: ["doctor"] },
  { name: "doctor_offline", args: ["doctor", "--offline"] },
  { name: "doctor_sandbox", args: ["doctor"], world: inSandbox },
  { name: "doctor_pasted", args: ["doctor", "-"], world: () => ({ stdin: PASTED_CODE }) },
  {
    name: "doctor_shadowed",
    args: ["doctor", "--offline"],
    world: () => ({
      files: { ...keys(), "keys/coze_oauth_config.json": '{"client_id":"1127900106118"}' },
    }),
  },
  {
    name: "doctor_environment",
    args: ["doctor", "--offline"],
    world: () => ({ env: { COZE_CLIENT_ID: "1127900106118" } }),
  },
  {
    name: "doctor_misspelt",
    args: ["doctor", "--offline"],
    world: () => ({ files: keys(pkcs8Pem(), "COZE_CLIENTID=1\ncoze_key_id=2\nOTHER=3\n") }),
  },

  { name: "refused_3_configuration", args: ["token"], world: () => ({ files: {} }) },
  { name: "refused_4_key", args: ["token"], world: () => ({ files: keys(publicPem()) }) },
  {
    name: "refused_5_refused",
    args: ["token", "--duration", "1h"],
    world: () => coze({ keys: {} }),
  },
  { name: "refused_5_refused_json", args: ["token", "--json"], world: () => coze({ keys: {} }) },
  {
    name: "refused_6_resource",
    args: ["workspaces"],
    world: () => coze({ permissions: ["chat"] }),
  },
  { name: "refused_6_not_published", args: ["chat", "你好", "--bot", DRAFT], world: withBots },
  ...NEEDED.map((missing): Scene => ({
    name: `refused_6_without_${missing}`,
    args: CREATE,
    world: () => coze({ permissions: NEEDED.filter((each) => each !== missing) }),
  })),
  {
    name: "refused_6_draft_without_chat",
    args: CREATE.filter((arg) => arg !== "--publish"),
    world: () => coze({ permissions: ["listBot", "createBot"] }),
  },
  {
    name: "refused_7_rate",
    args: ["token"],
    world: () => coze({}, { faults: Array(9).fill(TOO_MANY) }),
  },
  {
    name: "refused_8_network",
    args: ["token"],
    world: () => ({ fetch: () => Promise.reject(NO_NAME) }),
  },
  {
    name: "refused_8_emulator_not_running",
    args: ["token", "--base-url", "http://127.0.0.1:8787"],
    world: () => ({
      fetch: () =>
        Promise.reject(new TypeError("fetch failed", { cause: new Error("Connection refused") })),
    }),
  },
  ...["fail", "error", "stop"].map((trouble): Scene => ({
    name: `refused_8_chat_${trouble}`,
    args: ["chat", `/${trouble} 你好`, "--bot", BOT],
    world: withBots,
  })),
  { name: "refused_9_sandbox", args: ["token"], world: inSandbox },

  { name: "explain", args: ["explain"] },
  { name: "explain_number", args: ["explain", "4101"] },
  { name: "explain_code", args: ["explain", "clock-skew"] },
  { name: "init", args: ["init"], world: () => ({ files: {} }) },
  { name: "init_ready", args: ["init"] },
  { name: "keygen", args: ["keygen"], world: () => ({ files: {} }) },

  { name: "workspaces", args: ["workspaces"] },
  {
    name: "bot_create",
    args: [
      ...["bot", "create", "node-chat2", "--workspace", WORKSPACE],
      ...["--prompt", "你是一个友好的助手。", "--publish", "--say", "你好"],
    ],
  },
  { name: "bot", args: ["bot"] },
  { name: "bot_publish", args: ["bot", "publish", DRAFT], world: withBots },
  { name: "bot_list", args: ["bot", "list", "--workspace", WORKSPACE], world: withBots },
  {
    name: "chat",
    args: ["chat", "/suggest 你好", "--bot", BOT, "--user", "user 7"],
    world: withBots,
  },
  { name: "emulator", args: ["emulator"], world: listening },
  { name: "emulator_keys", args: ["emulator", "--keys", "demo"], world: listening },
];
