// What the pages for people show: the fleet, and the state of the exporter.
import type { FindById, Instance } from '../model/instance.ts';
import type { Knowledge, ListState } from '../model/knowledge.ts';
import type { Provider } from '../model/provider.ts';
import type { ReloadState } from '../model/reload-state.ts';
import type { Shard } from '../model/shard.ts';
import type { Thresholds } from '../model/thresholds.ts';

/** Input of the pages. */
export interface StatusModel {
  version: string;
  /** Start of the links; see BasePaths. */
  linkBase: string;
  telemetryPath: string;
  /** Unix milliseconds. */
  nowMs: number;
  fleet: readonly Knowledge[];
  withId: FindById;
  /** What is known about one instance; undefined when it is not watched. */
  knowledgeOf: (instance: Instance) => Knowledge | undefined;
  /** What is known about the lists of instances. */
  lists: readonly ListState[];
  /** The provider of an account. */
  providerOf: (account: string) => Pick<Provider, 'checks'>;
  thresholds: Thresholds;
  /** Checks that are due and have not finished. */
  pending: number;
  config: ReloadState;
  /** undefined: no web configuration. */
  webConfig?: ReloadState | undefined;
  shard: Shard;
}
