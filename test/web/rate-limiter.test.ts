import { describe, expect, it } from 'vitest';
import { createRateLimiter } from '../../src/web/rate-limiter.ts';

const never = Number.POSITIVE_INFINITY;

/** The milliseconds to wait that a request at each of the times is told; 0: it passes. */
function waits(limit: { intervalMs: number; burst: number }, timesMs: readonly number[]): number[] {
  let nowMs = 1000;
  const limiter = createRateLimiter(limit, () => nowMs);
  return timesMs.map((ms) => {
    nowMs = 1000 + ms;
    const wait = limiter() ?? 0;
    return wait === never ? never : Math.round(wait * 1e6) / 1e6;
  });
}

// The same as golang.org/x/time v0.16.0 answers: AllowN and, where it refuses, the delay of ReserveN at the same times.
describe('the rate limiter', () => {
  it.each([
    ['lets the burst through, then one in each interval', 100, 2, [0, 0, 0, 50, 100, 100], [0, 0, 100, 50, 0, 100]],
    ['saves up no more than the burst', 100, 2, [0, 0, 1000, 1000, 1000], [0, 0, 0, 0, 100]],
    ['takes nothing for what it refuses', 100, 1, [0, 10, 20, 99, 100], [0, 90, 80, 1, 0]],
    ['keeps the rest of an interval', 100, 3, [0, 0, 0, 150, 199, 200], [0, 0, 0, 0, 1, 0]],
    ['counts fractions of a millisecond', 0.25, 1, [0, 0.125, 0.25], [0, 0.125, 0]],
    ['knows no limit for a negative interval', -1, 0, [0, 0, 0], [0, 0, 0]],
    ['refuses everything without room', 100, 0, [0, 1e9], [never, never]],
    ['refuses everything with less than no room', 100, -5, [0, 1e9], [never, never]],
  ] as const)('%s', (_, intervalMs, burst, times, expected) => {
    expect(waits({ intervalMs, burst }, times)).toEqual(expected);
  });

  it('admits one request exactly an interval after the other, despite rounding', () => {
    const times = Array.from({ length: 1000 }, (_, index) => index * 33.3);
    expect(waits({ intervalMs: 33.3, burst: 1 }, times).filter((wait) => wait > 0)).toEqual([]);
  });
});
