// The newest that is known of every check: its last attempt, and each fact for as long as it may be shown.
import type { Facts } from '../model/facts.ts';
import type { Failure } from '../model/failure.ts';
import { checkKey, type Instance } from '../model/instance.ts';

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
  /** Unix milliseconds of when the oldest of these facts was learned. */
  factsAtMs: number | undefined;
  /** Unix milliseconds of the last attempt without a failure. */
  lastSuccessMs: number | undefined;
  last: Outcome;
}

/** Keeps results by check. */
export interface Results {
  record: (instance: Instance, check: string, outcome: Outcome) => void;
  /** What is known, with facts left out that are older than `maxStaleMs` while the check keeps failing. */
  get: (instance: Instance, check: string, maxStaleMs: number) => CheckResult | undefined;
  /** Forgets every check whose key (checkKey) is not among these. */
  keepOnly: (keys: ReadonlySet<string>) => void;
}

/** One fact, and the attempt that brought it. */
interface Learned {
  name: string;
  value: unknown;
  from: Outcome;
}

interface Entry {
  learned: readonly Learned[];
  lastSuccessMs: number | undefined;
  last: Outcome;
}

/** @param monotonic milliseconds of a clock that is never set */
export function createResults(monotonic: () => number): Results {
  const entries = new Map<string, Entry>();

  return {
    record(instance, check, outcome) {
      const key = checkKey(instance, check);
      const before = entries.get(key);
      const learned = Object.entries(outcome.facts ?? {}).flatMap(([name, value]: [string, unknown]) =>
        value === undefined ? [] : [{ name, value, from: outcome }],
      );
      // A success replaces everything. A failure takes nothing away: what it did not learn stays what was last known.
      const kept = outcome.failure === undefined ? [] : (before?.learned ?? []);
      const names = new Set(learned.map(({ name }) => name));
      entries.set(key, {
        learned: [...kept.filter(({ name }) => !names.has(name)), ...learned],
        lastSuccessMs: outcome.failure === undefined ? outcome.endedAtMs : before?.lastSuccessMs,
        last: outcome,
      });
    },
    get(instance, check, maxStaleMs) {
      const entry = entries.get(checkKey(instance, check));
      if (entry === undefined) return undefined;
      const { learned, lastSuccessMs, last } = entry;
      const shown = learned.filter(
        ({ from }) => last.failure === undefined || monotonic() - from.endedAt <= maxStaleMs,
      );
      return {
        facts: shown.length === 0 ? undefined : Object.fromEntries(shown.map(({ name, value }) => [name, value])),
        factsAtMs: shown.length === 0 ? undefined : Math.min(...shown.map(({ from }) => from.endedAtMs)),
        lastSuccessMs,
        last,
      };
    },
    keepOnly(keys) {
      for (const key of entries.keys()) if (!keys.has(key)) entries.delete(key);
    },
  };
}
