/**
 * Makes ids in the form of Coze's: 19 digits, the first a 7. They count up, so that each run gives
 * the same; the last digits differ, so that a client that reads ids as numbers mixes them up here
 * already.
 *
 * @returns A function that gives the next id.
 */
export function createIds(): () => string {
  let count = 0;
  return () => `75${String(++count).padStart(17, "0")}`;
}
