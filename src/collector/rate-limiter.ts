// Admits the calls of one action at one host: in every window that they count in.
import type { Call, CallWindow } from './call-window.ts';

// The API counts calls on arrival, which is between the sending of a request and its response. A second is therefore
// counted from the response, so that no network delay can put one call too many into it. If the response takes longer
// than this, assume that the request arrived this long after it was sent: slow APIs would otherwise reduce the rate.
const maxTransitMs = 80;

/** One call that was admitted. */
export interface Departure {
  /** Call it when the request has left this process. */
  sent: () => void;
  /** Call it when the response has arrived or the exchange has failed. */
  done: () => void;
}

/** Admits calls one by one. All times are monotonic milliseconds. */
export interface RateLimiter {
  /** The time from which the next call may be sent; `Infinity` while that depends on a call that is not sent yet. */
  nextAt: () => number;
  /** Counts a call that is sent at `at`. */
  admit: (at: number) => Departure;
  /** The lowest of the limits. */
  perSecond: () => number;
  pauseUntil: (at: number) => void;
  pausedUntil: () => number;
  resume: () => void;
}

/**
 * @param windows those that a call counts in now; at least one
 * @param now monotonic milliseconds
 */
export function createRateLimiter(windows: () => readonly CallWindow[], now: () => number): RateLimiter {
  return {
    nextAt: () => Math.max(...windows().map((window) => window.nextAt())),
    admit(at) {
      const call: Call = { admittedAt: at, arrivedBy: Number.POSITIVE_INFINITY };
      for (const window of windows()) window.add(call);
      const arrivesBy = (latest: number) => {
        call.arrivedBy = Math.min(call.arrivedBy, latest);
      };
      return { sent: () => arrivesBy(now() + maxTransitMs), done: () => arrivesBy(now()) };
    },
    perSecond: () => Math.min(...windows().map((window) => window.perSecond())),
    pauseUntil(at) {
      for (const window of windows()) window.pauseUntil(at);
    },
    pausedUntil: () => Math.max(...windows().map((window) => window.pausedUntil())),
    resume() {
      for (const window of windows()) window.resume();
    },
  };
}
