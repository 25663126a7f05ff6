// A clock and timers that only tests advance.

/** A fake monotonic clock with timers, and a wall clock that runs beside it. */
export interface FakeTime {
  /** Unix milliseconds. */
  now: () => number;
  /** Monotonic milliseconds, from 0. */
  monotonic: () => number;
  later: (ms: number, callback: () => void) => () => void;
  /** Moves on, running each timer at its time and everything that it sets off. */
  advance: (ms: number) => Promise<void>;
}

/** @param startMs unix milliseconds of the wall clock at the beginning */
export function createFakeTime(startMs = Date.UTC(2026, 10, 22)): FakeTime {
  let elapsed = 0;
  const timers = new Set<{ at: number; callback: () => void }>();

  async function settle(): Promise<void> {
    // setImmediate comes after all promise jobs: a few rounds let chains of awaits come to rest.
    for (let round = 0; round < 5; round++) await new Promise((resolve) => setImmediate(resolve));
  }

  return {
    now: () => startMs + elapsed,
    monotonic: () => elapsed,
    later(ms, callback) {
      const timer = { at: elapsed + ms, callback };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    async advance(ms) {
      const end = elapsed + ms;
      await settle();
      for (;;) {
        const [next] = [...timers].filter(({ at }) => at <= end).toSorted((a, b) => a.at - b.at);
        if (next === undefined) break;
        timers.delete(next);
        elapsed = Math.max(elapsed, next.at);
        next.callback();
        await settle();
      }
      elapsed = end;
    },
  };
}
