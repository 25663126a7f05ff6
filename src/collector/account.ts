// One account at run time: its session, credentials, rate limits, the records of its instances, and its sweep.
import { randomBytes } from 'node:crypto';
import type { Check } from '../model/check.ts';
import type { Credentials, FindCredentials, FoundCredentials } from '../model/credentials.ts';
import { Failure } from '../model/failure.ts';
import type { Session } from '../model/session.ts';
import { openCredentials, type SweepCredentials } from './account-credentials.ts';
import { logCredentials } from './credentials-log.ts';
import { createGroup, type Group } from './group.ts';
import type { RunnerTools } from './job.ts';
import type { Lane, Line, Seat } from './lane.ts';
import type { LimitedLane, Limits } from './limits.ts';
import { createOutcomeLog, type OutcomeLog } from './outcome-log.ts';
import type { Queue } from './queue.ts';
import type { InstanceRecord } from './records.ts';
import { type Limit, limitOf, type ScrapeSettings, type WatchedAccount } from './watch.ts';

/** Dependencies of an account. */
export interface AccountTools extends RunnerTools {
  findCredentials: FindCredentials;
  openSeat: () => Seat;
  batch: Queue['batch'];
  limits: Limits;
  /** For checks that connect to databases. */
  connectionLane: Lane;
  /** For checks whose work is shared. */
  sharedLane: Lane;
  /** Increases with each call, so that the order is FIFO over all accounts. */
  nextRank: () => number;
  /** Called when a sweep has finished. */
  onSweepFinished: () => void;
}

/** An account at run time. Its counters are updated on each change, so that reading them costs O(1). */
export interface Account {
  watched: WatchedAccount;
  readonly tools: AccountTools;
  /** Opened when the first check starts, and again after a change of the settings. */
  session: Session | undefined;
  scrape: ScrapeSettings;
  /** When the settings changed, in monotonic milliseconds: a failure before that does not delay a check. */
  changedAt: number;
  /** Exporters that share the rate limits. */
  readonly totalShards: number;
  readonly records: Map<string, InstanceRecord>;
  readonly hosts: Map<string, AccountHost>;
  /** For checks that connect to databases. */
  readonly connectionLine: Line;
  /** For checks whose work is shared. */
  readonly sharedLine: Line;
  /** The checks that call the API, and those that connect to databases. Accounts do not wait for each other either. */
  readonly calls: Group;
  readonly connections: Group;
  readonly outcomes: OutcomeLog;
  /** Result of the last search for credentials. */
  credentials: FoundCredentials | Failure | undefined;
  /** Number of checks that are configured, and of those that have finished at least once. */
  configured: number;
  finished: number;
}

/** A host that the account calls. */
interface AccountHost {
  /** Identifies the credential that the rate limits belong to. */
  key: string;
  /** By action: all of the provider, because the limits of the account hold for others with the same key. */
  lanes: ReadonlyMap<string, { limit: LimitedLane; line: Line }>;
}

/** Creates an account; it calls nothing until a sweep starts. */
export function createAccount(
  watched: WatchedAccount,
  { scrape, totalShards }: { scrape: ScrapeSettings; totalShards: number },
  tools: AccountTools,
): Account {
  const connections = createGroup(tools.openSeat());
  return {
    watched,
    tools,
    session: undefined,
    scrape,
    changedAt: 0,
    totalShards,
    records: new Map(),
    hosts: new Map(),
    calls: createGroup(tools.openSeat()),
    connections,
    connectionLine: connections.seat.line(tools.connectionLane),
    sharedLine: connections.seat.line(tools.sharedLane),
    outcomes: createOutcomeLog(tools.log, labelsOf({ watched }), tools),
    credentials: undefined,
    configured: 0,
    finished: 0,
  };
}

/** The group of a check. */
export function groupOf({ calls, connections }: Account, { action }: Check): Group {
  return action === undefined ? connections : calls;
}

/** The session of the account. May throw, as everything that a provider does. */
export function sessionOf(account: Account): Session {
  const { provider, settings } = account.watched;
  account.session ??= provider.connect(settings, { now: account.tools.now, randomBytes });
  return account.session;
}

/** Adopts the settings. @returns whether they differ from those before */
export function configure(account: Account, watched: WatchedAccount, scrape: ScrapeSettings): boolean {
  const { watched: before, scrape: scrapeBefore } = account;
  if (before === watched && scrapeBefore === scrape) return false;
  account.watched = watched;
  account.scrape = scrape;
  const differs = (one: unknown, other: unknown) => JSON.stringify(one) !== JSON.stringify(other);
  const settings = differs(before.settings, watched.settings);
  if (settings) account.session = undefined;
  const changed =
    settings ||
    differs(before.rateLimits, watched.rateLimits) ||
    before.refreshInterval !== watched.refreshInterval ||
    differs(scrapeBefore, scrape);
  if (changed) adoptLimits(account, settings);
  // The time for which facts are shown may be another.
  for (const owner of account.records.values()) owner.knownUntil = Number.NEGATIVE_INFINITY;
  return changed;
}

function adoptLimits(account: Account, settings: boolean): void {
  account.changedAt = account.tools.monotonic();
  for (const { lanes } of account.hosts.values()) {
    for (const { limit } of lanes.values()) limit.resume();
    for (const [action, limit] of limitsOf(account)) lanes.get(action)?.limit.use(account, limit);
  }
  // The hosts may be others.
  if (settings) leaveHosts(account);
}

/** Stops the use of all lanes. */
export function leaveHosts(account: Account): void {
  for (const host of account.hosts.values()) leaveHost(account, host);
  account.hosts.clear();
}

function leaveHost(account: Account, { lanes }: AccountHost): void {
  for (const { limit } of lanes.values()) limit.leave(account);
}

/** The limit of each action. The shards split it evenly. */
function limitsOf({ watched, totalShards }: Account): Map<string, Limit> {
  const limits = new Map<string, Limit>();
  for (const check of watched.provider.checks) {
    const limit = limitOf(watched, check);
    if (check.action !== undefined && limit !== undefined) {
      limits.set(check.action, { ...limit, perSecond: limit.perSecond / totalShards });
    }
  }
  return limits;
}

/** The line of the account in the lane of a check, at a host, with these credentials. */
export function lineOf(account: Account, { action, shared }: Check, host: string, credentials: Credentials): Line {
  if (action === undefined) return shared === true ? account.sharedLine : account.connectionLine;
  const key = keyOf(account, credentials);
  let known = account.hosts.get(host);
  if (known?.key !== key) account.hosts.set(host, (known = useHost(account, host, key)));
  return known.lanes.get(action)?.line ?? account.connectionLine;
}

function useHost(account: Account, host: string, key: string): AccountHost {
  const { limits, batch } = account.tools;
  const { seat } = account.calls;
  const before = account.hosts.get(host);
  const lanes = new Map<string, { limit: LimitedLane; line: Line }>();
  batch(() => {
    for (const [action, perSecond] of limitsOf(account)) {
      const limit = limits.lane({ host, key }, action);
      // A new key of the account, such as that of renewed temporary credentials, does not start with an empty second.
      const earlier = before?.lanes.get(action)?.limit;
      if (earlier !== undefined) limit.inherit(earlier);
      limit.use(account, perSecond);
      lanes.set(action, { limit, line: seat.line(limit.lane) });
    }
    if (before !== undefined) leaveHost(account, before);
  });
  return { key, lanes };
}

/**
 * Identifies the credential: the role that was assumed, or else its key id. Without one the account has limits of its own.
 * Never shown.
 */
export function keyOf({ watched }: Account, credentials: Credentials): string {
  const role = watched.provider.role?.(watched.settings)?.id;
  if (role !== undefined) return JSON.stringify({ role });
  const id = credentials[watched.provider.credentials.find(({ secret }) => !secret)?.name ?? ''];
  return JSON.stringify(id === undefined ? { account: watched.name } : { id });
}

/** The labels of the account in logs and metrics. */
export function labelsOf({ watched }: Pick<Account, 'watched'>): { provider: string; account: string } {
  return { provider: watched.provider.id, account: watched.name };
}

/**
 * Starts the search for the credentials of a sweep.
 * @param onKeyReplaced called when others with another key have replaced them
 */
export function findCredentials(account: Account, onKeyReplaced: (found: SweepCredentials) => void): SweepCredentials {
  const { tools } = account;
  const labels = labelsOf(account);
  const found = openCredentials(tools.findCredentials, {
    onResult(result) {
      const expiresAtSeconds = result instanceof Failure ? undefined : result.expiresAtSeconds;
      const successful = !(result instanceof Failure) && result.failure === undefined;
      tools.observer.credentialsRead(labels, { successful, expiresAtSeconds });
      logCredentials(tools.log, labels, account.credentials, result);
      account.credentials = result;
    },
    onReplaced(before, after) {
      if (keyOf(account, before) !== keyOf(account, after)) onKeyReplaced(found);
    },
  });
  return found;
}
