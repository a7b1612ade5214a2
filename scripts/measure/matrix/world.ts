import { runIn } from "../../../tests/testing/fake_io.ts";
import { isSignedBy, parseBearer } from "./assertion.ts";
import { layOut } from "./layouts.ts";
import { fails, isSlow } from "./proxies.ts";
import { createServer, type Handler } from "./server.ts";
import type { Injection, Setup } from "./setup.ts";

/** One finding of the doctor, as far as it is looked at. */
export interface Found {
  code: string;
  severity: string;
  certainty: string;
}

/** What the doctor did and said. */
export interface Report {
  exitCode: number;
  /** What stdout says, when it is a report. */
  said?: { ok: boolean; exitCode: number; findings: Found[] };
  /** Requests to the token endpoint. */
  requests: number;
  /** What must never happen. */
  violations: string[];
}

const MOST_REQUESTS = 8;
const PROBE_SECONDS = 60;
const NO_NAME = fails("client error (Connect): dns error: failed to lookup address information");

/**
 * Lets the doctor loose on a setup.
 *
 * @param setup The scene.
 * @param injections What is wrong in it.
 */
export async function examine(setup: Setup, injections: readonly Injection[]): Promise<Report> {
  const { files, args, env } = layOut(setup);
  const { watch, violations, requestsSent, secrets } = createWatch(setup, injections);
  const outcome = await runIn({
    args: [
      "doctor",
      ...setup.args,
      "--json",
      ...args,
      ...(setup.asksOther ? ["--other-region"] : []),
      ...(setup.offline ? ["--offline"] : []),
    ],
    files: files as Record<string, string | Uint8Array | Error>,
    env,
    facts: setup.facts,
    ...(setup.stdin !== undefined && { stdin: setup.stdin }),
    now: () => setup.clock.now() + setup.skew,
    fetch: watch(internet(setup)),
  });
  const printed = outcome.stdout + outcome.stderr;
  if (
    /czs_[\w-]{40}|PRIVATE KEY-----\\?\n?MII/.test(printed) ||
    secrets.some((text) => printed.includes(text))
  ) {
    violations.push("a secret is printed");
  }
  const said = parse(outcome.stdout);
  if (!said) {
    violations.push(`no report: exit ${outcome.exitCode}, ${outcome.stderr.slice(0, 200)}`);
  } else if (said.exitCode !== outcome.exitCode) violations.push("exitCode is not the exit code");
  const report = { exitCode: outcome.exitCode, requests: requestsSent(), violations };
  return { ...report, ...(said && { said }) };
}

function parse(stdout: string): Report["said"] {
  try {
    const value = JSON.parse(stdout);
    return value.schema === 1 && Array.isArray(value.findings) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Both regions, and nothing else. */
function internet({ apps, server, clock, chance, proxies }: Setup): Handler {
  const hosts: Record<string, Handler> = {};
  for (const region of ["cn", "com"] as const) {
    const host = `api.coze.${region}`;
    hosts[host] = createServer({ ...server, host, apps: apps[region] }, clock, chance);
  }
  const nowhere = NO_NAME(() => Promise.reject(new Error("never asked")));
  const all: Handler = (request) => (hosts[new URL(request.url).host] ?? nowhere)(request);
  const range = chance.pick([[20, 80], [100, 400], [20, 1500]] as const);
  return proxies.reduce((handler, proxy) => proxy(handler), isSlow(clock, chance, range)(all));
}

/** Stands beside the user and looks at everything that is sent. */
function createWatch(setup: Setup, injections: readonly Injection[]) {
  const { user, offline, stdin, asksOther } = setup;
  const violations: string[] = [];
  const secrets: string[] = [];
  const jtis = new Set<unknown>();
  const written = injections.find(({ touches }) => touches.includes("base-url"))?.name;
  const ownHost = written ? URL.parse(written)?.host : `api.coze.${user.region}`;
  const otherHost = `api.coze.${user.region === "cn" ? "com" : "cn"}`;
  let requests = 0;
  let reads = 0;
  let baseline: string | undefined;

  const look = (request: Request) => {
    const { host, pathname } = new URL(request.url);
    const note = (what: string) => violations.push(`${what} (request ${requests})`);
    const authorization = request.headers.get("authorization");
    if (offline || stdin !== undefined) note("something is sent that must not be");
    if (host !== ownHost && !(asksOther && host === otherHost)) note(`${host} is asked`);
    if (request.redirect !== "manual") note("redirects are followed");
    if (!pathname.endsWith("token")) {
      if (pathname !== "/v1/workspaces" || request.method !== "GET") note(`${pathname} is asked`);
      if (++reads > 1) note("the API is asked twice");
      if (host !== ownHost && authorization) note("an access token goes to another host");
      return;
    }
    if (++requests > MOST_REQUESTS) note(`more than ${MOST_REQUESTS} requests`);
    const parsed = parseBearer(authorization);
    if (!parsed) return;
    secrets.push(parsed.signature.toString("base64url"));
    const { header, claims } = parsed;
    const isReal = isSignedBy(parsed, user.pair.publicKey);
    if (isReal && host !== ownHost) note("an assertion of the real key goes to another host");
    if (jtis.has(claims["jti"])) note("a jti is used twice");
    jtis.add(claims["jti"]);
    const life = Number(claims["exp"]) - Number(claims["iat"]);
    // The baseline may be repeated as it is; all else is a probe.
    const shape = JSON.stringify([isReal, request.url, header["kid"], claims["iss"], life]);
    baseline ??= shape;
    if (life > PROBE_SECONDS && shape !== baseline) note(`a probe lives ${life} s`);
  };
  const watch = (handler: Handler): Handler => (request) => {
    look(request);
    return handler(request);
  };
  return { watch, violations, secrets, requestsSent: () => requests };
}
