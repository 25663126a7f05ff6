// "Lost shards" of the exporter dashboard, run in promtool.
import { describe, expect, it } from 'vitest';
import { lastingFamilies, stateFamilies } from '../../src/metrics/catalogue.ts';
import { dashboard, firstValues, substitute } from '../support/dashboards.ts';
import { promtool, testRules } from './rule-test.ts';

const board = dashboard('clouddb-exporter.json');
const tile = board.panels.find(({ title }) => title === 'Lost shards')?.targets?.[0]?.expr ?? '';
const expr = substitute(tile, { ...firstValues(board), __range: '30m' });

/** The series of an exporter that watches shard `ordinal` of `total`. */
const exporter = (instance: string, ordinal: number, total: number) =>
  [
    ['up', 1],
    [lastingFamilies.buildInfo.name, 1],
    [stateFamilies.shardOrdinal.name, ordinal],
    [stateFamilies.totalShards.name, total],
  ].map(([name, value]) => ({ name: String(name), labels: { job: 'j', instance }, valueAt: () => Number(value) }));

describe.skipIf(promtool.missing)('the lost shards of the exporter dashboard', () => {
  it.each([
    { name: 'are those without an exporter', exporters: [exporter('b', 1, 3)], lost: 2 },
    {
      name: 'are not hidden by an exporter that watches everything',
      exporters: [exporter('whole', 0, 1), exporter('b', 1, 2)],
      lost: 1,
    },
    { name: 'are none where all are watched', exporters: [exporter('a', 0, 2), exporter('b', 1, 2)], lost: 0 },
    { name: 'are none without shards', exporters: [exporter('whole', 0, 1)], lost: 0 },
  ])('$name', async ({ exporters, lost }) => {
    expect(await testRules(exporters.flat(), [{ expr, minute: 5, samples: [{ labels: '{}', value: lost }] }])).toBe('');
  });
});
