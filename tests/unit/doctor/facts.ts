import type { Facts, Value } from "../../../lib/doctor/facts.ts";
import type { Finding } from "../../../lib/doctor/finding.ts";

/** A value from the .env file. */
export function value(text: string, more: Partial<Value> = {}): Value {
  return { text, origin: "env-file", source: "keys/.env NAME", lost: [], ...more };
}

/** Facts of a setup with nothing wrong. */
export function healthy(more: Partial<Facts> = {}): Facts {
  return {
    directory: "keys",
    clientId: value("1127900106117"),
    keyId: value("_v0VjcMlLdQc3tRTD3jC5Xz29TUnKQOhtuD5k-gpyf4"),
    baseUrl: value("https://api.coze.cn", { origin: "default", source: "default" }),
    key: {
      from: value("keys/private_key.pem", { origin: "default", source: "keys/private_key.pem" }),
      bits: 2048,
      repairs: [],
      blocks: 1,
      mode: 0o100600,
    },
    ...more,
  };
}

export function codes(findings: Finding[]): string[] {
  return findings.map(({ code }) => code);
}
