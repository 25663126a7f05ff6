// The calls that count against one rate limit: when the next one may be sent, so that no second has more than the limit.

const secondMs = 1000;

/** One call that was admitted. It can count in several windows. All times are monotonic milliseconds. */
export interface Call {
  readonly admittedAt: number;
  /** The latest time at which it can have arrived; infinite until it is sent. */
  arrivedBy: number;
}

/** Counts the calls of the last second, and for limits below one call per second the last one. */
export interface CallWindow {
  /** The time from which the next call may be sent; `Infinity` while that depends on a call that is not sent yet. */
  nextAt: () => number;
  add: (call: Call) => void;
  /** Those that still count. */
  calls: () => readonly Call[];
  /** Counts the calls of another window, too. */
  inherit: (calls: readonly Call[]) => void;
  perSecond: () => number;
  /** Changes the limit, in calls a second. A limit of 2.5 counts as 2, one of 0.5 as one call in two seconds. */
  setLimit: (perSecond: number) => void;
  /** Admits nothing before `at`; `resume` ends that. */
  pauseUntil: (at: number) => void;
  pausedUntil: () => number;
  resume: () => void;
  /** Whether an empty window would admit the same calls from `at` on. */
  isIdle: (at: number) => boolean;
}

/**
 * In addition to the limit per second, keeps half the even spacing between two calls, so that no burst follows an idle time.
 * @param perSecond `Infinity`: no limit, but the calls count when there is one later
 */
export function createCallWindow(perSecond = Number.POSITIVE_INFINITY): CallWindow {
  /** Oldest first. */
  let recent: Call[] = [];
  let limit = perSecond;
  let notBefore = Number.NEGATIVE_INFINITY;
  const capacity = () => Math.max(1, Math.floor(limit));
  const lengthMs = () => secondMs * Math.max(1, 1 / limit);

  return {
    nextAt() {
      const last = recent.at(-1)?.admittedAt ?? Number.NEGATIVE_INFINITY;
      let next = Math.max(notBefore, last + secondMs / 2 / Math.max(1, limit));
      // Usually one call. More of them after the limit was lowered.
      for (let at = recent.length - capacity(); at >= 0; at--) {
        next = Math.max(next, (recent[at]?.arrivedBy ?? 0) + lengthMs());
      }
      return next;
    },
    add(call) {
      recent.push(call);
      // For a limit of 0.5 the last one counts for longer than a second.
      let outdated = 0;
      while (recent.length - outdated > 1 && hasLeft(recent[outdated], call.admittedAt)) outdated++;
      recent.splice(0, outdated);
    },
    calls: () => recent,
    inherit(calls) {
      recent = [...new Set([...recent, ...calls])].toSorted((a, b) => a.admittedAt - b.admittedAt);
    },
    perSecond: () => limit,
    setLimit(perSecond) {
      limit = perSecond;
    },
    pauseUntil(at) {
      notBefore = Math.max(notBefore, at);
    },
    pausedUntil: () => notBefore,
    resume() {
      notBefore = Number.NEGATIVE_INFINITY;
    },
    isIdle: (at) => notBefore <= at && recent.every(({ arrivedBy }) => arrivedBy + lengthMs() <= at),
  };
}

function hasLeft(call: Call | undefined, at: number): boolean {
  return call !== undefined && call.arrivedBy + secondMs <= at;
}
