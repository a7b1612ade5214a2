import { runIn } from "../../../tests/testing/fake_io.ts";
import type { Code } from "../../../lib/words/words.ts";
import { createServer, type Handler, isSignedBy, parseBearer } from "./server.ts";
import { filesOf, pemOf, type Setup } from "./setup.ts";

/** What the doctor did. */
export interface Outcome {
  exitCode: number;
  /** The printed report, if there is one. */
  report?: {
    ok: boolean;
    exitCode: number;
    findings: { code: Code; severity: string; certainty: string }[];
  };
  /** Requests to the token endpoint. */
  requests: number;
  /** Rules that it broke. */
  violations: string[];
}

const PROBE_SECONDS = 60;

/** Runs the doctor in a setup. */
export async function runDoctor(setup: Setup): Promise<Outcome> {
  const { fetch, sent, violations } = watched(setup, internet(setup));
  const { exitCode, stdout, stderr } = await runIn({
    args: ["doctor", "--json", ...setup.args],
    files: filesOf(setup),
    env: {},
    now: () => setup.clock.now + setup.skew,
    fetch,
  });
  const printed = stdout + stderr;
  const secrets = [...sent.signatures, pemOf(setup.user.pair).split("\n")[3]!];
  if (/czs_[\w-]{40}/.test(printed) || secrets.some((text) => printed.includes(text))) {
    violations.push("a secret is printed");
  }
  const report = stdout.startsWith("{") ? JSON.parse(stdout) : undefined;
  if (!report) violations.push(`no report: exit ${exitCode}, ${stderr.slice(0, 200)}`);
  else if (report.exitCode !== exitCode) violations.push("exitCode is not the exit code");
  return { exitCode, report, requests: sent.requests, violations };
}

/** Makes a network with the servers of both regions. Each request takes some time. */
function internet({ apps, server, clock, chance, proxies }: Setup): Handler {
  const hosts: Record<string, Handler> = {};
  for (const region of ["cn", "com"] as const) {
    const host = `api.coze.${region}`;
    hosts[host] = createServer({ ...server, host, apps: apps[region] }, clock, chance);
  }
  const slowest = chance.pick([80, 400, 1500]);
  const all: Handler = async (request) => {
    const ms = chance.integer(20, slowest);
    clock.now += Math.floor(ms / 2);
    const response = await hosts[new URL(request.url).host]!(request);
    clock.now += Math.ceil(ms / 2);
    return response;
  };
  return proxies.reduce((handler, proxy) => proxy(handler), all);
}

/** Checks that every request of the doctor keeps the rules. */
function watched({ user, args, host: configured }: Setup, handler: Handler) {
  const sent = { requests: 0, reads: 0, signatures: [] as string[] };
  const violations: string[] = [];
  const asksOther = args.includes("--other-region");
  const jtis = new Set<unknown>();
  const ownHost = configured ?? `api.coze.${user.region}`;
  const otherHost = `api.coze.${user.region === "cn" ? "com" : "cn"}`;

  const check = (request: Request) => {
    const { host, pathname } = new URL(request.url);
    const note = (what: string) => violations.push(`${what} (request ${sent.requests})`);
    const authorization = request.headers.get("authorization");
    if (args.includes("--offline")) note("a request is sent that must not be");
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
    if (isSignedBy(jwt, user.pair.publicKey) && host !== ownHost) {
      note("an assertion of the real key goes to another host");
    }
    const { iat, exp, jti } = jwt.claims;
    if (jtis.has(jti)) note("a jti is used twice");
    jtis.add(jti);
    if (sent.requests > 1 && Number(exp) - Number(iat) > PROBE_SECONDS) note("a probe lives long");
  };
  const fetch: Handler = (request) => {
    check(request);
    return handler(request);
  };
  return { fetch, sent, violations };
}
