// The validated configuration.

import type { Problem } from '../files/yaml-document.ts';
import type { CaBundleSettings } from '../model/ca-bundle.ts';
import type { Discovery } from '../model/discovery.ts';
import type { Instance } from '../model/instance.ts';
import type { AccountSettings, Provider } from '../model/provider.ts';
import type { Thresholds } from '../model/thresholds.ts';
import type { ScrapeSettings } from './schema.ts';
import type { SecretSource } from './secret.ts';

/** One account. Its secrets are read for each sweep. */
export interface Account {
  name: string;
  provider: Provider;
  settings: AccountSettings;
  /** Requests a second by action, as configured; the provider's limits apply to the others. */
  rateLimits: Readonly<Record<string, number>>;
  /** Milliseconds; overrides that of `scrape`. */
  refreshIntervalMs?: number | undefined;
  secrets: Readonly<Record<string, SecretSource>>;
  /** Absent: no CA bundle is downloaded. */
  caBundle?: CaBundleSettings | undefined;
  /** Absent: only configured instances are watched. */
  discovery?: Discovery | undefined;
}

/** A valid configuration. */
export interface Config {
  scrape: ScrapeSettings;
  thresholds: Thresholds;
  accounts: ReadonlyMap<string, Account>;
  /** All configured instances, of every shard. */
  instances: readonly Instance[];
  /** Folder of the configuration file, to which paths in it are relative. */
  folder: string;
  /** What is valid and probably not meant, in the order of the lines. */
  warnings: readonly Problem[];
}
