// What is known about an instance now: the facts of each check, how old they are, and how the last attempt went.
import type { Facts } from './facts.ts';
import type { Failure } from './failure.ts';
import type { PastOutcome } from './history.ts';
import type { Instance } from './instance.ts';

/** How one attempt of a check went. */
export interface Outcome {
  failure: Failure | undefined;
  /** Unix milliseconds, for display. */
  endedAtMs: number;
  /** Monotonic milliseconds, for durations: the wall clock may be set back. */
  endedAt: number;
  /** Milliseconds from the start of the attempt to its end; the wait for the rate limit does not count. */
  durationMs: number;
}

/**
 * Whether an attempt failed. `unsupported` does not count: it is a definite result, and there is nothing to fix.
 */
export function isFailing({ failure }: Pick<Outcome, 'failure'>): boolean {
  return failure !== undefined && failure.reason !== 'unsupported';
}

/** What is known about one check now. */
export interface CheckKnowledge {
  check: string;
  /** Absent when there never were any, or they are older than max_stale while the check fails. */
  facts: Facts | undefined;
  /** Unix milliseconds at which the oldest of these facts was reported. */
  factsAtMs: number | undefined;
  /** The facts that are older than max_stale while the check fails: no series shows them any more. */
  stale?: StaleFacts | undefined;
  /** The fields that its last answer had and that were not understood, for as long as its facts are shown. */
  unreadable?: readonly string[] | undefined;
  /** Unix milliseconds of the last attempt without a failure. */
  lastSuccessMs: number | undefined;
  /** Unix milliseconds since which every attempt has failed. */
  failingSinceMs: number | undefined;
  /** The last attempt; absent before the first one has finished. */
  last: Outcome | undefined;
  /** Its last outcomes at the time of the call, the newest first. */
  outcomes: () => PastOutcome[];
}

/** Facts that were known last. */
export interface StaleFacts {
  facts: Facts;
  /** Unix milliseconds at which the oldest of them was reported. */
  atMs: number;
}

/** What is known about one instance now. */
export interface Knowledge {
  instance: Instance;
  checks: readonly CheckKnowledge[];
  /** The facts of all checks together; the same object as long as they do not change. */
  facts: Facts;
  /** Where a check has stale facts: all facts, the stale ones included, and when the oldest of these was reported. */
  lastKnown?: StaleFacts | undefined;
}

/** What is known about a list of instances. */
export interface ListState {
  provider: string;
  account: string;
  /** Empty where the provider has none. */
  region: string;
  /** The last attempt; absent before the first one has finished. */
  last: Outcome | undefined;
  /** Unix milliseconds of the last complete list. */
  lastSuccessMs: number | undefined;
  /** Unix milliseconds since which every attempt has failed. */
  failingSinceMs: number | undefined;
  /** Instances of the last complete list that are watched; absent without one. */
  found: number | undefined;
}
