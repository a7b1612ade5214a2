import en from "../words/en.json" with { type: "json" };
import type { Language } from "../words/words.ts";
import type { DescribedFinding } from "./finding.ts";
import zh from "../words/zh.json" with { type: "json" };
import { judgePasted as judge } from "./pasted/judge.ts";
import { describe } from "./report.ts";

/** Options of {@linkcode judgePasted}. */
export interface PastedOptions {
  /**
   * The language of the sentences.
   *
   * @default {"en"}
   */
  language?: Language;
  /**
   * The API host, such as `api.coze.com`, for which a JWT that stands alone is meant; without it,
   * the host of either region is right.
   */
  host?: string;
  /** The clock, in milliseconds since the epoch; `Date.now` by default. */
  now?: () => number;
}

/**
 * Judges a text as people paste it: a request to the token endpoint in any language or tool, a JWT,
 * an answer of Coze, settings. It sends nothing, and no finding quotes a secret of the text.
 *
 * A value that the text does not show, such as a variable, is not judged. The conditions of a JWT
 * are those of Coze's page oauth_jwt, section 2.
 *
 * @param text The text; what is beyond its first 65,536 characters is not looked at.
 * @param options Language, host and clock.
 * @returns Errors first, each with the line it is about; empty when nothing is wrong.
 *
 * @example
 * ```ts
 * import { judgePasted } from "@coze-jwt/coze-jwt/doctor";
 * import { assert } from "@std/assert";
 *
 * const [finding] = judgePasted(`
 *   curl https://api.coze.cn/api/permission/oauth2/token \\
 *     -d grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer -d assertion=$JWT
 * `);
 * assert(finding?.code === "wire-assertion-in-body" && finding.place?.line === 3);
 * ```
 */
export function judgePasted(text: string, options: PastedOptions = {}): DescribedFinding[] {
  const { language = "en", host, now = Date.now } = options;
  const { findings } = judge(text, { host, now: now() });
  const words = language === "zh" ? zh : en;
  return findings.map((finding) => describe(finding, words));
}
