// The window by which the simulated clouds meter arrivals.
import { expect, it } from 'vitest';
import { slidingSecond } from '../../../src/demo/tencent/sliding-second.ts';

it('counts the arrivals of the second that ends now, refused ones too', () => {
  const count = slidingSecond();
  expect([0, 400, 999.9, 1000, 1399, 1400, 5000].map(count)).toEqual([1, 2, 3, 3, 4, 4, 1]);
});
