// Which of several exporters watches an instance: a stable hash of its identity.
import { hash } from 'node:crypto';
import { type Instance, instanceKey } from '../model/instance.ts';
import type { Shard } from '../model/shard.ts';

/** Whether an instance belongs to a shard. */
export function isInShard(instance: Pick<Instance, 'account' | 'region' | 'id'>, part: Shard): boolean {
  return shardOf(instance, part.totalShards) === part.shard;
}

/**
 * The shard of an instance, from 0, by jump consistent hashing (Lamping and Veach, arXiv:1406.2294, figure 1). When n
 * shards become n+1, an instance stays in its shard, or moves to the new one with a probability of 1/(n+1).
 */
export function shardOf(instance: Pick<Instance, 'account' | 'region' | 'id'>, totalShards: number): number {
  let key = hash('sha256', instanceKey(instance), 'buffer').readBigUInt64BE();
  let shard = 0;
  for (let next = 0; next < totalShards; ) {
    shard = next;
    key = BigInt.asUintN(64, key * 2862933555777941757n + 1n);
    next = Math.floor((shard + 1) * (2 ** 31 / (Number(key >> 33n) + 1)));
  }
  return shard;
}
