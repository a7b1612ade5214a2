import type { Code } from "../words/words.ts";
import type { Finding } from "./facts.ts";

// deno-fmt-ignore
const EXIT_CODES: Readonly<Record<Code, number>> = {
  "interrupted": 130, "unexpected": 1,
  // usage
  "usage": 2, "usage-no-terminal": 2, "duration-out-of-range": 2, "file-exists": 2,
  "file-unwritable": 2,
  // configuration
  "config-missing": 3, "config-shadowed": 3, "config-mixed-sources": 3, "config-file-malformed": 3,
  "config-wrong-client-type": 3, "client-id-malformed": 3, "client-id-is-web-client": 3,
  "client-id-looks-like-bot-id": 3, "ids-swapped": 3, "key-id-malformed": 3,
  "key-id-is-public-key": 3, "base-url-not-api": 3, "base-url-lookalike": 3,
  "base-url-insecure": 3,
  // key
  "key-file-missing": 4, "key-file-unreadable": 4, "key-is-public": 4, "key-is-encrypted": 4,
  "key-is-openssh": 4, "key-not-rsa": 4, "key-too-short": 4, "key-damaged": 4, "key-is-a-path": 4,
  "key-repaired": 4, "key-several-blocks": 4, "key-file-mode": 4, "key-symlink": 4,
  // refused by the token endpoint, or would be
  "client-refused": 5, "wrong-region": 5, "key-id-unknown": 5, "key-mismatch": 5,
  "client-id-unknown": 5, "clock-skew": 5, "assertion-lifetime": 5, "app-type-wrong": 5,
  "app-disabled": 5, "connector-not-bound": 5, "login-session-invalid": 5, "scope-rejected": 5,
  "account-path-refused": 5, "redirected": 5, "token-invalid": 5,
  "wire-no-bearer": 5, "wire-assertion-in-body": 5, "wire-bearer-malformed": 5,
  "wire-not-an-assertion": 5, "wire-wrong-endpoint": 5, "wire-body-invalid": 5,
  "wire-claims-invalid": 5,
  // permission or resource
  "api-refused": 6, "permission-missing": 6, "scope-narrows": 6, "workspace-not-granted": 6,
  "bot-not-published": 6, "bot-exists": 6, "resource-not-found": 6, "conversation-busy": 6,
  "request-invalid": 6, "content-refused": 6,
  // rate or quota
  "rate-limited": 7, "quota-exhausted": 7,
  // network or server
  "dns-failure": 8, "connection-refused": 8, "connection-lost": 8, "timeout": 8,
  "tls-untrusted": 8, "proxy-refused": 8, "answer-invalid": 8, "server-fault": 8, "model-fault": 8,
  // sandbox
  "sandbox-net": 9, "sandbox-read": 9, "sandbox-write": 9,
};

export function exitCodeOf(code: Code): number {
  return EXIT_CODES[code];
}

/** The exit code for findings: that of the first error. */
export function exitCodeFor(findings: readonly Finding[]): number {
  const first = findings.find(({ severity }) => severity === "error");
  return first ? exitCodeOf(first.code) : 0;
}
