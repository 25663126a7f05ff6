// What is watched: the part of the configuration that the collector goes by.
import type { Instance } from '../model/instance.ts';
import type { AccountSettings, Provider } from '../model/provider.ts';
import type { Shard } from '../fleet/shard.ts';

/** One account, as far as the collector needs it. */
export interface WatchedAccount {
  name: string;
  provider: Provider;
  settings: AccountSettings;
  rateLimits: Readonly<Record<string, number>>;
}

/** What is watched and how. */
export interface Watch {
  scrape: {
    refresh_interval: number;
    max_stale: number;
    concurrency: number;
    request_timeout: number;
    retries: number;
  };
  accounts: ReadonlyMap<string, WatchedAccount>;
  instances: readonly Instance[];
  shard: Shard;
}

/** The limit of an action: what the account sets for it, else the account's `*`, else what the provider documents. */
export function limitOf({ rateLimits, provider }: WatchedAccount, action: string): { name: string; perSecond: number } {
  for (const limits of [rateLimits, provider.rateLimits]) {
    for (const name of [action, '*']) {
      const perSecond = limits[name];
      if (perSecond !== undefined) return { name, perSecond };
    }
  }
  throw new Error(`provider ${provider.id} has no rate limit for ${action}`);
}
