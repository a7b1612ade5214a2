import type { ApiRead } from "./api_read.ts";
import type { FindingCode } from "./kinds.ts";
import type { ErrorDetails, ServerAnswer } from "../error.ts";
import type { Fingerprints } from "../fingerprint.ts";
import type { Repair } from "../pem.ts";
import type { TokenRequest } from "../token_request.ts";
import type { Finding } from "./finding.ts";
import type { Observation } from "./inquiry/observation.ts";

/** Where a value came from, in the order in which the first one wins. */
export type Origin = "flag" | "environment" | "env-file" | "json-file" | "default" | "argument";

/** One configured value with its provenance. */
export interface Value {
  text: string;
  origin: Origin;
  /** For people: `--client-id`, `keys/.env COZE_CLIENT_ID`, `default`. */
  source: string;
  /** Sources that hold another value for the same thing and lost. */
  lost: string[];
}

/** What is known of the private key. Never the key itself. */
export interface KeyFacts {
  /** Where the key came from; its `text` is the path, or empty when the key itself was given. */
  from: Value;
  /** Why the key cannot be used, when it cannot. */
  error?: { code: FindingCode; details: ErrorDetails };
  bits?: number;
  repairs?: Repair[];
  blocks?: number;
  fingerprints?: Fingerprints;
  /** Other key files in the keys directory. */
  beside?: readonly string[];
  /** The file that holds it; absent when it comes from the environment. */
  file?: string;
  /** Permission bits of that file; absent on Windows. */
  mode?: number;
  /** Where the file really is, when that is outside the real path of its directory. */
  linkTarget?: string;
}

/** A wrong name, and what it was most likely meant to be. */
export interface Rename {
  from: string;
  to: string;
  /** The file it stands in; absent for the environment. */
  file?: string;
}

/** Everything the rules may look at: plain values, collected before, so that rules are pure. */
export interface Facts {
  /** The keys directory as the user names it. */
  directory: string;
  /** What is wrong with the files of the configuration. */
  unreadable?: readonly { code: FindingCode; details: ErrorDetails }[];
  /** Whether the keys directory has a .env. */
  hasEnvFile?: boolean;
  /** Wrong names of values that are not set. */
  renames?: readonly Rename[];
  /** Variables of App ID and key id that the sandbox hides. */
  deniedVariables?: readonly string[];
  clientId?: Value;
  keyId?: Value;
  baseUrl: Value;
  key?: KeyFacts;
  /** `client_type` of coze_oauth_config.json. */
  clientType?: Value;
  /** The workspace and the bot that a command works with. */
  workspaceId?: Value;
  botId?: Value;
  /** What is asked for. */
  request?: TokenRequest;
  /** The answer of the token endpoint, when it refused. */
  refusal?: { code: FindingCode; details: ErrorDetails; server?: ServerAnswer };
  /** What the token endpoint was asked, and how it answered, when a doctor asked it. */
  observations?: readonly Observation[];
  /** What a doctor concludes from that. */
  probed?: readonly Finding[];
  /** How the API answered a read with the token that was obtained. */
  apiRead?: ApiRead;
}
