import type { ErrorCode } from "../error.ts";

/** Every code a finding can carry: those of the library, and those that only a doctor finds. */
// deno-fmt-ignore
export type FindingCode =
  | ErrorCode
  // configuration
  | "config-shadowed" | "config-mixed-sources" | "config-file-malformed"
  | "config-wrong-client-type" | "client-id-is-web-client" | "client-id-looks-like-bot-id"
  | "ids-swapped" | "key-id-is-public-key" | "base-url-lookalike"
  // key
  | "key-file-missing" | "key-file-unreadable" | "key-too-short" | "key-repaired"
  | "key-several-blocks" | "key-file-mode" | "key-symlink" | "sandbox-read"
  // why the token endpoint refuses
  | "wrong-region" | "key-id-unknown" | "key-mismatch" | "client-id-unknown" | "clock-skew"
  | "assertion-lifetime" | "account-path-refused"
  // a pasted request
  | "wire-assertion-in-body" | "wire-bearer-malformed" | "wire-body-invalid" | "wire-wrong-endpoint"
  | "wire-claims-invalid"
  // after the token
  | "scope-narrows" | "workspace-not-granted";
