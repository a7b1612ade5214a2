import type { FindingCode } from "../kinds.ts";
import type { Facts } from "../facts.ts";
import type { Finding } from "../finding.ts";

/** A key that cannot be used, or is too short to be. */
export function unusableKey({ key, unreadable = [] }: Facts): Finding[] {
  // The sandbox that hides the key hides the other files too: that is said once.
  const hidden = ({ code }: { code: FindingCode }) => code === "sandbox-read";
  if (!key || (key.error && hidden(key.error) && unreadable.some(hidden))) return [];
  // It, or more of it, may stand in a file that could not be read.
  const { error, from: { origin } } = key;
  const isPart = (origin === "default" && error?.code === "key-file-missing") ||
    (origin === "env-file" && error?.code === "key-damaged");
  if (isPart && unreadable.length > 0) return [];
  const source = key.from.source;
  if (key.error) {
    const { code, details } = key.error;
    return [{ code, severity: "error", certainty: "proven", details: { ...details, source } }];
  }
  // RFC 7518 3.3: a key of 2048 bits or more must be used.
  return key.bits! < 2048
    ? [{
      code: "key-too-short",
      severity: "error",
      certainty: "proven",
      details: { source, bits: key.bits! },
    }]
    : [];
}

/** What was put right, and what is odd about the file. */
export function oddKeyFile({ key }: Facts): Finding[] {
  if (!key) return [];
  const source = key.from.source;
  const findings: Finding[] = [];
  const add = (
    code: Finding["code"],
    severity: Finding["severity"],
    details: Finding["details"],
  ) => findings.push({ code, severity, certainty: "proven", details: { source, ...details } });
  if ((key.blocks ?? 1) > 1) add("key-several-blocks", "warning", { blocks: key.blocks! });
  if (key.mode !== undefined && (key.mode & 0o77) !== 0) {
    const mode = (key.mode & 0o777).toString(8).padStart(4, "0");
    add("key-file-mode", "warning", { mode, path: key.file ?? "" });
  }
  if (key.linkTarget !== undefined) add("key-symlink", "warning", { target: key.linkTarget });
  if (key.repairs?.length) add("key-repaired", "note", { repairs: key.repairs.join(", ") });
  return findings;
}
