// The window in which the simulated clouds count arrivals.
import { expect, it } from 'vitest';
import { slidingSecond } from '../../../src/demo/tencent/sliding-second.ts';

it('slidingSecond counts the arrivals of the last second, refused ones included', () => {
  const count = slidingSecond();
  expect([0, 400, 999.9, 1000, 1399, 1400, 5000].map(count)).toEqual([1, 2, 3, 3, 4, 4, 1]);
});
