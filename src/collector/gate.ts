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

/** Lets requests leave one by one. */
export interface Gate {
  /**
   * Waits for the turn of a request; rejects with the reason of its signal.
   * @returns the function that hands the place back
   */
  enter: (request: GateRequest) => Promise<() => void>;
  /** Lets nothing of a bucket leave for some milliseconds, because the API asked for it. */
  pause: (bucket: string, ms: number) => void;
}

// Calls are counted where they arrive. The spacing is a little wider than the limit demands, so that less than
// 30 ms of jitter on the way (and 10 ms of lateness of our own timers) never put one call too many into a second.
const windowMs = 1040;
const catchUpMs = 10;
interface Ticket extends GateRequest {
  admit: (release: () => void) => void;
}

interface Bucket {
  /** Monotonic milliseconds from which the next request may leave. */
  nextAt: number;
  pausedUntil: number;
  /** Waiting, lowest rank first. */
  queue: Ticket[];
}

/** Milliseconds between two requests of a bucket. A fractional limit above 1 counts as the whole number below. */
export function spacingMs(perSecond: number): number {
  return windowMs / (perSecond >= 1 ? Math.floor(perSecond) : perSecond);
}

/** Creates a gate with nothing in flight. */
export function createGate({ now, later, concurrency, demand }: GateTools): Gate {
  const buckets = new Map<string, Bucket>();
  const inFlight = new Map<string, number>();
  let cancelTimer: (() => void) | undefined;

  function bucketOf(name: string): Bucket {
    const known = buckets.get(name) ?? {
      nextAt: Number.NEGATIVE_INFINITY,
      pausedUntil: Number.NEGATIVE_INFINITY,
      queue: [],
    };
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

  function leave(bucket: Bucket, ticket: Ticket): void {
    const interval = spacingMs(ticket.perSecond);
    bucket.nextAt = Math.max(bucket.nextAt, now() - Math.min(catchUpMs, interval)) + interval;
    inFlight.set(ticket.account, (inFlight.get(ticket.account) ?? 0) + 1);
    let held = true;
    ticket.admit(() => {
      if (!held) return;
      held = false;
      const rest = (inFlight.get(ticket.account) ?? 1) - 1;
      if (rest === 0) inFlight.delete(ticket.account);
      else inFlight.set(ticket.account, rest);
      pump();
    });
  }

  /** The ticket of lowest rank that may leave now, over all buckets. */
  function next(): { bucket: Bucket; ticket: Ticket } | undefined {
    let best: { bucket: Bucket; ticket: Ticket } | undefined;
    const placed = new Map<string, boolean>();
    for (const bucket of buckets.values()) {
      const ticket = bucket.queue[0];
      if (ticket === undefined || Math.max(bucket.nextAt, bucket.pausedUntil) > now()) continue;
      if (!placed.has(ticket.account)) placed.set(ticket.account, hasPlace(ticket.account));
      if (placed.get(ticket.account) === true && (best === undefined || ticket.rank < best.ticket.rank))
        best = { bucket, ticket };
    }
    return best;
  }

  function pump(): void {
    cancelTimer?.();
    cancelTimer = undefined;
    for (let turn = next(); turn !== undefined; turn = next()) {
      turn.bucket.queue.shift();
      leave(turn.bucket, turn.ticket);
    }
    const waiting = [...buckets.values()].filter(({ queue }) => queue.length > 0);
    const soonest = Math.min(
      ...waiting.map(({ nextAt, pausedUntil }) => Math.max(nextAt, pausedUntil)).filter((at) => at > now()),
    );
    if (Number.isFinite(soonest)) cancelTimer = later(Math.ceil(soonest - now()), pump);
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
          admit: (release) => {
            request.signal.removeEventListener('abort', abort);
            resolve(release);
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
      bucket.pausedUntil = Math.max(bucket.pausedUntil, now() + ms);
    },
  };
}
