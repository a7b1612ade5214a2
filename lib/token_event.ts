import type { ErrorCode } from "./error.ts";
import type { TokenStore } from "./token_store.ts";

/** What a provider did. It never contains a token, a key or the name of a user. */
export type TokenEvent =
  /** A token was at hand: in this process, or in the store. */
  | { type: "hit"; from: "memory" | "store" }
  /** A caller waits for a running exchange: of this process, or of another that holds the lock. */
  | { type: "wait"; for: "exchange" | "lock" }
  /** Coze issued a token. */
  | {
    type: "exchange";
    /** Milliseconds it took, retries included. */
    durationMs: number;
    /** Milliseconds the token lives. */
    lifeMs: number;
    /** `X-Tt-Logid` of the response. */
    logId?: string;
  }
  /** An exchange failed, or another process shared its refusal. */
  | {
    type: "failure";
    of: "exchange";
    /** The code of the error; `unexpected` for an error that is not a `CozeError`. */
    code: ErrorCode | "unexpected";
    logId?: string;
    /** Whether a valid token is served in the meantime, so that no caller sees the error. */
    served: boolean;
  }
  /** An operation of the store failed or took too long; the provider went on without it. */
  | {
    type: "failure";
    of: "store";
    operation: keyof TokenStore;
    /** The error's name, such as `NotCapable`; `TimeoutError` when there was no answer. */
    reason: string;
  };
