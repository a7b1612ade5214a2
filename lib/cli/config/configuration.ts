import type { Facts, Origin, Rename } from "../../doctor/facts.ts";
import { CozeError } from "../../error.ts";
import { quote } from "../../redact.ts";
import { DEFAULT_BASE_URL } from "../../token_request.ts";
import { type Context, directoryOf, isInside } from "../context.ts";
import { isKeyText } from "../output.ts";
import { readEnvFile } from "./env_file.ts";
import { type KeySource, loadKey, mayOpenFile } from "./key_file.ts";
import { malformed, type Problem, readOptional, type Report } from "./text_file.ts";

/** The names of a value: flag, variables, JSON member. */
export interface Names {
  flag?: string;
  /** In the environment and in .env. The first one that is set wins. */
  variables: readonly string[];
  /** In coze_oauth_config.json. */
  member?: string;
}

// deno-fmt-ignore
export const NAMES = {
  clientId: { flag: "client-id", member: "client_id", variables: [
    "COZE_CLIENT_ID", "COZE_JWT_OAUTH_CLIENT_ID", "COZE_APP_ID", "COZE_JWT_APP_ID"] },
  keyId: { flag: "key-id", member: "public_key_id", variables: [
    "COZE_KEY_ID", "COZE_PUBLIC_KEY", "COZE_JWT_OAUTH_PUBLIC_KEY_ID"] },
  keyPath: { flag: "key-file", variables: [
    "COZE_PRIVATE_KEY_PATH", "COZE_JWT_OAUTH_PRIVATE_KEY_FILE_PATH"] },
  keyText: { member: "private_key", variables: ["COZE_PRIVATE_KEY", "COZE_JWT_OAUTH_PRIVATE_KEY"] },
  baseUrl: { flag: "base-url", member: "coze_api_base", variables: [
    "COZE_BASE_URL", "COZE_API_BASE"] },
  region: { flag: "region", variables: ["COZE_REGION"] },
  clientType: { member: "client_type", variables: [] },
  workspaceId: { flag: "workspace", variables: ["COZE_WORKSPACE_ID"] },
  botId: { flag: "bot", variables: ["COZE_BOT_ID"] },
} satisfies Record<string, Names>;
type ValueName = keyof typeof NAMES;

const ORIGINS: readonly Origin[] = ["flag", "environment", "env-file", "json-file", "default"];

export interface Configuration {
  facts: Facts;
  /** Absent when the key cannot be used; the facts say why. */
  privateKey?: CryptoKey;
}

export interface LoadOptions {
  /** Also collect what only a diagnosis needs: fingerprints, other key files. */
  withFingerprints?: boolean;
  /** Collects the problems of the files; when absent, the first one is thrown. */
  problems?: Problem[];
}

type Source = Omit<KeySource, "lost">;

/**
 * Collects the configuration with its sources: flag, environment, .env, JSON file, default. The
 * rules judge it. The redactor learns every secret before anything is printed.
 */
export async function loadConfiguration(
  { args, io, redactor, known }: Pick<Context, "args" | "io" | "redactor" | "known">,
  { withFingerprints = false, problems }: LoadOptions,
): Promise<Configuration> {
  const report: Report = (problem) => {
    if (!problems) throw problem;
    // One sandbox error for the directory is enough.
    if (!problems.some(({ code }) => code === "sandbox-read")) problems.push(problem);
  };
  const directory = directoryOf(args) ?? "keys";
  const read = async (path: string, load: () => Promise<typeof readEnvFile>) => {
    try {
      const bytes = await readOptional(io, path);
      return bytes && (await load())(bytes, path, report);
    } catch (error) {
      if (!(error instanceof CozeError)) throw error;
      report(error);
      return {};
    }
  };
  const envPath = `${directory}/.env`;
  const jsonPath = `${directory}/coze_oauth_config.json`;
  const [envFile, jsonFile] = await Promise.all([
    read(envPath, () => Promise.resolve(readEnvFile)),
    read(jsonPath, async () => {
      const { readJsonFile } = await import("./json_file.ts");
      return (bytes, path, report) => readJsonFile(bytes, path, MEMBERS, report);
    }),
  ]);

  const collect = (value: ValueName): Source[] => {
    const { flag, variables, member }: Names = NAMES[value];
    const sources: Source[] = [];
    const add = (origin: Origin, source: string, text?: string | null, file?: string) => {
      if (!text || (origin !== "flag" && text.trim() === "")) return;
      if (isKeyText(text)) redactor.add(text);
      sources.push({ origin, source, text, file });
    };
    if (flag) add("flag", `--${flag}`, args.value(flag));
    for (const name of variables) add("environment", `${name} (environment)`, io.env(name));
    for (const name of variables) add("env-file", `${envPath} ${name}`, envFile?.[name], envPath);
    if (member) add("json-file", `${jsonPath} ${member}`, jsonFile?.[member], jsonPath);
    return sources;
  };

  const keyTexts = collect("keyText");
  for (const { text } of keyTexts) redactor.add(text);
  const keyPath = `${directory}/private_key.pem`;
  const keySource = choose([
    ...collect("keyPath").map((value) => {
      if (isKeyText(value.text)) return value;
      // A printed `chmod` would take `-key.pem` for a flag.
      const path = value.text.trim().replace(/^-/, "./-");
      return {
        ...value,
        source: `${path} (${value.source})`,
        text: path,
        file: path,
        isPath: true,
      };
    }),
    ...keyTexts,
    { origin: "default", source: keyPath, text: keyPath, file: keyPath, isPath: true },
  ])!;
  const { isPath, text, lost } = keySource;
  if (isPath && !isInside(text, directory) && mayOpenFile(keySource)) known.file = text;
  // The default file is overridden only when it exists.
  if (text !== keyPath && await io.fileFacts(keyPath).catch(() => undefined)) lost.push(keyPath);
  const options = { directory, io, redactor, withFingerprints };
  const { key, privateKey } = await loadKey(keySource, options);

  const endpoints: Source[] = [
    ...collect("baseUrl"),
    ...collect("region").flatMap((region) => {
      if (/^(?:cn|com)$/.test(region.text)) {
        return { ...region, text: `https://api.coze.${region.text}` };
      }
      report(malformed(region.source, "region"));
      return [];
    }),
    { origin: "default", source: "default", text: DEFAULT_BASE_URL },
  ];
  const order = ({ origin }: Source) => ORIGINS.indexOf(origin);
  const baseUrl = choose(endpoints.sort((a, b) => order(a) - order(b)))!;
  known.baseUrl = baseUrl.text;

  const clientId = choose(collect("clientId"));
  const keyId = choose(collect("keyId"));
  const unknown = async (names: readonly string[], file?: string) => {
    const renames: Rename[] = [];
    // Compare at most 500 names, which takes milliseconds, and report at most five.
    for (const name of names.filter((name) => !VALUE_OF.has(name)).slice(0, 500)) {
      if (renames.length === 5) break;
      const value = await meantBy(name);
      if (!value || collect(value).length > 0) continue;
      renames.push({ from: quote(name, 60), to: NAMES[value].variables[0]!, file });
    }
    return renames;
  };
  const facts: Facts = {
    directory,
    unreadable: problems,
    hasEnvFile: envFile !== undefined,
    renames: [
      ...await unknown(Object.keys(envFile ?? {}), envPath),
      // Other variables belong to other programs.
      ...await unknown(io.envNames().filter((name) => OURS.test(name))),
    ],
    // A binary takes no flags of Deno.
    deniedVariables: ["COZE_CLIENT_ID", "COZE_KEY_ID", "COZE_PRIVATE_KEY"]
      .filter((name) => !io.isBinary && io.env(name) === null),
    clientId,
    keyId,
    baseUrl,
    key,
    // The type in the JSON file is that of its own App ID only.
    clientType: clientId && clientId.origin !== "json-file"
      ? undefined
      : choose(collect("clientType")),
    workspaceId: choose(collect("workspaceId")),
    botId: choose(collect("botId")),
  };
  return { facts, privateKey };
}

/** The first source wins. A default is never reported as overridden. */
function choose([winner, ...others]: readonly Source[]): KeySource | undefined {
  if (!winner) return undefined;
  const lost = others.filter(({ origin, text }) => origin !== "default" && text !== winner.text);
  return { ...winner, lost: lost.map(({ source }) => source) };
}

const ALL_NAMES = Object.entries(NAMES) as [ValueName, Names][];
const MEMBERS = ALL_NAMES.flatMap(([, { member }]) => member ?? []);
const VALUE_OF = new Map(
  ALL_NAMES.flatMap(([value, { variables }]) => variables.map((name) => [name, value] as const)),
);
/** The variable for the value of each flag. */
export const VARIABLE_OF: Readonly<Record<string, string>> = Object.fromEntries(
  ALL_NAMES.flatMap(([, { flag, variables }]) => flag ? [[flag, variables[0]!]] : []),
);
/** The variables of the environment that are read. */
export const VARIABLES: readonly string[] = [...VALUE_OF.keys()];

/** Names in the environment that may be meant for this program. */
const OURS = /COZE_|(?:CLIENT|APP|KEY)_ID$|^PUBLIC_KEY$/i;

/** Names after `COZE_` that people use for our values. */
const ELSEWHERE: readonly [RegExp, ValueName][] = [
  [/^(?:CLIENT|APP|APPLICATION)_?ID$/, "clientId"],
  [/^(?:PUBLIC_?)?KEY_?ID$|FINGERPRINT$|^KID$/, "keyId"],
  [/^(?:PRIVATE_?)?(?:KEY|PEM)_(?:FILE|PATH)/, "keyPath"],
  [/^PRIVATE_?KEY/, "keyText"],
  [/^(?:BASE_)?(?:URL|HOST|ENDPOINT)$/, "baseUrl"],
];

/** The value that an unknown name most likely means. */
async function meantBy(name: string): Promise<ValueName | undefined> {
  // Front-end tools require a prefix.
  const bare = name.toUpperCase().replace(/^(?:VITE|NEXT_PUBLIC|REACT_APP)_|^.*_(?=COZE_)/, "");
  const { nearest } = await import("../../doctor/nearest.ts");
  // At most two letters: COZE_USER_ID of the SDKs differs from COZE_KEY_ID by three.
  const variable = VALUE_OF.has(`COZE_${bare}`)
    ? `COZE_${bare}`
    : nearest(bare, VALUE_OF.keys(), 2) ?? "";
  // Ids go by these names without `COZE_` too; a HOST or URL may be anything's.
  const elsewhere = /^(?:COZE_(?:API_|JWT_|OAUTH_)*|(?=\w+ID$))(\w+)$/.exec(bare)?.[1] ?? "";
  return VALUE_OF.get(variable) ?? ELSEWHERE.find(([pattern]) => pattern.test(elsewhere))?.[1];
}
