// The rate limit of one action at one host: when the next call may leave, so that no second holds more than the limit.

// The API counts calls where they arrive, which is between the moment that a request has left and its response. So a
// second counts from the response: then no delay on the way can put one call too many into it. If the response takes
// longer than this, assume that the request arrived this long after it was sent, or slow APIs would cost a part of
// the limit.
const maxTransitMs = 80;
const secondMs = 1000;

/** One call that was admitted. */
export interface Departure {
  /** The request has left this process. */
  sent: () => void;
  /** The response has arrived, or never will. */
  done: () => void;
}

/** Admits calls one by one. All times are monotonic milliseconds. */
export interface RateLimiter {
  /** The time from which the next call may leave; `Infinity` while that depends on a call that has not left yet. */
  nextAt: () => number;
  /** Counts a call that leaves at a time. */
  admit: (at: number) => Departure;
  /** Admits nothing before a time. */
  pauseUntil: (at: number) => void;
  /** Changes the limit, in calls a second. A limit of 2.5 counts as 2, one of 0.5 as one call in two seconds. */
  setLimit: (perSecond: number) => void;
}

interface Call {
  admittedAt: number;
  /** When it had arrived at the latest; infinite while it has not left. */
  arrivedBy: number;
}

/**
 * Besides the limit in any second it keeps half the even spacing between two calls, so that no burst follows an idle time.
 * @param now monotonic milliseconds
 */
export function createRateLimiter(perSecond: number, now: () => number): RateLimiter {
  /** The newest calls, oldest first, as many as the limit permits in one second. */
  const recent: Call[] = [];
  let limit = perSecond;
  let notBefore = Number.NEGATIVE_INFINITY;
  const capacity = () => Math.max(1, Math.floor(limit));

  return {
    nextAt() {
      const last = recent.at(-1)?.admittedAt ?? Number.NEGATIVE_INFINITY;
      const oldest = recent.at(-capacity())?.arrivedBy ?? Number.NEGATIVE_INFINITY;
      return Math.max(notBefore, last + secondMs / 2 / Math.max(1, limit), oldest + secondMs * Math.max(1, 1 / limit));
    },
    admit(at) {
      const call: Call = { admittedAt: at, arrivedBy: Number.POSITIVE_INFINITY };
      recent.push(call);
      if (recent.length > capacity()) recent.splice(0, recent.length - capacity());
      return {
        sent: () => {
          call.arrivedBy = Math.min(call.arrivedBy, now() + maxTransitMs);
        },
        done: () => {
          call.arrivedBy = Math.min(call.arrivedBy, now());
        },
      };
    },
    pauseUntil(at) {
      notBefore = Math.max(notBefore, at);
    },
    setLimit(perSecond) {
      limit = perSecond;
    },
  };
}
