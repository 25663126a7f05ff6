// Converts the state of the exporter at a scrape into samples.
import type { FactName } from '../model/facts.ts';
import type { ReloadState } from '../model/reload-state.ts';
import type { Shard } from '../model/shard.ts';
import { type Family, stateFamilies as families } from './catalogue.ts';

/** One sample of a family. */
export interface Sample {
  family: Family;
  labels: Readonly<Record<string, string>>;
  value: number;
}

/** The state of the exporter at a scrape. */
export interface ExporterState {
  /** Absent before a sweep has finished. */
  lastSweepSeconds: number | undefined;
  /** Checks that are due and have not finished. */
  pendingChecks: number;
  /** The configured accounts, each with the number of its instances in this shard. */
  accounts: readonly { provider: string; account: string; instances: number }[];
  shard: Shard;
  config: ReloadState;
  /** Absent without a web configuration. */
  webConfig: ReloadState | undefined;
  /** The facts that the checks of the configured providers can report. */
  facts: readonly { provider: string; check: string; fact: FactName }[];
}

/** All samples of the exporter's state. */
export function stateSamples(state: ExporterState): Sample[] {
  const { lastSweepSeconds, pendingChecks, accounts, shard, config, webConfig, facts } = state;
  const samples: Sample[] = [];
  const add = (family: Family, value: boolean | number, labels: Sample['labels'] = {}) =>
    samples.push({ family, labels, value: Number(value) });

  if (lastSweepSeconds !== undefined) add(families.sweepDuration, lastSweepSeconds);
  add(families.sweepPending, pendingChecks);
  for (const { provider, account, instances } of accounts) add(families.instances, instances, { provider, account });
  for (const { provider, check, fact } of facts) add(families.factInfo, 1, { provider, check, fact });
  add(families.shardOrdinal, shard.shard);
  add(families.totalShards, shard.totalShards);
  add(families.reloadSuccessful, config.successful);
  add(families.reloadSuccessTime, config.lastSuccessMs / 1000);
  if (webConfig !== undefined) {
    add(families.webReloadSuccessful, webConfig.successful);
    add(families.webReloadSuccessTime, webConfig.lastSuccessMs / 1000);
  }
  return samples;
}
