import type { ErrorCode } from "../error.ts";
import type { TokenStore } from "./token_store.ts";

/** What a provider did, for logs and metrics. It never holds a token, a key or a name of a user. */
export type TokenEvent =
  /** A token was at hand: in this process, or in the store. */
  | { type: "hit"; from: "memory" | "store" }
  /** A caller waits for an exchange that runs: in this process, or in another that has the lease. */
  | { type: "wait"; for: "exchange" | "lease" }
  /** Coze issued a token. */
  | {
    type: "exchange";
    /** How long it took, in milliseconds, retries included. */
    durationMs: number;
    /** How long the token lives, in milliseconds. */
    lifeMs: number;
    /** `X-Tt-Logid` of the answer. */
    logId?: string;
  }
  /** There is no new token. */
  | {
    type: "failure";
    of: "exchange";
    /** The code of the error; `unexpected` for what is none of this library's. */
    code: ErrorCode;
    /** `X-Tt-Logid` of the answer. */
    logId?: string;
    /** Whether a token that is still valid is served on, so that nobody sees the error. */
    served: boolean;
  }
  /** The store did not answer within two seconds, or with an error. This time it is done without. */
  | {
    type: "failure";
    of: "store";
    operation: keyof TokenStore;
    /** The error's name, such as `NotCapable`; `TimeoutError` when there was no answer. */
    reason: string;
  };
