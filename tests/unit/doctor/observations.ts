import type { Observation, ProbeName } from "../../../lib/doctor/observation.ts";

/** Words that Coze uses about the key id and about a missing JWT. */
export const KID = "invalid jwt: kid not been registred";
export const EMPTY = "invalid jwt: empty jwt token";
/** The answer that is a token. */
export const TOKEN = "(token)";

/** The answer to each probe: a token, or the words of a refusal, with more where it matters. */
export type Answers = {
  [name in ProbeName]?: string | [words: string, more: Partial<Observation>];
};

/** Makes the observations of a server that answers like this. */
export function observe(answers: Answers): Observation[] {
  return Object.entries(answers).map(([name, answer]) => {
    const [words, more] = typeof answer === "string" ? [answer, {}] : answer;
    const common = { name: name as ProbeName, host: "api.coze.cn", ms: 20 };
    if (words === TOKEN) return { ...common, outcome: "token", details: {}, words: "" };
    return {
      ...common,
      outcome: "refused",
      code: "client-refused",
      details: { status: 401 },
      server: { status: 401, code: "invalid_client", message: words },
      words,
      clock: { seconds: 0, error: 1 },
      ...more,
    };
  });
}

/** All combinations of one value of each list. */
export function* combinations<T>(lists: readonly (readonly T[])[]): Generator<T[]> {
  const [first, ...rest] = lists;
  if (!first) return yield [];
  for (const value of first) for (const others of combinations(rest)) yield [value, ...others];
}

/** Probes in every way they can come out, after a baseline in these words. */
export function* everyOutcome(words: string): Generator<Observation[]> {
  const names: ProbeName[] = [
    "foreign-key",
    "random-key-id",
    "random-app-id",
    "no-bearer",
    "short-life",
    "other-region",
  ];
  const ways = [undefined, () => words, () => "other", (name: string) => `noise ${name}`] as const;
  for (const chosen of combinations(names.map(() => [...ways, () => TOKEN]))) {
    const answers: Answers = { baseline: words };
    for (const [at, answer] of chosen.entries()) {
      if (answer) answers[names[at]!] = answer(names[at]!);
    }
    if (chosen[5]) answers["other-region-random"] = KID;
    yield observe(answers);
  }
}
