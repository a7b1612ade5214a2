import type { Code } from "../../../lib/words/words.ts";
// Which causes no probe can tell apart. Computed: every cause meets every server, which answers
// every possible probe. Causes that can get the same answers to all probes are tied.

import {
  type AssertionFacts,
  type Check,
  firstRefusal,
  ORDERS,
  type Policy,
} from "./server/checks.ts";
import { stripsAuthorization, stripsResponseHeaders } from "./server/proxies.ts";
import type { Wording } from "./server/wording.ts";
import type { Region, Setup } from "./setup.ts";

/** Everything about a user and a server on which answers depend. */
interface Truth {
  kid: boolean;
  signature: boolean;
  iss: AssertionFacts["iss"];
  /** Whether the server accepts the life of a usual assertion, and of one of 60 s. */
  life: readonly [boolean, boolean];
  time: boolean;
  hasBearer: boolean;
  /** Whether the other region knows App ID and key id. */
  isElsewhere: boolean;
}

const RIGHT: Truth = {
  kid: true,
  signature: true,
  iss: "owns",
  life: [true, true],
  time: true,
  hasBearer: true,
  isElsewhere: false,
};
const CAUSES: readonly (readonly [Code, Partial<Truth>])[] = [
  ["key-id-unknown", { kid: false, iss: "exists" }],
  ["key-mismatch", { signature: false }],
  ["client-id-unknown", { iss: "unknown" }],
  ["client-id-unknown", { iss: "exists" }],
  ["wrong-region", { kid: false, iss: "unknown", isElsewhere: true }],
  ["clock-skew", { time: false }],
  ["assertion-lifetime", { life: [false, true] }],
  ["wire-no-bearer", { hasBearer: false }],
];

type Answer = Check | "ok" | "empty";

/** A request whose key, key id and App ID are the user's own, or random. */
interface Probe {
  key: boolean;
  kid: boolean;
  iss: boolean;
  /** Whether the assertion lives 60 s. */
  isShort: boolean;
  /** Whether its times are by the server's clock. */
  isShifted: boolean;
}

const BASELINE: Probe = { key: true, kid: true, iss: true, isShort: false, isShifted: false };

/** What the doctor can do: use the server's `Date`, and ask the other region. */
interface Means {
  shift: boolean;
  askOther: boolean;
}

function answerTo(probe: Probe, truth: Truth, policy: Policy): Answer {
  if (!truth.hasBearer) return "empty";
  const kid = truth.kid && probe.kid;
  const facts: AssertionFacts = {
    kid,
    signature: kid ? probe.key && truth.signature : undefined,
    iss: !probe.iss ? "unknown" : truth.iss === "owns" && !kid ? "exists" : truth.iss,
    claims: truth.life[probe.isShort ? 1 : 0],
    time: truth.time || probe.isShifted,
  };
  return firstRefusal(facts, policy) ?? "ok";
}

/** The answers to the baseline and to every possible probe. */
function answersTo(truth: Truth, policy: Policy, means: Means): Answer[] {
  const both = [true, false];
  const probes = both.flatMap((key) =>
    both.flatMap((kid) =>
      both.flatMap((iss) =>
        both.map((isShort): Probe => ({ key, kid, iss, isShort, isShifted: means.shift }))
      )
    )
  );
  const there: Truth = {
    ...RIGHT,
    kid: truth.isElsewhere,
    iss: truth.isElsewhere ? "owns" : "unknown",
    hasBearer: truth.hasBearer,
  };
  const askedThere = means.askOther ? both : [];
  return [
    ...[BASELINE, ...probes].map((probe) => answerTo(probe, truth, policy)),
    ...askedThere.map((kid) =>
      answerTo({ key: false, kid, iss: true, isShort: true, isShifted: true }, there, policy)
    ),
    // Without an assertion.
    "empty",
  ];
}

/** What a wording leaves of the answers: the name of a text that Coze sends, else a number. */
function received(answers: readonly Answer[], wording: Wording): string {
  const numbers = new Map<string, number>();
  return answers.map((answer) => {
    if (answer === "ok") return "ok";
    if (wording === "alike" || wording === "all-blank") return "refused";
    if (wording !== "other" && (answer === "kid" || answer === "empty")) return answer;
    if (wording === "blank" || wording === "random") return "refused";
    if (!numbers.has(answer)) numbers.set(answer, numbers.size);
    return numbers.get(answer);
  }).join();
}

const tables = new Map<string, Map<string, Set<Code>>>();

/** The causes by what the doctor receives. */
function causesByAnswers(wording: Wording, means: Means): Map<string, Set<Code>> {
  const name = [wording, means.shift, means.askOther].join();
  const known = tables.get(name);
  if (known) return known;
  const table = new Map<string, Set<Code>>();
  for (const [code, truth] of CAUSES) {
    for (const order of ORDERS) {
      for (const unverifiable of ["skip", "refuse"] as const) {
        for (const issuer of ["exists", "owns-kid"] as const) {
          const answers = answersTo({ ...RIGHT, ...truth }, { order, unverifiable, issuer }, means);
          // This server does not notice the cause.
          if (answers[0] === "ok") continue;
          const key = received(answers, wording);
          table.set(key, (table.get(key) ?? new Set()).add(code));
        }
      }
    }
  }
  tables.set(name, table);
  return table;
}

/** The causes that give the same answers as a setup to all probes; none for other faults. */
export function tiesOf(setup: Setup): Code[] {
  const { server, proxies, asksOther } = setup;
  const means = {
    shift: server.sendsDate && !proxies.includes(stripsResponseHeaders),
    askOther: asksOther,
  };
  const answers = answersTo(truthOf(setup), server, means);
  const causes = causesByAnswers(server.wording, means).get(received(answers, server.wording));
  return [...causes ?? []];
}

function truthOf({ apps, user, skew, server, proxies }: Setup): Truth {
  const appIn = (region: Region) => apps[region].find(({ clientId }) => clientId === user.clientId);
  const app = appIn(user.region);
  const key = apps[user.region].map(({ keys }) => keys[user.keyId]).find(Boolean);
  const ahead = skew / 1000;
  return {
    kid: key !== undefined,
    signature: key?.equals(user.pair.publicKey) ?? false,
    iss: !app ? "unknown" : user.keyId in app.keys ? "owns" : "exists",
    life: [server.longestLife >= 600, server.longestLife >= 60],
    time: ahead <= server.tolerance && ahead + 600 > -server.tolerance,
    hasBearer: !proxies.includes(stripsAuthorization),
    isElsewhere: appIn(user.region === "cn" ? "com" : "cn") !== undefined,
  };
}
