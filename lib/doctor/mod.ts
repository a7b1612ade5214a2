/**
 * Finds out why Coze refuses to issue a token: first by rules that need no request, then by probes.
 * Each finding has a code, a certainty, its evidence and a fix.
 *
 * @example
 * ```ts
 * import { diagnose } from "@coze-jwt/coze-jwt/doctor";
 * import { assert } from "@std/assert";
 *
 * const { ok, findings } = await diagnose({
 *   clientId: "1127900106117.app.coze",
 *   keyId: "_v0VjcMlLdQc3tRTD3jC5Xz29TUnKQOhtuD5k-gpyf4",
 *   privateKey: "-----BEGIN PUBLIC KEY-----\n…\n-----END PUBLIC KEY-----\n",
 * }, { offline: true });
 * assert(!ok);
 * for (const { severity, code, title, fix } of findings) console.log(severity, code, title, fix);
 * ```
 *
 * @module
 */

export { type FindingCode, type Kind, KINDS } from "./kinds.ts";
export { diagnose, type DiagnoseOptions, type Diagnosis } from "./diagnose.ts";
export type { Language } from "../words/words.ts";
export type { DescribedFinding, Finding, Place } from "./finding.ts";
export { judgePasted, type PastedOptions } from "./judge_pasted.ts";
export type { ProbeName, ProbeReport } from "./inquiry/observation.ts";
