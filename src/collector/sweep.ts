// The sweeps of one account: which of its checks are due, who waits for them, and their results.
import { isFailing } from '../model/knowledge.ts';
import { type Account, checkGroups, checksOf, labelsOf } from './account.ts';
import { emptySweep, type Group, isUnderWay, renewSweep, type Sweep, takeWaiters } from './group.ts';
import type { Result } from './job.ts';
import { maxRetryAfterMs } from './pause.ts';
import { type CheckRecord, type InstanceRecord, knowledgeOf, record } from './records.ts';
import { startChecks, withdrawQueued } from './start-checks.ts';

/** Two probes of an instance within this time cost one set of calls, as simultaneous scrapes do. */
const sharedProbeMs = 100;

/** Requests of single instances, and of the list of targets, do not read a list more often than this. */
const sharedListMs = 1000;

/** The sweeps of an account that a scrape waits for. */
export interface StartedSweeps {
  /** What they find is checked in the sweeps of the checks then. */
  lists: Sweep[];
  checks: Sweep[];
}

/** Starts a sweep of the checks that are due, or adds newly due checks to the running one; one of each group. */
export function startSweep(account: Account): StartedSweeps {
  const nowMs = account.tools.monotonic();
  const lists = Array.from(account.lists.byRegion.values(), ({ group }) => group);
  const checks = [...checkGroups(account)];
  for (const group of lists) renewSweep(group, nowMs);
  let isNew = false;
  for (const group of checks) isNew = renewSweep(group, nowMs) || isNew;
  if (isNew) account.round++;
  const due: CheckRecord[] = [];
  for (const entry of checksOf(account)) {
    const { sweep } = entry.group;
    if (entry.sweep !== sweep.number && isDue(account, entry)) due.push(entry);
  }
  join(account, due, true);
  return { lists: lists.map(({ sweep }) => sweep), checks: checks.map(({ sweep }) => sweep) };
}

/** Starts the checks of instances that were found: in the running sweep, or in a new one. */
export function startFound(account: Account): void {
  const found: CheckRecord[] = [];
  for (const owner of account.records.values()) {
    for (const entry of owner.checks) if (entry.last === undefined && entry.state === 'idle') found.push(entry);
  }
  if (found.length === 0) return;
  for (const group of checkGroups(account)) renewSweep(group, account.tools.monotonic());
  join(account, found, false);
}

/** Starts a probe of one instance, or joins the running one: the checks that are due, and those in progress. */
export function startProbe(account: Account, owner: InstanceRecord): Sweep {
  const { probe: last } = owner;
  const probe = last !== undefined && last.pending > 0 ? last : emptySweep(0, account.tools.monotonic());
  owner.probe = probe;
  join(
    account,
    owner.checks.filter((entry) => isDueInProbe(account, entry, probe)),
    false,
    probe,
  );
  return probe;
}

/** A check is in a probe once, so that the probe finishes however many requests join it. */
function isDueInProbe(account: Account, entry: CheckRecord, probe: Sweep): boolean {
  const { group, state, last, sweeps } = entry;
  const recentMs = Math.min(probe.startedAt, account.tools.monotonic() - sharedProbeMs);
  if (last !== undefined && last.endedAt > recentMs) return false;
  if (state !== 'idle') return !sweeps.includes(probe);
  const isSwept = isUnderWay(group) && entry.sweep === group.sweep.number;
  return !isSwept && isDue(account, entry);
}

/** Starts the lists of instances that are due. */
export function startLists(account: Account): Sweep[] {
  const { lists, tools, changedAt } = account;
  const nowMs = tools.monotonic();
  const due: CheckRecord[] = [];
  for (const { group, entry } of lists.byRegion.values()) {
    const { last } = entry;
    const isRecent = last !== undefined && last.endedAt >= changedAt && nowMs - last.endedAt < sharedListMs;
    if (isRecent || !isDue(account, entry)) continue;
    renewSweep(group, nowMs);
    if (entry.sweep !== group.sweep.number) due.push(entry);
  }
  join(account, due, false);
  return Array.from(lists.byRegion.values(), ({ group }) => group.sweep);
}

/** Queues the checks that have not started yet again, with the settings as they are now. */
export function restartQueued(account: Account): void {
  const queued = withdrawQueued(account);
  account.search = undefined;
  startChecks(account, queued, events(account), true);
}

/** Makes a sweep wait for the checks, and starts those that are idle. @param one default: the sweep of their group */
function join(account: Account, entries: readonly CheckRecord[], isFull: boolean, one?: Sweep): void {
  const idle: CheckRecord[] = [];
  // All of them first: one that is due waits for another that is, too.
  for (const entry of entries) {
    const sweep = one ?? entry.group.sweep;
    if (one === undefined) entry.sweep = sweep.number;
    entry.sweeps = [...entry.sweeps, sweep];
    sweep.pending++;
    if (entry.state !== 'idle') continue;
    entry.state = 'waiting';
    account.pending++;
    idle.push(entry);
  }
  for (const seat of new Set(idle.map(({ group }) => group.seat))) {
    seat.addDemand(idle.filter(({ group }) => group.seat === seat).length);
  }
  startChecks(account, idle, events(account), isFull);
}

function isDue(account: Account, { last, group }: CheckRecord): boolean {
  const { scrape, tools, changedAt, watched } = account;
  if (last === undefined) return true;
  const { failure } = last;
  // Another endpoint or key may have other instances.
  if ((group.isList || isFailing(last)) && last.endedAt < changedAt) return true;
  const refreshMs = group.isList ? watched.discovery?.refreshInterval : watched.refreshInterval;
  const holdMs = isFailing(last)
    ? Math.min(failure?.retryAfterMs ?? 0, maxRetryAfterMs)
    : (refreshMs ?? scrape.refresh_interval);
  return tools.monotonic() - last.endedAt >= holdMs;
}

const events = (account: Account) => (entry: CheckRecord, result: Result | undefined) => finish(account, entry, result);

/** @param result undefined when the check was stopped */
function finish(account: Account, entry: CheckRecord, result: Result | undefined): void {
  const { group, sweeps } = entry;
  entry.state = 'idle';
  entry.running = undefined;
  entry.sweeps = [];
  if (result !== undefined) recordResult(account, entry, result);
  account.pending--;
  group.seat.addDemand(-1);
  for (const sweep of sweeps) {
    sweep.pending--;
    if (sweep.pending > 0) continue;
    if (sweep === group.sweep) finishSweep(account, group);
    for (const resolve of takeWaiters(sweep)) resolve();
  }
}

function finishSweep(account: Account, group: Group): void {
  group.lastSweepSeconds = (account.tools.monotonic() - group.sweep.startedAt) / 1000;
  // The log is about the account.
  const lists = Array.from(account.lists.byRegion.values(), (list) => list.group);
  const others = group.isList ? lists : [...checkGroups(account)];
  if (others.every(({ sweep }) => sweep.pending === 0)) group.outcomes.sweepFinished();
  account.tools.onSweepFinished();
}

function recordResult(account: Account, entry: CheckRecord, result: Result): void {
  const { outcome } = result;
  const { owner, check, last, group } = entry;
  const { tools } = account;
  if (last === undefined) account.finished++;
  group.outcomes.finished(owner.instance, check.name, last?.failure, outcome.failure);
  const { failure } = outcome;
  // Counted once: the check runs in every sweep, and its result stays the same.
  const repeated = failure?.reason === 'unsupported' && last?.failure?.reason === 'unsupported';
  if (failure !== undefined && !repeated) {
    tools.observer.checkFailed({ ...labelsOf(account), check: check.name }, failure.reason);
  }
  const unreadableBefore = entry.unreadable?.fields;
  record(entry, result);
  group.outcomes.unreadable(owner.instance, check.name, unreadableBefore, entry.unreadable?.fields);
  // Now and not with the next scrape, which would derive this for all instances in one go.
  knowledgeOf(owner, account.scrape.max_stale, tools.monotonic());
}

/** Stops a check that is due or in progress. */
export function stopCheck(account: Account, entry: CheckRecord): void {
  if (entry.running !== undefined) entry.running.cancel();
  else if (entry.state !== 'idle') finish(account, entry, undefined);
}
