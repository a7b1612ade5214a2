/** One event of a stream. */
export interface StreamEvent {
  name: string;
  /** What stands after `data:`, as JSON. */
  data: unknown;
  /**
   * How many milliseconds pass before it.
   *
   * @default {0}
   */
  waitMs?: number;
  /**
   * Whether the blank line after it is left out.
   *
   * @default {false}
   */
  isUnfinished?: boolean;
}

/**
 * Makes the body of an answer of events. It is made while it is read, so that one that nobody reads
 * costs nothing, and it ends at once when its reader goes away.
 *
 * @param events The events.
 * @param sleep Waits between them.
 * @returns The body.
 */
export function createEventStream(
  events: Iterator<StreamEvent>,
  sleep: (ms: number, signal: AbortSignal) => Promise<void>,
): ReadableStream<Uint8Array> {
  const gone = new AbortController();
  const encoder = new TextEncoder();
  return new ReadableStream<Uint8Array>({
    async pull(body) {
      const { done, value } = events.next();
      if (done) return body.close();
      // A timer cannot wait for less.
      if ((value.waitMs ?? 0) >= 1) await sleep(value.waitMs!, gone.signal);
      body.enqueue(encoder.encode(format(value)));
    },
    cancel() {
      gone.abort();
      events.return?.();
    },
  }, { highWaterMark: 0 });
}

/**
 * Waits by a timer, which does not outlive the stream.
 *
 * @param ms How long, in milliseconds.
 * @param signal Ends the wait early.
 * @returns When the time is over or the signal aborts.
 */
export function sleepByTimer(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener("abort", end);
  });
}

/** No blank stands after the colons, and `[DONE]` is in quotes: coze-py's test data. */
function format({ name, data, isUnfinished }: StreamEvent): string {
  return `event:${name}\ndata:${JSON.stringify(data)}\n${isUnfinished ? "" : "\n"}`;
}
