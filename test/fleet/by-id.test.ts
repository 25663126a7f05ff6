// Finding instances by their id, without a look at the others.
import { describe, expect, it } from 'vitest';
import { createFleetSource } from '../../src/fleet/fleet.ts';
import type { Discovery } from '../../src/model/discovery.ts';
import type { Instance } from '../../src/model/instance.ts';
import { wholeFleet } from '../../src/model/shard.ts';

function instance(account: string, region: string, id: string): Instance {
  return { account, provider: 'p', id, region, name: id, labels: {}, checks: [] };
}

const [a, b, other, moved] = [
  instance('one', 'r1', 'a'),
  instance('one', 'r1', 'b'),
  instance('two', 'r1', 'a'),
  instance('two', 'r2', 'a'),
];
const instances = [a, b, other, moved];

describe('an id', () => {
  it('leads to the instances that have it, in all accounts or in one', () => {
    const fleet = createFleetSource(wholeFleet).of({ instances, accounts: new Map() });
    expect(fleet.withId('a')).toEqual([a, other, moved]);
    expect(fleet.withId('a', 'two')).toEqual([other, moved]);
    expect(fleet.withId('b', 'one')).toEqual([b]);
    expect(fleet.withId('b', 'two')).toEqual([]);
    expect(fleet.withId('a', 'three')).toEqual([]);
    expect(fleet.withId('constructor')).toEqual([]);
  });

  it('leads to what a list has found, in the fleet that has it only', () => {
    const discovery: Discovery = {
      regions: [''],
      tags: {},
      exclude: new Set(),
      refreshIntervalMs: 0,
      tagLabels: [],
      template: { account: 'one', provider: 'p', checks: [] },
    };
    const source = createFleetSource(wholeFleet);
    const config = { instances, accounts: new Map([['one', { discovery }]]) };
    const before = source.of(config);
    source.listed('one', '', [{ id: 'new', name: '', version: '' }]);
    const after = source.of(config);
    expect([before.withId('new'), after.withId('new').map(({ id }) => id)]).toEqual([[], ['new']]);
    source.listed('one', '', []);
    expect([source.of(config).withId('new'), after.withId('new').length]).toEqual([[], 1]);
  });

  it('is repeated where another instance has it, also in another shard', () => {
    for (const totalShards of [1, 2, 3]) {
      for (let shard = 0; shard < totalShards; shard++) {
        const fleet = createFleetSource({ shard, totalShards }).of({ instances, accounts: new Map() });
        expect([fleet.isRepeated('a'), fleet.isRepeated('b'), fleet.isRepeated('c')]).toEqual([true, false, false]);
      }
    }
  });
});
