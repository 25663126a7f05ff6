// The sweep of one account: which of its checks are due, in which order they start, and their results.
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Failure } from '../model/failure.ts';
import { isFailing } from '../model/knowledge.ts';
import { type Account, findCredentials, groupOf, labelsOf, lineOf, sessionOf } from './account.ts';
import type { SweepCredentials } from './account-credentials.ts';
import { runCheck } from './check-runner.ts';
import { renewSweep, type Sweep } from './group.ts';
import type { Job, Result } from './job.ts';
import { maxRetryAfterMs } from './pause.ts';
import { type CheckRecord, hintsOf, type InstanceRecord, knowledgeOf, record } from './records.ts';
import { toFailure } from './unexpected.ts';

/** Checks that are started in one turn of the event loop: a few milliseconds. */
const checksPerSlice = 256;

/** Starts a sweep of the checks that are due, or adds newly due checks to the running one; one of each group. */
export function startSweep(account: Account): Sweep[] {
  const { calls, connections, tools } = account;
  for (const group of [calls, connections]) renewSweep(group, tools.monotonic());
  const due: CheckRecord[] = [];
  for (const owner of account.records.values()) {
    for (const entry of owner.checks) {
      if (entry.sweep !== groupOf(account, entry.check).sweep.number && isDue(account, entry)) due.push(entry);
    }
  }
  // All of them first: one that is due waits for another that is, too.
  for (const group of [calls, connections]) {
    const entries = due.filter(({ check }) => groupOf(account, check) === group);
    for (const entry of entries) {
      entry.sweep = group.sweep.number;
      entry.state = 'waiting';
    }
    group.sweep.pending += entries.length;
    if (entries.length > 0) group.seat.addDemand(entries.length);
  }
  startDue(account, due);
  return [calls.sweep, connections.sweep];
}

function startDue(account: Account, due: readonly CheckRecord[]): void {
  const { sweep } = account.calls;
  const calls = due.filter(needsCredentials);
  if (calls.length > 0) {
    sweep.credentials ??= startSearch(account);
    startWhenFound(account, calls, sweep.credentials);
  }
  const others = due.filter((entry) => !needsCredentials(entry));
  void inSlices(
    account,
    inOrder(others),
    () => true,
    (entry) => startUnblocked(account, entry),
  );
}

/** Queues the checks that have not started yet again, with the settings as they are now. */
export function restartQueued(account: Account): void {
  const queued = withdrawQueued(account);
  account.calls.sweep.credentials = undefined;
  startDue(account, queued);
}

/** Queued checks wait for the rate limit of the key that they will use. */
function startSearch(account: Account): SweepCredentials {
  return findCredentials(account, (found) => {
    if (account.calls.sweep.credentials !== found) return;
    startWhenFound(account, withdrawQueued(account).filter(needsCredentials), found);
  });
}

/** Takes the checks that have not started yet out of the queue. */
function withdrawQueued(account: Account): CheckRecord[] {
  const queued: CheckRecord[] = [];
  for (const owner of account.records.values()) {
    for (const entry of owner.checks) {
      if (entry.running?.withdraw() === true) {
        entry.running = undefined;
        entry.state = 'waiting';
      }
      if (entry.state === 'waiting') queued.push(entry);
    }
  }
  return queued;
}

/** Starts the checks once their credentials have been found, unless a later search has replaced this one. */
function startWhenFound(account: Account, entries: readonly CheckRecord[], credentials: SweepCredentials): void {
  const ordered = inOrder(entries);
  const isCurrent = () => account.calls.sweep.credentials === credentials;
  void credentials.ready.then(
    () => inSlices(account, ordered, isCurrent, (entry) => startUnblocked(account, entry)),
    (error: unknown) => {
      if (!isCurrent()) return;
      const failure = toFailure(error, 'the search for credentials', account.tools.log, labelsOf(account));
      void inSlices(account, ordered, isCurrent, (entry) => failUnstarted(account, entry, failure));
    },
  );
}

/** The longest-unrefreshed check goes first, before it those that never finished. */
function inOrder(entries: readonly CheckRecord[]): CheckRecord[] {
  return entries.toSorted((a, b) => (a.last?.endedAt ?? -1) - (b.last?.endedAt ?? -1));
}

/** Handles the checks one by one while `isCurrent`, and lets the event loop run in between. `each` must not throw. */
async function inSlices(
  account: Account,
  entries: readonly CheckRecord[],
  isCurrent: () => boolean,
  each: (entry: CheckRecord) => void,
): Promise<void> {
  for (let from = 0; from < entries.length; from += checksPerSlice) {
    if (from > 0) await nextTurn();
    const slice = entries.slice(from, from + checksPerSlice);
    account.tools.batch(() => {
      for (const entry of slice) if (isCurrent()) each(entry);
    });
  }
}

/** Resolves when no check of the sweep is pending. */
export async function whenFinished({ pending, waiters }: Sweep): Promise<void> {
  if (pending > 0) await new Promise<void>((resolve) => void waiters.push(resolve));
}

function isDue({ scrape, tools, changedAt, watched }: Account, { last }: CheckRecord): boolean {
  if (last === undefined) return true;
  const { failure } = last;
  if (isFailing(last) && last.endedAt < changedAt) return true;
  const refreshMs = watched.refreshInterval ?? scrape.refresh_interval;
  const holdMs = isFailing(last) ? Math.min(failure?.retryAfterMs ?? 0, maxRetryAfterMs) : refreshMs;
  return tools.monotonic() - last.endedAt >= holdMs;
}

/** A check that calls no API does not. */
const needsCredentials = ({ check }: CheckRecord) => check.action !== undefined;
const noCredentials: SweepCredentials = {
  ready: Promise.resolve(),
  isReady: () => true,
  current: () => ({}),
  replace: () => Promise.resolve(false),
};

/** Starts a check, unless it has to wait for credentials or for another check of its instance. */
function startUnblocked(account: Account, entry: CheckRecord): void {
  const { check, owner } = entry;
  const credentials = needsCredentials(entry) ? account.calls.sweep.credentials : noCredentials;
  const blocked = owner.checks.some(({ check: { name }, state }) => check.after?.includes(name) && state !== 'idle');
  if (entry.state !== 'waiting' || blocked || credentials?.isReady() !== true) return;
  try {
    const job = jobOf(account, entry, credentials);
    entry.state = 'running';
    entry.running = runCheck(job, account.tools, (result) => {
      finish(account, entry, result);
      startOthers(account, owner);
    });
  } catch (error) {
    failUnstarted(account, entry, toFailure(error, 'the start of a check', account.tools.log, labelsOf(account)));
  }
}

function jobOf(account: Account, entry: CheckRecord, credentials: SweepCredentials): Job {
  const { scrape, tools } = account;
  const { instance } = entry.owner;
  const session = sessionOf(account);
  const host = session.host(instance);
  return {
    instance,
    check: entry.check,
    session,
    credentials,
    hints: hintsOf(entry.owner, entry.check.after ?? [], scrape.max_stale, tools.monotonic()),
    line: () => lineOf(account, entry.check, host, credentials.current()),
    nextRank: tools.nextRank,
    timeoutMs: scrape.request_timeout,
    // The next scrape connects again: retries of a fleet that cannot be reached would delay the first result of each.
    retries: needsCredentials(entry) ? scrape.retries : 0,
  };
}

function failUnstarted(account: Account, entry: CheckRecord, failure: Failure): void {
  if (entry.state !== 'waiting') return;
  const { now, monotonic } = account.tools;
  const outcome = { failure, endedAtMs: now(), endedAt: monotonic(), durationMs: 0 };
  finish(account, entry, { outcome });
  startOthers(account, entry.owner);
}

/** Those that waited for a check of their instance. */
function startOthers(account: Account, { checks }: InstanceRecord): void {
  for (const entry of checks) startUnblocked(account, entry);
}

/** @param result undefined when the check was stopped */
function finish(account: Account, entry: CheckRecord, result: Result | undefined): void {
  const { tools } = account;
  const group = groupOf(account, entry.check);
  const { sweep } = group;
  entry.state = 'idle';
  entry.running = undefined;
  if (result !== undefined) recordResult(account, entry, result);
  sweep.pending--;
  group.seat.addDemand(-1);
  if (sweep.pending > 0) return;
  group.lastSweepSeconds = (tools.monotonic() - sweep.startedAt) / 1000;
  account.outcomes.sweepFinished();
  for (const resolve of sweep.waiters.splice(0)) resolve();
  tools.onSweepFinished();
}

function recordResult(account: Account, entry: CheckRecord, result: Result): void {
  const { outcome } = result;
  const { owner, check, last } = entry;
  const { tools } = account;
  if (last === undefined) account.finished++;
  account.outcomes.finished(owner.instance, check.name, last?.failure, outcome.failure);
  const { failure } = outcome;
  // Counted once: the check runs in every sweep, and its result stays the same.
  const repeated = failure?.reason === 'unsupported' && last?.failure?.reason === 'unsupported';
  if (failure !== undefined && !repeated) {
    tools.observer.checkFailed({ ...labelsOf(account), check: check.name }, failure.reason);
  }
  const unreadableBefore = entry.unreadable?.fields;
  record(entry, result);
  account.outcomes.unreadable(owner.instance, check.name, unreadableBefore, entry.unreadable?.fields);
  // Now and not with the next scrape, which would derive this for all instances in one go.
  knowledgeOf(owner, account.scrape.max_stale, tools.monotonic());
}

/** Stops a check that is due or in progress. */
export function stopCheck(account: Account, entry: CheckRecord): void {
  if (entry.running !== undefined) entry.running.cancel();
  else if (entry.state !== 'idle') finish(account, entry, undefined);
}
