/** The commands, each in a file of its own that is loaded when it runs. */
export const COMMANDS = [
  "token",
  "inspect",
  "doctor",
  "explain",
  "init",
  "keygen",
  "workspaces",
  "bot",
  "bot create",
  "bot publish",
  "bot list",
  "chat",
  "emulator",
] as const;
/** The name of a command. */
export type Command = typeof COMMANDS[number];

export const COMMON = ["keys", "json", "lang", "trace", "timeout", "help", "version"];
export const CREDENTIALS = ["client-id", "key-id", "key-file", "base-url", "region"];
export const SCOPE = ["scope-bot", "scope-permission"];
export const REQUEST = ["duration", ...SCOPE, "session-name", "account-id", "enterprise-id"];
export const FLAGS: Readonly<Record<Command, readonly string[]>> = {
  token: [...COMMON, ...CREDENTIALS, ...REQUEST, "header"],
  inspect: [...COMMON, ...CREDENTIALS, ...REQUEST],
  doctor: [...COMMON, ...CREDENTIALS, ...REQUEST, "offline", "other-region"],
  explain: COMMON,
  init: [...COMMON, ...CREDENTIALS],
  keygen: COMMON,
  workspaces: [...COMMON, ...CREDENTIALS, ...REQUEST],
  // Alone it only says which three there are.
  bot: COMMON,
  "bot create": [
    ...[...COMMON, ...CREDENTIALS, ...REQUEST],
    ...["workspace", "prompt", "publish", "say", "new", "user"],
  ],
  "bot publish": [...COMMON, ...CREDENTIALS, ...REQUEST, "workspace", "bot", "say", "user"],
  "bot list": [...COMMON, ...CREDENTIALS, ...REQUEST, "workspace"],
  chat: [...COMMON, ...CREDENTIALS, ...REQUEST, "bot", "conversation", "draft", "user"],
  emulator: [...COMMON, "port"],
};
export const ALL_FLAGS = [...new Set(Object.values(FLAGS).flat())];
/** Flags without a value. */
export const SWITCHES = [
  ...["json", "trace", "help", "version", "header", "offline", "other-region"],
  ...["publish", "new", "draft"],
];
/** What may follow a command; nothing where it is not said. */
export const OPERANDS: Readonly<Partial<Record<Command, { form: string; pattern: RegExp }>>> = {
  inspect: { form: "-", pattern: /^-$/ },
  doctor: { form: "-", pattern: /^-$/ },
  explain: { form: "CODE", pattern: /^/ },
  "bot create": { form: "NAME", pattern: /^/ },
  "bot publish": { form: "ID", pattern: /^/ },
  chat: { form: '"TEXT"', pattern: /^/ },
};
const CALL = ["--allow-net=HOST", "--allow-read=KEYS"];
const READ = ["--allow-read=KEYS"];
const WRITE = ["--allow-read=KEYS", "--allow-write=KEYS"];
/**
 * The permissions that each command needs, as flags of Deno. `HOST` stands for the API host, `KEYS`
 * for the keys directory. The emulator needs the flags with `KEYS` only with `--keys`.
 */
export const PERMISSIONS: Readonly<Record<Command, readonly string[]>> = {
  token: CALL,
  inspect: READ,
  doctor: CALL,
  explain: [],
  init: WRITE,
  keygen: WRITE,
  workspaces: CALL,
  bot: [],
  "bot create": CALL,
  "bot publish": CALL,
  "bot list": CALL,
  chat: CALL,
  emulator: ["--allow-net=127.0.0.1", ...WRITE],
};
/** Pairs of flags that say different things about one matter. */
export const CONFLICTS = [["base-url", "region"], ["header", "json"], [
  "account-id",
  "enterprise-id",
], [
  "offline",
  "other-region",
]];

/**
 * Tells a flag without a value from the others.
 *
 * @param word A word of the command line, such as `--json`.
 */
export function isSwitch(word: string): boolean {
  return SWITCHES.includes(word.slice(2));
}
