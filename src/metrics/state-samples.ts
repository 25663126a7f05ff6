// Converts the state of the exporter at a scrape into samples.
import type { FactName } from '../model/facts.ts';
import type { ListState } from '../model/knowledge.ts';
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
  lists: readonly ListState[];
  shard: Shard;
  config: ReloadState;
  /** Absent without a web configuration. */
  webConfig: ReloadState | undefined;
  /** The facts that the checks of the configured providers can report. */
  facts: readonly { provider: string; check: string; fact: FactName }[];
}

type Add = (family: Family, value: boolean | number, labels?: Sample['labels']) => void;

/** All samples of the exporter's state. */
export function stateSamples(state: ExporterState): Sample[] {
  const { lastSweepSeconds, pendingChecks, accounts, lists, shard, config, webConfig, facts } = state;
  const samples: Sample[] = [];
  const add: Add = (family, value, labels = {}) => samples.push({ family, labels, value: Number(value) });

  if (lastSweepSeconds !== undefined) add(families.sweepDuration, lastSweepSeconds);
  add(families.sweepPending, pendingChecks);
  for (const { provider, account, instances } of accounts) add(families.instances, instances, { provider, account });
  for (const list of lists) addList(list, add);
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

function addList({ provider, account, region, last, lastSuccessMs, found }: ListState, add: Add): void {
  const labels = { provider, account, cloud_region: region };
  add(families.discoveryInfo, 1, labels);
  if (last !== undefined) add(families.discoverySuccess, last.failure === undefined, labels);
  if (last?.failure !== undefined) add(families.discoveryFailureInfo, 1, { ...labels, reason: last.failure.reason });
  if (lastSuccessMs !== undefined) add(families.discoveryLastSuccess, lastSuccessMs / 1000, labels);
  if (found !== undefined) add(families.discoveryInstances, found, labels);
}
