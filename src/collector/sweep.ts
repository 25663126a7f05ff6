// The sweep of one account: which of its checks are due, in which order they start, and their results.
import { Failure } from '../model/failure.ts';
import { isFailing } from '../model/knowledge.ts';
import { type Account, emptySweep, findCredentials, laneOf, type Sweep } from './account.ts';
import type { SweepCredentials } from './account-credentials.ts';
import { runCheck } from './check-runner.ts';
import type { Result } from './job.ts';
import { logOutcome } from './outcome-log.ts';
import { type CheckRecord, record } from './records.ts';

/** Upper bound on Retry-After. */
const maxRetryAfterMs = 300_000;

/** Starts a sweep of the checks that are due, or adds newly due checks to the running one. */
export function startSweep(account: Account): Sweep {
  const { tools } = account;
  if (account.sweep.pending === 0 && !account.sweep.held) {
    account.sweep = emptySweep(account.sweep.number + 1, tools.monotonic());
  }
  const { sweep } = account;
  const due: CheckRecord[] = [];
  for (const owner of account.records.values()) {
    for (const entry of owner.checks) if (entry.sweep !== sweep.number && isDue(account, entry)) due.push(entry);
  }
  if (due.length === 0) return sweep;
  const ordered = due.toSorted((a, b) => lastEndedAt(a) - lastEndedAt(b));
  for (const entry of ordered) {
    entry.sweep = sweep.number;
    entry.state = 'waiting';
  }
  sweep.pending += due.length;
  tools.seat.addDemand(due.length);
  sweep.credentials ??= findCredentials(account);
  const { credentials } = sweep;
  void credentials.ready.then(
    () => {
      for (const entry of ordered) startUnblocked(account, entry, credentials);
    },
    (error: unknown) => {
      for (const entry of ordered) failUnstarted(account, entry, error);
    },
  );
  return sweep;
}

/** Resolves when no check of the sweep is pending. */
export async function whenFinished({ pending, waiters }: Sweep): Promise<void> {
  if (pending > 0) await new Promise<void>((resolve) => void waiters.push(resolve));
}

/** Sort key: the longest-unrefreshed check goes first, before it those that never finished. */
function lastEndedAt(entry: CheckRecord): number {
  return entry.last?.endedAt ?? -1;
}

function isDue({ scrape, tools }: Account, { last }: CheckRecord): boolean {
  if (last === undefined) return true;
  const { failure } = last;
  const holdMs = isFailing(last) ? Math.min(failure?.retryAfterMs ?? 0, maxRetryAfterMs) : scrape.refresh_interval;
  return tools.monotonic() - last.endedAt >= holdMs;
}

/** Starts a check, unless it has to wait for another one of its instance. */
function startUnblocked(account: Account, entry: CheckRecord, credentials: SweepCredentials): void {
  const { check, owner } = entry;
  const blocked = owner.checks.some(({ check: { name }, state }) => check.after?.includes(name) && state !== 'idle');
  if (entry.state !== 'waiting' || blocked) return;
  const { session, scrape, tools } = account;
  entry.state = 'running';
  entry.cancel = runCheck(
    {
      instance: owner.instance,
      check,
      session,
      credentials,
      hints: owner.hints,
      lane: laneOf(account, entry),
      nextRank: tools.nextRank,
      timeoutMs: scrape.request_timeout,
      retries: scrape.retries,
    },
    tools,
    (result) => {
      finish(account, entry, result);
      if (result === undefined) return;
      for (const other of owner.checks) startUnblocked(account, other, credentials);
    },
  );
}

function failUnstarted(account: Account, entry: CheckRecord, error: unknown): void {
  if (entry.state !== 'waiting') return;
  const { now, monotonic, log } = account.tools;
  if (!(error instanceof Failure)) {
    log.error('the search for credentials threw an unexpected error; please report this', {
      account: account.watched.name,
      stack: error instanceof Error ? error.stack : 'none',
    });
  }
  const failure =
    error instanceof Failure
      ? error
      : new Failure('internal', 'the search for credentials threw an unexpected error; the log has the stack');
  const outcome = { facts: undefined, failure, endedAtMs: now(), endedAt: monotonic(), durationMs: 0 };
  finish(account, entry, { outcome, hints: undefined });
}

/** @param result undefined when the check was stopped */
function finish(account: Account, entry: CheckRecord, result: Result | undefined): void {
  const { sweep, tools } = account;
  entry.state = 'idle';
  entry.cancel = undefined;
  if (result !== undefined) recordResult(account, entry, result);
  sweep.pending--;
  tools.seat.addDemand(-1);
  if (sweep.pending > 0) return;
  account.lastSweepSeconds = (tools.monotonic() - sweep.startedAt) / 1000;
  for (const resolve of sweep.waiters.splice(0)) resolve();
  tools.onSweepFinished();
}

function recordResult(account: Account, entry: CheckRecord, { outcome, hints }: Result): void {
  const { owner, check, last } = entry;
  const { tools, watched } = account;
  if (last === undefined) account.finished++;
  logOutcome(tools.log, owner.instance, check.name, { before: last?.failure, after: outcome.failure });
  if (hints !== undefined) owner.hints = { ...owner.hints, ...hints };
  const { failure } = outcome;
  // Counted once: the check runs in every sweep, and its result stays the same.
  const repeated = failure?.reason === 'unsupported' && last?.failure?.reason === 'unsupported';
  if (failure !== undefined && !repeated) {
    tools.observer.checkFailed(
      { provider: watched.provider.id, account: watched.name, check: check.name },
      failure.reason,
    );
  }
  record(entry, outcome);
}

/** Stops a check that is due or in progress. */
export function stopCheck(account: Account, entry: CheckRecord): void {
  if (entry.cancel !== undefined) entry.cancel();
  else if (entry.state !== 'idle') finish(account, entry, undefined);
}
