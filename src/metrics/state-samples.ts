// Converts the state of the exporter at a scrape into samples.
import type { FactName } from '../model/facts.ts';
import type { ListState } from '../model/knowledge.ts';
import type { AccountLabels } from '../model/observer.ts';
import type { ReloadState } from '../model/reload-state.ts';
import type { Shard } from '../model/shard.ts';
import type { stateFamilies } from './catalogue.ts';

/** The state of the exporter at a scrape. */
export interface ExporterState {
  /** Absent before a sweep has finished. */
  lastSweepSeconds: number | undefined;
  /** Checks that are due and have not finished. */
  pendingChecks: number;
  /** The configured accounts, each with the number of its instances in this shard. */
  accounts: readonly (AccountLabels & { instances: number })[];
  lists: readonly ListState[];
  shard: Shard;
  config: ReloadState;
  /** Absent without a web configuration. */
  webConfig: ReloadState | undefined;
  /** The facts that the checks of the configured providers can report. */
  facts: readonly { provider: string; check: string; fact: FactName }[];
}

/** Adds a sample; a label that it does not name is empty. */
type Add = (value: boolean | number, labels?: Readonly<Record<string, string>>) => void;

const labelsOf = ({ provider, account, region }: ListState) => ({ provider, account, cloud_region: region });

/** The samples by family. */
export const stateSamples: Readonly<Record<keyof typeof stateFamilies, (state: ExporterState, add: Add) => void>> = {
  sweepDuration({ lastSweepSeconds }, add) {
    if (lastSweepSeconds !== undefined) add(lastSweepSeconds);
  },
  sweepPending: ({ pendingChecks }, add) => add(pendingChecks),
  instances({ accounts }, add) {
    for (const { provider, account, instances } of accounts) add(instances, { provider, account });
  },
  discoveryInfo({ lists }, add) {
    for (const list of lists) add(1, labelsOf(list));
  },
  discoverySuccess({ lists }, add) {
    for (const list of lists) if (list.last !== undefined) add(list.last.failure === undefined, labelsOf(list));
  },
  discoveryFailureInfo({ lists }, add) {
    for (const list of lists) {
      if (list.last?.failure !== undefined) add(1, { ...labelsOf(list), reason: list.last.failure.reason });
    }
  },
  discoveryLastSuccess({ lists }, add) {
    for (const list of lists) if (list.lastSuccessMs !== undefined) add(list.lastSuccessMs / 1000, labelsOf(list));
  },
  discoveryInstances({ lists }, add) {
    for (const list of lists) if (list.found !== undefined) add(list.found, labelsOf(list));
  },
  factInfo({ facts }, add) {
    for (const { provider, check, fact } of facts) add(1, { provider, check, fact });
  },
  shardOrdinal: ({ shard }, add) => add(shard.shard),
  totalShards: ({ shard }, add) => add(shard.totalShards),
  reloadSuccessful: ({ config }, add) => add(config.successful),
  reloadSuccessTime: ({ config }, add) => add(config.lastSuccessMs / 1000),
  webReloadSuccessful({ webConfig }, add) {
    if (webConfig !== undefined) add(webConfig.successful);
  },
  webReloadSuccessTime({ webConfig }, add) {
    if (webConfig !== undefined) add(webConfig.lastSuccessMs / 1000);
  },
};
