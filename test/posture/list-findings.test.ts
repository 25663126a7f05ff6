import { describe, expect, it } from 'vitest';
import { fleetFindings } from '../../src/posture/fleet-findings.ts';
import { listFindings } from '../../src/posture/list-findings.ts';
import { listOf } from '../support/lists.ts';

const nowMs = Date.UTC(2026, 10, 26);
const minute = 60_000;
const failing = (minutes: number, others: Parameters<typeof listOf>[1] = {}) =>
  listOf(nowMs, { reason: 'permission', failingSinceMs: nowMs - minutes * minute, ...others });
const listed = (minutesAgo: number) => ({ lastSuccessMs: nowMs - minutesAgo * minute, found: 3 });

describe('listFindings', () => {
  it.each([
    ['a list that fails and was complete less than an hour ago', failing(59, listed(60)), []],
    ['one that has failed for an hour', failing(60, listed(61)), ['CloudDBDiscoveryFailing']],
    ['one that has never been complete, for 14 minutes', failing(14), []],
    ['for 15 minutes', failing(15), ['CloudDBDiscoveryNeverSucceeded']],
    ['one that has not been read', listOf(nowMs, { last: undefined }), []],
    ['a complete one', listOf(nowMs, listed(1)), []],
  ])('of %s', (_, list, alerts) => {
    expect(listFindings([list], nowMs).map(({ alert }) => alert)).toEqual(alerts);
  });

  it('name account and region, the reason, and whether instances are watched', () => {
    const [tokyo, plain] = listFindings(
      [failing(70, { ...listed(75), region: 'ap-tokyo' }), failing(20, { account: 'other' })],
      nowMs,
    );
    expect(tokyo).toMatchObject({ kind: 'discovery_failing', severity: 'warning', account: 'main' });
    expect(tokyo?.detail).toMatch(
      /^account main in region ap-tokyo; those found 75 min ago are still watched; permission: /,
    );
    expect(plain?.detail).toMatch(/^account other; none of them has been found; permission: /);
  });
});

describe('a fleet without instances', () => {
  it('is a finding once all lists are complete, and not while one fails or has not been read', () => {
    const complete = listOf(nowMs, { ...listed(1), found: 0 });
    expect(fleetFindings([], nowMs, [complete])).toMatchObject([
      { kind: 'nothing_watched', detail: 'no instance is configured or discovered' },
    ]);
    expect(fleetFindings([], nowMs, [complete, failing(1)])).toEqual([]);
    expect(fleetFindings([], nowMs, [complete, listOf(nowMs, { last: undefined })])).toEqual([]);
  });
});
