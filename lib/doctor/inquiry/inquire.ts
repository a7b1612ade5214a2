import type { ErrorDetails } from "../../error.ts";
import { causesOf, extrasOf } from "./causes.ts";
import { conclude, learn, nextProbe, openWorlds, type World } from "./belief.ts";
import type { Facts } from "../facts.ts";
import type { Finding } from "../finding.ts";
import { otherRegion, regionOf } from "../hosts.ts";
import type { FindingCode } from "../kinds.ts";
import { isSame, type Observation, type ProbeName, seenWords } from "./observation.ts";
import { PROBES } from "./probes.ts";

/** Most requests to the token endpoint, the first among them. */
const MAX_REQUESTS = 8;
/** From this on a difference between two clocks is worth a word, in seconds. */
const NOTABLE_SECONDS = 60;
/** Of several causes that fit, so many are called likely; the others are mentioned. */
const LIKELY = 2;

/** What was asked after a refusal, and what it shows. */
export interface Inquiry {
  findings: Finding[];
  observations: Observation[];
}

/**
 * Asks until one cause is left, or no further question tells more.
 *
 * @param facts What is known.
 * @param base The refusal.
 * @param asksOther Whether the other region may be asked.
 * @param send Sends one request.
 */
export async function inquire(
  facts: Facts,
  base: Observation,
  asksOther: boolean,
  send: (name: ProbeName) => Promise<Observation>,
): Promise<Inquiry> {
  const names = namesFor(facts, base, asksOther);
  const observations = [base];
  let named = namedBy(base);
  let worlds = named ? [] : openWorlds(causesOf(facts, base.clock), names, base);
  while (!named && !conclude(worlds).isProven && observations.length < MAX_REQUESTS) {
    const name = nextProbe(worlds, names, observations);
    if (!name) break;
    const seen = await send(name);
    if (seen.outcome !== "failed") worlds = learn(worlds, observations, seen);
    observations.push(seen);
    if (seen.outcome === "failed") break;
    named = namedBy(seen);
  }
  return { observations, findings: findingsOf(facts, observations, worlds, named) };
}

/** The cause that the server names in documented words, if it was asked about nothing made up. */
function namedBy({ name, outcome, code }: Observation): FindingCode | undefined {
  const isOwn = outcome === "refused" && PROBES[name].breaks.length === 0;
  return isOwn && !UNNAMED.includes(code!) ? code : undefined;
}

/** Codes of a refusal that leave its cause open. */
const UNNAMED: readonly FindingCode[] = ["client-refused", "scope-rejected", "wire-no-bearer"];

/** The requests that can tell something. */
function namesFor({ request = {} }: Facts, { clock }: Observation, asksOther: boolean) {
  const extras = extrasOf(request);
  const isAhead = clock !== undefined && clock.seconds > clock.error;
  return (Object.keys(PROBES) as ProbeName[]).filter((name) => {
    if (name === "own-clock") return isAhead;
    if (name === "plain") return extras.length > 0;
    if (name === "no-scope") return extras.length > 1 && extras.includes("scope");
    if (name === "plain-path") return extras.length > 1 && extras.includes("path");
    return !PROBES[name].isElsewhere || asksOther;
  });
}

function findingsOf(
  facts: Facts,
  observations: readonly Observation[],
  worlds: readonly World[],
  named: FindingCode | undefined,
): Finding[] {
  const [base] = observations;
  const { causes, isProven } = conclude(worlds);
  const codes: readonly FindingCode[] = named
    ? [named]
    : causes.length > 0
    ? causes.flatMap(({ codes }) => codes)
    : ["client-refused"];
  const evidence = evidenceOf(observations, worlds, codes, isProven);
  const findings = codes.map((code, i): Finding => ({
    code,
    severity: i < LIKELY ? "error" : "warning",
    certainty: named || isProven && codes.length === 1
      ? "proven"
      : i < LIKELY
      ? "likely"
      : "possible",
    details: detailsOf(code, facts, observations, isProven),
    evidence: [...evidence, ...(codes.length > 1 && i < LIKELY ? ["probe.look-up"] : [])],
  }));
  const { seconds = 0 } = base!.clock ?? {};
  if (codes.includes("clock-skew") || Math.abs(seconds) <= NOTABLE_SECONDS) return findings;
  return [...findings, {
    code: "clock-skew",
    severity: "warning",
    certainty: "possible",
    details: detailsOf("clock-skew", facts, observations, false),
    evidence: ["clock.measured"],
  }];
}

/** How we know: what each answer means. A sentence that the words do not have is left out. */
function evidenceOf(
  observations: readonly Observation[],
  worlds: readonly World[],
  codes: readonly FindingCode[],
  isProven: boolean,
): string[] {
  const [base, ...others] = observations;
  const asksOther = others.some(({ name }) => PROBES[name].isElsewhere);
  const isNoise = worlds.length > 0 &&
    worlds.every(({ wording }) => wording === "restless" || wording === "random");
  const isAlike = observations.length > 3 && others.every((each) => isSame(each, base!));
  const said = others.filter(({ name }) => !PROBES[name].isElsewhere).flatMap((each) => {
    const { name, outcome, words } = each;
    if (outcome === "failed") return ["probe.cut-short"];
    if (outcome === "token") return [`probe.${name}-token`];
    if (isNoise && !seenWords(words)) return [];
    return [`probe.${name}-${isSame(each, base!) ? "same" : "differs"}`];
  });
  return [
    ...(seenWords(base!.words) === "key-id" ? ["probe.says-key-id"] : []),
    ...(base!.server?.code === "access_deny" ? ["probe.access-deny"] : []),
    ...(isNoise ? ["probe.noise"] : []),
    ...(isAlike ? ["probe.alike"] : said),
    ...(asksOther && codes[0] === "wrong-region" && isProven ? ["probe.other-region-knows"] : []),
    ...(asksOther && !codes.includes("wrong-region") ? ["probe.other-region-unknown"] : []),
    ...(codes[0] === "clock-skew" && base!.clock ? ["clock.measured"] : []),
  ];
}

function detailsOf(
  code: FindingCode,
  facts: Facts,
  [base, ...others]: readonly Observation[],
  isProven: boolean,
): ErrorDetails {
  const { host, clock, server, details } = base!;
  const { clientId, keyId, key, baseUrl, request = {} } = facts;
  const { region, host: other } = otherRegion(facts);
  const value = {
    "client-id-unknown": clientId,
    "key-id-unknown": keyId,
    "key-mismatch": key?.from,
    "wrong-region": baseUrl,
  }[code as string];
  const isCoze = regionOf(facts) !== undefined;
  const asksOther = others.some(({ name }) => PROBES[name].isElsewhere);
  const regionReason = !isCoze ? "foreign" : isProven ? "known" : asksOther ? undefined : "unsure";
  const reasons: Partial<Record<FindingCode, string>> = {
    "client-refused": "exhausted",
    "wrong-region": regionReason,
    "clock-skew": !clock ? "elimination" : clock.seconds > 0 ? "ahead" : "behind",
  };
  const cutShort = others.find(({ outcome }) => outcome === "failed")?.code;
  return {
    host,
    clientId: clientId?.text ?? "",
    keyId: keyId?.text ?? "",
    extras: extrasOf(request).join(", "),
    status: server?.status ?? 0,
    region,
    other,
    ...(cutShort && { cutShortBy: cutShort }),
    ...(key?.beside?.length && { beside: key.beside.join(", ") }),
    ...details,
    ...(value && { source: value.source }),
    ...(reasons[code] && { reason: reasons[code] }),
    ...(code === "clock-skew" && clock && { seconds: Math.abs(clock.seconds), error: clock.error }),
  };
}
