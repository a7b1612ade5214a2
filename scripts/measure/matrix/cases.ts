import { CONFIGURATION_INJECTIONS } from "./configuration_injections.ts";
import { HEALTHY_INJECTIONS } from "./healthy_injections.ts";
import { KEY_INJECTIONS } from "./key_injections.ts";
import { AFTER_TOKEN_INJECTIONS, NETWORK_INJECTIONS } from "./network_injections.ts";
import { HEALTHY_PASTED, PASTED_INJECTIONS } from "./pasted_injections.ts";
import { PROBED_INJECTIONS } from "./probed_injections.ts";
import { stripsAnswerHeaders } from "./proxies.ts";
import { type Chance, createChance } from "./random.ts";
import { createSetup, type Group, type Injection, type Setup } from "./setup.ts";
import { type Wording, WORDINGS } from "./wording.ts";

/** One run of the doctor. Its seed makes it again. */
export interface Case {
  group: Group | "pairs";
  wording: Wording;
  injections: readonly Injection[];
  seed: number;
}

const OFFLINE = [...CONFIGURATION_INJECTIONS, ...KEY_INJECTIONS];
/** Injections by the group of cases that they make, with the group's share of all cases. */
const GROUPS: readonly (readonly [Group, number, readonly Injection[]])[] = [
  ["offline", 0.2, OFFLINE],
  ["probed", 0.36, PROBED_INJECTIONS],
  ["network", 0.08, NETWORK_INJECTIONS],
  ["after-token", 0.06, AFTER_TOKEN_INJECTIONS],
  ["pasted", 0.08, PASTED_INJECTIONS],
  ["healthy", 0.08, [...HEALTHY_INJECTIONS, ...HEALTHY_PASTED]],
];

/** Every single fault there is. */
export const INJECTIONS: readonly Injection[] = GROUPS.flatMap(([, , injections]) => injections);

/**
 * Chooses cases so that every code is among them, however few they are.
 *
 * @param count About how many; never more.
 * @param seed Equal seeds give equal cases.
 */
export function chooseCases(count: number, seed: number): Case[] {
  const chance = createChance(seed);
  const cases: Case[] = [];
  let deck: Wording[] = [];
  const add = (group: Case["group"], injections: readonly Injection[]) => {
    // Each as often as the others, but in no step with the injections, which come in turns too.
    if (deck.length === 0) deck = chance.shuffle(WORDINGS);
    const wording = hasWords(group) ? deck.pop()! : "documented";
    cases.push({ group, wording, injections, seed: chance.integer(0, 2 ** 31 - 1) });
  };
  for (const [group, share, injections] of GROUPS) {
    const turns = inTurns(injections, chance);
    for (let i = 0; i < Math.floor(count * share); i++) add(group, [turns.next().value]);
  }
  while (cases.length < count) add("pairs", pairOf(chance));
  return cases;
}

/** Whether what a server says plays a part. */
export function hasWords(group: Case["group"]): boolean {
  return group === "probed" || group === "pairs" || group === "healthy";
}

/** Endless: one injection of each code, then the next of each, so that codes weigh the same. */
function* inTurns(injections: readonly Injection[], chance: Chance): Generator<Injection> {
  const byCode = Map.groupBy(chance.shuffle(injections), ({ code }) => code);
  for (let round = 0;; round++) {
    for (const variants of byCode.values()) yield variants[round % variants.length]!;
  }
}

/** Two faults that leave each other alone. */
function pairOf(chance: Chance): [Injection, Injection] {
  const errors = [OFFLINE, PROBED_INJECTIONS].map((all) =>
    all.filter(({ severity = "error" }) => severity === "error")
  );
  const [one, other] = [chance.pick(chance.pick(errors)), chance.pick(chance.pick(errors))];
  const apart = one.code !== other.code &&
    !one.touches.some((each) => other.touches.includes(each));
  return apart ? [one, other] : pairOf(chance);
}

/** Layouts in which nothing is odd, so that no warning stands beside what is looked for. */
const PLAIN = ["env", "env", "json", "flags", "profile", "sdk-names", "environment"] as const;

/**
 * Sets the scene of a case.
 *
 * @param case_ The case.
 * @returns A setup with the faults in it, and with what must not disturb.
 */
export function setUp({ group, wording, injections, seed }: Case): Setup {
  const chance = createChance(seed);
  const setup = createSetup(chance, wording);
  const changes = (what: string) => injections.some(({ touches }) => touches.includes(what));
  const isOffline = injections.some(({ group }) => group === "offline");
  if (isOffline) setup.offline = injections.length === 1 && chance.holds(0.6);
  else if (group !== "healthy") setup.layout = chance.pick(PLAIN);
  if (chance.holds(0.1)) setup.proxies.push(stripsAnswerHeaders);
  else if (
    setup.server.sendsDate && !changes("clock") && group !== "pasted" && chance.holds(0.15)
  ) {
    // A clock that is behind by less than the life of an assertion does no harm.
    setup.skew = -1000 * chance.integer(30, 500);
  }
  for (const { apply } of injections) apply(setup);
  return setup;
}
