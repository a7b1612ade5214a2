import type { Observation, ProbeName } from "../../../lib/doctor/observation.ts";

/** A refusal of the token endpoint in these words. */
export function refused(
  name: ProbeName,
  words: string,
  more: Partial<Observation> = {},
): Observation {
  return {
    name,
    host: "api.coze.cn",
    outcome: "refused",
    code: "client-refused",
    details: { status: 401 },
    server: { status: 401, code: "invalid_client", message: words },
    words,
    clock: { seconds: 0, error: 1 },
    ms: 20,
    ...more,
  };
}

/** A token. */
export function granted(name: ProbeName): Observation {
  return { name, host: "api.coze.cn", outcome: "token", details: {}, words: "", ms: 20 };
}

export const KID = "invalid jwt: kid not been registred";
export const EMPTY = "invalid jwt: empty jwt token";

/** All combinations of one value of each list. */
export function* combinations<T>(lists: readonly (readonly T[])[]): Generator<T[]> {
  const [first, ...rest] = lists;
  if (!first) return yield [];
  for (const value of first) for (const others of combinations(rest)) yield [value, ...others];
}

/** Probes in every way they can come out, relative to a baseline in these words. */
export function* everyOutcome(words: string): Generator<Observation[]> {
  const names: ProbeName[] = [
    "foreign-key",
    "random-key-id",
    "random-app-id",
    "no-bearer",
    "short-life",
    "other-region",
  ];
  const ways = ["absent", "same", "differs", "noise", "token"] as const;
  for (const chosen of combinations(names.map(() => ways))) {
    const observations = [refused("baseline", words)];
    chosen.forEach((way, i) => {
      const name = names[i]!;
      if (way === "same") observations.push(refused(name, words));
      if (way === "differs") observations.push(refused(name, "other words"));
      if (way === "noise") observations.push(refused(name, `words ${name}`));
      if (way === "token") observations.push(granted(name));
    });
    if (chosen[5] !== "absent") observations.push(refused("other-region-random", KID));
    yield observations;
  }
}
