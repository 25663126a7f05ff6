// Decides when the next request may leave: the rate limit of its action, the concurrency, and fairness between accounts.
/** One request that wants to leave. */
export interface GateRequest {
  account: string;
  /** Whose limit counts: account, API host and action. */
  bucket: string;
  /** Requests a second that the bucket may send. */
  perSecond: number;
  /** The lowest rank goes first. */
  rank: number;
  signal: AbortSignal;
}

/** What the gate needs of its surroundings. */
export interface GateTools {
  /** Monotonic milliseconds. */
  now: () => number;
  /** Calls back after some milliseconds; returns how to cancel it. */
  later: (ms: number, callback: () => void) => () => void;
  /** Requests in flight, all accounts together. */
  concurrency: () => number;
  /** Checks that have not ended, by account: how many places each could still use. */
  demand: () => ReadonlyMap<string, number>;
}

/** The place of a request that may leave. */
export interface Place {
  /** The request has left this process. */
  sent: () => void;
  /** Its answer is here, or will never come: hands the place back. */
  release: () => void;
}

/** Lets requests leave one by one. */
export interface Gate {
  /** Waits for the turn of a request; rejects with the reason of its signal. */
  enter: (request: GateRequest) => Promise<Place>;
  /** Lets nothing of a bucket leave for some milliseconds, because the API asked for it. */
  pause: (bucket: string, ms: number) => void;
}

// The API counts calls where they arrive. That happens between the moment that a request has left and its answer, so
// a second counts from the answer: then no delay on the way can put one call too many into it. For an answer that
// takes longer than this, the request is taken to have arrived this long after it left, or slow APIs would cost us
// a part of the limit.
const secondMs = 1000;
const longestWayMs = 80;

interface Ticket extends GateRequest {
  admit: (place: Place) => void;
}

/** One request, in monotonic milliseconds. */
interface Departure {
  admittedAt: number;
  /** When it had arrived at the latest; infinite while it has not left. */
  arrivedBy: number;
}

interface Bucket {
  /** The newest requests, oldest first, as many as the limit permits in one second. */
  recent: Departure[];
  /** Monotonic milliseconds before which nothing may leave. */
  notBefore: number;
  /** Waiting, lowest rank first. */
  queue: Ticket[];
}

/** Requests in one second; a limit of 2.5 counts as 2, one of 0.5 as one in two seconds. */
function capacityOf(perSecond: number): number {
  return Math.max(1, Math.floor(perSecond));
}

/**
 * Monotonic milliseconds from which a bucket may send again: never more than the limit in a second, and half the
 * even spacing apart, so that a bucket that was idle does not burst.
 */
function nextAt({ recent, notBefore }: Bucket, perSecond: number): number {
  const last = recent.at(-1)?.admittedAt ?? Number.NEGATIVE_INFINITY;
  const oldest = recent.at(-capacityOf(perSecond))?.arrivedBy ?? Number.NEGATIVE_INFINITY;
  return Math.max(
    notBefore,
    last + secondMs / 2 / Math.max(1, perSecond),
    oldest + secondMs * Math.max(1, 1 / perSecond),
  );
}

/** Creates a gate with nothing in flight. */
export function createGate({ now, later, concurrency, demand }: GateTools): Gate {
  const buckets = new Map<string, Bucket>();
  const inFlight = new Map<string, number>();
  let cancelTimer: (() => void) | undefined;

  function bucketOf(name: string): Bucket {
    const known = buckets.get(name) ?? { recent: [], notBefore: Number.NEGATIVE_INFINITY, queue: [] };
    buckets.set(name, known);
    return known;
  }

  /**
   * Whether an account may take one more place. Every account with work keeps a claim to its equal share, as far
   * as it has work for it, so that one API that hangs cannot take the places of all others.
   */
  function hasPlace(account: string): boolean {
    const wanted = demand();
    const share = Math.max(1, Math.floor(concurrency() / Math.max(1, wanted.size)));
    let free = concurrency();
    for (const used of inFlight.values()) free -= used;
    let claimed = 0;
    for (const [other, checks] of wanted) {
      if (other !== account) claimed += Math.max(0, Math.min(share, checks) - (inFlight.get(other) ?? 0));
    }
    return free > claimed || (free > 0 && (inFlight.get(account) ?? 0) < share);
  }

  function leave(bucket: Bucket, ticket: Ticket, at: number): void {
    const departure: Departure = { admittedAt: at, arrivedBy: Number.POSITIVE_INFINITY };
    bucket.recent.push(departure);
    if (bucket.recent.length > capacityOf(ticket.perSecond)) bucket.recent.shift();
    inFlight.set(ticket.account, (inFlight.get(ticket.account) ?? 0) + 1);
    let held = true;
    ticket.admit({
      sent() {
        departure.arrivedBy = Math.min(departure.arrivedBy, now() + longestWayMs);
        pump();
      },
      release() {
        if (!held) return;
        held = false;
        departure.arrivedBy = Math.min(departure.arrivedBy, now());
        const rest = (inFlight.get(ticket.account) ?? 1) - 1;
        if (rest === 0) inFlight.delete(ticket.account);
        else inFlight.set(ticket.account, rest);
        pump();
      },
    });
  }

  /** The ticket of lowest rank that may leave at a time, over all buckets. */
  function next(at: number): { bucket: Bucket; ticket: Ticket } | undefined {
    let best: { bucket: Bucket; ticket: Ticket } | undefined;
    const placed = new Map<string, boolean>();
    for (const bucket of buckets.values()) {
      const ticket = bucket.queue[0];
      if (ticket === undefined || nextAt(bucket, ticket.perSecond) > at) continue;
      if (!placed.has(ticket.account)) placed.set(ticket.account, hasPlace(ticket.account));
      if (placed.get(ticket.account) === true && (best === undefined || ticket.rank < best.ticket.rank))
        best = { bucket, ticket };
    }
    return best;
  }

  function pump(): void {
    cancelTimer?.();
    cancelTimer = undefined;
    // One reading of the clock for the whole round: what is due a moment later must be seen by the timer below.
    const at = now();
    for (let turn = next(at); turn !== undefined; turn = next(at)) {
      turn.bucket.queue.shift();
      leave(turn.bucket, turn.ticket, at);
    }
    const times = [...buckets.values()].flatMap((bucket) => {
      const [ticket] = bucket.queue;
      return ticket === undefined ? [] : nextAt(bucket, ticket.perSecond);
    });
    const soonest = Math.min(...times.filter((time) => time > at));
    if (Number.isFinite(soonest)) cancelTimer = later(Math.ceil(soonest - at), pump);
  }

  return {
    async enter(request) {
      request.signal.throwIfAborted();
      const { queue } = bucketOf(request.bucket);
      return await new Promise((resolve, reject) => {
        const abort = () => {
          queue.splice(queue.indexOf(ticket), 1);
          reject(request.signal.reason as Error);
        };
        const ticket: Ticket = {
          ...request,
          admit: (place) => {
            request.signal.removeEventListener('abort', abort);
            resolve(place);
          },
        };
        request.signal.addEventListener('abort', abort, { once: true });
        const place = queue.findIndex(({ rank }) => rank > request.rank);
        queue.splice(place === -1 ? queue.length : place, 0, ticket);
        pump();
      });
    },
    pause(name, ms) {
      const bucket = bucketOf(name);
      bucket.notBefore = Math.max(bucket.notBefore, now() + ms);
    },
  };
}
