import { checkedObject, checkFunctions, CozeError } from "../error.ts";
import { fingerprintsOf } from "../fingerprint.ts";
import { readPrivateKey, signingKey } from "../private_key.ts";
import { type CozeApp, DEFAULT_BASE_URL, type TokenRequest } from "../token_request.ts";
import { checkRequestOptions, type RequestOptions } from "../http.ts";
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
import { appOf, diagnoseOffline } from "./offline.ts";
import { describe } from "./report.ts";
import { notTokenEndpoint } from "./rules/refusal.ts";
import { findOffline } from "./rules/rules.ts";

/** How a diagnosis is made. */
export interface DiagnoseOptions extends RequestOptions {
  /**
   * The token to request, as for `exchangeJwt`.
   *
   * @default {{}}
   */
  request?: TokenRequest;
  /**
   * Sends nothing, and finds only what shows without a request.
   *
   * @default {false}
   */
  offline?: boolean;
  /**
   * Sends probes to the other region too, all with an invalid signature.
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
  /** Called before each request, with its name and its host. */
  onProbe?: (name: ProbeName | "workspaces", host: string) => void | Promise<void>;
}

/** The result of a diagnosis. */
export interface Diagnosis {
  /** Whether no finding is an error. */
  ok: boolean;
  /** The exit code of `coze-jwt doctor`: that of the first error, or 0. */
  exitCode: number;
  /** Errors first, then the most certain. */
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
  /** When the new token expires, in milliseconds since the epoch. */
  expiresAt?: number;
}

/**
 * Finds out why Coze refuses to issue a token. First checks what shows without a request. Then sends
 * at most eight requests to the token endpoint, most of them with an invalid signature. What your
 * key has signed goes only to the host of the base URL.
 *
 * @param app The app, as for `exchangeJwt`. The key may be damaged.
 * @param options The request, and how to diagnose it.
 * @returns The findings; none of them is an error if the exchange works.
 * @throws {CozeError} `interrupted`, `usage`
 *
 * @example
 * ```ts
 * import { diagnose } from "@coze-jwt/coze-jwt/doctor";
 * import { createEmulator } from "@coze-jwt/coze-jwt/emulator";
 * import { assert } from "@std/assert";
 *
 * const emulator = createEmulator();
 * const app = await emulator.createApp();
 * const { privateKey } = await emulator.createApp(); // the key of another app
 * const { findings } = await diagnose({ ...app, privateKey }, { fetch: emulator });
 * assert(findings[0]?.code === "key-mismatch");
 * ```
 */
export async function diagnose(app: CozeApp, options: DiagnoseOptions = {}): Promise<Diagnosis> {
  checkRequestOptions(options);
  checkFunctions({ onProbe: options.onProbe });
  const { facts, privateKey } = await factsOf(checkedObject("app", app));
  const examination = await examine(facts, privateKey, options);
  const { facts: examined, findings, exitCode, observations } = examination;
  const words = await loadWords(options.language ?? "en");
  return {
    ok: exitCode === 0,
    exitCode,
    findings: findings.map((finding) => describe(asArgument(finding), words)),
    probes: reportProbes(observations, examined.apiRead),
  };
}

/** Diagnoses a configuration whose values have sources. Without a usable key, sends nothing. */
export async function examine(
  collected: Facts,
  privateKey: CryptoKey | undefined,
  options: DiagnoseOptions,
): Promise<Examination> {
  const { request = {}, otherRegion: asksOtherRegion = false, onProbe } = options;
  const facts: Facts = { ...collected, request };
  const app = appOf(facts);
  const offline = await diagnoseOffline(facts, privateKey, options.now);
  const errors = offline.findings.filter(({ severity }) => severity === "error");
  // A proof needs no request, and a host that imitates Coze's must not receive an assertion.
  const isOver = errors.some((each) => isProven(each) || each.code === "base-url-lookalike");
  if (options.offline || !offline.isRequestPossible || !privateKey || isOver) {
    return examinationOf(facts, offline.findings, []);
  }
  if (asksOtherRegion && !regionOf(facts)) {
    throw new CozeError("usage", "Cannot ask the other region of a host that is not Coze's", {
      name: "otherRegion",
      expected: "https://api.coze.cn, https://api.coze.com",
      reason: "other-region",
    });
  }

  // Loaded only when something is sent.
  const { PROBES, sendProbe } = await import("./inquiry/probes.ts");
  const otherBaseUrl = `https://${otherRegion(facts).host}`;
  const context: ProbeContext = { app: { ...app, privateKey }, request, options, otherBaseUrl };
  const send = async (name: ProbeName) => {
    const url = PROBES[name].isInOtherRegion ? otherBaseUrl : app.baseUrl;
    await onProbe?.(name, new URL(url).host);
    return await sendProbe(name, context);
  };
  const { observation: base, token } = await send("baseline");
  context.clock = base.clock;
  facts.observations = [base];
  if (base.code) facts.refusal = { code: base.code, details: base.details, server: base.server };
  // Something other than the token endpoint responded, so the request was not judged.
  const [foreign] = notTokenEndpoint(facts);
  if (foreign) Object.assign(base, { outcome: "failed", code: foreign.code });
  if (token) {
    await onProbe?.("workspaces", base.host);
    const { readOnce } = await import("./api_read.ts");
    facts.apiRead = await readOnce(app.baseUrl, token.accessToken, options);
  }
  // An earlier error that was only likely explains the refusal.
  if (base.outcome === "refused" && errors.length === 0) {
    const { inquire } = await import("./inquiry/inquire.ts");
    const observe = async (name: ProbeName) => (await send(name)).observation;
    const { observations, findings } = await inquire(facts, base, asksOtherRegion, observe);
    facts.observations = observations;
    facts.probed = findings;
  }
  const isEarlier = ({ code }: Finding) => errors.some((error) => error.code === code);
  const all = findOffline(facts);
  const findings = [...all.filter(isEarlier), ...all.filter((each) => !isEarlier(each))];
  const examination = examinationOf(facts, findings, facts.observations);
  return { ...examination, expiresAt: token?.expiresAt };
}

/** In the library, a wrong value is an argument, not a flag. */
function asArgument(finding: Finding): Finding {
  const { code, details } = finding;
  return code === "usage" ? { ...finding, details: { reason: "value", ...details } } : finding;
}

function isProven({ certainty }: Finding): boolean {
  return certainty === "proven";
}

function examinationOf(
  facts: Facts,
  findings: Finding[],
  observations: readonly Observation[],
): Examination {
  const works = observations[0]?.outcome === "token";
  // If the exchange works, what only looked wrong is a warning.
  const weighed = findings.map((finding): Finding =>
    works && !isProven(finding) ? { ...finding, severity: "warning" } : finding
  );
  return { facts, findings: weighed, observations, exitCode: exitCodeFor(weighed) };
}

/** Collects facts from the arguments of the library. */
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
      clientId: app.clientId ? value("clientId", String(app.clientId)) : undefined,
      keyId: app.keyId ? value("keyId", String(app.keyId)) : undefined,
      baseUrl: app.baseUrl === undefined
        ? { ...value("default", DEFAULT_BASE_URL), origin: "default" }
        : value("baseUrl", app.baseUrl),
      key,
    },
    privateKey,
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
