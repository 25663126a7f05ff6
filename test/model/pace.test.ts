import { performance } from 'node:perf_hooks';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { createPace } from '../../src/model/pace.ts';

describe('a pace', () => {
  let nowMs: number;

  beforeEach(() => {
    nowMs = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => nowMs);
  });

  it('is due after work of a few ms, and no longer after a rest', async () => {
    const pace = createPace();
    for (let slice = 0; slice < 3; slice++) {
      expect(pace.isDue()).toBe(false);
      nowMs += 10;
      expect([pace.isDue(), pace.isDue()]).toEqual([true, true]);
      await pace.rest();
    }
  });

  it('counts the time from the end of the rest', async () => {
    const pace = createPace();
    const rest = pace.rest();
    nowMs += 10;
    await rest;
    expect(pace.isDue()).toBe(false);
  });
});

describe('a rest', () => {
  it('lets what waits for this turn of the event loop run first', async () => {
    const events: string[] = [];
    setImmediate(() => events.push('served'));
    await createPace().rest();
    events.push('rested');
    expect(events).toEqual(['served', 'rested']);
  });

  it('lets timers run while there is more work', async () => {
    let fired = false;
    setTimeout(() => (fired = true), 1);
    const pace = createPace();
    let rests = 0;
    for (let work = 0; !fired && work < 1e7; work++) {
      if (!pace.isDue()) continue;
      await pace.rest();
      rests++;
    }
    // The first rest can begin after the timers of its turn.
    expect([fired, rests <= 2]).toEqual([true, true]);
  });
});
