// The last outcomes of a check, as few numbers: a large fleet has tens of thousands of checks.
import { type Reason, reasonNames } from './failure.ts';
import type { Outcome } from './knowledge.ts';

/** Outcomes that are kept of each check. */
export const keptOutcomes = 20;

/** Two numbers for each outcome, the oldest first: when it ended, and its duration with its result. */
export type History = number[];

/** One outcome of the past. */
export interface PastOutcome {
  /** Unix milliseconds. */
  endedAtMs: number;
  /** Whole milliseconds. */
  durationMs: number;
  /** undefined: the check succeeded. */
  reason: Reason | undefined;
}

/** More than there are reasons. */
const results = 64;

/** Adds an outcome; the oldest one makes room. */
export function addOutcome(history: History, { endedAtMs, durationMs, failure }: Outcome): void {
  if (history.length === 2 * keptOutcomes) {
    history.copyWithin(0, 2);
    history.length -= 2;
  }
  const result = failure === undefined ? 0 : reasonNames.indexOf(failure.reason) + 1;
  history.push(endedAtMs, Math.round(durationMs) * results + result);
}

/** The outcomes, the newest first. */
export function pastOutcomes(history: Readonly<History>): PastOutcome[] {
  const outcomes: PastOutcome[] = [];
  for (let at = history.length - 2; at >= 0; at -= 2) {
    const [endedAtMs = 0, packed = 0] = [history[at], history[at + 1]];
    const result = packed % results;
    outcomes.push({ endedAtMs, durationMs: (packed - result) / results, reason: reasonNames[result - 1] });
  }
  return outcomes;
}
