/** Gives the milliseconds since it was started. */
export type Stopwatch = () => number;

/**
 * Starts a stopwatch that shows the larger of what two clocks say: the wall clock may be set, and
 * the monotonic clock stops while the machine sleeps.
 */
export function startStopwatch(now: () => number, monotonic: () => number): Stopwatch {
  const wall = now();
  const start = monotonic();
  return () => Math.max(now() - wall, monotonic() - start);
}

/** Waits for a promise that may ignore the signal. Throws the signal's reason on abort. */
export async function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  signal.addEventListener("abort", abort);
  try {
    if (signal.aborted) abort();
    // In this order: an abort wins against a promise that is settled already.
    return await Promise.race([aborted, promise]);
  } finally {
    // The listener would keep the process alive until the deadline.
    signal.removeEventListener("abort", abort);
  }
}

/** Waits some milliseconds, or until the signal aborts. */
export function wait(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal?.addEventListener("abort", end);
    if (signal?.aborted) end();
  });
}
