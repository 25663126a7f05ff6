// The rate limit of one action at one host: when the next call may be sent, so that no second has more than the limit.

// The API counts calls on arrival, which is between the sending of a request and its response. A second is therefore
// counted from the response, so that no network delay can put one call too many into it. If the response takes longer
// than this, assume that the request arrived this long after it was sent: slow APIs would otherwise reduce the rate.
const maxTransitMs = 80;
const secondMs = 1000;

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
  /** Admits nothing before `at`. */
  pauseUntil: (at: number) => void;
  /** Changes the limit, in calls a second. A limit of 2.5 counts as 2, one of 0.5 as one call in two seconds. */
  setLimit: (perSecond: number) => void;
}

interface Call {
  admittedAt: number;
  /** The latest time at which it can have arrived; infinite until it is sent. */
  arrivedBy: number;
}

/**
 * Besides the limit per second, keeps half the even spacing between two calls, so that no burst follows an idle time.
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
