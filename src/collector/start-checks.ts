// Starts the checks of an account that are due: when credentials have been found and the checks before them have finished.
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Failure } from '../model/failure.ts';
import { type Account, checkGroups, checksOf, findCredentials, labelsOf, sessionOf } from './account.ts';
import { lineOf } from './account-hosts.ts';
import { runCheck } from './check-runner.ts';
import { isUnderWay } from './group.ts';
import type { Job, Result } from './job.ts';
import { type CheckRecord, hintsOf, type InstanceRecord } from './records.ts';
import type { SweepCredentials } from './sweep-credentials.ts';
import { toFailure } from './unexpected.ts';

/** Checks that are started in one turn of the event loop: a few milliseconds. */
const checksPerSlice = 256;

/** Probes of single instances use credentials that were searched for in the last seconds, and do not search each. */
const sharedSearchMs = 5000;

/** Receives the result of a check, undefined when it was stopped. */
type Finished = (entry: CheckRecord, result: Result | undefined) => void;

/** Starts checks that wait. @param isFull for a sweep of the account, which searches for credentials anew */
export function startChecks(
  account: Account,
  entries: readonly CheckRecord[],
  finished: Finished,
  isFull: boolean,
): void {
  const calls = entries.filter(needsCredentials);
  if (calls.length > 0) startWhenFound(account, calls, finished, searchFor(account, finished, isFull));
  const others = entries.filter((entry) => !needsCredentials(entry));
  void inSlices(account, inOrder(others), (entry) => startUnblocked(account, entry, finished));
}

/** A search for the credentials of an account. */
export interface Search {
  credentials: SweepCredentials;
  /** The round of the account at its start. */
  round: number;
  /** Monotonic milliseconds. */
  startedAt: number;
}

function searchFor(account: Account, finished: Finished, isFull: boolean): SweepCredentials {
  const { search, round, tools } = account;
  const startedAt = tools.monotonic();
  const isOfSweep = search?.round === round && (isFull || [...checkGroups(account)].some(isUnderWay));
  if (search !== undefined && (isOfSweep || (!isFull && startedAt - search.startedAt <= sharedSearchMs))) {
    return search.credentials;
  }
  // Queued checks wait for the rate limit of the key that they will use.
  const credentials = findCredentials(account, (found) => {
    startWhenFound(account, withdrawQueued(account, needsCredentials), finished, found);
  });
  account.search = { credentials, round, startedAt };
  return credentials;
}

/** Takes the checks that have not started yet out of the queue. @param isMeant default: all */
export function withdrawQueued(account: Account, isMeant = (_entry: CheckRecord): boolean => true): CheckRecord[] {
  const queued: CheckRecord[] = [];
  for (const entry of checksOf(account)) {
    if (!isMeant(entry)) continue;
    if (entry.running?.withdraw() === true) {
      entry.running = undefined;
      entry.state = 'waiting';
    }
    if (entry.state === 'waiting') queued.push(entry);
  }
  return queued;
}

/** Starts the checks once these credentials have been found, unless others replace them meanwhile. */
function startWhenFound(
  account: Account,
  entries: readonly CheckRecord[],
  finished: Finished,
  credentials: SweepCredentials,
): void {
  const ordered = inOrder(entries);
  for (const entry of ordered) entry.credentials = credentials;
  const isCurrent = (entry: CheckRecord) => entry.credentials === credentials;
  void credentials.ready.then(
    () => inSlices(account, ordered.filter(isCurrent), (entry) => startUnblocked(account, entry, finished)),
    (error: unknown) => {
      const waiting = ordered.filter(isCurrent);
      if (waiting.length === 0) return;
      const failure = toFailure(error, 'the search for credentials', account.tools.log, labelsOf(account));
      void inSlices(account, waiting, (entry) => {
        if (isCurrent(entry)) failUnstarted(account, entry, finished, failure);
      });
    },
  );
}

/** The longest-unrefreshed check goes first, before it those that never finished. */
function inOrder(entries: readonly CheckRecord[]): CheckRecord[] {
  return entries.toSorted((a, b) => (a.last?.endedAt ?? -1) - (b.last?.endedAt ?? -1));
}

/** Handles the checks one by one, and lets the event loop run in between. `each` must not throw. */
async function inSlices(
  account: Account,
  entries: readonly CheckRecord[],
  each: (entry: CheckRecord) => void,
): Promise<void> {
  for (let from = 0; from < entries.length; from += checksPerSlice) {
    if (from > 0) await nextTurn();
    const slice = entries.slice(from, from + checksPerSlice);
    account.tools.batch(() => {
      for (const entry of slice) each(entry);
    });
  }
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
function startUnblocked(account: Account, entry: CheckRecord, finished: Finished): void {
  const { check, owner } = entry;
  const credentials = needsCredentials(entry) ? entry.credentials : noCredentials;
  const blocked = owner.checks.some(({ check: { name }, state }) => check.after?.includes(name) && state !== 'idle');
  if (entry.state !== 'waiting' || blocked || credentials?.isReady() !== true) return;
  try {
    const job = jobOf(account, entry, credentials);
    entry.running = runCheck(job, account.tools, (result) => {
      finished(entry, result);
      startOthers(account, owner, finished);
    });
    entry.state = 'running';
  } catch (error) {
    const failure = toFailure(error, 'the start of a check', account.tools.log, labelsOf(account));
    failUnstarted(account, entry, finished, failure);
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

function failUnstarted(account: Account, entry: CheckRecord, finished: Finished, failure: Failure): void {
  if (entry.state !== 'waiting') return;
  const { now, monotonic } = account.tools;
  const outcome = { failure, endedAtMs: now(), endedAt: monotonic(), durationMs: 0 };
  finished(entry, { outcome });
  startOthers(account, entry.owner, finished);
}

/** Those that waited for a check of their instance. */
function startOthers(account: Account, { checks }: InstanceRecord, finished: Finished): void {
  for (const entry of checks) startUnblocked(account, entry, finished);
}
