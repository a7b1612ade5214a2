import type { FindingCode } from "../doctor/codes.ts";
import type { Facts, Origin, Value } from "../doctor/facts.ts";
import { nearest } from "../doctor/nearest.ts";
import { CozeError } from "../error.ts";
import { quote } from "../redact.ts";
import { DEFAULT_BASE_URL } from "../token_request.ts";
import { type Arguments, directoryOf, valueError } from "./arguments.ts";
import { malformed, readEnvFile } from "./env_file.ts";
import type { Io } from "./io.ts";
import { readJsonFile } from "./json_file.ts";
import { type KeySource, loadKey } from "./key_file.ts";
import type { Redactor } from "./redactor.ts";

/** Names of each value: in environment and .env in this order, in the JSON file, as a flag. */
const NAMES = {
  clientId: {
    flag: "client-id",
    variables: ["COZE_CLIENT_ID", "COZE_JWT_OAUTH_CLIENT_ID"],
    member: "client_id",
  },
  keyId: {
    flag: "key-id",
    variables: ["COZE_KEY_ID", "COZE_PUBLIC_KEY", "COZE_JWT_OAUTH_PUBLIC_KEY_ID"],
    member: "public_key_id",
  },
  keyPath: {
    flag: "key-file",
    variables: ["COZE_PRIVATE_KEY_PATH", "COZE_JWT_OAUTH_PRIVATE_KEY_FILE_PATH"],
  },
  keyText: { variables: ["COZE_PRIVATE_KEY", "COZE_JWT_OAUTH_PRIVATE_KEY"], member: "private_key" },
  baseUrl: {
    flag: "base-url",
    variables: ["COZE_BASE_URL", "COZE_API_BASE"],
    member: "coze_api_base",
  },
  region: { flag: "region", variables: ["COZE_REGION"] },
  clientType: { variables: [], member: "client_type" },
  workspaceId: { flag: "workspace", variables: ["COZE_WORKSPACE_ID"] },
  botId: { flag: "bot", variables: ["COZE_BOT_ID"] },
} as const;

const REGIONS: Readonly<Record<string, string>> = {
  cn: "https://api.coze.cn",
  com: "https://api.coze.com",
};

/** What a command works with: facts for the rules, and the imported key. */
export interface Configuration {
  facts: Facts;
  /** Absent when the key cannot be used; the facts say why. */
  privateKey?: CryptoKey;
}

type Source = Omit<Value, "lost">;

/**
 * Collects the configuration with its provenance: flag, environment, .env, JSON file, default.
 *
 * @param args The command line.
 * @param io The outside world.
 * @param redactor Learns every secret before anything can be printed.
 * @param withFingerprints Whether the facts need the candidates for the key id.
 * @param problems Collects what is wrong with the files, so that the rest is looked at all the same;
 *   without it the first problem is thrown.
 * @returns Facts and key; what is missing or wrong is a matter of the rules.
 * @throws {CozeError} `config-file-malformed`, `sandbox-read`, `usage-value`
 */
export async function loadConfiguration(
  args: Arguments,
  io: Io,
  redactor: Redactor,
  withFingerprints: boolean,
  problems?: CozeError<FindingCode>[],
): Promise<Configuration> {
  const pass = (error: CozeError<FindingCode>) => {
    if (!problems) throw error;
    // Two files of one directory are out of reach for one reason.
    if (!problems.some(({ code }) => code === "sandbox-read")) problems.push(error);
  };
  const directory = directoryOf(args) ?? "keys";
  const envPath = `${directory}/.env`;
  const jsonPath = `${directory}/coze_oauth_config.json`;
  const [envBytes, jsonBytes] = await Promise.all([
    readOptional(io, envPath, directory).catch(pass),
    readOptional(io, jsonPath, directory).catch(pass),
  ]);
  const parse = <T>(bytes: Uint8Array | void, read: (bytes: Uint8Array) => T): T | undefined => {
    try {
      return bytes ? read(bytes) : undefined;
    } catch (error) {
      pass(error as CozeError<FindingCode>);
    }
  };
  const envFile = parse(envBytes, (bytes) => readEnvFile(bytes, envPath)) ?? {};
  const jsonFile = parse(jsonBytes, (bytes) => readJsonFile(bytes, jsonPath)) ?? {};

  const collect = (name: keyof typeof NAMES): Source[] => {
    const { flag, variables, member } = NAMES[name] as {
      flag?: string;
      variables: readonly string[];
      member?: string;
    };
    const sources: Source[] = [];
    const add = (origin: Origin, source: string, text?: string) => {
      if (text !== undefined && text !== "") sources.push({ origin, source, text });
    };
    if (flag) add("flag", `--${flag}`, args.value(flag));
    for (const name of variables) add("environment", `${name} (environment)`, io.env(name));
    for (const name of variables) add("env-file", `${envPath} ${name}`, envFile[name]);
    if (member) add("json-file", `${jsonPath} ${member}`, jsonFile[member]);
    return sources;
  };

  const keyTexts = collect("keyText");
  for (const { text } of keyTexts) redactor.add(text);
  const keySources: KeySource[] = [
    ...collect("keyPath").map((source) => ({ ...source, isPath: true })),
    ...keyTexts.map((source) => ({ ...source, isPath: false })),
    { origin: "default", source: "default", text: `${directory}/private_key.pem`, isPath: true },
  ];
  const { key, privateKey } = await loadKey(keySources, {
    directory,
    io,
    redactor,
    withFingerprints,
  });

  const names = Object.values(NAMES).flatMap(({ variables }): readonly string[] => variables);
  const misspelt = Object.keys(envFile).filter((name) => !names.includes(name))
    .map((name) => ({ name: quote(name, 60), meant: nearest(name.toUpperCase(), names, 3) ?? "" }))
    .filter(({ meant }) => meant !== "");
  const clientId = choose(collect("clientId"));
  const keyId = choose(collect("keyId"));
  const clientType = choose(collect("clientType"));
  const workspaceId = choose(collect("workspaceId"));
  const botId = choose(collect("botId"));
  const endpoints = [
    ...collect("baseUrl"),
    ...collect("region").flatMap((source) => baseUrlOf(source, pass)),
    { origin: "default", source: "default", text: DEFAULT_BASE_URL } as const,
  ].sort((a, b) => ORIGINS.indexOf(a.origin) - ORIGINS.indexOf(b.origin));
  return {
    facts: {
      directory,
      ...(problems?.length && { unreadable: problems }),
      ...(misspelt.length > 0 && { misspelt }),
      ...(clientId && { clientId }),
      ...(keyId && { keyId }),
      baseUrl: choose(endpoints)!,
      key,
      ...(clientType && { clientType }),
      ...(workspaceId && { workspaceId }),
      ...(botId && { botId }),
    },
    ...(privateKey && { privateKey }),
  };
}

const ORIGINS: readonly Origin[] = ["flag", "environment", "env-file", "json-file", "default"];

/** The first source wins; a default is no rival of anything. */
function choose(sources: readonly Source[]): Value | undefined {
  const [winner, ...others] = sources;
  if (!winner) return undefined;
  const lost = others
    .filter(({ origin, text }) => origin !== "default" && text !== winner.text)
    .map(({ source }) => source);
  return { ...winner, lost };
}

function baseUrlOf(value: Source, pass: (error: CozeError<FindingCode>) => void): Source[] {
  const { origin, source, text } = value;
  if (Object.hasOwn(REGIONS, text)) return [{ ...value, text: REGIONS[text]! }];
  if (origin === "flag") throw valueError(source, "cn, com");
  const details = { source, reason: "region" };
  pass(new CozeError("config-file-malformed", `Cannot use the region of ${source}`, details));
  return [];
}

async function readOptional(
  io: Io,
  path: string,
  directory: string,
): Promise<Uint8Array | undefined> {
  try {
    return await io.readFile(path);
  } catch (error) {
    const { name } = error as Error;
    if (name === "NotFound") return undefined;
    if (name !== "NotCapable") throw malformed(path, "unreadable", 1, 1);
    const message = `Cannot read ${path} without --allow-read=${directory}`;
    throw new CozeError("sandbox-read", message, { path, directory });
  }
}
