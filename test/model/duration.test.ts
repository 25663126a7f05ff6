// Durations as Prometheus and Go write them.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDuration, parseFlagDuration } from '../../src/model/duration.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

const durations: [text: string, ms: number][] = [
  ['0', 0],
  ['0s', 0],
  ['0ms', 0],
  ['1ms', 1],
  ['500ms', 500],
  ['5s', 5000],
  ['1m', minuteMs],
  ['90m', 90 * minuteMs],
  ['1h', hourMs],
  ['1h30m', 90 * minuteMs],
  ['1d', dayMs],
  ['1w', 7 * dayMs],
  ['1y', 365 * dayMs],
  ['1y2w3d4h5m6s7ms', 365 * dayMs + 14 * dayMs + 3 * dayMs + 4 * hourMs + 5 * minuteMs + 6007],
  ['1m1ms', minuteMs + 1],
  ['0h5s', 5000],
  ['007s', 7000],
];

const noDurations = [
  '',
  ' ',
  '5',
  '00',
  's',
  'ms',
  '-5s',
  '+5s',
  '- 5s',
  '5 s',
  ' 5s',
  '5s ',
  '5s\n',
  '5S',
  '1H',
  '5sec',
  '1min',
  '1.5h',
  '.5s',
  '1,5s',
  '1e3s',
  '0x5s',
  '1s1m',
  '1ms1s',
  '1h1h',
  '1h30',
  '5µs',
  '5us',
  '5ns',
  '1M',
  '٥s',
  'Infinity',
  'NaN',
  'soon',
  '9007199254740992ms',
  '99999999999999999999y',
];

describe('a duration of the configuration', () => {
  it.each(durations)('%j is %d ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each(noDurations)('%j is none', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });

  it('is read back from every way to write it', () => {
    const units = [
      ['y', 365 * dayMs],
      ['w', 7 * dayMs],
      ['d', dayMs],
      ['h', hourMs],
      ['m', minuteMs],
      ['s', 1000],
      ['ms', 1],
    ] as const;
    const parts = fc.tuple(...units.map(() => fc.option(fc.nat({ max: 1000 }), { nil: undefined })));
    fc.assert(
      fc.property(
        parts.filter((amounts) => amounts.some((amount) => amount !== undefined)),
        (amounts) => {
          const given = units.flatMap(([unit, ms], i) => {
            const amount = amounts[i];
            return amount === undefined ? [] : [{ text: `${amount}${unit}`, ms: amount * ms }];
          });
          const total = given.reduce((sum, { ms }) => sum + ms, 0);
          expect(parseDuration(given.map(({ text }) => text).join(''))).toBe(total);
        },
      ),
    );
  });

  it('is never anything but a whole number of milliseconds, for any text', () => {
    const text = fc.string({ unit: fc.constantFrom(...'0123456789.ywdhms -+eE'.split('')) });
    fc.assert(
      fc.property(fc.oneof(text, fc.string()), (text) => {
        const ms = parseDuration(text);
        expect(ms === undefined || (Number.isSafeInteger(ms) && ms >= 0)).toBe(true);
      }),
    );
  });
});

describe('a duration of a flag', () => {
  it.each(durations)('%j is %d ms', (text, ms) => {
    expect(parseFlagDuration(text)).toBe(ms);
  });

  it.each([
    ['0.5s', 500],
    ['0.0s', 0],
    ['1.5m', 90_000],
    ['0.25h', 900_000],
    ['0.5ms', 0.5],
    ['10.125s', 10_125],
  ])('%j is %d ms', (text, ms) => {
    expect(parseFlagDuration(text)).toBe(ms);
  });

  it.each([
    ...noDurations.filter((text) => text !== '1.5h'),
    '0.5',
    '-0.5s',
    '0.5d',
    '1.s',
    '0.5s0.5s',
    '1h0.5s',
    '0.5 s',
  ])('%j is none', (text) => {
    expect(parseFlagDuration(text)).toBeUndefined();
  });

  it('is never infinite', () => {
    expect(parseFlagDuration(`${'9'.repeat(400)}.0h`)).toBeUndefined();
  });
});
