import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCallWindow } from '../../src/collector/call-window.ts';
import type { Line, Place, Seat } from '../../src/collector/lane.ts';
import { createQueue } from '../../src/collector/queue.ts';
import { createRateLimiter } from '../../src/collector/rate-limiter.ts';
import type { Clock } from '../../src/model/clock.ts';
import { createFakeTime, type FakeTime } from '../support/fake-time.ts';

interface Request {
  account?: string;
  action?: string;
  perSecond?: number;
  rank?: number;
}

const notRefused = () => {
  throw new Error('refused although the lane has no long pause');
};

/** A queue with a lane per action, and a seat per account. */
function createLanes(
  clock: Pick<Clock, 'monotonic' | 'later'>,
  { concurrency, demand }: { concurrency: number; demand: ReadonlyMap<string, number> },
) {
  const queue = createQueue(clock, () => concurrency);
  const seats = new Map<string, Seat>();
  const lines = new Map<string, Line>();
  function seatOf(account: string): Seat {
    const seat = seats.get(account) ?? queue.open();
    seats.set(account, seat);
    return seat;
  }
  for (const [account, checks] of demand) seatOf(account).addDemand(checks);
  return {
    line: ({ account = 'a', action = 'b', perSecond = 1000 }: Request): Line => {
      const known = lines.get(action);
      if (known !== undefined) return known;
      const window = createCallWindow(perSecond);
      const line = seatOf(account).line(queue.family()(createRateLimiter(() => [window], clock.monotonic)));
      lines.set(action, line);
      return line;
    },
    freeLane: queue.family()(),
    batch: queue.batch,
    seatOf,
  };
}

/** A queue in fake time that records when each request was sent. */
function createBench({ concurrency = 1000, demand = new Map<string, number>(), unsent = false } = {}) {
  const time = createFakeTime();
  const { line, freeLane, batch, seatOf } = createLanes(time, { concurrency, demand });
  const departures: { id: string; at: number; release: () => void }[] = [];
  /** @returns a function that removes it from the queue */
  function enter(id: string, request: Request = {}): () => void {
    return line(request).enter({
      rank: request.rank ?? 0,
      refuse: notRefused,
      start: ({ sent, release }) => {
        departures.push({ id, at: time.monotonic(), release });
        if (!unsent) sent();
      },
    });
  }
  return { time, line, freeLane, batch, seatOf, departures, enter };
}

/** The maximum number of departures in any closed window of this length. */
function maxWithin(windowMs: number, times: readonly number[]): number {
  return Math.max(0, ...times.map((from) => times.filter((at) => at >= from && at <= from + windowMs).length));
}

async function drain(time: FakeTime, done: () => boolean): Promise<void> {
  for (let rounds = 0; !done() && rounds < 10_000; rounds++) await time.advance(1000);
}

describe('queue rate limit', () => {
  it('holds for the arrivals in any second, for any network delay', async () => {
    const delays = fc.array(fc.integer({ min: 0, max: 300 }), { minLength: 1, maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 60 }),
        fc.array(fc.integer({ min: 0, max: 700 }), { minLength: 1, maxLength: 60 }),
        fc.record({
          timers: delays,
          leaving: delays,
          transit: fc.array(fc.integer({ min: 0, max: 79 }), { minLength: 1, maxLength: 20 }),
        }),
        async (perSecond, gaps, delayed) => {
          const time = createFakeTime();
          const counts = { timers: 0, leaving: 0, transit: 0 };
          const delay = (what: keyof typeof delayed) => delayed[what][counts[what]++ % delayed[what].length] ?? 0;
          const wait = (ms: number) => new Promise<void>((resolve) => void time.later(ms, resolve));
          const late = (ms: number, callback: () => void) => time.later(ms + delay('timers') / 20, callback);
          const { line } = createLanes(
            { monotonic: time.monotonic, later: late },
            { concurrency: 1000, demand: new Map() },
          );
          const arrivals: number[] = [];
          async function call(): Promise<void> {
            const { sent, release } = await new Promise<Place>((start) =>
              line({ perSecond }).enter({ rank: 0, start, refuse: notRefused }),
            );
            await wait(delay('leaving'));
            sent();
            await wait(delay('transit'));
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
          expect(maxWithin(999, arrivals)).toBeLessThanOrEqual(perSecond);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('waits until a call is sent before it counts a second from it', async () => {
    const { time, departures, enter } = createBench({ unsent: true });
    enter('stuck', { perSecond: 1 });
    enter('next', { perSecond: 1 });
    await time.advance(30_000);
    expect(departures.map(({ id }) => id)).toEqual(['stuck']);
    departures[0]?.release();
    await time.advance(1000);
    expect(departures.map(({ id }) => id)).toEqual(['stuck', 'next']);
  });

  it('sends 200 requests at 20 per second within 1.06 times the minimum time', async () => {
    const { time, departures, enter } = createBench();
    for (let i = 0; i < 200; i++) enter(String(i), { perSecond: 20 });
    await time.advance(1.06 * 10_000);
    expect(departures).toHaveLength(200);
  });

  it('loses no request when the clock advances during its work', async () => {
    const time = createFakeTime();
    let readings = 0;
    const monotonic = () => time.monotonic() + readings++ * 0.25;
    const { line } = createLanes({ monotonic, later: time.later }, { concurrency: 1000, demand: new Map() });
    let left = 0;
    for (let i = 0; i < 100; i++) {
      line({}).enter({
        rank: 0,
        refuse: notRefused,
        start: ({ sent }) => {
          left++;
          sent();
        },
      });
    }
    // Only a few start in one turn of the event loop.
    for (let second = 0; second < 10; second++) await time.advance(1000);
    expect(left).toBe(100);
  });

  it.each([
    ['0.5 per second admits one request in two seconds', 0.5, [0, 2000, 4000]],
    ['2.5 per second counts as 2', 2.5, [0, 0, 1000]],
  ])('of %s', async (_, perSecond, earliest) => {
    const { time, departures, enter } = createBench();
    for (const id of ['1', '2', '3']) enter(id, { perSecond });
    await time.advance(20_000);
    for (const [i, at] of earliest.entries()) expect(departures[i]?.at).toBeGreaterThanOrEqual(at);
  });

  it('allows no burst after an idle time', async () => {
    const { time, departures, enter } = createBench();
    await time.advance(60_000);
    for (let i = 0; i < 20; i++) enter(String(i), { perSecond: 20 });
    await time.advance(100);
    expect(departures.length).toBeLessThanOrEqual(5);
  });

  it('of one lane does not delay another', async () => {
    const { time, departures, enter } = createBench();
    for (let i = 0; i < 5; i++) enter('slow', { action: 'slow', perSecond: 1 });
    enter('fast', { action: 'fast', perSecond: 1 });
    await time.advance(0);
    expect(departures.map(({ id }) => id)).toEqual(['slow', 'fast']);
  });

  it('admits the lowest rank first, equal ranks in FIFO order', async () => {
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

  it('admits nothing during a pause', async () => {
    const { time, line, departures, enter } = createBench();
    line({}).pause(3000);
    enter('waits');
    enter('other', { action: 'other' });
    await time.advance(2999);
    expect(departures.map(({ id }) => id)).toEqual(['other']);
    await time.advance(1);
    expect(departures.map(({ id }) => id)).toEqual(['other', 'waits']);
  });

  it('skips a cancelled ticket', async () => {
    const { time, departures, enter } = createBench();
    enter('first', { perSecond: 1 });
    const remove = enter('gone', { perSecond: 1 });
    enter('next', { perSecond: 1 });
    remove();
    await time.advance(1100);
    expect(departures.map(({ id }) => id)).toEqual(['first', 'next']);
  });
});

describe('queue concurrency', () => {
  it('is never exceeded over all lanes and accounts', async () => {
    const { time, departures, enter } = createBench({
      concurrency: 3,
      demand: new Map([
        ['a', 5],
        ['z', 5],
      ]),
    });
    for (let i = 0; i < 5; i++) {
      enter(`a${i}`, { action: 'a' });
      enter(`z${i}`, { action: 'z', account: 'z' });
    }
    await time.advance(100);
    expect(departures).toHaveLength(3);
    departures[0]?.release();
    await time.advance(100);
    expect(departures).toHaveLength(4);
  });

  it('counts a place until it is released, once', async () => {
    const { time, departures, enter } = createBench({ concurrency: 1 });
    for (const id of ['1', '2', '3']) enter(id);
    await time.advance(10);
    departures[0]?.release();
    departures[0]?.release();
    await time.advance(10);
    expect(departures.map(({ id }) => id)).toEqual(['1', '2']);
  });

  it('delays a request without consuming the rate limit', async () => {
    const { time, departures, enter } = createBench({ concurrency: 1 });
    enter('holds', { perSecond: 20 });
    for (let i = 0; i < 3; i++) enter(`waits${i}`, { perSecond: 20 });
    await time.advance(5000);
    departures[0]?.release();
    await time.advance(0);
    departures[1]?.release();
    await time.advance(0);
    // Not all at once, although the rate limit would have admitted them long ago.
    expect(departures.map(({ id }) => id)).toEqual(['holds', 'waits0']);
  });

  it('reserves a share for each account: one that hangs cannot take the places of another', async () => {
    const { time, batch, departures, enter } = createBench({
      concurrency: 8,
      demand: new Map([
        ['hangs', 100],
        ['works', 100],
      ]),
    });
    for (let i = 0; i < 100; i++) enter(`hangs${i}`, { account: 'hangs', action: 'hangs' });
    await time.advance(1000);
    const hanging = () => departures.filter(({ id }) => id.startsWith('hangs'));
    expect(hanging()).toHaveLength(4);
    batch(() => {
      for (let i = 0; i < 100; i++) enter(`works${i}`, { account: 'works', action: 'works' });
    });
    await time.advance(1000);
    expect(hanging()).toHaveLength(4);
    expect(departures).toHaveLength(8);
  });

  it('goes to others while an account waits for its rate limit, but for as many places as the limit needs', async () => {
    const slow = Array.from({ length: 9 }, (_, i) => `slow${i}`);
    const { time, departures, enter } = createBench({
      concurrency: 64,
      demand: new Map([['fast', 1000], ...slow.map((account) => [account, 100] as const)]),
    });
    for (const account of slow) {
      for (let i = 0; i < 100; i++) enter(account, { account, action: account, perSecond: 1 });
    }
    for (let i = 0; i < 100; i++) enter('fast', { account: 'fast', action: 'fast', perSecond: 100_000 });
    const released = new Set<object>();
    const inFlight = (id: string) => departures.filter((one) => one.id === id && !released.has(one)).length;
    const releaseSlow = () => {
      for (const one of departures.filter((one) => one.id !== 'fast' && !released.has(one))) {
        released.add(one);
        one.release();
      }
    };
    for (let ms = 0; ms < 3000; ms += 20) {
      await time.advance(20);
      releaseSlow();
    }
    expect(inFlight('fast')).toBeGreaterThanOrEqual(58);
    // It hangs, and the others have their places all the same.
    expect(inFlight('fast')).toBeLessThan(64);
    for (const account of slow) {
      expect(departures.filter(({ id }) => id === account).length).toBeGreaterThanOrEqual(3);
    }
  });

  it('goes entirely to one account while the others have less demand than their share', async () => {
    const { time, departures, enter } = createBench({
      concurrency: 8,
      demand: new Map([
        ['busy', 100],
        ['small', 1],
      ]),
    });
    for (let i = 0; i < 100; i++) enter(`busy${i}`, { account: 'busy', action: 'busy' });
    await time.advance(1000);
    expect(departures).toHaveLength(7);
  });

  it('goes to others when an account has no demand left', async () => {
    const { time, seatOf, departures, enter } = createBench({
      concurrency: 4,
      demand: new Map([
        ['busy', 100],
        ['done', 100],
      ]),
    });
    for (let i = 0; i < 10; i++) enter(`busy${i}`, { account: 'busy', action: 'busy' });
    await time.advance(100);
    expect(departures).toHaveLength(2);
    seatOf('done').addDemand(-100);
    await time.advance(100);
    expect(departures).toHaveLength(4);
    seatOf('done').close();
    await time.advance(100);
    expect(departures).toHaveLength(4);
  });

  it('counts a check without a rate limit like any other', async () => {
    const { time, freeLane, seatOf, departures } = createBench({ concurrency: 2 });
    const free = seatOf('a').line(freeLane);
    for (const id of ['1', '2', '3']) {
      free.enter({
        rank: 0,
        start: ({ release }) => departures.push({ id, at: time.monotonic(), release }),
        refuse: notRefused,
      });
    }
    expect(departures.map(({ id }) => id)).toEqual(['1', '2']);
    departures[0]?.release();
    expect(departures.map(({ id }) => id)).toEqual(['1', '2', '3']);
  });

  it('is shared fairly for any sequence of work, and never exceeded', async () => {
    const event = fc.record({
      account: fc.constantFrom('a', 'b', 'c'),
      enters: fc.integer({ min: 0, max: 12 }),
      ms: fc.nat(50),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 9 }),
        fc.array(event, { maxLength: 12 }),
        async (concurrency, events) => {
          const { time, seatOf, departures, enter } = createBench({ concurrency });
          let entered = 0;
          let released = 0;
          const check = () => expect(departures.length - released).toBeLessThanOrEqual(concurrency);
          for (const { account, enters, ms } of events) {
            seatOf(account).addDemand(enters);
            for (let i = 0; i < enters; i++)
              enter(`${account}${entered++}`, { account, action: account, perSecond: 20 });
            await time.advance(ms);
            check();
            departures[released]?.release();
            if (released < departures.length) released++;
          }
          for (let rounds = 0; released < entered && rounds < 2000; rounds++) {
            check();
            departures[released]?.release();
            if (released < departures.length) released++;
            else await time.advance(20);
          }
          expect(departures).toHaveLength(entered);
        },
      ),
      { numRuns: 60 },
    );
  });
});
