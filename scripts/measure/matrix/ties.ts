// Which causes no probe can tell apart. Worked out, not believed: a user of every cause is set
// before a server of every order, everything that may be asked is asked of the servers' own logic,
// and causes that can get the same answers to all of it are tied.

import type { ErrorCode } from "../../../lib/error.ts";
import { type Check, firstRefusal, type Holds, ORDERS, type Policy } from "./judge.ts";
import { stripsAnswerHeaders, stripsAuthorization } from "./proxies.ts";
import type { Region, Setup } from "./setup.ts";
import type { Wording } from "./wording.ts";

/** What is true of a user and a server, as far as answers depend on it. */
interface Truth {
  kid: boolean;
  signature: boolean;
  iss: Holds["iss"];
  /** For the longest assertion, and for one of 60 s. */
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
const CAUSES: readonly (readonly [ErrorCode, Partial<Truth>])[] = [
  ["key-id-unknown", { kid: false, iss: "exists" }],
  ["key-mismatch", { signature: false }],
  ["client-id-unknown", { iss: "unknown" }],
  ["client-id-unknown", { iss: "exists" }],
  ["wrong-region", { kid: false, iss: "unknown", isElsewhere: true }],
  ["clock-skew", { time: false }],
  ["assertion-lifetime", { life: [false, true] }],
  ["wire-no-bearer", { hasBearer: false }],
];

type Label = Check | "ok" | "empty";

/** All that can be asked. What a measured shift of the times changes can be asked only with a Date. */
function answersTo(truth: Truth, policy: Policy, can: { shift: boolean; askOther: boolean }) {
  const labels: Label[] = ["empty"];
  const both = [true, false];
  const ask = (
    at: Truth,
    key: boolean,
    kid: boolean,
    iss: boolean,
    life: 0 | 1,
    shift: boolean,
  ) => {
    if (!at.hasBearer) return "empty";
    const known = at.kid && kid;
    const holds: Holds = {
      kid: known,
      signature: known ? key && at.signature : undefined,
      iss: !iss ? "unknown" : at.iss === "owns" && !known ? "exists" : at.iss,
      claims: at.life[life],
      time: at.time || shift,
    };
    return firstRefusal(holds, policy) ?? "ok";
  };
  labels.push(ask(truth, true, true, true, 0, false));
  for (const key of both) {
    for (const kid of both) {
      for (const iss of both) {
        for (const life of [0, 1] as const) labels.push(ask(truth, key, kid, iss, life, can.shift));
      }
    }
  }
  if (can.askOther) {
    const stranger: Truth = { ...RIGHT, kid: false, iss: "unknown", hasBearer: truth.hasBearer };
    const other = truth.isElsewhere ? { ...stranger, kid: true, iss: "owns" as const } : stranger;
    for (const kid of both) labels.push(ask(other, false, kid, true, 1, true));
  }
  return labels;
}

/** What is left of the answers in a wording: named where the text was seen, numbered elsewhere. */
function heard(labels: readonly Label[], wording: Wording): string {
  const numbers = new Map<string, number>();
  return labels.map((label) => {
    if (label === "ok") return "ok";
    if (wording === "alike" || wording === "all-blank") return "refused";
    if (wording !== "other" && (label === "kid" || label === "empty")) return label;
    if (wording === "blank" || wording === "random") return "refused";
    if (!numbers.has(label)) numbers.set(label, numbers.size);
    return numbers.get(label);
  }).join();
}

const tables = new Map<string, Map<string, Set<ErrorCode>>>();

function tableOf(wording: Wording, can: { shift: boolean; askOther: boolean }) {
  const name = [wording, can.shift, can.askOther].join();
  const known = tables.get(name);
  if (known) return known;
  const table = new Map<string, Set<ErrorCode>>();
  for (const [code, truth] of CAUSES) {
    for (const order of ORDERS) {
      for (const unverifiable of ["skip", "refuse"] as const) {
        for (const issuer of ["exists", "owns-kid"] as const) {
          const labels = answersTo({ ...RIGHT, ...truth }, { order, unverifiable, issuer }, can);
          // A server that finds nothing wrong is no server of this cause.
          if (labels[1] === "ok") continue;
          const key = heard(labels, wording);
          table.set(key, (table.get(key) ?? new Set()).add(code));
        }
      }
    }
  }
  tables.set(name, table);
  return table;
}

/**
 * The causes that would give the same answers as this setup to everything that may be asked.
 *
 * @param setup A setup that is complete.
 * @returns Their codes; none when the fault lies outside of the assertion.
 */
export function tiesOf(setup: Setup): ReadonlySet<ErrorCode> {
  const { server, proxies, asksOther, user } = setup;
  const shift = server.sendsDate && !proxies.includes(stripsAnswerHeaders);
  const can = { shift, askOther: asksOther };
  const labels = answersTo(truthOf(setup), server, can);
  return tableOf(server.wording, can).get(heard(labels, server.wording)) ?? new Set();
  function truthOf({ apps, skew }: Setup): Truth {
    const app = (region: Region) => apps[region].find(({ clientId }) => clientId === user.clientId);
    const known = apps[user.region].flatMap(({ keys }) => Object.entries(keys))
      .find(([keyId]) => keyId === user.keyId);
    const mine = app(user.region);
    const [ahead, tolerance] = [skew / 1000, server.tolerance];
    return {
      kid: known !== undefined,
      signature: known?.[1].equals(user.pair.publicKey) ?? false,
      iss: !mine ? "unknown" : user.keyId in mine.keys ? "owns" : "exists",
      life: [server.longestLife >= 600, server.longestLife >= 60],
      time: ahead <= tolerance && ahead + 600 > -tolerance,
      hasBearer: !proxies.includes(stripsAuthorization),
      isElsewhere: app(user.region === "cn" ? "com" : "cn") !== undefined,
    };
  }
}
