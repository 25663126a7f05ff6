// Which instances this exporter watches: the configured and the found ones of its shard, indexed by account.
import { isDeepStrictEqual } from 'node:util';
import type { Discovery, ListedInstance } from '../model/discovery.ts';
import type { FindById, Instance } from '../model/instance.ts';
import type { Shard } from '../model/shard.ts';
import { foundInstances } from './found-instances.ts';
import { isInShard } from './shard.ts';

/** The instances of one exporter. Immutable: a change makes a new fleet with a higher version. */
export interface Fleet {
  /** Increases with each change. */
  version: number;
  shard: Shard;
  /** Number of instances. */
  size: number;
  /** The same list as in the fleet before where nothing has changed. */
  byAccount: ReadonlyMap<string, readonly Instance[]>;
  /** Names of all custom labels of the instances, sorted; the same list as before where they are the same. */
  labelNames: readonly string[];
  /** Instances that the last complete list of an account and region has, as far as they are watched. */
  found: (account: string, region: string) => number | undefined;
  withId: FindById;
  /** Whether several instances have the id, with those of the other shards. */
  isRepeated: (id: string) => boolean;
}

/** The configuration, as far as the fleet depends on it. */
export interface FleetConfig {
  instances: readonly Instance[];
  accounts: ReadonlyMap<string, { discovery?: Discovery | undefined }>;
}

/** Keeps the fleet up to date. */
export interface FleetSource {
  /** The fleet now; the same fleet for the same configuration and lists. */
  of: (config: FleetConfig) => Fleet;
  /** Adopts a complete list. What is not in it is no longer watched. @param region empty where the provider has none */
  listed: (account: string, region: string, list: readonly ListedInstance[]) => void;
}

/** The part of an account. */
interface AccountFleet {
  instances: readonly Instance[];
  labelNames: readonly string[];
  found: ReadonlyMap<string, number>;
  withId: (id: string) => readonly Instance[];
  /** The ids of all shards. */
  ids: readonly string[];
}

/** The complete lists of an account by region. */
type Lists = Map<string, readonly ListedInstance[]>;

/** Creates a source of fleets for one shard. */
export function createFleetSource(shard: Shard): FleetSource {
  const lists = new Map<string, Lists>();
  const changed = new Set<string>();
  let config: FleetConfig | undefined;
  let configured = new Map<string, Instance[]>();
  let parts = new Map<string, AccountFleet>();
  let fleet: Fleet | undefined;

  function adopt(next: FleetConfig): void {
    if (config?.instances !== next.instances) configured = instancesByAccount(next.instances);
    config = next;
    dropUnused(lists, next.accounts);
    parts = new Map();
    for (const name of new Set([...next.accounts.keys(), ...configured.keys()])) changed.add(name);
  }

  return {
    of(next) {
      const isNew = config?.instances !== next.instances || config.accounts !== next.accounts;
      if (isNew) adopt(next);
      if (fleet !== undefined && !isNew && changed.size === 0) return fleet;
      for (const name of changed) {
        const discovery = next.accounts.get(name)?.discovery;
        parts.set(name, buildPart(configured.get(name) ?? [], discovery, lists.get(name), shard));
      }
      changed.clear();
      fleet = join(new Map(parts), shard, fleet);
      return fleet;
    },
    listed(account, region, list) {
      if (config?.accounts.get(account)?.discovery?.regions.includes(region) !== true) return;
      const known = lists.get(account) ?? new Map<string, readonly ListedInstance[]>();
      if (isDeepStrictEqual(known.get(region), list)) return;
      lists.set(account, known.set(region, list));
      changed.add(account);
    },
  };
}

/** Drops the lists of regions that are no longer discovered. */
function dropUnused(lists: Map<string, Lists>, accounts: FleetConfig['accounts']): void {
  for (const [account, known] of lists) {
    const { regions = [] } = accounts.get(account)?.discovery ?? {};
    for (const region of known.keys()) if (!regions.includes(region)) known.delete(region);
    if (known.size === 0) lists.delete(account);
  }
}

/** Groups the instances by account, each group in the order of the list. */
export function instancesByAccount(instances: readonly Instance[]): Map<string, Instance[]> {
  const lists = new Map<string, Instance[]>();
  for (const instance of instances) {
    const list = lists.get(instance.account);
    if (list === undefined) lists.set(instance.account, [instance]);
    else list.push(instance);
  }
  return lists;
}

function buildPart(
  configured: readonly Instance[],
  discovery: Discovery | undefined,
  lists: Lists | undefined,
  shard: Shard,
): AccountFleet {
  const isOwn = (instance: Instance) => shard.totalShards === 1 || isInShard(instance, shard);
  const found = new Map<string, number>();
  let all = configured;
  for (const [region, list] of lists ?? []) {
    if (discovery === undefined) break;
    const merged = foundInstances(all, discovery, region, list);
    all = merged.instances;
    found.set(region, merged.found.filter(isOwn).length);
  }
  const instances = shard.totalShards === 1 ? all : all.filter(isOwn);
  const labelNames = new Set<string>();
  for (const { labels } of instances) for (const name of Object.keys(labels)) labelNames.add(name);
  return { instances, labelNames: [...labelNames], found, withId: indexById(instances), ids: all.map(({ id }) => id) };
}

function join(parts: ReadonlyMap<string, AccountFleet>, shard: Shard, before: Fleet | undefined): Fleet {
  const names = new Set<string>();
  let size = 0;
  for (const { instances, labelNames } of parts.values()) {
    size += instances.length;
    for (const name of labelNames) names.add(name);
  }
  const labelNames = [...names].toSorted();
  const repeated = once(() => repeatedIds(parts));
  const isSame = before?.labelNames.join() === labelNames.join();
  return {
    version: (before?.version ?? 0) + 1,
    shard,
    size,
    byAccount: new Map(Array.from(parts, ([name, { instances }]) => [name, instances])),
    labelNames: isSame ? before.labelNames : labelNames,
    found: (account, region) => parts.get(account)?.found.get(region),
    withId(id, account) {
      if (account !== undefined) return parts.get(account)?.withId(id) ?? [];
      return [...parts.values()].flatMap((part) => part.withId(id));
    },
    isRepeated: (id) => repeated().has(id),
  };
}

/** The work of a function without parameters, done when it is called first. */
function once<T>(work: () => T): () => T {
  let result: { value: T } | undefined;
  return () => (result ??= { value: work() }).value;
}

const none: readonly Instance[] = [];

function indexById(instances: readonly Instance[]): AccountFleet['withId'] {
  const index = once(() => {
    const byId = new Map<string, readonly Instance[]>();
    for (const instance of instances) byId.set(instance.id, [...(byId.get(instance.id) ?? none), instance]);
    return byId;
  });
  return (id) => index().get(id) ?? none;
}

function repeatedIds(parts: ReadonlyMap<string, AccountFleet>): ReadonlySet<string> {
  const seen = new Set<string>();
  const repeated = new Set<string>();
  for (const { ids } of parts.values()) for (const id of ids) (seen.has(id) ? repeated : seen).add(id);
  return repeated;
}
