import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shardOf } from '../../src/fleet/shard.ts';

const identity = fc.record({ account: fc.string(), region: fc.string(), id: fc.string() });
const fleet = Array.from({ length: 3000 }, (_, index) => ({
  account: `account-${index % 3}`,
  region: index % 2 === 0 ? 'ap-guangzhou' : '',
  id: `postgres-${index}`,
}));

describe('shard of an instance', () => {
  it('is deterministic and within range', () => {
    fc.assert(
      fc.property(identity, fc.integer({ min: 1, max: 40 }), (instance, totalShards) => {
        const shard = shardOf(instance, totalShards);
        expect(Number.isInteger(shard) && shard >= 0 && shard < totalShards).toBe(true);
        expect(shardOf({ ...instance }, totalShards)).toBe(shard);
      }),
    );
  });

  it('stays the same or becomes the new shard when one is added', () => {
    fc.assert(
      fc.property(identity, fc.integer({ min: 1, max: 40 }), (instance, totalShards) => {
        expect([shardOf(instance, totalShards), totalShards]).toContain(shardOf(instance, totalShards + 1));
      }),
    );
  });

  it.each([2, 3, 7, 16])('divides a fleet about equally among %i shards', (totalShards) => {
    const sizes = Array.from({ length: totalShards }, () => 0);
    for (const instance of fleet) sizes[shardOf(instance, totalShards)]! += 1;
    const fair = fleet.length / totalShards;
    // Five standard deviations of a uniform distribution.
    const slack = 5 * Math.sqrt(fair * (1 - 1 / totalShards));
    for (const size of sizes) expect(Math.abs(size - fair)).toBeLessThan(slack);
  });

  it('depends on account, region and id, and on which of them has a text', () => {
    const texts = ['a', 'b', 'ab', ''];
    const identities = texts.flatMap((account) =>
      texts.flatMap((region) => texts.map((id) => ({ account, region, id }))),
    );
    // With this many shards two instances share one with a probability of one in a thousand.
    expect(new Set(identities.map((instance) => shardOf(instance, 1000))).size).toBeGreaterThan(identities.length - 8);
  });

  it('does not change between releases: a rolling update would leave some instances unwatched', () => {
    expect(fleet.slice(0, 12).map((instance) => shardOf(instance, 5))).toEqual([2, 3, 0, 4, 1, 2, 0, 1, 2, 2, 2, 2]);
  });
});
