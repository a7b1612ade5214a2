import { createSeededRandom } from "./seeded_random.ts";

/** An answer that is given instead of judging the request: 503, 429, a redirect, HTML, half a JSON. */
export interface Fault {
  /** The HTTP status, 200 to 599. */
  status: number;
  /**
   * Headers beside, or in place of, the usual ones. The content type is JSON unless given here.
   *
   * @default {{}}
   */
  headers?: Record<string, string>;
  /**
   * The body: a text as it stands, an object as JSON.
   *
   * @default {""}
   */
  body?: string | object;
  /**
   * How many requests are answered so.
   *
   * @default {1}
   */
  times?: number;
}

/** Faults in the order of their answers. */
export interface FaultQueue {
  /** Adds faults at the end. */
  add: (...faults: Fault[]) => void;
  /** Takes the fault for the next request, if it is to have one. */
  next: () => Fault | undefined;
}

/** Code and text of a failing server: `[DOC]` oauth_jwt; that it comes with 503 is `[INF]`. */
const UNAVAILABLE: Fault = {
  status: 503,
  body: {
    error: "internal_error",
    error_code: "internal_error",
    error_message: "Service internal error.",
  },
};
/** Neither a limit of the token endpoint nor the form of its answer is known. */
const TOO_MANY: Fault = {
  status: 429,
  headers: { "retry-after": "1" },
  body: { emulator: "too many requests, by faultRate" },
};

/**
 * Makes the queue of faults.
 *
 * @param rate The share of requests, 0 to 1, that fail with 503 or 429 while no fault is queued.
 * @param seed The seed that decides which ones.
 * @returns The queue.
 * @throws {RangeError} The rate lies outside 0 to 1.
 */
export function createFaultQueue(rate: number, seed: number): FaultQueue {
  if (!(rate >= 0 && rate <= 1)) {
    throw new RangeError(
      `Cannot use 'faultRate' as it is not from 0 to 1: current value is ${rate}`,
    );
  }
  const random = createSeededRandom(seed);
  const queue: { fault: Fault; left: number }[] = [];
  return {
    add: (...faults) => {
      faults.forEach(demandUsable);
      queue.push(...faults.map((fault) => ({ fault, left: fault.times ?? 1 })));
    },
    next: () => {
      const head = queue[0];
      if (!head) return random() < rate ? (random() < 0.5 ? UNAVAILABLE : TOO_MANY) : undefined;
      if (--head.left <= 0) queue.shift();
      return head.fault;
    },
  };
}

function demandUsable({ status, times = 1 }: Fault): void {
  if (!Number.isInteger(status) || status < 200 || status > 599) {
    throw new RangeError(
      `Cannot answer with a status outside 200 to 599: current value is ${status}`,
    );
  }
  if (!(times >= 1)) {
    throw new RangeError(
      `Cannot queue a fault for no request: current value of 'times' is ${times}`,
    );
  }
}
