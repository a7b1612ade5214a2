import type { FindingCode } from "./kinds.ts";
import { ASSERTION_SECONDS } from "../assertion.ts";
import { regionOf } from "./hosts.ts";
import type { Facts } from "./facts.ts";
import type { ProbeName } from "./observation.ts";
import { isKnownElsewhere } from "./plan.ts";
import { alike, type Reading } from "./reading.ts";

/** Causes that fit what was seen, the most likely first, with the sentences that say so. */
export interface Verdict {
  causes: FindingCode[];
  evidence: string[];
  /** The first cause is proven: a change made the exchange succeed, or no other cause fits. */
  proven?: boolean;
}

const EXTRAS = {
  scope: "scope-rejected",
  path: "account-path-refused",
  duration: "duration-out-of-range",
} as const;

/**
 * Concludes from what the probes saw.
 *
 * @param facts With observations, the first of which is a refusal.
 * @param reading What they say.
 * @returns The causes that fit.
 */
export function conclude(facts: Facts, reading: Reading): Verdict {
  return named(reading) ?? succeeded(reading) ?? denied(reading) ?? compared(facts, reading);
}

/** Codes that say no more than that the request was refused. */
const UNNAMED: readonly (FindingCode | undefined)[] = [
  "client-refused",
  "scope-rejected",
  undefined,
];

/** What the server names itself, in documented words. */
function named({ base, observations, differs }: Reading): Verdict | undefined {
  if (base!.code === "wire-no-bearer") {
    const same = differs("no-bearer") === false;
    const evidence = same ? ["probe.no-bearer-same"] : [];
    return { causes: ["wire-no-bearer"], evidence, proven: same };
  }
  // Said to the user's own ids and key, whatever else was changed.
  const own = observations.find(({ name, code, outcome }) =>
    /^(?:baseline|short-life|own-clock|plain|no-scope|plain-path)$/.test(name) &&
    outcome === "refused" && !UNNAMED.includes(code)
  );
  return own && { causes: [own.code!], evidence: [], proven: true };
}

/** `access_deny` in other words: four causes are left, of which the first was seen. */
function denied({ base, extras }: Reading): Verdict | undefined {
  if (base!.server?.code !== "access_deny") return undefined;
  const states: FindingCode[] = [
    "connector-not-bound",
    "app-type-wrong",
    "app-disabled",
    "login-session-invalid",
  ];
  const path: FindingCode[] = extras.includes("path") ? ["account-path-refused"] : [];
  return { causes: [...path, ...states], evidence: ["probe.access-deny"] };
}

/** A change that made the exchange succeed. */
function succeeded(reading: Reading): Verdict | undefined {
  const { got, has, extras, base } = reading;
  if (got("plain") && !got("short-life")) {
    const single = extras.length === 1 || got("no-scope") || got("plain-path");
    if (!single && !extras.includes("duration")) {
      return {
        causes: ["scope-rejected", "account-path-refused"],
        evidence: ["probe.without-all"],
      };
    }
    const cause = (extras.length === 1 && extras[0]) ||
      (got("no-scope") ? "scope" : got("plain-path") ? "path" : "duration");
    const proven = single || extras.length === 2;
    return { causes: [EXTRAS[cause]], evidence: [`probe.without-${cause}`], proven };
  }
  if (got("log-id-clock")) {
    return { causes: ["clock-skew"], evidence: ["probe.log-id-succeeds"], proven: true };
  }
  if (got("short-life")) {
    const expired = (base!.clock?.seconds ?? 0) <= -ASSERTION_SECONDS;
    return (has("own-clock") && !got("own-clock")) || expired
      ? {
        causes: ["clock-skew"],
        evidence: ["clock.measured", "probe.shifted-succeeds"],
        proven: true,
      }
      : { causes: ["assertion-lifetime"], evidence: ["probe.short-life-succeeds"], proven: true };
  }
  return isKnownElsewhere(reading)
    ? { causes: ["wrong-region"], evidence: ["probe.other-region-knows"], proven: true }
    : undefined;
}

/** Nothing succeeded: what fits the answers that are alike and those that differ. */
function compared(facts: Facts, reading: Reading): Verdict {
  const { differs, saysKeyId, speaksSeenWords, noise, clock, base } = reading;
  const foreign = differs("foreign-key");
  const keyId = differs("random-key-id");
  const appId = differs("random-app-id");
  const said = (name: string, differs?: boolean) =>
    differs === undefined ? [] : [`probe.${name}-${differs ? "differs" : "same"}`];
  const evidence = [
    ...(saysKeyId ? ["probe.says-key-id"] : []),
    ...(noise ? ["probe.noise"] : said("foreign-key", foreign)),
    ...said("random-key-id", keyId),
    ...said("random-app-id", appId),
    ...said("random-ids", differs("random-ids")),
    ...(isKnownElsewhere(reading) === false ? ["probe.other-region-unknown"] : []),
    ...(reading.failed ? ["probe.cut-short"] : []),
  ];
  if (!saysKeyId && foreign === undefined) return { causes: [], evidence };
  // Without a Date header the clock is never out of question; behind a gateway aud is not either.
  const certain = clock === "right" && isCoze(facts) &&
    (reading.extras.length === 0 || differs("plain") === false);
  const clockToo: FindingCode[] = clock === "unknown" ? ["clock-skew"] : [];

  // Something of what can be left out is refused, and something else as well.
  if (differs("plain") && !noise) {
    const causes = reading.extras.flatMap((extra) => EXTRAS[extra]);
    return { causes, evidence: ["probe.plain-differs"] };
  }
  if (saysKeyId) {
    return appId
      ? { causes: ["key-id-unknown"], evidence, proven: keyId === false }
      : { causes: regions(facts, reading, ["wrong-region", "key-id-unknown"]), evidence };
  }
  if (foreign && !noise) {
    if (appId === false) {
      return { causes: ["client-id-unknown", ...clockToo], evidence, proven: certain };
    }
    return { causes: clockToo.length > 0 ? clockToo : ["client-refused"], evidence };
  }
  const ids = differs("random-ids");
  if (keyId && appId === false && ids !== undefined) {
    // With the key id made up too, the App ID is what is looked at: it is what was refused before,
    // or it was not.
    if (!ids) return { causes: ["client-id-unknown", ...clockToo], evidence, proven: certain };
    if (!sameAs(reading, "random-ids", "random-key-id")) {
      return { causes: ["key-mismatch", ...clockToo], evidence, proven: certain };
    }
  }
  if (keyId) {
    return appId
      ? { causes: ["key-mismatch", ...clockToo], evidence, proven: certain && base!.words !== "" }
      : { causes: ["key-mismatch", "client-id-unknown", ...clockToo], evidence };
  }
  if (appId) {
    // A server that looks at the signature first cannot check that of an unknown key id either.
    const both: FindingCode[] = ["key-id-unknown", "key-mismatch"];
    return { causes: speaksSeenWords ? both.reverse() : both, evidence };
  }
  const alike = differs("no-bearer") === false;
  if (alike && base!.words !== "") {
    return {
      causes: ["wire-no-bearer", ...regions(facts, reading, ["wrong-region", "key-mismatch"])],
      evidence: ["probe.no-bearer-same", "probe.alike"],
    };
  }
  const causes: FindingCode[] = speaksSeenWords
    ? ["wrong-region", "client-id-unknown", "key-mismatch", "key-id-unknown"]
    : differs("no-bearer") && !noise
    ? ["wrong-region", "key-id-unknown", "client-id-unknown"]
    : ["wrong-region", "key-mismatch", "key-id-unknown", "client-id-unknown"];
  return {
    causes: [
      ...regions(facts, reading, causes),
      ...clockToo,
    ],
    // An empty text is no sign that two refusals are one.
    evidence: alike ? ["probe.alike"] : evidence,
  };
}

/**
 * The region is in question unless it was asked. Where a file of the console itself names it, or no
 * host of Coze is called, it is not the first thing to think of.
 */
function regions(facts: Facts, reading: Reading, causes: FindingCode[]): FindingCode[] {
  const others = causes.filter((code) => code !== "wrong-region");
  const { baseUrl, keyId, clientId } = facts;
  const whole = [baseUrl, keyId, clientId].every((value) => value?.origin === "json-file");
  if (isKnownElsewhere(reading) === false) return others;
  return regionOf(facts) && !whole
    ? causes
    : [...others.slice(0, 1), "wrong-region", ...others.slice(1)];
}

function sameAs({ observations, noise }: Reading, one: ProbeName, other: ProbeName): boolean {
  const [a, b] = [one, other].map((name) => observations.find((each) => each.name === name));
  return a !== undefined && b !== undefined && alike(a, b, noise);
}

function isCoze(facts: Facts): boolean {
  const hostname = URL.parse(facts.baseUrl.text)?.hostname ?? "";
  return regionOf(facts) !== undefined || /^(?:localhost|127\.|\[::1\])/.test(hostname);
}
