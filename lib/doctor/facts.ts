import type { ApiRead } from "./api_read.ts";
import type { FindingCode } from "./kinds.ts";
import type { ErrorDetails, ServerAnswer } from "../error.ts";
import type { Fingerprints } from "../fingerprint.ts";
import type { Repair } from "../pem.ts";
import type { TokenRequest } from "../token_request.ts";
import type { Finding } from "./finding.ts";
import type { Observation } from "./inquiry/observation.ts";

/** Where a value came from. An earlier origin hides a later one. */
export type Origin = "flag" | "environment" | "env-file" | "json-file" | "default" | "argument";

/** One configured value. */
export interface Value {
  text: string;
  origin: Origin;
  /** For people: `--client-id`, `keys/.env COZE_CLIENT_ID`, `default`. */
  source: string;
  /** Sources with another value, which is not used. */
  lost: string[];
}

/** Facts about the private key, never the key itself. */
export interface KeyFacts {
  /** `text` is the path, or empty when the key itself was given. */
  from: Value;
  /** Why the key cannot be used. */
  error?: { code: FindingCode; details: ErrorDetails };
  bits?: number;
  repairs?: Repair[];
  blocks?: number;
  fingerprints?: Fingerprints;
  /** Other key files in the keys directory. */
  beside?: readonly string[];
  /** The path of the key file; absent when the key comes from the environment. */
  file?: string;
  /** Permission bits of that file; absent on Windows. */
  mode?: number;
  /** The target of a symbolic link that leads out of the directory. */
  linkTarget?: string;
}

/** A misspelt name of a setting, and the correct name. */
export interface Rename {
  from: string;
  to: string;
  /** The file with this name; absent for an environment variable. */
  file?: string;
}

/** Everything that rules may use, collected before they run. */
export interface Facts {
  /** The keys directory, as the user typed it. */
  directory: string;
  /** Configuration files that cannot be read or parsed. */
  unreadable?: readonly { code: FindingCode; details: ErrorDetails }[];
  hasEnvFile?: boolean;
  /** Misspelt names, where the correct name is not set. */
  renames?: readonly Rename[];
  /** Environment variables that the program may not read. */
  deniedVariables?: readonly string[];
  clientId?: Value;
  keyId?: Value;
  baseUrl: Value;
  key?: KeyFacts;
  /** `client_type` of coze_oauth_config.json. */
  clientType?: Value;
  workspaceId?: Value;
  botId?: Value;
  /** The token to request. */
  request?: TokenRequest;
  /** Why the exchange failed. */
  refusal?: { code: FindingCode; details: ErrorDetails; server?: ServerAnswer };
  /** The requests that the doctor sent to the token endpoint. */
  observations?: readonly Observation[];
  /** What the doctor concludes from them. */
  probed?: readonly Finding[];
  /** The request to the API with the new token. */
  apiRead?: ApiRead;
}
