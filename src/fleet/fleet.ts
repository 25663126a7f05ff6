// Which instances this exporter watches: the configured ones of its shard, indexed by account.
import type { Instance } from '../model/instance.ts';
import type { Shard } from '../model/shard.ts';
import { isInShard } from './shard.ts';

/** The instances of one exporter. Immutable: a change makes a new fleet with a higher version. */
export interface Fleet {
  /** Increases with each change. */
  version: number;
  shard: Shard;
  instances: readonly Instance[];
  byAccount: ReadonlyMap<string, readonly Instance[]>;
  /** Names of all custom labels of the instances, sorted. */
  labelNames: readonly string[];
}

/** Keeps the fleet up to date. */
export interface FleetSource {
  /** The fleet for a list of configured instances; the same fleet for the same list object. */
  of: (configured: readonly Instance[]) => Fleet;
}

/** Creates a source of fleets for one shard. */
export function createFleetSource(shard: Shard): FleetSource {
  let last: { configured: readonly Instance[]; fleet: Fleet } | undefined;
  let version = 0;
  return {
    of(configured) {
      if (last?.configured !== configured) last = { configured, fleet: buildFleet(configured, shard, ++version) };
      return last.fleet;
    },
  };
}

function buildFleet(configured: readonly Instance[], shard: Shard, version: number): Fleet {
  const instances = shard.totalShards === 1 ? configured : configured.filter((instance) => isInShard(instance, shard));
  const byAccount = new Map<string, Instance[]>();
  const labelNames = new Set<string>();
  for (const instance of instances) {
    const list = byAccount.get(instance.account);
    if (list === undefined) byAccount.set(instance.account, [instance]);
    else list.push(instance);
    for (const name of Object.keys(instance.labels)) labelNames.add(name);
  }
  return { version, shard, instances, byAccount, labelNames: [...labelNames].toSorted() };
}
