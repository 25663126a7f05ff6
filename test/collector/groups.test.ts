// Checks that call an API, and checks that connect to databases: the one group does not wait for the other.

import { beforeEach, expect, it } from 'vitest';
import type { Collector } from '../../src/collector/collector.ts';
import { emptySweep, type Sweep, takeWaiters, whenFinished } from '../../src/collector/group.ts';
import { createFleetSource } from '../../src/fleet/fleet.ts';
import { aborted } from '../../src/model/deadline.ts';
import { Failure } from '../../src/model/failure.ts';
import { wholeFleet } from '../../src/model/shard.ts';
import { createFakeTime, type FakeTime } from '../support/fake-time.ts';
import { madeUpCheck, madeUpProvider } from '../support/made-up-provider.ts';
import { createFakeCollector } from './fake-collector.ts';

let time: FakeTime;
let calls: number[];
let collector: Collector;

const call = madeUpCheck('call', {
  action: 'Get',
  perSecond: 1000,
  facts: { ssl_enabled: 'sslEnabled' },
  async run({ send }) {
    await send(() => ({ method: 'GET', url: 'http://api/', headers: {} }));
    calls.push(time.monotonic());
    return { facts: { sslEnabled: true } };
  },
});

/** A database that accepts the connection and does not answer. */
const hanging = madeUpCheck('hanging', {
  after: ['call'],
  facts: { tls_accepted: 'the database' },
  async run({ instance, database, timeoutMs, signal }) {
    const closed = await database.turn(instance.id);
    const late = new Promise((resolve) => void time.later(timeoutMs, () => resolve(undefined)));
    await Promise.race([late, aborted(signal)]);
    closed();
    throw new Failure('timeout', 'no answer');
  },
});

const provider = madeUpProvider('cloud', { checks: [call, hanging] });

beforeEach(() => {
  time = createFakeTime();
  calls = [];
  const scrape = { refresh_interval: 0, max_stale: 60_000, concurrency: 64, request_timeout: 5000, retries: 2 };
  const account = { name: 'a', provider, settings: { endpoint: 'https://test.example' }, rateLimits: {} };
  const instances = Array.from({ length: 1000 }, (_, index) => {
    const id = `db${index}`;
    const checks = index < 100 ? ['call', 'hanging'] : ['hanging'];
    return { account: 'a', provider: provider.id, id, region: '', name: id, labels: {}, checks };
  });
  const watch = {
    scrape,
    accounts: new Map([['a', account]]),
    fleet: createFleetSource(wholeFleet).of({ instances, accounts: new Map() }),
  };
  collector = createFakeCollector(time, () => watch);
});

it('1,000 databases that hang do not keep the facts of the API from being refreshed by each scrape', async () => {
  for (let scrape = 1; scrape <= 4; scrape++) {
    const deadline = new AbortController();
    let answered = false;
    void collector.sweep(deadline.signal).then(() => (answered = true));
    await time.advance(9500);
    expect(answered).toBe(false);
    deadline.abort();
    await time.advance(5500);
    expect(answered).toBe(true);
    expect(calls).toHaveLength(scrape * 100);
  }
  const { pending, ready } = collector.progress();
  expect(pending).toBeGreaterThan(0);
  expect(ready).toBe(false);
  collector.stop();
});

it('a wait for two sweeps does not end when one of them finishes twice, as a paused one can', async () => {
  const [first, second] = [emptySweep(1, 0), emptySweep(1, 0)];
  first.pending = 1;
  second.pending = 1;
  let ended = false;
  void whenFinished([first, second]).then(() => (ended = true));
  const finish = (sweep: Sweep) => {
    for (const resolve of takeWaiters(sweep)) resolve();
  };
  finish(first);
  finish(first);
  await time.advance(0);
  expect(ended).toBe(false);
  finish(second);
  await time.advance(0);
  expect(ended).toBe(true);
});
