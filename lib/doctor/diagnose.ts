import { CozeError } from "../error.ts";
import { fingerprintsOf } from "../fingerprint.ts";
import { readPrivateKey, signingKey } from "../private_key.ts";
import { type CozeApp, DEFAULT_BASE_URL, type TokenRequest } from "../token_request.ts";
import type { RequestOptions } from "../http.ts";
import { type Language, loadWords } from "../words/words.ts";
import { exitCodeFor } from "./kinds.ts";
import { otherRegion, regionOf } from "./hosts.ts";
import type { Facts, KeyFacts, Value } from "./facts.ts";
import type { DescribedFinding, Finding } from "./finding.ts";
import {
  type Observation,
  type ProbeName,
  type ProbeReport,
  reportProbes,
} from "./inquiry/observation.ts";
import type { ProbeContext } from "./inquiry/probes.ts";
import { describe } from "./report.ts";
import { notTokenEndpoint } from "./rules/refusal.ts";
import { findOffline, subjectOf } from "./rules/rules.ts";
import { appOf, findProblem } from "./signing_check.ts";

/** How a diagnosis is made. */
export interface DiagnoseOptions extends RequestOptions {
  /**
   * What `exchangeJwt` would be asked for.
   *
   * @default {{}}
   */
  request?: TokenRequest;
  /**
   * Sends nothing: only what can be seen without a request is found.
   *
   * @default {false}
   */
  offline?: boolean;
  /**
   * Asks the other region too, with throw-away keys only.
   *
   * @default {false}
   */
  otherRegion?: boolean;
  /**
   * The language of the findings.
   *
   * @default {"en"}
   */
  language?: Language;
  /** Called before each request is sent, with what it is and where it goes. */
  onProbe?: (name: ProbeName | "workspaces", host: string) => void | Promise<void>;
}

/** What a diagnosis found. */
export interface Diagnosis {
  /** False when any finding is an error. */
  ok: boolean;
  /** Exit code of the command line for this: the class of the first error, 0 when there is none. */
  exitCode: number;
  /** Most certain first. */
  findings: DescribedFinding[];
  /** The requests that were sent. */
  probes: ProbeReport[];
}

/** A diagnosis before it is put into words. */
export interface Examination {
  facts: Facts;
  findings: Finding[];
  exitCode: number;
  observations: readonly Observation[];
  /** When the token ends that the first request got, in milliseconds since the epoch. */
  expiresAt?: number;
}

/**
 * Finds out why Coze refuses a token, and proves it where it can: first what can be seen without a
 * request, then with at most eight requests to the token endpoint, most of them good for nothing
 * but their answer. An assertion signed with the key goes to the host of the base URL alone.
 *
 * @param app Who asks, as for `exchangeJwt`; the key may be damaged.
 * @param options How the diagnosis is made.
 * @returns All findings, most certain first; none of them an error when all is well.
 * @throws {CozeError} `interrupted`, `usage`
 *
 * @example
 * ```ts
 * import { diagnose } from "./mod.ts";
 *
 * const { findings } = await diagnose({
 *   clientId: "1127900106117",
 *   keyId: "…BEGIN PUBLIC KEY…",
 *   privateKey: "keys/private_key.pem", // a path where the key's text belongs
 * }, { offline: true });
 * console.assert(findings[0]?.code === "key-is-a-path");
 * console.assert(findings[1]?.code === "key-id-is-public-key");
 * ```
 */
export async function diagnose(app: CozeApp, options: DiagnoseOptions = {}): Promise<Diagnosis> {
  const { facts, privateKey } = await factsOf(app);
  const { findings, exitCode, observations, ...rest } = await examine(facts, privateKey, options);
  const words = await loadWords(options.language ?? "en");
  return {
    ok: exitCode === 0,
    exitCode,
    findings: findings.map((finding) => describe(finding, words)),
    probes: reportProbes(observations, rest.facts.apiRead),
  };
}

/**
 * The same from facts that were collected already, with their provenance.
 *
 * @param collected Facts about the configuration.
 * @param privateKey The key, when it can be used.
 * @param options How the diagnosis is made.
 * @returns Findings and all that was seen.
 * @throws {CozeError} `interrupted`, `usage`
 */
export async function examine(
  collected: Facts,
  privateKey: CryptoKey | undefined,
  options: DiagnoseOptions,
): Promise<Examination> {
  const { request = {}, otherRegion: asksOther = false, onProbe } = options;
  const facts: Facts = { ...collected, request };
  const offline = findOffline(facts);
  const app = appOf(facts);
  const problem = await findProblem({ ...app, privateKey }, request, options.now ?? Date.now);
  const isTold = offline.some(({ code }) =>
    code === "config-wrong-client-type" || subjectOf(code) === subjectOf(problem?.code ?? "")
  );
  if (problem && !isTold) offline.unshift(problem);
  const errors = offline.filter(({ severity }) => severity === "error");
  // What is proven needs no request, what blocks allows none, and a lookalike must get none.
  const isLookalike = errors.some(({ code }) => code === "base-url-lookalike");
  if (options.offline || problem || !privateKey || isLookalike || errors.some(isProven)) {
    return conclude(facts, offline, []);
  }
  if (asksOther && !regionOf(facts)) {
    throw new CozeError("usage", "Cannot ask the other region of a host that is not Coze's", {
      name: "otherRegion",
      expected: "https://api.coze.cn, https://api.coze.com",
      reason: "other-region",
    });
  }

  // Loaded when something is sent.
  const { ask, PROBES } = await import("./inquiry/probes.ts");
  const otherBaseUrl = `https://${otherRegion(facts).host}`;
  const context: ProbeContext = { app: { ...app, privateKey }, request, options, otherBaseUrl };
  const send = async (name: ProbeName) => {
    const url = PROBES[name].isElsewhere ? otherBaseUrl : app.baseUrl;
    await onProbe?.(name, new URL(url).host);
    return await ask(name, context);
  };
  const { seen: base, token } = await send("baseline");
  context.clock = base.clock;
  facts.observations = [base];
  if (base.code) facts.refusal = { code: base.code, details: base.details, server: base.server };
  if (token) {
    await onProbe?.("workspaces", base.host);
    const { readOnce } = await import("./api_read.ts");
    facts.apiRead = await readOnce(app.baseUrl, token.accessToken, options);
  }
  // Where a cause is likely already, a refusal bears it out.
  const needsInquiry = base.outcome === "refused" && errors.length === 0 &&
    notTokenEndpoint(facts).length === 0;
  if (needsInquiry) {
    const { inquire } = await import("./inquiry/inquire.ts");
    const ask = async (name: ProbeName) => (await send(name)).seen;
    const { observations, findings } = await inquire(facts, base, asksOther, ask);
    facts.observations = observations;
    facts.probed = findings;
  }
  const isEarlier = ({ code }: Finding) => errors.some((error) => error.code === code);
  const all = findOffline(facts);
  const findings = [...all.filter(isEarlier), ...all.filter((each) => !isEarlier(each))];
  return { ...conclude(facts, findings, facts.observations), expiresAt: token?.expiresAt };
}

function isProven({ certainty }: Finding): boolean {
  return certainty === "proven";
}

function conclude(
  facts: Facts,
  findings: Finding[],
  observations: readonly Observation[],
): Examination {
  const worked = observations[0]?.outcome === "token";
  // What only looked wrong is no error once it works.
  const told = findings.map((finding): Finding =>
    worked && !isProven(finding) ? { ...finding, severity: "warning" } : finding
  );
  return { facts, findings: told, observations, exitCode: exitCodeFor(told) };
}

/**
 * Collects facts from arguments of the library, whose provenance is the argument itself.
 *
 * @param app Who asks.
 * @returns The facts, and the key when it can be used.
 */
async function factsOf(app: CozeApp): Promise<{ facts: Facts; privateKey?: CryptoKey }> {
  const value = (source: string, text: string): Value => ({
    text,
    source,
    origin: "argument",
    lost: [],
  });
  const { key, privateKey } = await keyFacts(app.privateKey, value("privateKey", ""));
  return {
    facts: {
      directory: "keys",
      ...(app.clientId && { clientId: value("clientId", String(app.clientId)) }),
      ...(app.keyId && { keyId: value("keyId", String(app.keyId)) }),
      baseUrl: app.baseUrl === undefined
        ? { ...value("default", DEFAULT_BASE_URL), origin: "default" }
        : value("baseUrl", app.baseUrl),
      key,
    },
    ...(privateKey && { privateKey }),
  };
}

async function keyFacts(
  privateKey: CozeApp["privateKey"],
  from: Value,
): Promise<{ key: KeyFacts; privateKey?: CryptoKey }> {
  try {
    if (typeof privateKey !== "string" && !(privateKey instanceof Uint8Array)) {
      const imported = await signingKey(privateKey);
      const bits = (imported.algorithm as RsaHashedKeyAlgorithm).modulusLength;
      return { key: { from, bits }, privateKey: imported };
    }
    const file = await readPrivateKey(privateKey);
    const { bits, repairs, blocks } = file;
    const fingerprints = await fingerprintsOf(file.publicKey);
    return { key: { from, bits, repairs, blocks, fingerprints }, privateKey: file.privateKey };
  } catch (error) {
    if (!(error instanceof CozeError)) throw error;
    const { code, details } = error;
    return { key: { from, error: { code, details } } };
  }
}
