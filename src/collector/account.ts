// One account at run time: its session, credentials, rate limits, the records of its instances, and its sweep.
import { randomBytes } from 'node:crypto';
import type { FindCredentials, FoundCredentials } from '../model/credentials.ts';
import { Failure } from '../model/failure.ts';
import type { Session } from '../model/session.ts';
import { openCredentials, type SweepCredentials } from './account-credentials.ts';
import type { RunnerTools } from './job.ts';
import type { Lane, Seat } from './lane.ts';
import { logCredentials } from './outcome-log.ts';
import { createRateLimiter, type RateLimiter } from './rate-limiter.ts';
import type { CheckRecord, InstanceRecord } from './records.ts';
import { limitOf, type ScrapeSettings, type WatchedAccount } from './watch.ts';

/** Dependencies of an account. */
export interface AccountTools extends RunnerTools {
  findCredentials: FindCredentials;
  seat: Seat;
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
  readonly lanes: Map<string, { lane: Lane; limiter: RateLimiter }>;
  /** For checks that call no API. */
  readonly freeLane: Lane;
  /** The sweep under way, or the last one. */
  sweep: Sweep;
  /** Result of the last search for credentials. */
  credentials: FoundCredentials | Failure | undefined;
  /** Number of checks that are configured, and of those that have finished at least once. */
  configured: number;
  finished: number;
  lastSweepSeconds: number | undefined;
}

/** One sweep of an account. Accounts do not wait for each other. */
export interface Sweep {
  number: number;
  startedAt: number;
  /** Checks that are due and have not finished. */
  pending: number;
  /** True while the scrape that started this sweep is open; later scrapes join it even if its checks are done. */
  held: boolean;
  credentials: SweepCredentials | undefined;
  /** Called when `pending` becomes 0. */
  waiters: (() => void)[];
}

/** A sweep without a check. @param number one more than that of the last sweep */
export function emptySweep(number: number, startedAt: number): Sweep {
  return { number, startedAt, pending: 0, held: false, credentials: undefined, waiters: [] };
}

/** Creates an account; it calls nothing until a sweep starts. */
export function createAccount(
  watched: WatchedAccount,
  { scrape, totalShards }: { scrape: ScrapeSettings; totalShards: number },
  tools: AccountTools,
): Account {
  return {
    watched,
    tools,
    session: undefined,
    scrape,
    changedAt: 0,
    totalShards,
    records: new Map(),
    lanes: new Map(),
    freeLane: tools.seat.lane(),
    sweep: emptySweep(0, 0),
    credentials: undefined,
    configured: 0,
    finished: 0,
    lastSweepSeconds: undefined,
  };
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
  const changed = settings || differs(before.rateLimits, watched.rateLimits) || differs(scrapeBefore, scrape);
  if (changed) account.changedAt = account.tools.monotonic();
  // The time for which facts are shown may be another.
  for (const owner of account.records.values()) owner.knownUntil = Number.NEGATIVE_INFINITY;
  return changed;
}

/** The lane of the check's action at the host of its instance. The shards split the rate limit evenly. */
export function laneOf(account: Account, { check, owner }: CheckRecord): Lane {
  const limit = limitOf(account.watched, check);
  if (limit === undefined) return account.freeLane;
  const { seat, monotonic } = account.tools;
  const perSecond = limit.perSecond / account.totalShards;
  const key = `${sessionOf(account).host(owner.instance)} ${limit.name}`;
  const known = account.lanes.get(key);
  if (known !== undefined) {
    known.limiter.setLimit(perSecond);
    return known.lane;
  }
  const limiter = createRateLimiter(perSecond, monotonic);
  const lane = seat.lane(limiter);
  account.lanes.set(key, { lane, limiter });
  return lane;
}

/** The labels of the account in logs and metrics. */
export function labelsOf({ watched }: Account): { provider: string; account: string } {
  return { provider: watched.provider.id, account: watched.name };
}

/** Starts the search for the credentials of a sweep. */
export function findCredentials(account: Account): SweepCredentials {
  const { tools } = account;
  const labels = labelsOf(account);
  return openCredentials(tools.findCredentials, (result) => {
    const expiresAtSeconds = result instanceof Failure ? undefined : result.expiresAtSeconds;
    const successful = !(result instanceof Failure) && result.failure === undefined;
    tools.observer.credentialsRead(labels, { successful, expiresAtSeconds });
    logCredentials(tools.log, labels, account.credentials, result);
    account.credentials = result;
  });
}
