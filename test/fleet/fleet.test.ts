// The fleet: a new object only when something has changed, and only the parts of the accounts that have.
import { describe, expect, it } from 'vitest';
import { createFleetSource, type FleetConfig } from '../../src/fleet/fleet.ts';
import type { Discovery, ListedInstance } from '../../src/model/discovery.ts';
import type { Instance } from '../../src/model/instance.ts';
import { wholeFleet } from '../../src/model/shard.ts';

const discovery = (account: string, regions: string[]): { discovery: Discovery } => ({
  discovery: {
    regions,
    tags: {},
    exclude: new Set(),
    refreshIntervalMs: 1000,
    tagLabels: [{ tag: 'team', label: 'team' }],
    template: { account, provider: 'cloud', checks: ['ssl'] },
  },
});
const listed = (id: string, tags = {}): ListedInstance => ({ id, name: '', version: '', tags });
const configured = (account: string, id: string, region = ''): Instance => ({
  account,
  provider: 'cloud',
  id,
  region,
  name: id,
  labels: {},
  checks: ['ssl'],
});

describe('the fleet', () => {
  it('is the same object until a list or the configuration changes', () => {
    const source = createFleetSource(wholeFleet);
    const config: FleetConfig = {
      instances: [configured('b', 'own')],
      accounts: new Map<string, { discovery?: Discovery }>([
        ['a', discovery('a', ['r'])],
        ['b', {}],
      ]),
    };
    const first = source.of(config);
    expect(source.of(config)).toBe(first);
    source.listed('a', 'r', [listed('x', { team: 't' })]);
    const second = source.of(config);
    expect(second.version).toBeGreaterThan(first.version);
    expect(second.byAccount.get('b')).toBe(first.byAccount.get('b'));
    expect(second.byAccount.get('a')).toHaveLength(1);
    expect(second).toMatchObject({ size: 2, labelNames: ['team'] });
    source.listed('a', 'r', [listed('x', { team: 't' }), listed('y')]);
    expect(source.of(config).labelNames).toBe(second.labelNames);
  });

  it('is empty when the last account is removed', () => {
    const source = createFleetSource(wholeFleet);
    source.of({ instances: [configured('a', 'x')], accounts: new Map([['a', {}]]) });
    expect(source.of({ instances: [], accounts: new Map() })).toMatchObject({ size: 0, labelNames: [] });
  });

  it('forgets the list of a region or account that is no longer discovered', () => {
    const source = createFleetSource(wholeFleet);
    const both = { instances: [], accounts: new Map([['a', discovery('a', ['r', 's'])]]) };
    source.of(both);
    source.listed('a', 'r', [listed('x')]);
    source.listed('a', 's', [listed('y')]);
    expect(source.of(both).size).toBe(2);
    expect(source.of({ ...both, accounts: new Map([['a', discovery('a', ['s'])]]) }).size).toBe(1);
    expect(source.of(both).size).toBe(1);
    expect(source.of(both).found('a', 'r')).toBeUndefined();
    expect(source.of(both).found('a', 's')).toBe(1);
  });

  it('ignores a list that is not configured any more', () => {
    const source = createFleetSource(wholeFleet);
    const config = { instances: [], accounts: new Map([['a', discovery('a', ['r'])]]) };
    source.of(config);
    source.listed('a', 'gone', [listed('x')]);
    source.listed('gone', 'r', [listed('x')]);
    expect(source.of(config).size).toBe(0);
  });

  it('has the same id in two regions as two instances, and one whose provider has no regions once', () => {
    const source = createFleetSource(wholeFleet);
    const accounts = new Map([
      ['a', discovery('a', ['r', 's'])],
      ['o', discovery('o', [''])],
    ]);
    const config = { instances: [configured('a', 'x', 'r'), configured('o', 'ob', 'given-region')], accounts };
    source.of(config);
    source.listed('a', 's', [listed('x')]);
    source.listed('o', '', [listed('ob')]);
    const { byAccount } = source.of(config);
    expect(byAccount.get('a')?.map(({ region, id }) => [region, id])).toEqual([
      ['r', 'x'],
      ['s', 'x'],
    ]);
    expect(byAccount.get('o')?.map(({ region, id }) => [region, id])).toEqual([['given-region', 'ob']]);
  });
});
