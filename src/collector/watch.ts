// What the collector watches: the part of the configuration and of the fleet that it needs.
import type { Fleet } from '../fleet/fleet.ts';
import type { Check } from '../model/check.ts';
import type { AccountSettings, Provider } from '../model/provider.ts';

/** The settings of an account that the collector needs. */
export interface WatchedAccount {
  name: string;
  provider: Provider;
  settings: AccountSettings;
  rateLimits: Readonly<Record<string, number>>;
  /** Milliseconds; absent: that of `scrape`. */
  refreshInterval?: number | undefined;
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

/** A limit in calls per second; `name` is the action that it applies to, or `*` for all actions without their own. */
export interface Limit {
  name: string;
  perSecond: number;
}

/** The limit of a check's action: that of the account, else its `*`, else that of the check, else the provider's. */
export function limitOf({ rateLimits, provider }: WatchedAccount, check: Check): Limit | undefined {
  const { action } = check;
  if (action === undefined) return undefined;
  const candidates: [string, number | undefined][] = [
    [action, rateLimits[action]],
    ['*', rateLimits['*']],
    [action, check.perSecond],
    ['*', provider.perSecond],
  ];
  for (const [name, perSecond] of candidates) if (perSecond !== undefined) return { name, perSecond };
  throw new Error(`provider ${provider.id} has no rate limit for ${action}`);
}
