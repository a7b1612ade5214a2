import { runIn } from "../../../tests/testing/fake_io.ts";
import { layOut } from "./layouts.ts";
import { isSignedBy, parseBearer } from "./server/jwt.ts";
import { fails, isSlow } from "./server/proxies.ts";
import { createServer, type Handler } from "./server/server.ts";
import type { Setup } from "./setup.ts";

/** The part of a finding that the matrix reads. */
export interface Found {
  code: string;
  severity: string;
  certainty: string;
}

/** What the doctor did. */
export interface Outcome {
  exitCode: number;
  /** What it printed, if that is a report. */
  report?: { ok: boolean; exitCode: number; findings: Found[] };
  /** Requests to the token endpoint. */
  requests: number;
  /** Rules that it broke. */
  violations: string[];
}

const PROBE_SECONDS = 60;
const NO_NAME = fails("client error (Connect): dns error: failed to lookup address information");

/** Runs the doctor in a setup. */
export async function runDoctor(setup: Setup): Promise<Outcome> {
  const { files, args, env } = layOut(setup);
  const { watch, sent, violations } = createWatch(setup);
  const { exitCode, stdout, stderr } = await runIn({
    args: [
      "doctor",
      ...setup.args,
      "--json",
      ...args,
      ...(setup.asksOther ? ["--other-region"] : []),
      ...(setup.offline ? ["--offline"] : []),
    ],
    files,
    env,
    facts: setup.facts,
    stdin: setup.stdin,
    now: () => setup.clock.now + setup.skew,
    fetch: watch(internet(setup)),
  });
  const printed = stdout + stderr;
  if (
    /czs_[\w-]{40}|PRIVATE KEY-----\\?\n?MII/.test(printed) ||
    sent.signatures.some((text) => printed.includes(text))
  ) {
    violations.push("a secret is printed");
  }
  const report = parse(stdout);
  if (!report) violations.push(`no report: exit ${exitCode}, ${stderr.slice(0, 200)}`);
  else if (report.exitCode !== exitCode) violations.push("exitCode is not the exit code");
  return { exitCode, report, requests: sent.requests, violations };
}

function parse(stdout: string): Outcome["report"] {
  try {
    const value = JSON.parse(stdout);
    return value.schema === 1 && Array.isArray(value.findings) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** A network with the servers of both regions. */
function internet({ apps, server, clock, chance, proxies }: Setup): Handler {
  const hosts: Record<string, Handler> = {};
  for (const region of ["cn", "com"] as const) {
    const host = `api.coze.${region}`;
    hosts[host] = createServer({ ...server, host, apps: apps[region] }, clock, chance);
  }
  const nowhere = NO_NAME(() => Promise.reject(new Error("not reached")));
  const all: Handler = (request) => (hosts[new URL(request.url).host] ?? nowhere)(request);
  const range = chance.pick([[20, 80], [100, 400], [20, 1500]] as const);
  return proxies.reduce((handler, proxy) => proxy(handler), isSlow(clock, chance, range)(all));
}

/** Checks every request that the doctor sends. */
function createWatch({ user, offline, stdin, asksOther, host: configured }: Setup) {
  const sent = { requests: 0, reads: 0, signatures: [] as string[] };
  const violations: string[] = [];
  const jtis = new Set<unknown>();
  const ownHost = configured ?? `api.coze.${user.region}`;
  const otherHost = `api.coze.${user.region === "cn" ? "com" : "cn"}`;
  let baseline: string | undefined;

  const check = (request: Request) => {
    const { host, pathname } = new URL(request.url);
    const note = (what: string) => violations.push(`${what} (request ${sent.requests})`);
    const authorization = request.headers.get("authorization");
    if (offline || stdin !== undefined) note("a request is sent that must not be");
    if (host !== ownHost && !(asksOther && host === otherHost)) note(`${host} is asked`);
    if (request.redirect !== "manual") note("redirects are followed");
    if (!pathname.endsWith("token")) {
      if (pathname !== "/v1/workspaces" || request.method !== "GET") note(`${pathname} is asked`);
      if (++sent.reads > 1) note("the API is asked twice");
      if (host !== ownHost && authorization) note("an access token goes to another host");
      return;
    }
    sent.requests++;
    const jwt = parseBearer(authorization);
    if (!jwt) return;
    sent.signatures.push(jwt.signature.toString("base64url"));
    const { header, claims } = jwt;
    const isReal = isSignedBy(jwt, user.pair.publicKey);
    if (isReal && host !== ownHost) note("an assertion of the real key goes to another host");
    if (jtis.has(claims["jti"])) note("a jti is used twice");
    jtis.add(claims["jti"]);
    const life = Number(claims["exp"]) - Number(claims["iat"]);
    // Only the baseline, which may be sent again, lives longer.
    const shape = JSON.stringify([isReal, request.url, header["kid"], claims["iss"], life]);
    baseline ??= shape;
    if (life > PROBE_SECONDS && shape !== baseline) note(`a probe lives ${life} s`);
  };
  const watch = (handler: Handler): Handler => (request) => {
    check(request);
    return handler(request);
  };
  return { watch, sent, violations };
}
