// The one table of commands, flags and permissions. Parsing, help, completions, `deno task coze-jwt`,
// the tables of the documents and the audit test are made from it.

import type { Command, Flag, Table } from "./context.ts";

export type FlagName = keyof typeof FLAGS;
export type CommandName = keyof typeof COMMANDS;

export const FLAGS = {
  "client-id": { value: "ID" },
  "key-id": { value: "ID" },
  "key-file": { value: "FILE" },
  "region": { value: "cn|com", choices: ["cn", "com"] },
  "base-url": { value: "URL" },
  "duration": { value: "TIME" },
  "session-name": { value: "NAME" },
  "scope-permission": { value: "P", isRepeatable: true },
  "scope-bot": { value: "ID", isRepeatable: true },
  "account-id": { value: "ID" },
  "enterprise-id": { value: "ID" },
  "keys": { value: "DIR" },
  "timeout": { value: "TIME" },
  "header": { isPerRun: true },
  "env": { isPerRun: true },
  "offline": { isPerRun: true },
  "other-region": { isPerRun: true },
  "workspace": { value: "ID" },
  "bot": { value: "ID" },
  "prompt": { value: "TEXT" },
  "publish": {},
  "say": { value: "TEXT" },
  "user": { value: "ID" },
  "new": {},
  "conversation": { value: "ID" },
  "draft": {},
  "port": { value: "N" },
  "emulator": {},
  "json": { isPerRun: true },
  "lang": { value: "en|zh", choices: ["en", "zh"] },
  "trace": { isPerRun: true },
  "started-as": { value: "COMMAND", isPerRun: true },
  "help": { isPerRun: true },
  "version": { isPerRun: true },
} as const satisfies Readonly<Record<string, Flag>>;

/** Flags that several commands share, in the groups of `--help`; each group is `help.GROUP`. */
export const GROUPS = {
  app: ["client-id", "key-id", "key-file", "region", "base-url"],
  request: [
    ...["duration", "session-name", "scope-permission", "scope-bot"],
    ...["account-id", "enterprise-id"],
  ],
  call: ["keys", "timeout"],
  always: ["lang", "trace", "started-as", "help", "version"],
} as const satisfies Readonly<Record<string, readonly FlagName[]>>;

/** Flags that name an app, an account or a bot of the real Coze. */
const REAL_APP: FlagName[] = [...GROUPS.app, "account-id", "enterprise-id", "keys", "bot"];

/** Flags that exclude each other. */
export const CONFLICTS: readonly (readonly FlagName[])[] = [
  ["base-url", "region"],
  ["json", "header", "env"],
  ["account-id", "enterprise-id"],
  ["offline", "other-region"],
  ...REAL_APP.map((flag): FlagName[] => ["emulator", flag]),
];

const { app, request, call, always } = GROUPS;
/** Flags of every command that needs a token. */
const TOKEN = [...app, ...request, ...call, ...always, "json"] as const;

const CALLS_API = { net: ["api"], keys: "read" } as const;
/** `serve` has no `--session-name`: the broker gives each user a session of their own. */
const SERVED = TOKEN.filter((flag) => flag !== "session-name");

export const COMMANDS = {
  "token": {
    flags: ["header", "env", ...TOKEN],
    json: "{ accessToken, expiresAt (ms), logId }",
    ...CALLS_API,
    run: async (context) => await (await import("./commands/token.ts")).token(context),
  },
  "inspect": {
    operand: { form: "-", choices: ["-"] },
    flags: [...app, ...request, "keys", ...always, "json"],
    json: "{ schema, ok, exitCode, configuration, request, header, claims, verdicts, findings }",
    keys: "read",
    run: async (context) => await (await import("./commands/inspect.ts")).inspect(context),
  },
  "doctor": {
    operand: { form: "-", choices: ["-"] },
    flags: ["offline", "other-region", ...TOKEN],
    json: "{ schema, ok, exitCode, findings, facts, probes }",
    ...CALLS_API,
    run: async (context) => await (await import("./commands/doctor.ts")).doctor(context),
  },
  "explain": {
    operand: { form: "CODE" },
    flags: [...always, "json"],
    json: "{ code, exitCode, title, meaning, fix, example, source } | [{ code, exitCode, title }]",
    run: async (context) => await (await import("./commands/explain.ts")).explain(context),
  },
  "init": {
    flags: [...app, "keys", ...always, "json"],
    json: "{ directory, written, ready, missing, findings }",
    keys: "write",
    run: async (context) => await (await import("./commands/init.ts")).init(context),
  },
  "keygen": {
    flags: ["keys", ...always, "json"],
    json: "{ keyFile, publicKey, fingerprints }",
    keys: "write",
    run: async (context) => await (await import("./commands/keygen.ts")).keygen(context),
  },
  "workspaces": {
    flags: TOKEN,
    json: "[{ id, name, role, type }]",
    ...CALLS_API,
    run: async (context) => await (await import("./commands/workspaces.ts")).workspaces(context),
  },
  "bot create": {
    operand: { form: "NAME", required: "node-chat2" },
    flags: ["workspace", "prompt", "publish", "say", "user", "new", ...TOKEN],
    json: "{ botId, version, conversationId, chatId, answer }",
    ...CALLS_API,
    run: async (context) => await (await import("./commands/bot.ts")).createBot(context),
  },
  "bot publish": {
    operand: { form: "ID" },
    flags: ["bot", "workspace", "say", "user", ...TOKEN],
    json: "{ botId, version, conversationId, chatId, answer }",
    ...CALLS_API,
    run: async (context) => await (await import("./commands/bot.ts")).publishBot(context),
  },
  "bot list": {
    flags: ["workspace", ...TOKEN],
    json: "[{ id, name, description, isPublished, updatedAt (ms) }]",
    ...CALLS_API,
    run: async (context) => await (await import("./commands/bot.ts")).listBots(context),
  },
  "chat": {
    operand: { form: "TEXT" },
    flags: ["bot", "conversation", "draft", "user", ...TOKEN],
    json: "{ answer, conversationId, chatId, followUps, status }",
    ...CALLS_API,
    run: async (context) => await (await import("./commands/chat.ts")).chat(context),
  },
  "serve": {
    flags: ["port", "bot", "emulator", ...SERVED],
    json: "{ url, baseUrl, botId }",
    net: ["api", "loopback"],
    keys: "read",
    run: async (context) => await (await import("./commands/serve.ts")).serve(context),
  },
  "emulator": {
    flags: ["port", "keys", ...always, "json"],
    json: "{ url, clientId, keyId, keyFile, workspaceId }",
    net: ["loopback"],
    keys: "write",
    run: async (context) => await (await import("./commands/emulator.ts")).emulator(context),
  },
  "completions": {
    operand: { form: "SHELL", choices: ["bash", "zsh", "fish", "powershell"], required: "bash" },
    flags: always,
    run: async (context) => (await import("./commands/completions.ts")).completions(context, TABLE),
  },
  "help": {
    operand: { form: "COMMAND" },
    flags: always,
  },
  "version": { flags: always },
} as const satisfies Readonly<Record<string, Command & { flags: readonly FlagName[] }>>;

export const TABLE: Table = { commands: COMMANDS, flags: FLAGS, groups: GROUPS };

export function commandOf(name: string): Command | undefined {
  return Object.hasOwn(COMMANDS, name) ? COMMANDS[name as CommandName] : undefined;
}

export function flagOf(name: string): Flag | undefined {
  return Object.hasOwn(FLAGS, name) ? FLAGS[name as FlagName] : undefined;
}
