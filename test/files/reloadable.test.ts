// One read at a time, forced when one of its callers asked for it; the last valid configuration is kept.
import { describe, expect, it } from 'vitest';
import { createReloadable, type Reading } from '../../src/files/reloadable.ts';

const first: Reading<string> & { config: string } = { config: 'first' };

/** A reloadable whose reads are answered by the test, in order. */
function open() {
  const reads: { force: boolean; answer: (reading: Reading<string> | Error) => void }[] = [];
  const events: string[] = [];
  const reloadable = createReloadable(first, {
    read: (force) =>
      new Promise((resolve, reject) => {
        reads.push({ force, answer: (reading) => (reading instanceof Error ? reject(reading) : resolve(reading)) });
      }),
    reloaded: (config) => events.push(`reloaded ${config}`),
    failed: (problems) => events.push(`failed ${problems.map(({ message }) => message).join()}`),
    now: () => 7,
  });
  return { ...reloadable, reads, events };
}

const invalid = (message: string): Reading<string> => ({
  problems: [{ file: 'f', line: 1, column: 1, path: '', message }],
});
const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('createReloadable', () => {
  it('shares one read among simultaneous callers, forced if one of them is', async () => {
    const { refresh, reads } = open();
    const results = Promise.all([refresh(), refresh(true), refresh()]);
    await settle();
    reads[0]?.answer(first);
    await results;
    expect(reads.map(({ force }) => force)).toEqual([true]);
  });

  it('starts a forced read after one in progress, and the next one is not forced', async () => {
    const { refresh, reads } = open();
    const results: unknown[] = [refresh()];
    await settle();
    results.push(refresh(true));
    for (const index of [0, 1]) {
      await settle();
      reads[index]?.answer(first);
    }
    await Promise.all(results);
    void refresh();
    await settle();
    expect(reads.map(({ force }) => force)).toEqual([false, true, false]);
  });

  it('keeps the last valid configuration, and reports the same reading once', async () => {
    const { refresh, reads, events, current, state } = open();
    const same = invalid('wrong');
    for (const [index, reading] of [same, same, { config: 'second' }].entries()) {
      const result = refresh();
      await settle();
      reads[index]?.answer(reading);
      expect((await result).length).toBe(reading === same ? 1 : 0);
      expect([current(), state().successful]).toEqual(reading === same ? ['first', false] : ['second', true]);
    }
    expect(events).toEqual(['failed wrong', 'reloaded second']);
  });

  it('recovers from a read that throws', async () => {
    const { refresh, reads, current } = open();
    const broken = refresh();
    await settle();
    const next = refresh();
    reads[0]?.answer(new Error('bug'));
    await expect(broken).rejects.toThrow('bug');
    await settle();
    reads[1]?.answer({ config: 'second' });
    await next;
    expect(current()).toBe('second');
  });
});
