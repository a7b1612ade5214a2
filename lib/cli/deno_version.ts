/** The oldest version of Deno that the program runs on. */
export const LEAST_DENO = "2.5.0";

/**
 * Compares two versions.
 *
 * @param version A version, such as `2.9.6` or `2.10.0-rc.1`.
 * @param least The version to compare with.
 * @returns Whether the first is older.
 */
export function isOlder(version: string, least: string): boolean {
  const [actual, required] = [version, least].map((text) => text.split(".").map(Number.parseFloat));
  const index = actual!.findIndex((number, index) => number !== required![index]);
  return index >= 0 && actual![index]! < required![index]!;
}

/**
 * Says that Deno is too old.
 *
 * @param version The version that runs.
 * @param language A language tag, such as `zh-CN`.
 * @returns One line for the user, or `undefined` where Deno is new enough.
 */
export function denoProblem(version: string, language: string): string | undefined {
  if (!isOlder(version, LEAST_DENO)) return undefined;
  return language.startsWith("zh")
    ? `coze-jwt 需要 Deno ${LEAST_DENO} 或更高版本，当前是 ${version}。请运行：deno upgrade`
    : `coze-jwt needs Deno ${LEAST_DENO} or newer, and this is ${version}. Run: deno upgrade`;
}
