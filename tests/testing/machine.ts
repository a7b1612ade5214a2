// A machine with clocks of its own beside a server with the right time, and a token endpoint there.

/** The clocks of one machine, and the truth. */
interface Machine {
  /** The wall clock, which may be wrong and may be set. */
  now: () => number;
  /** The clock that is never set and stops while the machine sleeps. */
  monotonic: () => number;
  /** What time it really is, which is what the server shows. */
  truth: () => number;
  pass(ms: number): void;
  /** Time passes, and the machine does not notice on its monotonic clock. */
  sleep(ms: number): void;
  /** Sets the wall clock, forward or back. */
  set(ms: number): void;
}

/** Makes a machine whose wall clock is wrong by so much. */
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

/** How the endpoint answers. */
export interface EndpointOptions {
  lifeSeconds?: number;
  /** How long request and answer are under way. */
  delaysMs?: () => [number, number];
  /** Whether the answer says what time it is. */
  dated?: boolean;
  /** Whether `expires_in` is a lifetime. */
  relative?: boolean;
}

/** A token endpoint that only counts; it keeps the true end of each token. */
export function createEndpoint(machine: Machine, options: EndpointOptions = {}) {
  const { lifeSeconds = 900, delaysMs = () => [0, 0], dated = true, relative } = options;
  const ends = new Map<string, number>();
  /** What the next requests get in place of a token. */
  const failures: (() => Response | Promise<Response>)[] = [];
  const bodies: Record<string, unknown>[] = [];
  async function fetch(request: Request): Promise<Response> {
    bodies.push(await request.json());
    const [there, back] = delaysMs();
    machine.pass(there);
    const seconds = Math.floor(machine.truth() / 1000);
    const headers: Record<string, string> = dated
      ? { "Date": new Date(machine.truth()).toUTCString() }
      : {};
    const failure = failures.shift();
    if (failure) return await failure();
    const token = `czs_token_${bodies.length}`;
    ends.set(token, (seconds + lifeSeconds) * 1000);
    machine.pass(back);
    const expiresIn = relative ? lifeSeconds : seconds + lifeSeconds;
    return Response.json({ access_token: token, expires_in: expiresIn }, { headers });
  }
  return {
    fetch,
    failures,
    bodies,
    /** How many tokens were asked for. */
    get count() {
      return bodies.length;
    },
    /** Whether a token is really valid. */
    accepts: (token: string) => machine.truth() < (ends.get(token) ?? 0),
  };
}

/** Answers that the assertion is refused. */
export function refuseAssertion(machine: Machine): () => Response {
  return () =>
    Response.json({ error_code: "invalid_client", error_message: "no" }, {
      status: 401,
      headers: { "Date": new Date(machine.truth()).toUTCString() },
    });
}
