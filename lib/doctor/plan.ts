import { type Observation, type ProbeName, seenWords } from "./observation.ts";
import { alike, type Reading } from "./reading.ts";

/** Most requests to the token endpoint, the baseline among them. */
export const MAX_PROBES = 8;
/** From this on a difference between two clocks is worth a question or a word, in seconds. */
export const NOTABLE_SECONDS = 60;

/**
 * Chooses what to ask next: the cheapest question whose answer can change the verdict; what gives
 * nothing away before what the user's key has signed.
 *
 * @param reading What is known.
 * @param otherRegion Whether the other region may be asked.
 * @returns A probe, or nothing when no further one would tell more.
 */
export function nextProbe(reading: Reading, otherRegion: boolean): ProbeName | undefined {
  if (reading.failed || reading.observations.length >= MAX_PROBES) return undefined;
  return questions(reading, otherRegion).find((name) => !reading.has(name));
}

/** All questions worth asking as things stand. Each answer may add some and end the rest. */
function* questions(reading: Reading, otherRegion: boolean): Generator<ProbeName, undefined> {
  const { base, clock, extras, noise, saysKeyId } = reading;
  yield "baseline";
  if (base?.outcome !== "refused") return;
  if (base.code === "wire-no-bearer") yield "no-bearer";
  // The server's own words name the cause, or say that the credentials are not in doubt.
  if (base.code !== "client-refused" && base.code !== "scope-rejected") return;
  const denied = base.server?.code === "access_deny";
  if (extras.length > 0 && (denied || base.server?.status === 400)) {
    yield* withoutExtras(reading);
    if (reading.got("plain")) return;
  }
  if (denied) return;
  if (saysKeyId && clock !== "off") {
    if (otherRegion) yield* elsewhere(reading);
    if (isKnownElsewhere(reading)) return;
    yield "random-app-id";
    if (reading.differs("random-app-id")) yield "random-key-id";
    return;
  }

  yield "foreign-key";
  if (otherRegion) yield* elsewhere(reading);
  if (isKnownElsewhere(reading)) return;
  if (clock === "unknown" && Math.abs(base.clockHint ?? 0) > NOTABLE_SECONDS) {
    yield "log-id-clock";
    if (reading.got("log-id-clock")) return;
  }
  const foreign = reading.differs("foreign-key");
  if (foreign || clock === "off") {
    yield* shortLife(reading);
    if (reading.got("short-life")) return;
  }
  if (extras.length > 0) {
    yield* withoutExtras(reading);
    if (reading.got("plain")) return;
  }
  if (foreign && !noise) {
    yield "random-app-id";
    return;
  }
  yield "random-key-id";
  // Where words are noise, only those about the key id can be told from the rest.
  if (!noise) yield "random-app-id";
  if (reading.differs("random-key-id") && base.words !== "" && !noise) {
    // An App ID that changes nothing is as unknown as a random one, or was not looked at yet.
    if (!reading.differs("random-app-id")) yield "random-ids";
    return;
  }
  if (reading.differs("random-key-id") && base.words !== "") return;
  if (!reading.differs("random-key-id")) yield "no-bearer";
  // Nothing made a difference, or nothing was said: only a success can tell more.
  yield* shortLife(reading);
}

function* elsewhere(reading: Reading): Generator<ProbeName> {
  yield "other-region";
  yield "other-region-random";
  // A server that looks at the App ID first shows in this that it knows ours.
  if (isKnownElsewhere(reading) === undefined) yield "other-region-random-ids";
}

function* shortLife(reading: Reading): Generator<ProbeName> {
  yield "short-life";
  // Its times were the server's: by our own clock it tells lifetime and clock apart. Behind by
  // more than it lives, it could only be refused.
  const seconds = reading.base?.clock?.seconds ?? 0;
  const error = reading.base?.clock?.error ?? 0;
  if (reading.got("short-life") && reading.clock !== "unknown" && seconds > -error) {
    yield "own-clock";
  }
}

/** Which of what is left out is to blame is only a question when there are several. */
function* withoutExtras(reading: Reading): Generator<ProbeName> {
  yield "plain";
  if (!reading.got("plain")) return;
  // It also lived shorter and by another clock: that alone may have been it.
  yield* shortLife(reading);
  if (reading.got("short-life") || reading.extras.length === 1) return;
  if (reading.extras.includes("scope")) yield "no-scope";
  if (!reading.got("no-scope") && reading.extras.includes("path")) yield "plain-path";
}

/**
 * Whether the other region knows the key id: it answers otherwise for ours than for a random one.
 *
 * @param reading What is known.
 * @returns Nothing when it was not asked, or its answers cannot be told apart from noise.
 */
export function isKnownElsewhere({ observations, stable }: Reading): boolean | undefined {
  const of = (name: ProbeName) =>
    observations.find((each) => each.name === name && each.outcome === "refused");
  const saysKeyId = (each?: Observation) => seenWords(each?.words ?? "") === "kid";
  const ours = of("other-region");
  const random = of("other-region-random");
  if (!ours || !random) return undefined;
  if (saysKeyId(random)) return !saysKeyId(ours);
  // In other words a likeness tells nothing: something else may be looked at before.
  const differs = [random, of("other-region-random-ids")].some((each) =>
    each && !alike(ours, each, false) && (stable || saysKeyId(each))
  );
  return differs ? true : undefined;
}
