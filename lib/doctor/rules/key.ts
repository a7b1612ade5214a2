import type { FindingCode } from "../kinds.ts";
import type { Facts } from "../facts.ts";
import { type Finding, found } from "../finding.ts";

/** The key cannot be used, or is too short. */
export function unusableKey({ key, unreadable = [] }: Facts): Finding[] {
  // When the sandbox hides the other files too, `unreadableFiles` reports it.
  const hidden = ({ code }: { code: FindingCode }) => code === "sandbox-read";
  if (!key || (key.error && hidden(key.error) && unreadable.some(hidden))) return [];
  const { error, from: { origin } } = key;
  // `missingValues` reports it with the other missing values.
  if (error?.code === "config-missing") return [];
  // The key, or the rest of it, may be in a file that could not be read.
  const isInUnreadable = (origin === "default" && error?.code === "key-file-missing") ||
    (origin === "env-file" && error?.code === "key-damaged");
  if (isInUnreadable && unreadable.length > 0) return [];
  const { source } = key.from;
  if (error) return found(error.code, { ...error.details, source });
  // RFC 7518 3.3: a key of 2048 bits or more must be used.
  return key.bits! < 2048 ? found("key-too-short", { source, bits: key.bits! }) : [];
}

/** The key works, but its text had to be repaired, or its file is unusual. */
export function unusualKeyFile({ key }: Facts): Finding[] {
  if (!key) return [];
  const { from: { source }, blocks = 1, mode = 0, file = "", linkTarget: target, repairs = [] } =
    key;
  const bits = (mode & 0o777).toString(8).padStart(4, "0");
  return [
    ...(blocks > 1 ? found("key-several-blocks", { source, blocks }, "warning") : []),
    ...(mode & 0o77 ? found("key-file-mode", { source, mode: bits, path: file }, "warning") : []),
    ...(target === undefined ? [] : found("key-symlink", { source, target }, "warning")),
    ...(repairs.length > 0
      ? found("key-repaired", { source, repairs: repairs.join(", ") }, "note")
      : []),
  ];
}
