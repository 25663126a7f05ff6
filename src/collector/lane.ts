// What checks wait in: a lane for each action at each host of an account, which has a seat in the queue.
import type { RateLimiter } from './rate-limiter.ts';

/** A check that waits in a lane. */
export interface Ticket {
  /** The lowest rank goes first; equal ranks are FIFO. */
  rank: number;
  /** Called when the ticket is admitted. Must not throw. */
  start: (place: Place) => void;
}

/** A place among the concurrent requests, with a call that the rate limit admitted. */
export interface Place {
  /** Call it when the request has left this process. */
  sent: () => void;
  /** Releases the place; a second call does nothing. */
  release: () => void;
}

/** The queue of one action at one host, for one account. */
export interface Lane {
  /** @returns a function that removes the ticket from the queue; it does nothing once the ticket has started */
  enter: (ticket: Ticket) => () => void;
  /** Admits nothing for `ms` milliseconds, because the API throttled. */
  pause: (ms: number) => void;
}

/** One account among those that share the places. */
export interface Seat {
  /** @param limiter absent: only the concurrency limits the lane */
  lane: (limiter?: RateLimiter) => Lane;
  /** Adds to the number of checks that have not finished; negative when checks have finished. */
  addDemand: (change: number) => void;
  /** Admits nothing until `work` has finished: for work on many checks. */
  batch: (work: () => void) => void;
  /** Removes the account. Its places in flight count until they are released. */
  close: () => void;
}
