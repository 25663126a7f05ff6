// How long no call is made after the API has throttled one.
import { Failure } from '../model/failure.ts';

/** Upper bound on Retry-After, in milliseconds. */
export const maxRetryAfterMs = 300_000;

/** Longest pause that a check waits for, in milliseconds. In a longer one it fails at once, and is due after it. */
export const maxPauseWaitMs = 5000;

/** Rate limits are per second, so a throttled call pauses its lane for one second. */
const throttlePauseMs = 1000;

/** Milliseconds to wait after a failure before the next call. */
export function pauseAfter({ reason, retryAfterMs }: Failure): number {
  return Math.min(retryAfterMs ?? (reason === 'rate_limited' ? throttlePauseMs : 0), maxRetryAfterMs);
}

/** The failure of a check that makes no call during a pause. @param pauseMs until its end */
export function pausedFailure(pauseMs: number): Failure {
  const seconds = Math.ceil(pauseMs / 1000);
  const message = `no call was made: the API asked for a pause, which ends in ${seconds} s`;
  return new Failure('rate_limited', message, { retryAfterMs: pauseMs });
}
