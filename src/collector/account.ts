// One account at run time: its session, credentials, rate limits, the records of its instances, and its sweep.
import { randomBytes } from 'node:crypto';
import type { Check } from '../model/check.ts';
import type { FindCredentials, FoundCredentials } from '../model/credentials.ts';
import { Failure } from '../model/failure.ts';
import type { Instance } from '../model/instance.ts';
import type { AccountLabels, ObservedAccount } from '../model/observer.ts';
import type { Session } from '../model/session.ts';
import { type AccountHost, adoptLimits, keyOf } from './account-hosts.ts';
import { logCredentials } from './credentials-log.ts';
import { createGroup, type Group, isUnderWay } from './group.ts';
import type { RegionList } from './instance-lists.ts';
import type { RunnerTools } from './job.ts';
import type { Lane, Line, Seat } from './lane.ts';
import type { Limits } from './limits.ts';
import { createOutcomeLog } from './outcome-log.ts';
import { checkLogTexts, listLogTexts } from './outcome-texts.ts';
import type { Queue } from './queue.ts';
import type { CheckRecord, InstanceRecord } from './records.ts';
import type { Search } from './start-checks.ts';
import { openCredentials, type SweepCredentials } from './sweep-credentials.ts';
import type { ScrapeSettings, WatchedAccount } from './watch.ts';

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

/** Groups by region, and what they share. */
interface Regions<T> extends Pick<Group, 'seat' | 'outcomes'> {
  byRegion: Map<string, T>;
}

/** An account at run time. Its counters are updated on each change, so that reading them costs O(1). */
export interface Account {
  watched: WatchedAccount;
  readonly tools: AccountTools;
  /** Opened when the first check starts, and again after a change of the settings. */
  session: Session | undefined;
  /** The role that the account assumes, as the session was opened with. */
  roleId: string | undefined;
  scrape: ScrapeSettings;
  /** When the settings changed, in monotonic milliseconds: a failure before that does not delay a check. */
  changedAt: number;
  /** Exporters that share the rate limits. */
  readonly totalShards: number;
  /** The list that was adopted last, and their records. */
  instances: readonly Instance[];
  readonly records: Map<string, InstanceRecord>;
  readonly hosts: Map<string, AccountHost>;
  /** For checks that connect to databases. */
  readonly connectionLine: Line;
  /** For checks whose work is shared. */
  readonly sharedLine: Line;
  /** The checks that call the API: a group for each region, because the endpoint of a region can have its own limits. */
  readonly calls: Regions<Group>;
  /** The checks that connect to databases. */
  readonly connections: Group;
  /** The lists of instances. */
  readonly lists: Regions<RegionList>;
  /** The last search for credentials. */
  search: Search | undefined;
  /** Increases with each sweep. */
  round: number;
  /** Result of the last search for credentials. */
  credentials: FoundCredentials | Failure | undefined;
  /** Names of the checks that any of its instances has. */
  used: ReadonlySet<string>;
  /** The account as the observer has it; absent after a change. */
  observed: ObservedAccount | undefined;
  /** Checks and lists that are due and have not finished. */
  pending: number;
  /** Number of checks and lists that are configured, and of those that have finished at least once. */
  configured: number;
  finished: number;
}

/** Creates an account; it calls nothing until a sweep starts. */
export function createAccount(
  watched: WatchedAccount,
  { scrape, totalShards }: { scrape: ScrapeSettings; totalShards: number },
  tools: AccountTools,
): Account {
  const labels = labelsOf({ watched });
  const isSweeping = () => [...checkGroups({ calls, connections })].some(isUnderWay);
  const outcomes = createOutcomeLog(tools.log, labels, tools, { texts: checkLogTexts, isSweeping });
  const calls = { seat: tools.openSeat(), outcomes, byRegion: new Map<string, Group>() };
  const connections = createGroup({ seat: tools.openSeat(), outcomes, isList: false });
  const lists = {
    seat: tools.openSeat(),
    outcomes: createOutcomeLog(tools.log, labels, tools, { texts: listLogTexts, isSweeping: () => false }),
    byRegion: new Map<string, RegionList>(),
  };
  return {
    watched,
    tools,
    session: undefined,
    roleId: undefined,
    scrape,
    changedAt: 0,
    totalShards,
    instances: [],
    records: new Map(),
    hosts: new Map(),
    calls,
    connections,
    lists,
    connectionLine: connections.seat.line(tools.connectionLane),
    sharedLine: connections.seat.line(tools.sharedLane),
    search: undefined,
    round: 0,
    credentials: undefined,
    used: new Set(),
    observed: undefined,
    pending: 0,
    configured: 0,
    finished: 0,
  };
}

/** The groups of its checks. */
export function* checkGroups({ calls, connections }: Pick<Account, 'calls' | 'connections'>): Generator<Group> {
  yield* calls.byRegion.values();
  yield connections;
}

/** The group of a check of an instance in a region. */
export function groupOf({ calls, connections }: Account, region: string, { action }: Pick<Check, 'action'>): Group {
  if (action === undefined) return connections;
  let group = calls.byRegion.get(region);
  if (group === undefined) {
    group = createGroup({ seat: calls.seat, outcomes: calls.outcomes, isList: false });
    calls.byRegion.set(region, group);
  }
  return group;
}

/** All checks of the account, its lists of instances first. */
export function* checksOf({ lists, records }: Pick<Account, 'lists' | 'records'>): Generator<CheckRecord> {
  for (const { entry } of lists.byRegion.values()) yield entry;
  for (const { checks } of records.values()) yield* checks;
}

/** The session of the account. May throw, as everything that a provider does. */
export function sessionOf(account: Account): Session {
  const { provider, settings } = account.watched;
  if (account.session === undefined) {
    account.roleId = provider.role?.(settings)?.id;
    account.session = provider.connect(settings, { now: account.tools.now, randomBytes });
  }
  return account.session;
}

/** Adopts the settings. @returns whether they differ from those before */
export function configure(account: Account, watched: WatchedAccount, scrape: ScrapeSettings): boolean {
  const { watched: before, scrape: scrapeBefore } = account;
  if (before === watched && scrapeBefore === scrape) return false;
  account.watched = watched;
  account.scrape = scrape;
  account.observed = undefined;
  const differs = (one: unknown, other: unknown) => JSON.stringify(one) !== JSON.stringify(other);
  const settings = differs(before.settings, watched.settings);
  if (settings) account.session = undefined;
  const changed =
    settings ||
    differs(before.rateLimits, watched.rateLimits) ||
    before.refreshIntervalMs !== watched.refreshIntervalMs ||
    differs(scrapeBefore, scrape);
  if (changed) {
    account.changedAt = account.tools.monotonic();
    adoptLimits(account, settings);
  }
  // The time for which facts are shown may be another.
  for (const owner of account.records.values()) owner.knownUntil = Number.NEGATIVE_INFINITY;
  return changed;
}

/** The labels of the account in logs and metrics. */
export function labelsOf({ watched }: Pick<Account, 'watched'>): AccountLabels {
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
