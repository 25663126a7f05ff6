import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shardOf } from '../../src/fleet/shard.ts';

const identity = fc.record({ account: fc.string(), region: fc.string(), id: fc.string() });
const fleet = Array.from({ length: 3000 }, (_, index) => ({
  account: `account-${index % 3}`,
  region: index % 2 === 0 ? 'ap-guangzhou' : '',
  id: `postgres-${index}`,
}));

describe('the shard of an instance', () => {
  it('is one of those there are, and always the same one', () => {
    fc.assert(
      fc.property(identity, fc.integer({ min: 1, max: 40 }), (instance, totalShards) => {
        const shard = shardOf(instance, totalShards);
        expect(Number.isInteger(shard) && shard >= 0 && shard < totalShards).toBe(true);
        expect(shardOf({ ...instance }, totalShards)).toBe(shard);
      }),
    );
  });

  it('stays where it is when there is one shard more, or becomes the new one', () => {
    fc.assert(
      fc.property(identity, fc.integer({ min: 1, max: 40 }), (instance, totalShards) => {
        expect([shardOf(instance, totalShards), totalShards]).toContain(shardOf(instance, totalShards + 1));
      }),
    );
  });

  it.each([2, 3, 7, 16])('shares a fleet about equally among %i', (totalShards) => {
    const sizes = Array.from({ length: totalShards }, () => 0);
    for (const instance of fleet) sizes[shardOf(instance, totalShards)]! += 1;
    const fair = fleet.length / totalShards;
    // Five standard deviations of a fair draw.
    const slack = 5 * Math.sqrt(fair * (1 - 1 / totalShards));
    for (const size of sizes) expect(Math.abs(size - fair)).toBeLessThan(slack);
  });

  it('depends on account, region and id, and on which of them holds a text', () => {
    const texts = ['a', 'b', 'ab', ''];
    const identities = texts.flatMap((account) =>
      texts.flatMap((region) => texts.map((id) => ({ account, region, id }))),
    );
    // With this many shards any two of them meet with a probability of one in a thousand.
    expect(new Set(identities.map((instance) => shardOf(instance, 1000))).size).toBeGreaterThan(identities.length - 8);
  });

  it('is the same in every release: else a rolling update leaves some instances without a shard', () => {
    expect(fleet.slice(0, 12).map((instance) => shardOf(instance, 5))).toEqual([2, 3, 0, 4, 1, 2, 0, 1, 2, 2, 2, 2]);
  });
});
