// Splits work on a large fleet into slices, so that the event loop serves other events in between.
import { performance } from 'node:perf_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';

/** Longest slice in milliseconds. Short, because several such works can be in progress at once. */
const sliceMs = 4;

/** The slices of one work. */
export interface Pace {
  /** Whether the current slice has lasted long enough. */
  isDue: () => boolean;
  /** Lets the event loop run, then starts the next slice. */
  rest: () => Promise<void>;
}

/** Starts the first slice. Use it as `if (pace.isDue()) await pace.rest();` */
export function createPace(): Pace {
  let until = performance.now() + sliceMs;
  return {
    isDue: () => performance.now() >= until,
    async rest() {
      await nextTurn();
      until = performance.now() + sliceMs;
    },
  };
}

/**
 * Lets timers run and I/O be handled. One immediate does not, when it is set while I/O is handled: it runs right after.
 */
export async function wholeTurn(): Promise<void> {
  await nextTurn();
  await nextTurn();
}
