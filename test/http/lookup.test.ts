// Look-ups that are shared and kept: how often a name is resolved, and what is used while that fails.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createLookup, type Lookup } from '../../src/http/lookup.ts';
import type { Resolution } from '../../src/http/resolve.ts';
import { Failure } from '../../src/model/failure.ts';

let nowMs: number;
/** One for each resolution that was started, by the order of their start. */
let started: { host: string; answer: (result: Resolution) => void }[];
let lookup: Lookup;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  nowMs = 0;
  started = [];
  lookup = createLookup(
    (host) => new Promise((answer) => void started.push({ host, answer })),
    () => nowMs,
  );
});

afterEach(() => void vi.useRealTimers());

const address = (...addresses: string[]): Resolution => ({ addresses, ttlSeconds: 30 });
const timeout: Resolution = { code: 'ETIMEOUT', definite: false };
const absent: Resolution = { code: 'ENOTFOUND', definite: true };

/** Starts a look-up and answers it. */
async function learn(host: string, result: Resolution): Promise<readonly string[]> {
  const found = lookup(host);
  started.at(-1)?.answer(result);
  return await found;
}

describe('a look-up', () => {
  it.each(['127.0.0.1', '::1', 'fe80::1%eth0'])('of %s needs no name server', async (host) => {
    expect(await lookup(host)).toEqual([host]);
    expect(started).toEqual([]);
  });

  it('is shared by all who wait for the name, and delays no other name', async () => {
    const waiting = Array.from({ length: 60 }, () => lookup('dead.example'));
    expect(await learn('api.example', address('127.0.0.1'))).toEqual(['127.0.0.1']);
    expect(started.map(({ host }) => host)).toEqual(['dead.example', 'api.example']);
    started[0]?.answer(timeout);
    const results = await Promise.allSettled(waiting);
    expect(results.every(({ status }) => status === 'rejected')).toBe(true);
  });

  it.each([
    [0, 5],
    [17, 17],
    [86_400, 60],
  ])('with a TTL of %i s is kept for %i s', async (ttlSeconds, keptSeconds) => {
    await learn('api.example', { addresses: ['127.0.0.1'], ttlSeconds });
    nowMs = keptSeconds * 1000 - 1;
    expect(await lookup('api.example')).toEqual(['127.0.0.1']);
    expect(started).toHaveLength(1);
    nowMs++;
    void lookup('api.example');
    expect(started).toHaveLength(2);
  });

  it('that failed is repeated after a second, not by each check', async () => {
    await expect(learn('api.example', timeout)).rejects.toThrow('api.example');
    nowMs = 999;
    await expect(lookup('api.example')).rejects.toThrow('api.example');
    expect(started).toHaveLength(1);
    nowMs = 1000;
    expect(await learn('api.example', address('127.0.0.1'))).toEqual(['127.0.0.1']);
  });

  it.each([
    [timeout, /^the name api\.example could not be looked up \(ETIMEOUT\).*DNS/],
    [absent, /^the name api\.example has no address in DNS \(ENOTFOUND\)/],
  ])('that failed says what to check', async (result, says) => {
    const failure: unknown = await learn('api.example', result).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(Failure);
    expect(failure).toMatchObject({ reason: 'network', message: expect.stringMatching(says) as string });
  });

  it('uses at most 16 addresses', async () => {
    const many = Array.from({ length: 100 }, (_, index) => `127.0.0.${index}`);
    expect(await learn('api.example', address(...many))).toHaveLength(16);
  });

  it('is forgotten when there are more than 1000 names', async () => {
    for (let index = 0; index <= 1000; index++) await learn(`${index}.example`, address('127.0.0.1'));
    void lookup('1000.example');
    expect(started).toHaveLength(1001);
    void lookup('0.example');
    expect(started).toHaveLength(1002);
  });
});

describe('the last good answer', () => {
  beforeEach(async () => {
    await learn('api.example', address('127.0.0.1'));
    nowMs = 60_000;
  });

  it('is used when the renewal fails', async () => {
    expect(await learn('api.example', timeout)).toEqual(['127.0.0.1']);
    expect(await lookup('api.example')).toEqual(['127.0.0.1']);
    nowMs += 1000;
    expect(await learn('api.example', address('127.0.0.2'))).toEqual(['127.0.0.2']);
  });

  it('is used when the renewal takes longer than a second, until that has an answer', async () => {
    const first = lookup('api.example');
    await vi.advanceTimersByTimeAsync(1000);
    expect(await first).toEqual(['127.0.0.1']);
    expect(await lookup('api.example')).toEqual(['127.0.0.1']);
    expect(started).toHaveLength(2);
    started[1]?.answer(address('127.0.0.2'));
    await vi.waitFor(async () => expect(await lookup('api.example')).toEqual(['127.0.0.2']));
  });

  it('is not used for a name that has no address any more, or after an hour', async () => {
    await expect(learn('api.example', absent)).rejects.toThrow('ENOTFOUND');
    await learn('other.example', address('127.0.0.1'));
    nowMs += 3_600_000;
    await expect(learn('other.example', timeout)).rejects.toThrow('ETIMEOUT');
  });
});
