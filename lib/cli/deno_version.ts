/** The oldest version of Deno that the program runs on. */
export const LEAST_DENO = "2.5.0";

/**
 * Compares two versions.
 *
 * @param version A version, such as `2.9.6` or `2.10.0-rc.1`.
 * @param least Another one.
 * @returns Whether the first is older.
 */
export function isOlder(version: string, least: string): boolean {
  const [own, other] = [version, least].map((text) =>
    text.split(".").map((part) => parseInt(part))
  );
  const index = own!.findIndex((number, index) => number !== other![index]);
  return index >= 0 && own![index]! < other![index]!;
}

/**
 * Says that Deno is too old.
 *
 * @param version The version that runs.
 * @param language A language tag.
 * @returns One line, or nothing where Deno is new enough.
 */
export function denoTooOld(version: string, language: string): string | undefined {
  if (!isOlder(version, LEAST_DENO)) return undefined;
  return language.startsWith("zh")
    ? `coze-jwt 需要 Deno ${LEAST_DENO} 或更高版本，当前是 ${version}。请运行：deno upgrade`
    : `coze-jwt needs Deno ${LEAST_DENO} or newer, and this is ${version}. Run: deno upgrade`;
}
