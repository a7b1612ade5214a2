// To add a cause: its code in kinds.ts, a row in causesOf(), its sentences in lib/words, and a row
// in scripts/measure/matrix/faults.ts. If no probe tells it apart from the others, it also needs a
// Fault (servers.ts) and a probe (observation.ts, probes.ts, the sentences `sends.…` and `probe.…`).

import { ASSERTION_SECONDS } from "../../assertion.ts";
import type { TokenRequest } from "../../token_request.ts";
import type { Facts } from "../facts.ts";
import { regionOf } from "../hosts.ts";
import type { FindingCode } from "../kinds.ts";
import type { Clock } from "./observation.ts";
import type { Fault, Option } from "./servers.ts";

/** A possible reason for a refusal. */
export interface Cause {
  /** Several codes where only a documented message tells them apart. */
  codes: readonly FindingCode[];
  /** The faults of every request to the user's host. */
  breaks: readonly Fault[];
  /** The faults of every request to the other region. */
  breaksInOtherRegion: readonly Fault[];
  /** How frequent this cause is, relative to the others. */
  weight: number;
}

/** The options that a request uses. */
export function optionsOf({ scope, accountId, enterpriseId, durationSeconds }: TokenRequest) {
  const options: Option[] = [];
  if (scope) options.push("scope");
  if (accountId ?? enterpriseId) options.push("path");
  if (durationSeconds !== undefined) options.push("duration");
  return options;
}

/** Whether the key id is a fingerprint of the private key. */
export function isPair({ key, keyId }: Facts): boolean {
  return Object.values(key?.fingerprints ?? {}).includes(keyId?.text ?? "");
}

/** Lists the causes that the facts and the clocks do not rule out. */
export function causesOf(facts: Facts, clock: Clock | undefined): Cause[] {
  const { baseUrl, clientId, keyId, request = {} } = facts;
  const options = optionsOf(request);
  const isCoze = regionOf(facts) !== undefined;
  // The console's JSON file holds the region, so it cannot be wrong.
  const isFromConsole = [baseUrl, clientId, keyId].every((each) => each?.origin === "json-file");
  const isExpired = clock !== undefined && clock.seconds < clock.error - ASSERTION_SECONDS;
  const isAhead = clock !== undefined && clock.seconds > clock.error;
  const skew = !clock ? 1 : isExpired ? 20 : isAhead ? 2 : 0;
  const used = (option: Option) => options.includes(option) ? 4 : 0;
  // A gateway may expect its own name as audience. With http: it is on this machine, a test server.
  const audience = isCoze || baseUrl.text.startsWith("http:") ? 0.1 : 1;
  const rows: [codes: FindingCode | FindingCode[], breaks: Fault[], weight: number][] = [
    ["wrong-region", ["key-id", "app-id"], isCoze && !isFromConsole ? 4 : 0.9],
    ["key-id-unknown", ["key-id"], 3],
    ["key-mismatch", ["signature"], isPair(facts) ? 0 : 3.2],
    ["client-id-unknown", ["app-id"], 2],
    ["client-id-unknown", ["owner"], 1],
    ["clock-skew", ["time"], skew],
    ["assertion-lifetime", ["life"], isExpired ? 0 : 1],
    ["scope-rejected", ["scope"], used("scope")],
    ["account-path-refused", ["path"], used("path")],
    ["duration-out-of-range", ["duration"], used("duration")],
    ["wire-no-bearer", ["bearer"], 1],
    [APP_STATES, ["app"], 1],
    ["client-refused", ["audience"], audience],
  ];
  return rows.filter(([, , weight]) => weight > 0).map(([codes, breaks, weight]) => ({
    codes: [codes].flat(),
    breaks,
    breaksInOtherRegion: codes === "wrong-region" ? [] : [...breaks, "key-id", "app-id"],
    weight,
  }));
}

/** States of an app. The first is the only one that was seen. */
const APP_STATES: FindingCode[] = [
  "connector-not-bound",
  "app-type-wrong",
  "app-disabled",
  "login-session-invalid",
];
