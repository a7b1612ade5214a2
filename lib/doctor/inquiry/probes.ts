import { ASSERTION_SECONDS, assertionParts } from "../../assertion.ts";
import { create } from "../../djwt.ts";
import { CozeError } from "../../error.ts";
import { BASE64URL } from "../../pem.ts";
import {
  type CozeApp,
  createTokenRequest,
  parseBaseUrl,
  type TokenRequest,
} from "../../token_request.ts";
import { type AccessToken, MAX_TOKEN_BYTES, readTokenResponse } from "../../token_response.ts";
import { type HttpResponse, type RequestOptions, send, startCall } from "../../http.ts";
import { clockOffset } from "../../server_answer.ts";
import { exitCodeOf } from "../kinds.ts";
import { type Clock, comparable, type Observation, type ProbeName } from "./observation.ts";
import type { Fault } from "./servers.ts";

/** How a request differs from the one that `token` sends. The table is what is sent and what is believed. */
export interface Probe {
  /**
   * What it makes wrong: a made-up id, random bytes as signature, no JWT. What the user's key has
   * signed goes to the host that the user named, and to no other.
   */
  breaks: readonly Fault[];
  /** What it makes right: it lives 60 s, has its times by the server's `Date`, leaves out a part. */
  mends: readonly Fault[];
  isElsewhere?: true;
}

const TIMES: readonly Fault[] = ["life", "time"];

// deno-fmt-ignore
export const PROBES: Readonly<Record<ProbeName, Probe>> = {
  "baseline": { breaks: [], mends: [] },
  "no-bearer": { breaks: ["bearer"], mends: [] },
  "foreign-key": { breaks: ["signature"], mends: TIMES },
  "random-key-id": { breaks: ["signature", "key-id"], mends: TIMES },
  "other-region": { breaks: ["signature"], mends: TIMES, isElsewhere: true },
  "other-region-random": { breaks: ["signature", "key-id"], mends: TIMES, isElsewhere: true },
  "other-region-random-ids": { breaks: ["signature", "key-id", "app-id"], mends: TIMES,
    isElsewhere: true },
  "random-app-id": { breaks: ["app-id"], mends: TIMES },
  "short-life": { breaks: [], mends: TIMES },
  "own-clock": { breaks: [], mends: ["life"] },
  "plain": { breaks: [], mends: ["scope", "path", "duration", ...TIMES] },
  "no-scope": { breaks: [], mends: ["scope", ...TIMES] },
  "plain-path": { breaks: [], mends: ["path", ...TIMES] },
};

/** Whether a request gives nothing away: the user's key has not signed it. */
export function isFree({ breaks }: Probe): boolean {
  return breaks.includes("signature") || breaks.includes("bearer");
}

/** Lifetime of a probe's assertion in seconds. */
const PROBE_SECONDS = 60;

/** Who asks and how, the same for all probes of a run. */
export interface ProbeContext {
  app: CozeApp & { privateKey: CryptoKey; baseUrl: string };
  request: TokenRequest;
  options: RequestOptions;
  /** Where the other region's API is. */
  otherBaseUrl: string;
  /** What the baseline said about the clocks. */
  clock?: Clock;
}

/**
 * Sends one request to the token endpoint, once.
 *
 * @param name What is asked.
 * @param context Who asks and how.
 * @returns What was seen, and the token when the baseline got one; of other probes it is dropped.
 * @throws {CozeError} `interrupted`
 */
export async function ask(
  name: ProbeName,
  context: ProbeContext,
): Promise<{ seen: Observation; token?: AccessToken }> {
  const { request, asked, host, ids } = await prepare(PROBES[name], context);
  const call = startCall(context.options);
  const startedAt = call.now();
  let answer: HttpResponse | undefined;
  let token: AccessToken | undefined;
  let problem: CozeError | undefined;
  try {
    answer = await send(request, call, MAX_TOKEN_BYTES);
    token = readTokenResponse(answer, asked);
  } catch (error) {
    if (!(error instanceof CozeError) || error.code === "interrupted") throw error;
    problem = error;
  }
  const { code, server, details = {} } = problem ?? {};
  const seen: Observation = {
    name,
    host,
    // A redirect, a proxy or a fault judges no request.
    outcome: !code
      ? "token"
      : exitCodeOf(code) === 5 && code !== "redirected"
      ? "refused"
      : "failed",
    code,
    details,
    server,
    words: comparable(server?.message ?? "", ids),
    clock: answer && clockOffset(answer),
    ms: (answer?.receivedAt ?? call.now()) - startedAt,
    logId: server?.logId ?? token?.logId,
  };
  return { seen, token: name === "baseline" ? token : undefined };
}

async function prepare({ breaks, mends, isElsewhere }: Probe, context: ProbeContext) {
  const { app, clock, options: { now = Date.now } } = context;
  const isBroken = (fault: Fault) => breaks.includes(fault);
  const subject = {
    keyId: isBroken("key-id")
      ? crypto.getRandomValues(new Uint8Array(32)).toBase64(BASE64URL)
      : app.keyId,
    clientId: isBroken("app-id") ? randomDigits(app.clientId.length) : app.clientId,
    baseUrl: isElsewhere ? context.otherBaseUrl : app.baseUrl,
  };
  const { scope, accountId, enterpriseId, durationSeconds, ...rest } = context.request;
  const asked: TokenRequest = {
    ...rest,
    ...(!mends.includes("scope") && { scope }),
    ...(!mends.includes("path") && { accountId, enterpriseId }),
    ...(!mends.includes("duration") && { durationSeconds }),
  };
  // So early that a server without tolerance finds it past.
  const aheadSeconds = mends.includes("time") && clock ? clock.seconds + clock.error : 0;
  const seconds = mends.includes("life") ? PROBE_SECONDS : ASSERTION_SECONDS;
  const parts = assertionParts(subject, asked, now() - aheadSeconds * 1000, seconds);
  const assertion = isBroken("signature")
    ? signedByNobody(parts, app.privateKey)
    : await create(parts.header, parts.claims, app.privateKey);
  const request = createTokenRequest(subject, asked, assertion);
  if (isBroken("bearer")) request.bearer = undefined;
  const { host } = parseBaseUrl(subject.baseUrl);
  return { request, asked, host, ids: [subject.keyId, subject.clientId, parts.claims.jti] };
}

/** A JWT with random bytes as signature: no key has to be made for it, and it gives nothing away. */
function signedByNobody(
  parts: { header: unknown; claims: unknown },
  { algorithm }: CryptoKey,
): string {
  const segment = (value: unknown) =>
    new TextEncoder().encode(JSON.stringify(value)).toBase64(BASE64URL);
  const { modulusLength } = algorithm as RsaHashedKeyAlgorithm;
  const signature = crypto.getRandomValues(new Uint8Array(Math.ceil(modulusLength / 8)));
  // A number above the modulus would be malformed rather than wrong.
  signature[0]! &= 0x7f;
  return `${segment(parts.header)}.${segment(parts.claims)}.${signature.toBase64(BASE64URL)}`;
}

/** An App ID that nobody has: as long as ours, and not beginning with 0. */
function randomDigits(length: number): string {
  const digits = crypto.getRandomValues(new Uint8Array(Math.max(length, 12)));
  return `9${[...digits.slice(1)].map((byte) => byte % 10).join("")}`;
}
