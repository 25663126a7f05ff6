// What a terminal shows while a sweep is in progress, and after it.
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createProgressBar } from '../src/commands/progress-bar.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** The lines that a terminal shows after these bytes. */
function linesOn(bytes: string): string[] {
  return bytes.split('\n').map((line) => line.split('\r\u001b[K').at(-1) ?? '');
}

it('is in the last line, below the log, follows the progress, and is erased', () => {
  let written = '';
  let finished = 0;
  const bar = createProgressBar((text) => (written += text));
  bar.writeAbove('first\n');
  const erase = bar.draw(() => ({ finished, configured: 3 }));
  expect(linesOn(written)).toEqual(['first', `[${'.'.repeat(30)}] 0/3 checks`]);

  finished = 2;
  vi.advanceTimersByTime(150);
  bar.writeAbove('second\n');
  expect(linesOn(written)).toEqual(['first', 'second', `[${'#'.repeat(20)}${'.'.repeat(10)}] 2/3 checks`]);

  erase();
  erase();
  bar.writeAbove('third\n');
  vi.advanceTimersByTime(1000);
  expect(linesOn(written)).toEqual(['first', 'second', 'third', '']);
});
