import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { untilAborted } from '../../src/model/deadline.ts';

const listeners = (signal: AbortSignal) => getEventListeners(signal, 'abort').length;

describe('work until a signal', () => {
  it('is returned, and leaves no listener', async () => {
    const { signal } = new AbortController();
    expect(await untilAborted(Promise.resolve(1), signal)).toBe(1);
    await expect(untilAborted(Promise.reject(new Error('fault')), signal)).rejects.toThrow('fault');
    expect(listeners(signal)).toBe(0);
  });

  it('that does not end in time is undefined, whatever comes of it', async () => {
    const stop = new AbortController();
    let fail: (error: Error) => void = () => undefined;
    const result = untilAborted(new Promise<number>((_, reject) => (fail = reject)), stop.signal);
    stop.abort();
    expect(await result).toBeUndefined();
    fail(new Error('later'));
    expect(await untilAborted(new Promise(() => undefined), stop.signal)).toBeUndefined();
  });
});
