// Time and randomness, passed in so that tests control both.

/** The clocks, the timer and the random source of the process, or of a test. */
export interface Clock {
  /** Wall clock, unix milliseconds: for display. */
  now: () => number;
  /** Milliseconds of a clock that is never set back: for durations. */
  monotonic: () => number;
  /** Calls back once after `ms` milliseconds. @returns a function that cancels the call */
  later: (ms: number, callback: () => void) => () => void;
  /** A number in [0, 1). */
  random: () => number;
}
