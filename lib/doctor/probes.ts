import { assertionParts } from "../assertion.ts";
import { create } from "../djwt.ts";
import { CozeError } from "../error.ts";
import { BASE64URL } from "../pem.ts";
import {
  type CozeApp,
  createTokenRequest,
  parseBaseUrl,
  type TokenRequest,
} from "../token_request.ts";
import { type AccessToken, MAX_TOKEN_BYTES, readTokenResponse } from "../token_response.ts";
import { type HttpResponse, type RequestOptions, send, startCall } from "../http.ts";
import { clockOffset } from "../server_answer.ts";
import { exitCodeOf } from "./kinds.ts";
import { clockHintOf, comparable, type Observation, type ProbeName } from "./observation.ts";

/** Lifetime of a probe's assertion in seconds. */
const PROBE_SECONDS = 60;
/** A log id is made some time before the answer arrives. */
const HINT_ERROR_SECONDS = 5;

/** How a request differs from the one that `token` would send. */
interface Recipe {
  /**
   * Who signs: the user's key, nobody, or there is no JWT at all. What the user's key has signed
   * goes to the host that the user named, and to no other.
   */
  signed: "own" | "foreign" | "none";
  randomKeyId?: true;
  randomAppId?: true;
  /** Whose clock the times are by; that of the `Date` header, where there is one, if not said. */
  clock?: "own" | "log-id";
  /** What is left out of the request. */
  without?: readonly ("scope" | "path" | "duration")[];
  elsewhere?: true;
}

const RECIPES: Readonly<Record<Exclude<ProbeName, "baseline">, Recipe>> = {
  "no-bearer": { signed: "none" },
  "foreign-key": { signed: "foreign" },
  "other-region": { signed: "foreign", elsewhere: true },
  "other-region-random": { signed: "foreign", elsewhere: true, randomKeyId: true },
  "other-region-random-ids": {
    signed: "foreign",
    elsewhere: true,
    randomKeyId: true,
    randomAppId: true,
  },
  "random-key-id": { signed: "own", randomKeyId: true },
  "random-app-id": { signed: "own", randomAppId: true },
  "random-ids": { signed: "own", randomKeyId: true, randomAppId: true },
  "short-life": { signed: "own" },
  "own-clock": { signed: "own", clock: "own" },
  "log-id-clock": { signed: "own", clock: "log-id" },
  "plain": { signed: "own", without: ["scope", "path", "duration"] },
  "no-scope": { signed: "own", without: ["scope"] },
  "plain-path": { signed: "own", without: ["path"] },
};

/** Who asks and how, the same for all probes of a run. */
export interface ProbeContext {
  app: CozeApp & { privateKey: CryptoKey; baseUrl: string };
  request: TokenRequest;
  options: RequestOptions;
  /** Where the other region's API is. */
  otherBaseUrl?: string;
  /** What the baseline said about the clocks. */
  clock?: { seconds: number; error: number };
  /** What its log id says of them. */
  clockHint?: number;
}

/**
 * Sends one request to the token endpoint, once.
 *
 * @param name What is asked.
 * @param context Who asks and how.
 * @returns What was seen, and the token when the baseline got one; of other probes it is dropped.
 * @throws {CozeError} `interrupted`
 */
export async function probe(
  name: ProbeName,
  context: ProbeContext,
): Promise<{ seen: Observation; token?: AccessToken }> {
  const recipe = name === "baseline" ? undefined : RECIPES[name];
  const { request, asked, subject, ids } = await prepare(recipe, context);
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
  const server = problem?.server;
  const logId = server?.logId ?? token?.logId;
  const clock = answer && clockOffset(answer);
  const clockHint = answer && logId !== undefined
    ? clockHintOf(logId, answer.receivedAt)
    : undefined;
  return {
    seen: {
      name,
      host: parseBaseUrl(subject.baseUrl).host,
      outcome: token ? "token" : isRefusal(problem!) ? "refused" : "failed",
      ...(problem && { code: problem.code }),
      details: problem?.details ?? {},
      ...(server && { server }),
      words: comparable(server?.message ?? "", ids),
      ...(clock && { clock }),
      ...(clockHint !== undefined && { clockHint }),
      ms: (answer?.receivedAt ?? call.now()) - startedAt,
      ...(logId !== undefined && { logId }),
    },
    ...(token && !recipe && { token }),
  };
}

/** The server judged the request; a redirect, a proxy or a fault did not. */
function isRefusal({ code }: CozeError): boolean {
  return exitCodeOf(code) === 5 && code !== "redirected";
}

async function prepare(recipe: Recipe | undefined, context: ProbeContext) {
  const { app } = context;
  const now = context.options.now ?? Date.now;
  const subject = {
    ...app,
    ...(recipe?.elsewhere && { baseUrl: context.otherBaseUrl! }),
    ...(recipe?.randomKeyId &&
      { keyId: crypto.getRandomValues(new Uint8Array(32)).toBase64(BASE64URL) }),
    ...(recipe?.randomAppId && { clientId: randomDigits(app.clientId.length) }),
  };
  const asked = leaveOut(context.request, recipe?.without ?? []);
  const parts = recipe
    ? assertionParts(
      subject,
      asked,
      serverClock(now, context, recipe.clock)(),
      PROBE_SECONDS,
    )
    : assertionParts(subject, asked, now());
  const assertion = recipe?.signed === "foreign"
    ? signedByNobody(parts, app.privateKey)
    : await create(parts.header, parts.claims, app.privateKey);
  const request = createTokenRequest(subject, asked, assertion);
  if (recipe?.signed === "none") request.bearer = undefined;
  return { request, asked, subject, ids: [subject.keyId, subject.clientId, parts.claims.jti] };
}

/** The server's time, so early that a server without tolerance finds it past. */
function serverClock(
  now: () => number,
  { clock, clockHint }: ProbeContext,
  whose: Recipe["clock"],
): () => number {
  if (whose === "own") return now;
  if (whose === "log-id") return () => now() - ((clockHint ?? 0) + HINT_ERROR_SECONDS) * 1000;
  return clock ? () => now() - (clock.seconds + clock.error) * 1000 : now;
}

/**
 * A JWT that nobody has signed: random bytes where the signature stands. No key has to be made for
 * it, and it gives nothing away.
 */
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

function leaveOut(request: TokenRequest, names: readonly string[]): TokenRequest {
  const { scope, accountId, enterpriseId, durationSeconds, ...rest } = request;
  return {
    ...rest,
    ...(!names.includes("scope") && scope && { scope }),
    ...(!names.includes("path") && accountId !== undefined && { accountId }),
    ...(!names.includes("path") && enterpriseId !== undefined && { enterpriseId }),
    ...(!names.includes("duration") && durationSeconds !== undefined && { durationSeconds }),
  };
}

/** An App ID that nobody has: as long as ours, and not beginning with 0. */
function randomDigits(length: number): string {
  const digits = crypto.getRandomValues(new Uint8Array(Math.max(length, 12)));
  return `9${[...digits.slice(1)].map((byte) => byte % 10).join("")}`;
}
