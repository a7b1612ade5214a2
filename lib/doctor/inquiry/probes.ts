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
import { isRefusal } from "../kinds.ts";
import { type Clock, normalizeMessage, type Observation, type ProbeName } from "./observation.ts";
import type { Fault } from "./servers.ts";

/** How a probe differs from the request that `token` sends. */
export interface Probe {
  /** What it makes wrong: a random id, random bytes as signature, no JWT. */
  breaks: readonly Fault[];
  /** What it makes right: a lifetime of 60 s, times by the server's clock, no optional parts. */
  corrects: readonly Fault[];
  /** Sent to the other region, and therefore never signed with the user's key. */
  isInOtherRegion?: true;
}

const TIMES: readonly Fault[] = ["life", "time"];

/** Requests are made from this table, and hypotheses predict their responses from it. */
// deno-fmt-ignore
export const PROBES: Readonly<Record<ProbeName, Probe>> = {
  "baseline": { breaks: [], corrects: [] },
  "no-bearer": { breaks: ["bearer"], corrects: [] },
  "foreign-key": { breaks: ["signature"], corrects: TIMES },
  "random-key-id": { breaks: ["signature", "key-id"], corrects: TIMES },
  "other-region": { breaks: ["signature"], corrects: TIMES, isInOtherRegion: true },
  "other-region-random": { breaks: ["signature", "key-id"], corrects: TIMES, isInOtherRegion: true },
  "other-region-random-ids": { breaks: ["signature", "key-id", "app-id"], corrects: TIMES,
    isInOtherRegion: true },
  "random-app-id": { breaks: ["app-id"], corrects: TIMES },
  "short-life": { breaks: [], corrects: TIMES },
  "own-clock": { breaks: [], corrects: ["life"] },
  "plain": { breaks: [], corrects: ["scope", "path", "duration", ...TIMES] },
  "no-scope": { breaks: [], corrects: ["scope", ...TIMES] },
  "plain-path": { breaks: [], corrects: ["path", ...TIMES] },
};

/** Whether the user's key signs the request. */
export function usesKey({ breaks }: Probe): boolean {
  return !breaks.includes("signature") && !breaks.includes("bearer");
}

/** Lifetime of a probe's assertion in seconds. */
const PROBE_SECONDS = 60;

/** What all probes of a run have in common. */
export interface ProbeContext {
  app: CozeApp & { privateKey: CryptoKey; baseUrl: string };
  request: TokenRequest;
  options: RequestOptions;
  /** The base URL of the other region. */
  otherBaseUrl: string;
  /** Measured with the response to the baseline. */
  clock?: Clock;
}

/** Sends one request to the token endpoint, without retry. Returns a token for the baseline only. */
export async function sendProbe(
  name: ProbeName,
  context: ProbeContext,
): Promise<{ observation: Observation; token?: AccessToken }> {
  const { request, tokenRequest, host, sentIds } = await prepare(PROBES[name], context);
  const call = startCall(context.options);
  const startedAt = call.now();
  let response: HttpResponse | undefined;
  let token: AccessToken | undefined;
  let problem: CozeError | undefined;
  try {
    response = await send(request, call, MAX_TOKEN_BYTES);
    token = readTokenResponse(response, tokenRequest);
  } catch (error) {
    if (!(error instanceof CozeError) || error.code === "interrupted") throw error;
    problem = error;
  }
  const { code, server, details = {} } = problem ?? {};
  const observation: Observation = {
    name,
    host,
    outcome: !code ? "token" : isRefusal(code) ? "refused" : "failed",
    code,
    details,
    server,
    message: normalizeMessage(server?.message ?? "", sentIds),
    clock: response && clockOffset(response),
    ms: (response?.receivedAt ?? call.now()) - startedAt,
    logId: server?.logId ?? token?.logId,
  };
  return { observation, token: name === "baseline" ? token : undefined };
}

async function prepare({ breaks, corrects, isInOtherRegion }: Probe, context: ProbeContext) {
  const { app, clock, options: { now = Date.now } } = context;
  const isBroken = (fault: Fault) => breaks.includes(fault);
  const sender = {
    keyId: isBroken("key-id")
      ? crypto.getRandomValues(new Uint8Array(32)).toBase64(BASE64URL)
      : app.keyId,
    clientId: isBroken("app-id") ? randomDigits(app.clientId.length) : app.clientId,
    baseUrl: isInOtherRegion ? context.otherBaseUrl : app.baseUrl,
  };
  const tokenRequest = { ...context.request };
  if (corrects.includes("scope")) tokenRequest.scope = undefined;
  if (corrects.includes("path")) tokenRequest.accountId = tokenRequest.enterpriseId = undefined;
  if (corrects.includes("duration")) tokenRequest.durationSeconds = undefined;
  // Even with the largest error, `iat` is not in the server's future.
  const aheadSeconds = corrects.includes("time") && clock ? clock.seconds + clock.error : 0;
  const seconds = corrects.includes("life") ? PROBE_SECONDS : ASSERTION_SECONDS;
  const parts = assertionParts(sender, tokenRequest, now() - aheadSeconds * 1000, seconds);
  const assertion = isBroken("signature")
    ? withRandomSignature(parts, app.privateKey)
    : await create(parts.header, parts.claims, app.privateKey);
  const request = createTokenRequest(sender, tokenRequest, assertion);
  if (isBroken("bearer")) request.bearer = undefined;
  const { host } = parseBaseUrl(sender.baseUrl);
  const sentIds = [sender.keyId, sender.clientId, parts.claims.jti];
  return { request, tokenRequest, host, sentIds };
}

/** Makes a JWT whose signature is random bytes of the right length. No server accepts it. */
function withRandomSignature(
  parts: { header: unknown; claims: unknown },
  { algorithm }: CryptoKey,
): string {
  const segment = (value: unknown) =>
    new TextEncoder().encode(JSON.stringify(value)).toBase64(BASE64URL);
  const { modulusLength } = algorithm as RsaHashedKeyAlgorithm;
  const signature = crypto.getRandomValues(new Uint8Array(Math.ceil(modulusLength / 8)));
  // As a number it must be below the modulus: otherwise it is malformed rather than wrong.
  signature[0]! &= 0x7f;
  return `${segment(parts.header)}.${segment(parts.claims)}.${signature.toBase64(BASE64URL)}`;
}

/** Makes an App ID that does not exist. */
function randomDigits(length: number): string {
  const digits = crypto.getRandomValues(new Uint8Array(Math.max(length, 12)));
  return `9${[...digits.slice(1)].map((byte) => byte % 10).join("")}`;
}
