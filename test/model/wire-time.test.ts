// Points in time as the clouds write them, parsed independently of the local time zone.
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { isNoTime, parseWireTime } from '../../src/model/wire-time.ts';

const known: [text: string, iso: string, assumedZone: boolean][] = [
  ['2026-12-10T04:11:13Z', '2026-12-10T04:11:13Z', false],
  ['2026-12-10 04:11:13Z', '2026-12-10T04:11:13Z', false],
  ['2026-12-10T04:11:13.9Z', '2026-12-10T04:11:13Z', false],
  ['2026-12-10T04:11:13.123456789Z', '2026-12-10T04:11:13Z', false],
  ['2026-12-10T04:11:13+08:00', '2026-12-09T20:11:13Z', false],
  ['2026-12-10T04:11:13+0800', '2026-12-09T20:11:13Z', false],
  ['2026-12-10T04:11:13-03:30', '2026-12-10T07:41:13Z', false],
  ['2026-12-10T04:11:13+00:00', '2026-12-10T04:11:13Z', false],
  ['2024-09-20 07:55:03.0', '2024-09-19T23:55:03Z', true],
  ['2025-12-25 16:23:49.0', '2025-12-25T08:23:49Z', true],
  ['2022-03-24 10:39:14', '2022-03-24T02:39:14Z', true],
  ['2022-03-24T10:39:14', '2022-03-24T02:39:14Z', true],
  ['  2022-03-24 10:39:14\n', '2022-03-24T02:39:14Z', true],
  ['2024-02-29 00:00:00', '2024-02-28T16:00:00Z', true],
  ['1971-01-01T00:00:00Z', '1971-01-01T00:00:00Z', false],
  ['1971-01-01 08:00:00', '1971-01-01T00:00:00Z', true],
  ['1970-12-31T23:00:00-01:00', '1971-01-01T00:00:00Z', false],
  ['2038-01-19T03:14:08Z', '2038-01-19T03:14:08Z', false],
  ['9999-12-31T23:59:59Z', '9999-12-31T23:59:59Z', false],
];

const unknown = [
  '',
  ' ',
  '0000-00-00 00:00:00',
  '0001-01-01T00:00:00Z',
  '0000-01-01T00:00:00Z',
  '1900-01-01 00:00:00',
  '1969-12-31T23:59:59Z',
  '1970-01-01T00:00:00Z',
  '1970-01-01 00:00:00',
  '1970-01-01 08:00:00',
  '1970-01-02T00:00:00+08:00',
  '1970-12-31T23:59:59Z',
  '1971-01-01 00:00:00',
  '1971-01-01 07:59:59',
  '1971-01-01T00:00:00+00:01',
  '1970-12-31T22:59:59-01:00',
  '9999-12-31T23:59:59-01:00',
  '2026-12-10T04:11:13+15:00',
  '2026-12-10T04:11:13+08:60',
  '2023-02-29 00:00:00',
  '2026-02-30T00:00:00Z',
  '2026-04-31T00:00:00Z',
  '2026-00-10T00:00:00Z',
  '2026-13-10T00:00:00Z',
  '2026-12-00T00:00:00Z',
  '2026-12-32T00:00:00Z',
  '2026-12-10T24:00:00Z',
  '2026-12-10T23:60:00Z',
  '2026-12-10T23:59:60Z',
  '2026-12-10',
  '2026-12-10T04:11Z',
  '2026-12-10T04:11:13 Z',
  '2026-12-10T04:11:13+8',
  '2026-12-10T04:11:13 GMT',
  '2026-12-10T04:11:13.Z',
  '2026-12-10T04:11:13ZZ',
  '+002026-12-10T04:11:13Z',
  '20261210T041113Z',
  '12/10/2026 04:11:13',
  '1796875873',
  '1796875873000',
  'Thu, 10 Dec 2026 04:11:13 GMT',
  'forever',
  'null',
  '2026-12-10T04:11:13Z, 2027-12-10T04:11:13Z',
  '２026-12-10T04:11:13Z',
];

describe.each(['America/St_Johns', 'Asia/Shanghai', 'UTC', 'Pacific/Kiritimati'])('parseWireTime in %s', (zone) => {
  it.each(known)('%j is %s (assumed: %s)', (text, iso, assumedZone) => {
    vi.stubEnv('TZ', zone);
    expect(new Date(2026, 0, 1).getTimezoneOffset()).toBe(
      { 'America/St_Johns': 210, 'Asia/Shanghai': -480, UTC: 0, 'Pacific/Kiritimati': -840 }[zone],
    );
    expect(parseWireTime(text)).toEqual({ seconds: Date.parse(iso) / 1000, assumedZone });
  });
});

describe('parseWireTime returns undefined for', () => {
  it.each(unknown)('%j', (text) => {
    expect(parseWireTime(text)).toBeUndefined();
  });

  it('arbitrary text, and never throws', () => {
    const digits = fc.string({
      unit: fc.constantFrom('0', '1', '2', '3', '5', '9', '-', ':', 'T', '.', ' ', 'Z', '+'),
      maxLength: 30,
    });
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), digits), (text) => {
        const time = parseWireTime(text);
        expect(time === undefined || time.seconds >= 31_536_000).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('parseWireTime of any time', () => {
  const seconds = fc.integer({ min: 31_536_000 + 28_800, max: 253_402_300_799 });

  it('in UTC round-trips', () => {
    fc.assert(
      fc.property(seconds, (at) => {
        const text = new Date(at * 1000).toISOString().replace('.000Z', 'Z');
        expect(parseWireTime(text)).toEqual({ seconds: at, assumedZone: false });
      }),
    );
  });

  it('without a zone equals the same time with +08:00', () => {
    fc.assert(
      fc.property(seconds, (at) => {
        const text = new Date(at * 1000).toISOString().slice(0, 19);
        expect(parseWireTime(text)?.seconds).toBe(parseWireTime(`${text}+08:00`)?.seconds);
        expect(parseWireTime(text)?.seconds).toBe(at - 28_800);
      }),
    );
  });
});

describe('isNoTime', () => {
  it.each([
    undefined,
    null,
    '',
    ' ',
    '-',
    '--',
    '0',
    'N/A',
    'n/a',
    'NA',
    'null',
    'None',
    '0000-00-00',
    '0000-00-00 00:00:00',
    '0000-00-00 00:00:00.0',
    '0000-00-00T00:00:00Z',
    '0000/00/00',
    '0001-01-01T00:00:00Z',
    '1900-01-01 00:00:00',
    '1970-01-01',
    '1970-01-01 08:00:00',
    '1970-01-01T00:00:00+08:00',
    '1970/01/01 00:00',
  ])('is true for %j, which means none', (text) => {
    expect(isNoTime(text)).toBe(true);
  });

  it.each([
    '2026/12/10 04:11:13',
    '2026-12-10T04:11Z',
    '2026-12-10T04:11:13+08',
    '2026-02-30T00:00:00Z',
    '1765339873',
    'never',
    '19700101',
    '1970-01-012',
  ])('is false for %j, which is a time in another form', (text) => {
    expect(isNoTime(text)).toBe(false);
  });
});
