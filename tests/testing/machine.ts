// A machine with its own clocks, and a token endpoint whose clock is right.

/** The clocks of one machine, and the truth. */
export interface Machine {
  /** The wall clock, which may be wrong and may be set. */
  now: () => number;
  /** The clock that is never set and stops while the machine sleeps. */
  monotonic: () => number;
  /** The right time: the server's. */
  truth: () => number;
  pass(ms: number): void;
  /** Time passes while the machine sleeps: its monotonic clock stands still. */
  sleep(ms: number): void;
  /** Sets the wall clock, forward or back. */
  set(ms: number): void;
}

/** Creates a machine whose wall clock is ahead by so many milliseconds. */
export function createMachine(skewMs = 0): Machine {
  let truth = 1_750_000_000_250;
  let monotonic = 5_000;
  let skew = skewMs;
  return {
    now: () => Math.floor(truth + skew),
    monotonic: () => monotonic,
    truth: () => truth,
    pass(ms) {
      truth += ms;
      monotonic += ms;
    },
    sleep(ms) {
      truth += ms;
    },
    set(ms) {
      skew += ms;
    },
  };
}

/** How the endpoint responds. */
export interface EndpointOptions {
  lifeSeconds?: number;
  /** How long the request and the response are on their way. */
  delaysMs?: () => [number, number];
  /** Whether the response has a `Date` header. */
  dated?: boolean;
  /** How many milliseconds the `Date` header is behind, besides being cut to whole seconds. */
  dateLagMs?: number;
  /** Whether `expires_in` is a lifetime. */
  relative?: boolean;
}

/** A token endpoint that counts its requests and knows the true end of each token. */
export function createEndpoint(machine: Machine, options: EndpointOptions = {}) {
  const { lifeSeconds = 900, delaysMs = () => [0, 0] } = options;
  const { dated = true, dateLagMs = 0, relative } = options;
  const ends = new Map<string, number>();
  /** What the next requests get instead of a token. */
  const failures: (() => Response | Promise<Response>)[] = [];
  /** What every request gets instead of a token. */
  let outage: (() => Response | Promise<Response>) | undefined;
  const bodies: Record<string, unknown>[] = [];
  async function fetch(request: Request): Promise<Response> {
    bodies.push(await request.json());
    const [there, back] = delaysMs();
    machine.pass(there);
    const seconds = Math.floor(machine.truth() / 1000);
    const headers: Record<string, string> = dated
      ? { "Date": new Date(machine.truth() - dateLagMs).toUTCString() }
      : {};
    const failure = failures.shift() ?? outage;
    if (failure) return await failure();
    const token = `czs_token_${bodies.length}`;
    ends.set(token, (relative ? machine.truth() : seconds * 1000) + lifeSeconds * 1000);
    machine.pass(back);
    const expiresIn = relative ? lifeSeconds : seconds + lifeSeconds;
    return Response.json({ access_token: token, expires_in: expiresIn }, { headers });
  }
  return {
    fetch,
    failures,
    bodies,
    set outage(response: typeof outage) {
      outage = response;
    },
    /** The number of requests. */
    get count() {
      return bodies.length;
    },
    /** Whether a token is still valid. */
    accepts: (token: string) => machine.truth() < (ends.get(token) ?? 0),
  };
}

/** Refuses the assertion. */
export function refuseAssertion(machine: Machine): () => Response {
  return () =>
    Response.json({ error_code: "invalid_client", error_message: "no" }, {
      status: 401,
      headers: { "Date": new Date(machine.truth()).toUTCString() },
    });
}
