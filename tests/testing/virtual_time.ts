// Time that advances only when all tasks sleep.

/** A clock whose sleepers wake in order, as soon as nothing else is to be done. */
interface VirtualTime {
  now: () => number;
  sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Lets time pass until the work is done. */
  run<T>(work: Promise<T>): Promise<T>;
}

/** Makes a clock that begins at zero. */
export function createVirtualTime(): VirtualTime {
  let now = 0;
  let sleepers: { at: number; wake: () => void }[] = [];
  return {
    now: () => now,
    sleep: (ms, signal) =>
      new Promise((wake) => {
        const sleeper = { at: now + ms, wake };
        sleepers.push(sleeper);
        signal.addEventListener("abort", () => {
          sleepers = sleepers.filter((each) => each !== sleeper);
          wake();
        });
      }),
    async run(work) {
      let isDone = false;
      const end = () => isDone = true;
      work.then(end, end);
      for (;;) {
        // All that can be done without time passing is done before a timer fires.
        await new Promise((resolve) => setTimeout(resolve, 0));
        if (isDone) return await work;
        const next = sleepers.reduce((a, b) => b.at < a.at ? b : a, { at: Infinity, wake() {} });
        if (next.at === Infinity) {
          throw new Error("deadlock: no task sleeps and the work is not done");
        }
        sleepers = sleepers.filter((each) => each !== next);
        now = next.at;
        next.wake();
      }
    },
  };
}
