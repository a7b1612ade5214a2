import type { ErrorDetails } from "../../error.ts";
import { causesOf, isPair, optionsOf } from "./causes.ts";
import { conclude, hypothesesFor, type Hypothesis, nextProbe, update } from "./hypotheses.ts";
import type { Facts, Value } from "../facts.ts";
import type { Finding } from "../finding.ts";
import { otherRegion, regionOf } from "../hosts.ts";
import type { FindingCode } from "../kinds.ts";
import { isSameResponse, knownMessage, type Observation, type ProbeName } from "./observation.ts";
import { PROBES } from "./probes.ts";

/** Most requests to the token endpoint, with the first. */
const MAX_REQUESTS = 8;
/** If several causes remain, the first ones are likely, the others possible. */
const MAX_LIKELY = 2;

/** Sends probes after a refusal, until one cause is proven or no probe can tell more. */
export async function inquire(
  facts: Facts,
  base: Observation,
  asksOtherRegion: boolean,
  send: (name: ProbeName) => Promise<Observation>,
): Promise<{ findings: Finding[]; observations: Observation[] }> {
  const names = usefulProbes(facts, base, asksOtherRegion);
  const observations = [base];
  let documented = documentedCause(base);
  let hypotheses = documented ? [] : hypothesesFor(causesOf(facts, base.clock), names, base);
  while (!documented && !conclude(hypotheses).isProven && observations.length < MAX_REQUESTS) {
    const name = nextProbe(hypotheses, names, observations);
    if (!name) break;
    const observation = await send(name);
    const earlier = [...observations];
    observations.push(observation);
    if (observation.outcome === "failed") break;
    hypotheses = update(hypotheses, earlier, observation);
    documented = documentedCause(observation);
  }
  return { observations, findings: findingsFrom(facts, observations, hypotheses, documented) };
}

/** Codes of a refusal that have several causes. */
const AMBIGUOUS: readonly FindingCode[] = ["client-refused", "scope-rejected", "wire-no-bearer"];

/** The cause that a documented message names, if the probe itself broke nothing. */
function documentedCause({ name, outcome, code }: Observation): FindingCode | undefined {
  const isAboutUser = outcome === "refused" && PROBES[name].breaks.length === 0;
  return isAboutUser && !AMBIGUOUS.includes(code!) ? code : undefined;
}

/** The probes that can tell something about this request. */
function usefulProbes(
  { request = {} }: Facts,
  { clock }: Observation,
  asksOtherRegion: boolean,
): ProbeName[] {
  const options = optionsOf(request);
  const isAhead = clock !== undefined && clock.seconds > clock.error;
  return (Object.keys(PROBES) as ProbeName[]).filter((name) => {
    if (name === "own-clock") return isAhead;
    if (name === "plain") return options.length > 0;
    if (name === "no-scope") return options.length > 1 && options.includes("scope");
    if (name === "plain-path") return options.length > 1 && options.includes("path");
    return !PROBES[name].isInOtherRegion || asksOtherRegion;
  });
}

function findingsFrom(
  facts: Facts,
  observations: readonly Observation[],
  hypotheses: readonly Hypothesis[],
  documented: FindingCode | undefined,
): Finding[] {
  const { causes, isProven } = conclude(hypotheses);
  const explained = causes.length > 0
    ? causes.flatMap(({ codes }) => codes)
    : ["client-refused"] as const;
  const codes: readonly FindingCode[] = documented ? [documented] : explained;
  const isMatch = codes.includes("client-id-unknown") && isPair(facts);
  const evidence = [
    ...(isMatch ? ["probe.pair"] : []),
    ...evidenceFrom(observations, hypotheses, codes, isProven),
  ];
  const isCertain = documented !== undefined || isProven && codes.length === 1;
  return codes.map((code, i): Finding => {
    const isLikely = i < MAX_LIKELY;
    return {
      code,
      severity: isLikely ? "error" : "warning",
      certainty: isCertain ? "proven" : isLikely ? "likely" : "possible",
      details: detailsOf(code, facts, observations, isProven),
      evidence: codes.length > 1 && isLikely ? [...evidence, "probe.look-up"] : evidence,
    };
  });
}

/** Keys of sentences: what each response means. Some keys have no sentence and print nothing. */
function evidenceFrom(
  observations: readonly Observation[],
  hypotheses: readonly Hypothesis[],
  codes: readonly FindingCode[],
  isProven: boolean,
): string[] {
  const [base, ...probes] = observations;
  const asksOtherRegion = probes.some(({ name }) => PROBES[name].isInOtherRegion);
  const isNoise = hypotheses.length > 0 &&
    hypotheses.every(({ wording }) => wording === "varying" || wording === "random");
  const isAlike = probes.length > 2 && probes.every((each) => isSameResponse(each, base!));
  const meanings = probes.filter(({ name }) => !PROBES[name].isInOtherRegion).flatMap((each) => {
    const { name, outcome, message } = each;
    if (outcome === "failed") return ["probe.cut-short"];
    if (outcome === "token") return [`probe.${name}-token`];
    if (isNoise && !knownMessage(message)) return [];
    return [`probe.${name}-${isSameResponse(each, base!) ? "same" : "differs"}`];
  });
  const isWrongRegion = codes[0] === "wrong-region" && isProven;
  return [
    ...(knownMessage(base!.message) === "key-id" ? ["probe.says-key-id"] : []),
    ...(base!.server?.code === "access_deny" ? ["probe.access-deny"] : []),
    ...(isNoise ? ["probe.noise"] : []),
    ...(isAlike ? ["probe.alike"] : meanings),
    ...(asksOtherRegion && isWrongRegion ? ["probe.other-region-knows"] : []),
    ...(asksOtherRegion && !codes.includes("wrong-region") ? ["probe.other-region-unknown"] : []),
    ...(codes[0] === "clock-skew" && base!.clock ? ["clock.measured"] : []),
  ];
}

function detailsOf(
  code: FindingCode,
  facts: Facts,
  [base, ...probes]: readonly Observation[],
  isProven: boolean,
): ErrorDetails {
  const { host, clock, server, details } = base!;
  const { clientId, keyId, key, baseUrl } = facts;
  const { region, host: other } = otherRegion(facts);
  const valueOf: Partial<Record<FindingCode, Value>> = {
    "client-id-unknown": clientId,
    "key-id-unknown": keyId,
    "key-mismatch": key?.from,
    "wrong-region": baseUrl,
  };
  const asksOtherRegion = probes.some(({ name }) => PROBES[name].isInOtherRegion);
  const regionReason = isProven ? "known" : asksOtherRegion ? undefined : "unsure";
  const reasonOf: Partial<Record<FindingCode, string>> = {
    "client-refused": "exhausted",
    "wrong-region": regionOf(facts) ? regionReason : "foreign",
    "clock-skew": !clock ? "elimination" : clock.seconds > 0 ? "ahead" : "behind",
  };
  const source = valueOf[code]?.source;
  const reason = reasonOf[code];
  const cutShortBy = probes.find(({ outcome }) => outcome === "failed")?.code;
  return {
    host,
    clientId: clientId?.text ?? "",
    keyId: keyId?.text ?? "",
    status: server?.status ?? 0,
    region,
    other,
    ...(cutShortBy && { cutShortBy }),
    ...(key?.beside?.length && { beside: key.beside.join(", ") }),
    ...details,
    ...(source && { source }),
    ...(reason && { reason }),
    ...(code === "clock-skew" && clock && { seconds: Math.abs(clock.seconds), error: clock.error }),
  };
}
