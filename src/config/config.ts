// The validated configuration.

import type { Shard } from '../fleet/shard.ts';
import type { Instance } from '../model/instance.ts';
import type { AccountSettings, Provider } from '../model/provider.ts';
import type { ScrapeSettings } from './schema.ts';
import type { SecretSource } from './secret.ts';

/** One account with the sources of its secrets, which are read for each sweep. */
export interface Account {
  name: string;
  provider: Provider;
  settings: AccountSettings;
  /** Requests per second by action, as set in the file; otherwise the provider's limits apply. */
  rateLimits: Readonly<Record<string, number>>;
  secrets: Readonly<Record<string, SecretSource>>;
}

/** A valid configuration. */
export interface Config {
  scrape: ScrapeSettings;
  accounts: ReadonlyMap<string, Account>;
  /** Those of this shard. */
  instances: readonly Instance[];
  shard: Shard;
  /** Base folder of relative paths. */
  folder: string;
}
