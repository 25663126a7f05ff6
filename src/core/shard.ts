// Which of several exporters watches an instance: a stable hash of its identity.
import { createHash } from 'node:crypto';
import { type Instance, instanceKey } from './instance.ts';

/** One exporter's part of a fleet that several watch together. */
export interface Shard {
  /** From 0. */
  shard: number;
  totalShards: number;
}

/** The part of an exporter that watches all of it. */
export const wholeFleet: Shard = { shard: 0, totalShards: 1 };

/**
 * The shard of an instance, from 0, by rendezvous hashing (Thaler and Ravishankar, 1998): each shard has a score for
 * the instance and the highest wins. One shard more takes what it scores highest for; all else stays where it is.
 */
export function shardOf(instance: Pick<Instance, 'account' | 'region' | 'id'>, totalShards: number): number {
  const key = instanceKey(instance);
  let best = { shard: 0, score: '' };
  for (let shard = 0; shard < totalShards; shard++) {
    const score = createHash('sha256').update(`${shard} ${key}`).digest('hex');
    if (score > best.score) best = { shard, score };
  }
  return best.shard;
}
