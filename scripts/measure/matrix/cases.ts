import { CONFIGURATION_INJECTIONS } from "./injections/configuration.ts";
import { HEALTHY_INJECTIONS } from "./injections/healthy.ts";
import type { Group, Injection } from "./injections/injection.ts";
import { KEY_INJECTIONS } from "./injections/key.ts";
import { AFTER_TOKEN_INJECTIONS, NETWORK_INJECTIONS } from "./injections/network.ts";
import { HEALTHY_PASTED, PASTED_INJECTIONS } from "./injections/pasted.ts";
import { FORMATS } from "./injections/pasted_requests.ts";
import { PROBED_INJECTIONS } from "./injections/probed.ts";
import { type Chance, createChance } from "./random.ts";
import { ORDERS } from "./server/checks.ts";
import { stripsResponseHeaders } from "./server/proxies.ts";
import { type Wording, WORDINGS } from "./server/wording.ts";
import { createSetup, type Layout, type Setup } from "./setup.ts";

/** One run of the doctor. Equal cases give equal setups. */
export interface Case {
  group: Group | "pairs";
  wording: Wording;
  injections: readonly Injection[];
  seed: number;
}

const OFFLINE = [...CONFIGURATION_INJECTIONS, ...KEY_INJECTIONS];
/** The injections of each group, and the group's share of all measured cases. */
const GROUPS: readonly (readonly [Group, number, readonly Injection[]])[] = [
  ["offline", 0.2, OFFLINE],
  ["probed", 0.36, PROBED_INJECTIONS],
  ["network", 0.08, NETWORK_INJECTIONS],
  ["after-token", 0.06, AFTER_TOKEN_INJECTIONS],
  ["pasted", 0.08, PASTED_INJECTIONS],
  ["healthy", 0.08, [...HEALTHY_INJECTIONS, ...HEALTHY_PASTED]],
];

/**
 * Chooses cases to measure: each group by its share, and in it each code equally often. Pairs of
 * faults are the rest.
 *
 * @param count How many.
 * @param seed Equal seeds give equal cases.
 */
export function chooseCases(count: number, seed: number): Case[] {
  const chance = createChance(seed);
  const cases: Case[] = [];
  let deck: Wording[] = [];
  const add = (group: Case["group"], injections: readonly Injection[]) => {
    // The injections come in turns, so the wordings are shuffled.
    if (deck.length === 0) deck = chance.shuffle(WORDINGS);
    const wording = dependsOnWording(group) ? deck.pop()! : "documented";
    cases.push({ group, wording, injections, seed: seedFrom(chance) });
  };
  for (const [group, share, injections] of GROUPS) {
    const turns = inTurns(injections, chance);
    for (let i = 0; i < Math.floor(count * share); i++) add(group, [turns.next().value]);
  }
  while (cases.length < count) add("pairs", pairOf(chance));
  return cases;
}

/**
 * Chooses few cases in which every fault, every order of checks and every wording occurs. A pasted
 * fault occurs in one of its formats, and every format occurs.
 *
 * @param seed Equal seeds give equal cases.
 */
export function coverCases(seed: number): Case[] {
  const chance = createChance(seed);
  const seeds = seedsOfOrders(chance);
  const cases: Case[] = [];
  const add = (group: Case["group"], injections: readonly Injection[], seed = seedFrom(chance)) => {
    cases.push({ group, wording: WORDINGS[cases.length % WORDINGS.length]!, injections, seed });
  };
  for (const [group, , injections] of GROUPS) {
    if (group === "probed") {
      while (seeds.length > 0) {
        for (const each of chance.shuffle(injections)) add(group, [each], seeds.pop());
      }
    } else {
      const own = group === "pasted" ? inOneFormat(injections) : injections;
      for (const each of own) add(group, [each]);
    }
  }
  for (let i = 0; i < PAIRS; i++) add("pairs", pairOf(chance));
  return cases;
}

const PAIRS = 36;

/** Each pasted fault in the format after that of the fault before. */
function inOneFormat(injections: readonly Injection[]): Injection[] {
  const formats = Object.keys(FORMATS).length;
  return injections.filter((_, i) => i % formats === Math.floor(i / formats) % formats);
}

/** One seed for each order of checks. Half of the servers send no `Date`, which hides a cause. */
function seedsOfOrders(chance: Chance): number[] {
  const seeds = new Map<string, number>();
  while (seeds.size < ORDERS.length) {
    const seed = seedFrom(chance);
    const { order, sendsDate } = createSetup(createChance(seed), "documented").server;
    if (sendsDate === (seeds.size % 2 === 0)) seeds.set(order.join(), seed);
  }
  return [...seeds.values()];
}

function seedFrom(chance: Chance): number {
  return chance.integer(0, 2 ** 31 - 1);
}

/** Whether the server's words can matter in a group. */
export function dependsOnWording(group: Case["group"]): boolean {
  return group === "probed" || group === "pairs" || group === "healthy";
}

/** Without end: one injection of each code, then the next of each code. */
function* inTurns(injections: readonly Injection[], chance: Chance): Generator<Injection> {
  const byCode = Map.groupBy(chance.shuffle(injections), ({ code }) => code);
  for (let round = 0;; round++) {
    for (const variants of byCode.values()) yield variants[round % variants.length]!;
  }
}

/** Two faults that change different things. */
function pairOf(chance: Chance): [Injection, Injection] {
  const errors = [OFFLINE, PROBED_INJECTIONS].map((all) =>
    all.filter(({ severity = "error" }) => severity === "error")
  );
  const [one, other] = [chance.pick(chance.pick(errors)), chance.pick(chance.pick(errors))];
  const apart = one.code !== other.code &&
    !one.touches.some((each) => other.touches.includes(each));
  return apart ? [one, other] : pairOf(chance);
}

/** Layouts without a warning. */
const PLAIN: readonly Layout[] = [
  "env",
  "env",
  "json",
  "flags",
  "profile",
  "sdk-names",
  "environment",
];

/** Makes the setup of a case, with its faults and with harmless differences. */
export function setUp({ group, wording, injections, seed }: Case): Setup {
  const chance = createChance(seed);
  const setup = createSetup(chance, wording);
  const changes = (what: string) => injections.some(({ touches }) => touches.includes(what));
  const isOffline = injections.some(({ group }) => group === "offline");
  if (isOffline) setup.offline = injections.length === 1 && chance.holds(0.6);
  else if (group !== "healthy") setup.layout = chance.pick(PLAIN);
  if (chance.holds(0.1)) setup.proxies.push(stripsResponseHeaders);
  else if (
    setup.server.sendsDate && !changes("clock") && group !== "pasted" && chance.holds(0.15)
  ) {
    // Harmless: the clock is behind by less than the life of an assertion.
    setup.skew = -1000 * chance.integer(30, 500);
  }
  for (const { apply } of injections) apply(setup);
  return setup;
}
