// The checks of an account that are swept together: those that call its API, and those that connect to its databases. Neither
// group waits for the other, or takes its places: databases that do not answer must not keep the facts of the API old.
import type { SweepCredentials } from './account-credentials.ts';
import type { Seat } from './lane.ts';

/** One group of checks. */
export interface Group {
  readonly seat: Seat;
  /** The sweep under way, or the last one. */
  sweep: Sweep;
  lastSweepSeconds: number | undefined;
}

/** One sweep of a group. */
export interface Sweep {
  number: number;
  startedAt: number;
  /** Checks that are due and have not finished. */
  pending: number;
  /** True while the scrape that started this sweep is open; later scrapes join it even if its checks are done. */
  held: boolean;
  /** Absent for checks that call no API. */
  credentials: SweepCredentials | undefined;
  /** Called when `pending` becomes 0. */
  waiters: (() => void)[];
}

/** A group without a check. */
export function createGroup(seat: Seat): Group {
  return { seat, sweep: emptySweep(0, 0), lastSweepSeconds: undefined };
}

/** Starts the next sweep, unless one is under way. */
export function renewSweep(group: Group, nowMs: number): void {
  const { sweep } = group;
  if (sweep.pending === 0 && !sweep.held) group.sweep = emptySweep(sweep.number + 1, nowMs);
}

function emptySweep(number: number, startedAt: number): Sweep {
  return { number, startedAt, pending: 0, held: false, credentials: undefined, waiters: [] };
}
