/** Every code of an error or a finding, by kind. Each kind has one exit code. */
// deno-fmt-ignore
export const KINDS = {
  usage: { exitCode: 2, codes: ["usage", "usage-no-terminal", "duration-out-of-range",
    "file-exists", "file-unwritable"] },
  configuration: { exitCode: 3, codes: ["config-missing", "config-shadowed",
    "config-mixed-sources", "config-file-malformed", "config-wrong-client-type",
    "client-id-malformed", "client-id-is-web-client", "client-id-looks-like-bot-id",
    "ids-swapped", "key-id-malformed", "key-id-is-public-key", "base-url-not-api",
    "base-url-lookalike", "base-url-insecure"] },
  key: { exitCode: 4, codes: ["key-file-missing", "key-file-unreadable", "key-is-public",
    "key-is-encrypted", "key-is-openssh", "key-not-rsa", "key-too-short", "key-damaged",
    "key-is-a-path", "key-repaired", "key-several-blocks", "key-file-mode", "key-symlink"] },
  // The token endpoint refuses the request, or would refuse the pasted one.
  refusal: { exitCode: 5, codes: ["client-refused", "wrong-region", "key-id-unknown",
    "key-mismatch", "client-id-unknown", "clock-skew", "assertion-lifetime", "app-type-wrong",
    "app-disabled", "connector-not-bound", "login-session-invalid", "scope-rejected",
    "account-path-refused", "redirected", "token-invalid", "wire-no-bearer",
    "wire-assertion-in-body", "wire-bearer-malformed", "wire-not-an-assertion",
    "wire-wrong-endpoint", "wire-body-invalid", "wire-claims-invalid", "wire-typography",
    "secret-pasted"] },
  permission: { exitCode: 6, codes: ["api-refused", "permission-missing", "scope-narrows",
    "workspace-not-granted", "bot-not-published", "bot-exists", "resource-not-found",
    "conversation-busy", "request-invalid", "content-refused"] },
  limit: { exitCode: 7, codes: ["rate-limited", "quota-exhausted"] },
  network: { exitCode: 8, codes: ["dns-failure", "connection-refused", "connection-lost",
    "timeout", "tls-untrusted", "proxy-refused", "answer-invalid", "server-fault",
    "model-fault"] },
  sandbox: { exitCode: 9, codes: ["sandbox-net", "sandbox-read", "sandbox-write"] },
  interrupted: { exitCode: 130, codes: ["interrupted"] },
  unexpected: { exitCode: 1, codes: ["unexpected"] },
} as const;

/** A kind of problem. */
export type Kind = keyof typeof KINDS;

/** The code of an error or a finding, stable over versions. */
export type FindingCode = (typeof KINDS)[Kind]["codes"][number];

const KIND_OF = new Map<FindingCode, Kind>(
  Object.entries(KINDS).flatMap(([kind, { codes }]) => codes.map((code) => [code, kind as Kind])),
);

/** The kind of a code. */
export function kindOf(code: FindingCode): Kind {
  return KIND_OF.get(code)!;
}

/** Whether the token endpoint judged the request and refused it. */
export function isRefusal(code: FindingCode): boolean {
  return kindOf(code) === "refusal" && code !== "redirected";
}

/** The exit code of a code. */
export function exitCodeOf(code: FindingCode): number {
  return KINDS[kindOf(code)].exitCode;
}

/** The exit code of the first error, or 0. */
export function exitCodeFor(findings: readonly { code: FindingCode; severity: string }[]): number {
  const first = findings.find(({ severity }) => severity === "error");
  return first ? exitCodeOf(first.code) : 0;
}
