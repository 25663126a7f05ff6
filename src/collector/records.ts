// The record of every check of an instance: its last attempt, and each fact for as long as it may be shown.
import { isDeepStrictEqual } from 'node:util';
import type { Check, Hints } from '../model/check.ts';
import { type Facts, mergeFacts } from '../model/facts.ts';
import { addOutcome, type History, type PastOutcome, pastOutcomes } from '../model/history.ts';
import type { Instance } from '../model/instance.ts';
import { type CheckKnowledge, isFailing, type Knowledge, type Outcome, type StaleFacts } from '../model/knowledge.ts';
import type { Running } from './check-runner.ts';
import type { Group, Sweep } from './group.ts';
import type { Result } from './job.ts';
import type { SweepCredentials } from './sweep-credentials.ts';

/** What one attempt learned, without the facts that a later attempt has replaced. */
interface Learned {
  facts: Facts;
  from: Outcome;
}

/** One check of one instance. */
export interface CheckRecord {
  readonly owner: InstanceRecord;
  readonly check: Check;
  readonly group: Group;
  /** The newest first. More than one: the newer attempts failed, and reported only a part of the facts. */
  learned: readonly Learned[];
  /** What it learned for other checks of its instance. */
  hints: { value: Hints; from: Outcome } | undefined;
  /** The fields that its last answer had and that were not understood. */
  unreadable: { fields: readonly string[]; from: Outcome } | undefined;
  lastSuccessMs: number | undefined;
  failingSinceMs: number | undefined;
  last: Outcome | undefined;
  readonly history: History;
  readonly outcomes: () => PastOutcome[];
  /** The sweep of its group in which it was last due: a check runs at most once per sweep. */
  sweep: number;
  /** The sweeps that wait for it. */
  sweeps: readonly Sweep[];
  /** `waiting`: due, waits for credentials or for another check. `running`: in the queue, or in progress. */
  state: 'idle' | 'waiting' | 'running';
  running: Running | undefined;
  /** Those that it waits for or runs with. */
  credentials: SweepCredentials | undefined;
}

/** One instance with its checks. */
export interface InstanceRecord {
  /** Replaced when its name or labels change in the configuration. */
  instance: Instance;
  checks: readonly CheckRecord[];
  /** What was known when it was last derived, and the monotonic milliseconds until which that does not change. */
  known: Knowledge;
  knownUntil: number;
  /** The last probe of this instance; probes that overlap are one. */
  probe?: Sweep;
}

/** A record of an instance without checks. */
export function createInstanceRecord(instance: Instance): InstanceRecord {
  const known = { instance, checks: [], facts: {} };
  return { instance, checks: [], known, knownUntil: Number.NEGATIVE_INFINITY };
}

/** A record of a check that has not run yet. */
export function createCheckRecord(owner: InstanceRecord, check: Check, group: Group): CheckRecord {
  const history: History = [];
  return {
    owner,
    check,
    group,
    learned: [],
    hints: undefined,
    unreadable: undefined,
    lastSuccessMs: undefined,
    failingSinceMs: undefined,
    last: undefined,
    history,
    outcomes: () => pastOutcomes(history),
    sweep: -1,
    sweeps: [],
    state: 'idle',
    running: undefined,
    credentials: undefined,
  };
}

/** Adds an attempt. A success replaces all facts; a failure replaces only the facts that it reported. */
export function record(entry: CheckRecord, result: Result): void {
  const { outcome, facts: reported = {}, absent = [], hints, unreadable } = result;
  const failing = isFailing(outcome);
  const facts = withoutUnknown(reported);
  const [newest] = entry.learned;
  // The same object when nothing changed: what was derived from it stays valid, and the new one is garbage at once.
  const unchanged = newest !== undefined && isDeepStrictEqual(newest.facts, facts);
  const learned = { facts: unchanged ? newest.facts : facts, from: outcome };
  if (failing) {
    const replaced = [...Object.keys(facts), ...absent];
    const kept = entry.learned.map((older) => ({ ...older, facts: without(older.facts, replaced) }));
    entry.learned = [learned, ...kept].filter((one) => Object.keys(one.facts).length > 0);
  } else {
    // Not the result of a filter, which has room for 17: there is one such array for each check.
    entry.learned = Object.keys(facts).length > 0 ? [learned] : [];
  }
  if (!failing) entry.lastSuccessMs = outcome.endedAtMs;
  entry.failingSinceMs = failing ? (entry.failingSinceMs ?? outcome.endedAtMs) : undefined;
  if (hints !== undefined && isUsed(entry)) entry.hints = { value: hints, from: outcome };
  else if (!failing) entry.hints = undefined;
  if (unreadable !== undefined) {
    entry.unreadable = unreadable.length > 0 ? { fields: unreadable, from: outcome } : undefined;
  }
  entry.last = outcome;
  addOutcome(entry.history, outcome);
  entry.owner.knownUntil = Number.NEGATIVE_INFINITY;
}

/** Whether another check of the instance reads the hints of this one. */
function isUsed({ check, owner }: CheckRecord): boolean {
  return owner.checks.some((other) => other.check.after?.includes(check.name));
}

function withoutUnknown(facts: Facts): Facts {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined));
}

function without(facts: Facts, replaced: readonly string[]): Facts {
  if (!replaced.some((name) => Object.hasOwn(facts, name))) return facts;
  return Object.fromEntries(Object.entries(facts).filter(([name]) => !replaced.includes(name)));
}

/**
 * What is known now, without the facts that are older than `maxStaleMs` while their check fails.
 * @param nowMs monotonic milliseconds
 */
export function knowledgeOf(owner: InstanceRecord, maxStaleMs: number, nowMs: number): Knowledge {
  const { instance, known: before } = owner;
  if (nowMs <= owner.knownUntil) return before;
  const checks = owner.checks.map((entry) => checkKnowledge(entry, maxStaleMs, nowMs));
  const sameFacts =
    checks.length === before.checks.length && checks.every(({ facts }, at) => facts === before.checks[at]?.facts);
  const merged = sameFacts ? before.facts : mergeFacts(checks.map((check) => check.facts));
  // Those of a check that are put together from several attempts are a new object after each.
  const facts = isDeepStrictEqual(before.facts, merged) ? before.facts : merged;
  owner.known = { instance, checks, facts, lastKnown: lastKnownOf(checks) };
  owner.knownUntil = Math.min(...owner.checks.map((entry) => unchangedUntil(entry, maxStaleMs, nowMs)));
  return owner.known;
}

/** When the next fact of a failing check becomes too old, in monotonic milliseconds. */
function unchangedUntil(entry: CheckRecord, maxStaleMs: number, nowMs: number): number {
  const { last, learned, unreadable } = entry;
  if (last === undefined || !isFailing(last)) return Number.POSITIVE_INFINITY;
  const shown = [...learned, ...(unreadable === undefined ? [] : [unreadable])].filter(({ from }) =>
    isShown(entry, from, maxStaleMs, nowMs),
  );
  return Math.min(...shown.map(({ from }) => from.endedAt + maxStaleMs));
}

/**
 * The hints of these checks of an instance, as long as facts of the same age would be shown. Of a hint that several have,
 * the last one that is defined counts.
 */
export function hintsOf(
  { checks }: InstanceRecord,
  names: readonly string[],
  maxStaleMs: number,
  nowMs: number,
): Hints {
  const merged: Record<string, unknown> = {};
  for (const name of names) {
    const entry = checks.find(({ check }) => check.name === name);
    if (entry?.hints === undefined || !isShown(entry, entry.hints.from, maxStaleMs, nowMs)) continue;
    for (const [key, value] of Object.entries(entry.hints.value)) {
      if (value !== undefined || !(key in merged)) merged[key] = value;
    }
  }
  return merged;
}

/** What an attempt learned is shown until a later one replaces it; while the check fails, for `maxStaleMs`. */
function isShown({ last }: CheckRecord, from: Outcome, maxStaleMs: number, nowMs: number): boolean {
  return last === undefined || !isFailing(last) || nowMs - from.endedAt <= maxStaleMs;
}

function lastKnownOf(checks: readonly CheckKnowledge[]): StaleFacts | undefined {
  if (checks.every((check) => check.stale === undefined)) return undefined;
  const stale = checks.flatMap((check) => check.stale ?? []);
  const facts = mergeFacts([...stale, ...checks].map((one) => one.facts));
  return { facts, atMs: Math.min(...stale.map(({ atMs }) => atMs)) };
}

/** The same facts as long as there is one of them. */
function together(learned: readonly Learned[]): StaleFacts | undefined {
  const [newest] = learned;
  if (newest === undefined) return undefined;
  if (learned.length === 1) return { facts: newest.facts, atMs: newest.from.endedAtMs };
  const facts = Object.assign({}, ...learned.map((one) => one.facts)) as Facts;
  return { facts, atMs: Math.min(...learned.map(({ from }) => from.endedAtMs)) };
}

function checkKnowledge(entry: CheckRecord, maxStaleMs: number, nowMs: number): CheckKnowledge {
  const { check, learned, unreadable, lastSuccessMs, failingSinceMs, last, outcomes } = entry;
  const shown = learned.filter(({ from }) => isShown(entry, from, maxStaleMs, nowMs));
  const current = together(shown);
  return {
    check: check.name,
    facts: current?.facts,
    factsAtMs: current?.atMs,
    stale: shown.length === learned.length ? undefined : together(learned.filter((one) => !shown.includes(one))),
    unreadable: unreadable && isShown(entry, unreadable.from, maxStaleMs, nowMs) ? unreadable.fields : undefined,
    lastSuccessMs,
    failingSinceMs,
    last,
    outcomes,
  };
}
