// Checks of an account that are swept together: those that call its API in one region, those that connect to its databases, and
// each of its lists of instances. No group waits for another: databases that do not answer must not keep the facts of the API old.
import type { Seat } from './lane.ts';
import type { OutcomeLog } from './outcome-log.ts';

/** One group of checks. */
export interface Group {
  /** Its share of the places; several groups can have one together. */
  readonly seat: Seat;
  readonly outcomes: OutcomeLog;
  /** Whether it lists instances. */
  readonly isList: boolean;
  /** The running sweep, or the last one. */
  sweep: Sweep;
  lastSweepSeconds: number | undefined;
}

/** Checks that somebody waits for: those of a group that were due, or those of one instance. */
export interface Sweep {
  number: number;
  startedAt: number;
  /** Checks that are due and have not finished. */
  pending: number;
  /** True while the scrape that started this sweep is open; later scrapes join it even if its checks are done. */
  held: boolean;
  /** Called when `pending` becomes 0. */
  waiters: Set<() => void>;
}

/** A group without a check. */
export function createGroup(shared: Pick<Group, 'seat' | 'outcomes' | 'isList'>): Group {
  return { ...shared, sweep: emptySweep(0, 0), lastSweepSeconds: undefined };
}

/** Starts the next sweep, unless one is running. @returns whether it has started */
export function renewSweep(group: Group, nowMs: number): boolean {
  if (isUnderWay(group)) return false;
  group.sweep = emptySweep(group.sweep.number + 1, nowMs);
  return true;
}

/** Whether a scrape joins the sweep. */
export function isUnderWay({ sweep: { pending, held } }: Group): boolean {
  return pending > 0 || held;
}

/** A sweep without a check. */
export function emptySweep(number: number, startedAt: number): Sweep {
  return { number, startedAt, pending: 0, held: false, waiters: new Set() };
}

/** Those that wait for the sweep, each once: a held sweep can finish again. */
export function takeWaiters({ waiters }: Sweep): (() => void)[] {
  const taken = [...waiters];
  waiters.clear();
  return taken;
}

/** Resolves when no check of these sweeps is pending, or when the signal is aborted; the sweeps then keep nothing of it. */
export async function whenFinished(sweeps: Iterable<Sweep>, signal?: AbortSignal): Promise<void> {
  const pending = new Set([...sweeps].filter((sweep) => sweep.pending > 0));
  if (pending.size === 0 || signal?.aborted === true) return;
  await new Promise<void>((resolve) => {
    let left = pending.size;
    const stop = () => {
      for (const { waiters } of pending) waiters.delete(finished);
      signal?.removeEventListener('abort', stop);
      resolve();
    };
    const finished = () => {
      left--;
      if (left === 0) stop();
    };
    for (const { waiters } of pending) waiters.add(finished);
    signal?.addEventListener('abort', stop);
  });
}
