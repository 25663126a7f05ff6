import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createGate, type Gate } from '../../src/collector/gate.ts';
import { createFakeTime, type FakeTime } from '../support/fake-time.ts';

/** A gate in fake time that notes when each request left. */
function createBench({ concurrency = 1000, demand = new Map<string, number>(), unsent = false } = {}) {
  const time = createFakeTime();
  const gate = createGate({
    now: time.monotonic,
    later: time.later,
    concurrency: () => concurrency,
    demand: () => demand,
  });
  const departures: { id: string; at: number; release: () => void }[] = [];
  function enter(id: string, options: Partial<Parameters<Gate['enter']>[0]> = {}): void {
    const request = {
      account: 'a',
      bucket: 'b',
      perSecond: 1000,
      rank: 0,
      signal: new AbortController().signal,
      ...options,
    };
    gate.enter(request).then(
      ({ sent, release }) => {
        departures.push({ id, at: time.monotonic(), release });
        if (!unsent) sent();
      },
      () => undefined,
    );
  }
  return { time, gate, departures, enter };
}

/** The most departures in any closed window of this length. */
function mostWithin(windowMs: number, times: readonly number[]): number {
  return Math.max(0, ...times.map((from) => times.filter((at) => at >= from && at <= from + windowMs).length));
}

async function drain(time: FakeTime, done: () => boolean): Promise<void> {
  for (let rounds = 0; !done() && rounds < 10_000; rounds++) await time.advance(1000);
}

describe('the rate limit', () => {
  it('lets no second hold more than the limit where the calls arrive, whatever delays them on the way', async () => {
    const delays = fc.array(fc.integer({ min: 0, max: 300 }), { minLength: 1, maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 60 }),
        fc.array(fc.integer({ min: 0, max: 700 }), { minLength: 1, maxLength: 60 }),
        fc.record({
          timers: delays,
          leaving: delays,
          way: fc.array(fc.integer({ min: 0, max: 79 }), { minLength: 1, maxLength: 20 }),
        }),
        async (perSecond, gaps, delayed) => {
          const time = createFakeTime();
          const counts = { timers: 0, leaving: 0, way: 0 };
          const delay = (what: keyof typeof delayed) => delayed[what][counts[what]++ % delayed[what].length] ?? 0;
          const wait = (ms: number) => new Promise<void>((resolve) => void time.later(ms, resolve));
          const late = (ms: number, callback: () => void) => time.later(ms + delay('timers') / 20, callback);
          const gate = createGate({
            now: time.monotonic,
            later: late,
            concurrency: () => 1000,
            demand: () => new Map(),
          });
          const arrivals: number[] = [];
          async function call(): Promise<void> {
            const request = { account: 'a', bucket: 'b', perSecond, rank: 0, signal: new AbortController().signal };
            const { sent, release } = await gate.enter(request);
            await wait(delay('leaving'));
            sent();
            await wait(delay('way'));
            arrivals.push(time.monotonic());
            await wait(delay('leaving'));
            release();
          }
          for (const gap of gaps) {
            await time.advance(gap);
            for (let burst = 0; burst < 3; burst++) void call();
          }
          await drain(time, () => arrivals.length === gaps.length * 3);

          expect(arrivals).toHaveLength(gaps.length * 3);
          expect(mostWithin(999, arrivals)).toBeLessThanOrEqual(perSecond);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('waits for a call that has not left before it counts a second from it', async () => {
    const { time, departures, enter } = createBench({ unsent: true });
    enter('stuck', { perSecond: 1 });
    enter('next', { perSecond: 1 });
    await time.advance(30_000);
    expect(departures.map(({ id }) => id)).toEqual(['stuck']);
    departures[0]?.release();
    await time.advance(1000);
    expect(departures.map(({ id }) => id)).toEqual(['stuck', 'next']);
  });

  it('sends 200 requests at 20 a second within 1.06 times the least time that the limit permits', async () => {
    const { time, departures, enter } = createBench();
    for (let i = 0; i < 200; i++) enter(String(i), { perSecond: 20 });
    await time.advance(1.06 * 10_000);
    expect(departures).toHaveLength(200);
  });

  it('forgets no request while the clock moves on during its work', async () => {
    const time = createFakeTime();
    let readings = 0;
    const now = () => time.monotonic() + readings++ * 0.25;
    const gate = createGate({ now, later: time.later, concurrency: () => 1000, demand: () => new Map() });
    let left = 0;
    for (let i = 0; i < 100; i++) {
      const request = { account: 'a', bucket: 'b', perSecond: 1000, rank: 0, signal: new AbortController().signal };
      void gate.enter(request).then(() => left++);
    }
    await time.advance(10_000);
    expect(left).toBe(100);
  });

  it.each([
    ['a limit below one is one request in as many seconds', 0.5, [0, 2000, 4000]],
    ['a fractional limit is the whole number below it', 2.5, [0, 0, 1000]],
  ])('of %s', async (_, perSecond, earliest) => {
    const { time, departures, enter } = createBench();
    for (const id of ['1', '2', '3']) enter(id, { perSecond });
    await time.advance(20_000);
    for (const [i, at] of earliest.entries()) expect(departures[i]?.at).toBeGreaterThanOrEqual(at);
  });

  it('does not let an idle bucket burst', async () => {
    const { time, departures, enter } = createBench();
    await time.advance(60_000);
    for (let i = 0; i < 20; i++) enter(String(i), { perSecond: 20 });
    await time.advance(100);
    expect(departures.length).toBeLessThanOrEqual(5);
  });

  it('of one bucket does not hold up another', async () => {
    const { time, departures, enter } = createBench();
    for (let i = 0; i < 5; i++) enter('slow', { bucket: 'slow', perSecond: 1 });
    enter('fast', { bucket: 'fast', perSecond: 1 });
    await time.advance(0);
    expect(departures.map(({ id }) => id)).toEqual(['slow', 'fast']);
  });

  it('lets the lowest rank go first, and equal ranks in the order they came', async () => {
    const { time, departures, enter } = createBench();
    enter('first', { perSecond: 10 });
    for (const [id, rank] of [
      ['c', 3],
      ['a', 1],
      ['b1', 2],
      ['b2', 2],
    ] as const)
      enter(id, { perSecond: 10, rank });
    await time.advance(2000);
    expect(departures.map(({ id }) => id)).toEqual(['first', 'a', 'b1', 'b2', 'c']);
  });

  it('lets nothing leave during a pause', async () => {
    const { time, gate, departures, enter } = createBench();
    gate.pause('b', 3000);
    enter('waits');
    enter('other', { bucket: 'other' });
    await time.advance(2999);
    expect(departures.map(({ id }) => id)).toEqual(['other']);
    await time.advance(1);
    expect(departures.map(({ id }) => id)).toEqual(['other', 'waits']);
  });

  it('forgets a request whose signal ends the wait', async () => {
    const { time, departures, enter } = createBench();
    const abort = new AbortController();
    enter('first', { perSecond: 1 });
    enter('gone', { perSecond: 1, signal: abort.signal });
    enter('next', { perSecond: 1 });
    abort.abort();
    await time.advance(1100);
    expect(departures.map(({ id }) => id)).toEqual(['first', 'next']);
  });
});

describe('the concurrency', () => {
  it('is never exceeded, all buckets and accounts together', async () => {
    const { time, departures, enter } = createBench({
      concurrency: 3,
      demand: new Map([
        ['a', 5],
        ['z', 5],
      ]),
    });
    for (let i = 0; i < 5; i++) {
      enter(`a${i}`, { bucket: 'a' });
      enter(`z${i}`, { bucket: 'z', account: 'z' });
    }
    await time.advance(100);
    expect(departures).toHaveLength(3);
    departures[0]?.release();
    await time.advance(100);
    expect(departures).toHaveLength(4);
  });

  it('keeps its place for no longer than until it is handed back, once', async () => {
    const { time, departures, enter } = createBench({ concurrency: 1 });
    for (const id of ['1', '2', '3']) enter(id);
    await time.advance(10);
    departures[0]?.release();
    departures[0]?.release();
    await time.advance(10);
    expect(departures.map(({ id }) => id)).toEqual(['1', '2']);
  });

  it('is waited for without using up the rate limit', async () => {
    const { time, departures, enter } = createBench({ concurrency: 1 });
    enter('holds', { perSecond: 20 });
    for (let i = 0; i < 3; i++) enter(`waits${i}`, { perSecond: 20 });
    await time.advance(5000);
    departures[0]?.release();
    await time.advance(0);
    departures[1]?.release();
    await time.advance(0);
    // Not all at once, although they could have left long ago.
    expect(departures.map(({ id }) => id)).toEqual(['holds', 'waits0']);
  });

  it('leaves each account its share: one that hangs cannot take the places of another', async () => {
    const { time, departures, enter } = createBench({
      concurrency: 8,
      demand: new Map([
        ['hangs', 100],
        ['works', 100],
      ]),
    });
    for (let i = 0; i < 100; i++) enter(`hangs${i}`, { account: 'hangs', bucket: 'hangs' });
    await time.advance(1000);
    enter('works', { account: 'works', bucket: 'works' });
    await time.advance(1000);
    expect(departures.filter(({ id }) => id.startsWith('hangs'))).toHaveLength(4);
    expect(departures.at(-1)?.id).toBe('works');
  });

  it('is given whole to an account while the others have less to do than their share', async () => {
    const { time, departures, enter } = createBench({
      concurrency: 8,
      demand: new Map([
        ['busy', 100],
        ['small', 1],
      ]),
    });
    for (let i = 0; i < 100; i++) enter(`busy${i}`, { account: 'busy', bucket: 'busy' });
    await time.advance(1000);
    expect(departures).toHaveLength(7);
  });
});
