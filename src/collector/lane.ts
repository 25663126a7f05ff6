// What checks wait in: a lane for each action at each host, with a line for each account that shares its rate limit.

/** A check that waits in a lane. */
export interface Ticket {
  /** The lowest rank goes first; equal ranks are FIFO. */
  rank: number;
  /** Called when the ticket is admitted. Must not throw. */
  start: (place: Place) => void;
  /** Called instead when the lane is paused for longer than a check waits. Must not throw. @param ms until its end */
  refuse: (ms: number) => void;
}

/** A place among the concurrent requests, with a call that the rate limit admitted. */
export interface Place {
  /** Call it when the request has left this process. */
  sent: () => void;
  /** Releases the place; a second call does nothing. */
  release: () => void;
}

/** The part of a lane that one account uses. */
export interface Line {
  /** @returns a function that removes the ticket from the queue; it does nothing once the ticket has started */
  enter: (ticket: Ticket) => () => void;
  /** Admits nothing of the entire lane for `ms` milliseconds, because the API throttled. */
  pause: (ms: number) => void;
}

/** The queue of one action at one host. */
export interface Lane {
  /** Call it after a change of its rate limit. */
  refresh: () => void;
}

/** One account among those that share the places. */
export interface Seat {
  line: (lane: Lane) => Line;
  /** Adds to the number of checks that have not finished; negative when checks have finished. */
  addDemand: (change: number) => void;
  /** Removes the account. Its places in flight count until they are released. */
  close: () => void;
}
