// Checks that call an API, and checks that connect to databases: the one group does not wait for the other.
import { beforeEach, expect, it } from 'vitest';
import { type Collector, createCollector } from '../../src/collector/collector.ts';
import { createFleetSource } from '../../src/fleet/fleet.ts';
import type { Check } from '../../src/model/check.ts';
import { aborted } from '../../src/model/deadline.ts';
import { Failure } from '../../src/model/failure.ts';
import type { Provider } from '../../src/model/provider.ts';
import { wholeFleet } from '../../src/model/shard.ts';
import { createFakeTime, type FakeTime } from '../support/fake-time.ts';
import { silentObserver } from './silent-observer.ts';

let time: FakeTime;
let calls: number[];
let collector: Collector;

const call: Check = {
  name: 'call',
  action: 'Get',
  perSecond: 1000,
  facts: { ssl_enabled: 'sslEnabled' },
  async run({ send }) {
    await send(() => ({ method: 'GET', url: 'http://api/', headers: {} }));
    calls.push(time.monotonic());
    return { facts: { sslEnabled: true } };
  },
};

/** A database that accepts the connection and does not answer. */
const hanging: Check = {
  name: 'hanging',
  after: ['call'],
  facts: { tls_accepted: 'the database' },
  async run({ instance, database, timeoutMs, signal }) {
    const closed = await database.turn(instance.id);
    const late = new Promise((resolve) => void time.later(timeoutMs, () => resolve(undefined)));
    await Promise.race([late, aborted(signal)]);
    closed();
    throw new Failure('timeout', 'no answer');
  },
};

const provider: Provider = {
  id: 'test_cloud',
  title: 'Test Cloud',
  engine: 'testdb',
  defaultEndpoint: 'https://test.example',
  settings: {},
  credentials: [],
  checks: [call, hanging],
  connect: () => ({ host: () => 'test.example' }),
};

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
  const watch = { scrape, accounts: new Map([['a', account]]), fleet: createFleetSource(wholeFleet).of(instances) };
  const nothing = () => undefined;
  collector = createCollector({
    watch: () => watch,
    findCredentials: () => Promise.resolve({ values: {} }),
    http: () => Promise.resolve({ status: 200, headers: {}, body: new Uint8Array() }),
    connect: () => Promise.reject(new Failure('network', 'no database in this test')),
    readCa: () => Promise.reject(new Failure('network', 'no CA file in this test')),
    caBundle: () => ({ bundle: Promise.reject(new Failure('network', 'no CA bundle in this test')), started: true }),
    observer: silentObserver,
    log: { debug: nothing, info: nothing, warn: nothing, error: nothing },
    now: time.now,
    monotonic: time.monotonic,
    random: () => 0.5,
    later: time.later,
  });
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
