// What the collector watches: the part of the configuration and of the fleet that it needs.
import type { Fleet } from '../fleet/fleet.ts';
import type { ApiCall } from '../model/check.ts';
import type { Discovery } from '../model/discovery.ts';
import { type AccountSettings, callsOf, type Provider } from '../model/provider.ts';

/** The settings of an account that the collector needs. */
export interface WatchedAccount {
  name: string;
  provider: Provider;
  settings: AccountSettings;
  rateLimits: Readonly<Record<string, number>>;
  /** Milliseconds; absent: that of `scrape`. */
  refreshInterval?: number | undefined;
  /** Absent: its instances are not listed. */
  discovery?: Discovery | undefined;
}

/** How to call; durations in milliseconds. */
export interface ScrapeSettings {
  refresh_interval: number;
  max_stale: number;
  concurrency: number;
  request_timeout: number;
  retries: number;
}

/** What is watched and how. */
export interface Watch {
  scrape: ScrapeSettings;
  accounts: ReadonlyMap<string, WatchedAccount>;
  fleet: Fleet;
}

/** What the account can call: its list of instances only with discovery. */
export function usedCalls({ provider, discovery }: Pick<WatchedAccount, 'provider' | 'discovery'>): readonly ApiCall[] {
  return discovery === undefined ? provider.checks : callsOf(provider);
}

/** A limit in calls per second; `name` is the action that it applies to, or `*` for all actions without their own. */
export interface Limit {
  name: string;
  perSecond: number;
}

/** The limits of the actions of these calls. */
export function limitsOf(account: WatchedAccount, calls: readonly ApiCall[]): Map<string, Limit> {
  const limits = new Map<string, Limit>();
  for (const { action, perSecond } of calls) {
    if (action !== undefined) limits.set(action, limitOf(account, action, perSecond));
  }
  return limits;
}

/** That of the account, else its `*`, else the documented one, else the provider's. */
function limitOf({ rateLimits, provider }: WatchedAccount, action: string, documented: number | undefined): Limit {
  const candidates: [string, number | undefined][] = [
    [action, rateLimits[action]],
    ['*', rateLimits['*']],
    [action, documented],
    ['*', provider.perSecond],
  ];
  for (const [name, perSecond] of candidates) if (perSecond !== undefined) return { name, perSecond };
  throw new Error(`provider ${provider.id} has no rate limit for ${action}`);
}
