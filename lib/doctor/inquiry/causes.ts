import { ASSERTION_SECONDS } from "../../assertion.ts";
import type { TokenRequest } from "../../token_request.ts";
import type { Facts } from "../facts.ts";
import { regionOf } from "../hosts.ts";
import type { FindingCode } from "../kinds.ts";
import type { Clock } from "./observation.ts";
import type { Extra, Fault } from "./servers.ts";

/** One thing that may be wrong. */
export interface Cause {
  /** Its codes: several where only the server's words tell them apart. */
  codes: readonly FindingCode[];
  /** What it breaks in every request to the host that the user named. */
  breaks: readonly Fault[];
  /** What it breaks in the other region. */
  elsewhere: readonly Fault[];
  /** How often it is the cause, against the others. */
  weight: number;
}

/** What can be left out of a request. */
export function extrasOf({ scope, accountId, enterpriseId, durationSeconds }: TokenRequest) {
  const extras: Extra[] = [];
  if (scope) extras.push("scope");
  if (accountId ?? enterpriseId) extras.push("path");
  if (durationSeconds !== undefined) extras.push("duration");
  return extras;
}

/** All causes that can be, as far as the facts and the clocks tell. */
export function causesOf(facts: Facts, clock: Clock | undefined): Cause[] {
  const { baseUrl, clientId, keyId, key, request = {} } = facts;
  const extras = extrasOf(request);
  const isCoze = regionOf(facts) !== undefined;
  // The console's own file names the region.
  const isWhole = [baseUrl, clientId, keyId].every((value) => value?.origin === "json-file");
  const isPair = Object.values(key?.fingerprints ?? {}).includes(keyId?.text ?? "");
  const isExpired = clock !== undefined && clock.seconds < clock.error - ASSERTION_SECONDS;
  const isAhead = clock !== undefined && clock.seconds > clock.error;
  const skew = !clock ? 1 : isExpired ? 20 : isAhead ? 2 : 0;
  const used = (extra: Extra) => extras.includes(extra) ? 4 : 0;
  const rows: [codes: FindingCode | FindingCode[], breaks: Fault[], weight: number][] = [
    ["wrong-region", ["key-id", "app-id"], isCoze && !isWhole ? 4 : 0.9],
    ["key-id-unknown", ["key-id"], 3],
    ["key-mismatch", ["signature"], isPair ? 0 : 3.2],
    ["client-id-unknown", ["app-id"], 2],
    ["client-id-unknown", ["owner"], 1],
    ["clock-skew", ["time"], skew],
    ["assertion-lifetime", ["life"], isExpired ? 0 : 1],
    ["scope-rejected", ["scope"], used("scope")],
    ["account-path-refused", ["path"], used("path")],
    ["duration-out-of-range", ["duration"], used("duration")],
    ["wire-no-bearer", ["bearer"], 1],
    [APP_STATES, ["app"], 1],
    // Something else: a gateway may expect the name of what it stands for. http: is this machine.
    ["client-refused", ["audience"], isCoze || baseUrl.text.startsWith("http:") ? 0.1 : 1],
  ];
  return rows.filter(([, , weight]) => weight > 0).map(([codes, breaks, weight]) => ({
    codes: [codes].flat(),
    breaks,
    weight,
    elsewhere: codes === "wrong-region" ? [] : [...breaks, "key-id", "app-id"],
  }));
}

/** States of an app: `connector-not-bound` is the one that was seen. */
const APP_STATES: FindingCode[] = [
  "connector-not-bound",
  "app-type-wrong",
  "app-disabled",
  "login-session-invalid",
];
