// The checks of an account that have one topic: how many, and which of them the log has not reported yet.
import { type Fields, isSameCheck } from './outcome-texts.ts';

/** More checks of one topic share a line. */
export const maxExamples = 3;
/** Reports of each topic, and of its end, in half an hour. */
const maxReports = 3;
const reportPeriodMs = 1_800_000;
/** What lasts as long as this without a line gets one whatever happened before. */
const lastingMs = 300_000;

/** Checks that have changed and have no line yet. */
interface Change {
  checks: number;
  /** Those of the first few. */
  examples: Fields[];
  /** Monotonic milliseconds of the last reports. */
  reportedAt: readonly number[];
}

/** The checks of one topic. */
export interface Cause {
  /** That have it now. */
  checks: number;
  /** That had it at the last report, at most `checks`. */
  reported: number;
  /** Whether this sweep has a line for many of them. */
  summarized: boolean;
  /** The last one that was seen. */
  latest: Fields;
  started: Change;
  /** Monotonic milliseconds since when most of them have had no report. */
  unreportedSince: number | undefined;
  /** In this sweep. */
  ended: Change;
}

/** A cause that no check has. */
export function createCause(): Cause {
  const change = (): Change => ({ checks: 0, examples: [], reportedAt: [] });
  return {
    checks: 0,
    reported: 0,
    summarized: false,
    latest: {},
    started: change(),
    unreportedSince: undefined,
    ended: change(),
  };
}

/** A check has it. @param isNew false when the check had this topic before */
export function enter(cause: Cause, one: Fields, isNew: boolean): void {
  cause.latest = one;
  if (!isNew) return;
  cause.checks++;
  add(cause.started, one);
}

/**
 * A check does not have it any more.
 * @param again fields of the line when the check is well again; otherwise it has another topic, or was removed
 */
export function leave(cause: Cause, one: Fields, again: Fields | undefined): void {
  const { started } = cause;
  cause.checks--;
  const at = started.examples.findIndex((example) => isSameCheck(example, one));
  if (at >= 0) {
    started.examples.splice(at, 1);
    started.checks--;
  }
  // Which of the others have no line is not known.
  started.checks = Math.min(started.checks, cause.checks);
  cause.reported = Math.min(cause.reported, cause.checks);
  if (again !== undefined) add(cause.ended, { ...one, ...again });
}

function add(change: Change, one: Fields): void {
  change.checks++;
  if (change.examples.length < maxExamples) change.examples.push(one);
}

/** Forgets the checks that have changed, but not the reports. */
export function clear(change: Change): void {
  change.checks = 0;
  change.examples = [];
}

/** Whether the limit allows a report. */
export function hasReports(change: Change, now: number): boolean {
  change.reportedAt = change.reportedAt.filter((at) => now - at < reportPeriodMs);
  return change.reportedAt.length < maxReports;
}

/** Counts a report. */
export function noteReport(change: Change, now: number): void {
  change.reportedAt = [...change.reportedAt, now];
}

/** Whether something lasts so long that it gets its line. */
export function lasts(since: number | undefined, now: number): boolean {
  return since !== undefined && now - since >= lastingMs;
}

/** All its checks are reported. */
export function cover(cause: Cause): void {
  clear(cause.started);
  cause.reported = cause.checks;
  cause.unreportedSince = undefined;
}

/**
 * Whether the checks that have started to have it get their report; overdue ones do whatever the limit is.
 */
export function isStartDue(
  cause: Cause,
  { now, isOverdue, sweepFinished }: { now: number; isOverdue: boolean; sweepFinished: boolean },
): boolean {
  const { started, checks, reported, summarized } = cause;
  const isMostlyReported = checks <= 2 * reported;
  if (sweepFinished) cause.summarized = false;
  // Further checks of a long sweep belong to its line.
  if (summarized && sweepFinished && isMostlyReported) cover(cause);
  if (started.checks === 0 || isMostlyReported) cause.unreportedSince = undefined;
  else cause.unreportedSince ??= now;
  if (started.checks === 0 || (summarized && !sweepFinished)) return false;
  return isOverdue || lasts(cause.unreportedSince, now) || hasReports(started, now);
}
