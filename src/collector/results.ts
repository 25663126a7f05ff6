// The newest that is known of every check: its last attempt, and the last facts for as long as they may be shown.
import type { Facts } from '../core/facts.ts';
import type { Failure } from '../core/failure.ts';
import { checkKey, type Instance } from '../core/instance.ts';

/** How one check ended. */
export interface Outcome {
  /** Absent when nothing was learned. */
  facts: Facts | undefined;
  failure: Failure | undefined;
  /** Unix milliseconds, to be shown. */
  endedAtMs: number;
  /** Monotonic milliseconds, to reckon with: the wall clock may be set back. */
  endedAt: number;
  /** Milliseconds from the last attempt's departure to its end; the wait for the rate limit does not count. */
  durationMs: number;
}

/** What is known of one check now. */
export interface CheckResult {
  /** Facts to be shown; absent when there never were any, or they outlived max_stale. */
  facts: Facts | undefined;
  /** Unix milliseconds of when the facts were learned. */
  factsAtMs: number | undefined;
  /** The same in monotonic milliseconds. */
  factsAt: number | undefined;
  /** Unix milliseconds of the last attempt without a failure. */
  lastSuccessMs: number | undefined;
  last: Outcome;
}

/** Keeps results by check. */
export interface Results {
  record: (instance: Instance, check: string, outcome: Outcome) => void;
  /** What is known, with facts left out that are older than `maxStaleMs` while the check keeps failing. */
  get: (instance: Instance, check: string, maxStaleMs: number) => CheckResult | undefined;
  /** Forgets every check that is not among these instances'. */
  keepOnly: (instances: readonly Instance[]) => void;
}

/** @param monotonic milliseconds of a clock that is never set */
export function createResults(monotonic: () => number): Results {
  const results = new Map<string, CheckResult>();

  return {
    record(instance, check, outcome) {
      const key = checkKey(instance, check);
      const before = results.get(key);
      results.set(key, {
        facts: outcome.facts ?? before?.facts,
        factsAtMs: outcome.facts === undefined ? before?.factsAtMs : outcome.endedAtMs,
        factsAt: outcome.facts === undefined ? before?.factsAt : outcome.endedAt,
        lastSuccessMs: outcome.failure === undefined ? outcome.endedAtMs : before?.lastSuccessMs,
        last: outcome,
      });
    },
    get(instance, check, maxStaleMs) {
      const result = results.get(checkKey(instance, check));
      if (result?.last.failure === undefined || result.factsAt === undefined) return result;
      if (monotonic() - result.factsAt <= maxStaleMs) return result;
      return { ...result, facts: undefined, factsAtMs: undefined, factsAt: undefined };
    },
    keepOnly(instances) {
      const kept = new Set(instances.flatMap((instance) => instance.checks.map((check) => checkKey(instance, check))));
      for (const key of results.keys()) if (!kept.has(key)) results.delete(key);
    },
  };
}
