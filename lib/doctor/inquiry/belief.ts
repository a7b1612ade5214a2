// What could be the case, and what to ask next. Pure: nothing is sent from here.

import type { Cause } from "./causes.ts";
import { isSame, type Observation, type ProbeName, seenWords } from "./observation.ts";
import { isFree, PROBES } from "./probes.ts";
import { canSay, type Check, type Fault, refusedBy, SERVERS } from "./servers.ts";

/**
 * How a server words its refusals, and how common that is.
 *
 * - `own`: each check has a text of its own.
 * - `shared`: a check always says the same, and several may say the same.
 * - `restless`: a check always says the same or never does, and no two say the same.
 * - `random`: the words say nothing.
 */
const WORDINGS = { own: 0.5, shared: 0.15, restless: 0.2, random: 0.02 };
type Wording = keyof typeof WORDINGS;

/** By so much two faults at once are less common than one. */
const PAIR_WEIGHT = 0.05;
/** What is less likely than this is out of the question. */
const DOUBT = 0.02;
/** A question that tells less is not asked. */
const MIN_BITS = 0.005;
/** What the user's key has signed costs more to send than what nobody has. */
const KEY_COST = 3;

/** One way in which all that was seen could have come about. */
export interface World {
  causes: readonly Cause[];
  /** The check that refuses each request; `undefined` where it gets a token. */
  refusals: ReadonlyMap<ProbeName, Check | undefined>;
  wording: Wording;
  /** The server uses the words that were seen at Coze. */
  speaksSeen: boolean;
  weight: number;
}

/**
 * All worlds in which the first request is refused as it was.
 *
 * @param causes What may be wrong.
 * @param names The requests that may be sent, the first one first.
 * @param base The answer to the first one.
 */
export function openWorlds(
  causes: readonly Cause[],
  names: readonly ProbeName[],
  base: Observation,
): World[] {
  const pairs = causes.flatMap((one, i) => causes.slice(i + 1).map((other) => [one, other]));
  const known = new Map<string, (Check | undefined)[]>();
  /** The check of each server that refuses a request with these faults. */
  const answersTo = (faults: ReadonlySet<Fault>) => {
    const key = [...faults].sort().join();
    const answers = known.get(key) ?? SERVERS.map((server) => refusedBy(faults, server));
    known.set(key, answers);
    return answers;
  };
  const worlds = [...causes.map((cause) => [cause]), ...pairs].flatMap((causes) => {
    const columns = names.map((name) => answersTo(faultsOf(causes, name, base)));
    // Servers that treat every request alike are one.
    const rows = Map.groupBy(SERVERS.keys(), (i) => columns.map((column) => column[i]).join());
    return [...rows.values()].flatMap((servers): World[] => {
      const refusals = new Map(names.map((name, at) => [name, columns[at]![servers[0]!]]));
      const weight = servers.length / SERVERS.length *
        causes.reduce((product, { weight }) => product * weight, 1) *
        (causes.length > 1 ? PAIR_WEIGHT : 1);
      return (Object.keys(WORDINGS) as Wording[]).flatMap((wording) =>
        [true, false].map((speaksSeen) => {
          const own = weight * WORDINGS[wording];
          return { causes, refusals, wording, speaksSeen, weight: own };
        })
      );
    });
  });
  return learn(worlds, [], base);
}

/** What is wrong with a request if these are the causes. Without a `Date` no clock is mended. */
function faultsOf(causes: readonly Cause[], name: ProbeName, { clock }: Observation): Set<Fault> {
  const { breaks, mends, isElsewhere } = PROBES[name];
  const faults = new Set(causes.flatMap((cause) => isElsewhere ? cause.elsewhere : cause.breaks));
  for (const each of mends) if (each !== "time" || clock) faults.delete(each);
  for (const each of breaks) faults.add(each);
  return faults;
}

/** What is left after another answer. */
export function learn(
  worlds: readonly World[],
  earlier: readonly Observation[],
  seen: Observation,
): World[] {
  const answer = seen.outcome === "token" ? "token" : seen;
  return worlds.flatMap((world) => {
    const chance = chanceOf(answer, seen.name, world, earlier);
    return chance > 0 ? [{ ...world, weight: world.weight * chance }] : [];
  });
}

/** An answer as far as it matters: one that was heard, or words that are new, or seen at Coze. */
type Answer = Observation | "token" | "new" | "key-id" | "bearer";

/** How well an answer to a request fits a world, after earlier answers. */
function chanceOf(
  answer: Answer,
  name: ProbeName,
  { refusals, wording, speaksSeen }: World,
  earlier: readonly Observation[],
): number {
  const check = refusals.get(name);
  if (!check || answer === "token") return !check && answer === "token" ? 1 : 0;
  const heard = typeof answer === "object" ? answer : undefined;
  if (heard && !canSay(check, heard.server?.code)) return 0;
  const said = heard ? seenWords(heard.words) : answer === "new" ? undefined : answer;
  const expected = speaksSeen && (check === "key-id" || check === "bearer") ? check : undefined;
  if (said || expected) return said === expected ? 1 : 0;

  // Each region has words of its own.
  const others = earlier.filter((each) =>
    each.outcome === "refused" && PROBES[each.name].isElsewhere === PROBES[name].isElsewhere
  );
  const same = others.filter((each) => refusals.get(each.name) === check);
  const equals = others.filter((each) => heard && isSame(each, heard));
  const repeats = equals.some((each) => same.includes(each));
  const coincides = equals.some((each) => !same.includes(each));
  if (wording === "random") return others.length === 0 ? 1 : 0.5;
  if (wording === "shared") return same.length > 0 ? Number(repeats) : coincides ? 0.5 : 1;
  if (coincides) return 0;
  if (same.length === 0) return 1;
  if (wording === "own") return Number(repeats);
  if (same.length === 1) return 0.5;
  return Number(isSame(same[0]!, same[1]!) === repeats);
}

/** The request that tells the causes apart best for what it costs; `undefined` when none does. */
export function nextProbe(
  worlds: readonly World[],
  names: readonly ProbeName[],
  earlier: readonly Observation[],
): ProbeName | undefined {
  const heard = earlier.filter((each, i) =>
    each.outcome === "refused" && !seenWords(each.words) &&
    earlier.findIndex((other) => isSame(each, other)) === i
  );
  const answers: Answer[] = ["token", "new", "key-id", "bearer", ...heard];
  let best: ProbeName | undefined;
  let most = MIN_BITS;
  for (const name of names) {
    if (earlier.some((each) => each.name === name)) continue;
    const worth = bitsOf(name) / (isFree(PROBES[name]) ? 1 : KEY_COST);
    if (worth > most) [best, most] = [name, worth];
  }
  return best;

  /** How much the answer says about the cause: their mutual information. */
  function bitsOf(name: ProbeName): number {
    const table = new Map<string, number[]>();
    for (const world of worlds) {
      const key = world.causes.map(codeOf).join();
      const row = table.get(key) ?? answers.map(() => 0);
      table.set(key, row);
      for (const [i, answer] of answers.entries()) {
        row[i]! += world.weight * chanceOf(answer, name, world, earlier);
      }
    }
    const rows = [...table.values()];
    const columns = answers.map((_, i) => rows.map((row) => row[i]!));
    return entropy(rows.map(sum)) + entropy(columns.map(sum)) - entropy(rows.flat());
  }
}

/** The causes that fit, the most likely first. */
export interface Verdict {
  causes: readonly Cause[];
  /** All worlds have the first cause, and it alone may be all that is wrong. */
  isProven: boolean;
}

/** Concludes from the worlds that are left: from those with one cause, as long as there are any. */
export function conclude(worlds: readonly World[]): Verdict {
  const single = worlds.filter(({ causes }) => causes.length === 1);
  const weighed = single.length > 0 ? single : worlds;
  const shareOf = (code: string, of: readonly World[]) =>
    sum(of.filter(({ causes }) => causes.map(codeOf).includes(code)).map(weightOf)) /
    sum(of.map(weightOf));
  const causes = new Map(
    weighed.flatMap(({ causes }) => causes.map((each) => [codeOf(each), each])),
  );
  const ranked = [...causes].map(([code, cause]) => ({ cause, share: shareOf(code, weighed) }))
    .filter(({ share }) => share > DOUBT)
    .sort((a, b) => b.share - a.share)
    .map(({ cause }) => cause);
  const isProven = single.length > 0 && ranked.length === 1 &&
    shareOf(codeOf(ranked[0]!), worlds) > 1 - DOUBT;
  return { causes: ranked, isProven };
}

function codeOf({ codes }: Cause): string {
  return codes[0]!;
}

function weightOf({ weight }: World): number {
  return weight;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}

function entropy(weights: readonly number[]): number {
  const total = sum(weights);
  return -sum(weights.map((each) => each > 0 ? each / total * Math.log2(each / total) : 0));
}
