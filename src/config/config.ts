// The validated configuration, as the rest of the program sees it.
import type { Instance } from '../model/instance.ts';
import type { AccountSettings, Provider } from '../model/provider.ts';
import type { Shard } from '../fleet/shard.ts';
import type { ScrapeSettings } from './schema.ts';
import type { SecretSource } from './secret.ts';

/** One account, its secrets still where they are: they are read for each sweep. */
export interface Account {
  name: string;
  provider: Provider;
  settings: AccountSettings;
  /** Requests a second by action; what the file sets. Falls back to the provider's. */
  rateLimits: Readonly<Record<string, number>>;
  secrets: Readonly<Record<string, SecretSource>>;
}

/** A configuration that has been checked. */
export interface Config {
  scrape: ScrapeSettings;
  accounts: ReadonlyMap<string, Account>;
  /** Those of this shard. */
  instances: readonly Instance[];
  shard: Shard;
  /** Folder that relative paths are joined to. */
  folder: string;
}
