// The record of every check of an instance: its last attempt, and each fact for as long as it may be shown.
import type { Check, Hints } from '../model/check.ts';
import type { Instance } from '../model/instance.ts';
import { type CheckKnowledge, isFailing, type Knowledge, type Outcome } from '../model/knowledge.ts';
import type { Running } from './check-runner.ts';

/** One fact, and the attempt that reported it. */
interface Learned {
  name: string;
  value: unknown;
  from: Outcome;
}

/** One check of one instance. */
export interface CheckRecord {
  readonly owner: InstanceRecord;
  readonly check: Check;
  learned: readonly Learned[];
  /** What it learned for other checks of its instance. */
  hints: { value: Hints; from: Outcome } | undefined;
  lastSuccessMs: number | undefined;
  failingSinceMs: number | undefined;
  last: Outcome | undefined;
  /** The sweep in which it was last due: a check runs at most once per sweep. */
  sweep: number;
  /** `waiting`: due, waits for credentials or for another check. `running`: in the queue, or in progress. */
  state: 'idle' | 'waiting' | 'running';
  running: Running | undefined;
}

/** One instance with its checks. */
export interface InstanceRecord {
  /** Replaced when its name or labels change in the configuration. */
  instance: Instance;
  checks: readonly CheckRecord[];
}

/** A record of an instance without checks. */
export function createInstanceRecord(instance: Instance): InstanceRecord {
  return { instance, checks: [] };
}

/** A record of a check that has not run yet. */
export function createCheckRecord(owner: InstanceRecord, check: Check): CheckRecord {
  return {
    owner,
    check,
    learned: [],
    hints: undefined,
    lastSuccessMs: undefined,
    failingSinceMs: undefined,
    last: undefined,
    sweep: -1,
    state: 'idle',
    running: undefined,
  };
}

/** Adds an attempt. A success replaces all facts; a failure replaces only the facts that it reported. */
export function record(entry: CheckRecord, outcome: Outcome, hints?: Hints): void {
  const failing = isFailing(outcome);
  const learned = Object.entries(outcome.facts ?? {}).flatMap(([name, value]: [string, unknown]) =>
    value === undefined ? [] : [{ name, value, from: outcome }],
  );
  const names = new Set(learned.map(({ name }) => name));
  const kept = failing ? entry.learned.filter(({ name }) => !names.has(name)) : [];
  entry.learned = [...kept, ...learned];
  if (!failing) entry.lastSuccessMs = outcome.endedAtMs;
  entry.failingSinceMs = failing ? (entry.failingSinceMs ?? outcome.endedAtMs) : undefined;
  if (hints !== undefined) entry.hints = { value: hints, from: outcome };
  else if (!failing) entry.hints = undefined;
  entry.last = outcome;
}

/**
 * What is known now, without the facts that are older than `maxStaleMs` while their check fails.
 * @param nowMs monotonic milliseconds
 */
export function knowledgeOf({ instance, checks }: InstanceRecord, maxStaleMs: number, nowMs: number): Knowledge {
  return { instance, checks: checks.map((entry) => checkKnowledge(entry, maxStaleMs, nowMs)) };
}

/** The hints of all checks of an instance, as long as facts of the same age would be shown. */
export function hintsOf({ checks }: InstanceRecord, maxStaleMs: number, nowMs: number): Hints {
  const valid = checks.flatMap((entry) =>
    entry.hints !== undefined && isShown(entry, entry.hints.from, maxStaleMs, nowMs) ? entry.hints.value : [],
  );
  return Object.assign({}, ...valid) as Hints;
}

/** What an attempt learned is shown until a later one replaces it; while the check fails, for `maxStaleMs`. */
function isShown({ last }: CheckRecord, from: Outcome, maxStaleMs: number, nowMs: number): boolean {
  return last === undefined || !isFailing(last) || nowMs - from.endedAt <= maxStaleMs;
}

function checkKnowledge(entry: CheckRecord, maxStaleMs: number, nowMs: number): CheckKnowledge {
  const { check, learned, lastSuccessMs, failingSinceMs, last } = entry;
  const shown = learned.filter(({ from }) => isShown(entry, from, maxStaleMs, nowMs));
  const known = shown.length > 0;
  return {
    check: check.name,
    facts: known ? Object.fromEntries(shown.map(({ name, value }) => [name, value])) : undefined,
    factsAtMs: known ? Math.min(...shown.map(({ from }) => from.endedAtMs)) : undefined,
    lastSuccessMs,
    failingSinceMs,
    last,
  };
}
