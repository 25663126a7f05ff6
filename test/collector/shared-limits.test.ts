// The rate limit belongs to the key: whatever accounts use it, whatever happens to their configuration.
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Collector, createCollector } from '../../src/collector/collector.ts';
import type { Watch } from '../../src/collector/watch.ts';
import { createFleetSource } from '../../src/fleet/fleet.ts';
import type { Check } from '../../src/model/check.ts';
import { Failure } from '../../src/model/failure.ts';
import type { AccountSettings, Provider } from '../../src/model/provider.ts';
import { type Shard, wholeFleet } from '../../src/model/shard.ts';
import { createFakeTime, type FakeTime } from '../support/fake-time.ts';
import { madeUpProvider } from '../support/made-up-provider.ts';
import { silentObserver } from './silent-observer.ts';

interface Arrival {
  host: string;
  key: string;
  action: string;
  instance: string;
  at: number;
}

/** One account of the configuration. */
interface Given {
  key: string;
  limits: Record<string, number>;
  instances: number;
  host?: string;
  /** A role that it assumes with the key. */
  role?: string;
}

let time: FakeTime;
let arrivals: Arrival[];
let keys: Map<string, string>;
let watch: Watch;
let logged: { message: string; fields: Readonly<Record<string, unknown>> }[];
let refusedKeys: Set<string>;
/** Milliseconds to the arrival of a request, and from there to its response. */
let latency: () => [number, number];
let collector: Collector;

const check = (name: string, action: string): Check => ({
  name,
  action,
  facts: {},
  async run({ send, credentials, replaceCredentials, instance, session }) {
    const call = (values: typeof credentials) =>
      send(() => {
        const fields = { key: values['id'] ?? '', host: session.host(instance), action, id: instance.id };
        return { method: 'GET', url: `http://x/?${new URLSearchParams(fields).toString()}`, headers: {} };
      });
    await call(credentials);
    if (refusedKeys.has(credentials['id'] ?? '') && !(await replaceCredentials(credentials))) {
      throw new Failure('auth', 'refused');
    }
    return { facts: { sslEnabled: true } };
  },
});

const provider: Provider = madeUpProvider('cloud', {
  credentials: [
    { name: 'id', required: true, secret: false, env: 'ID' },
    { name: 'secret', required: true, secret: true, env: 'SECRET' },
  ],
  checks: [check('ssl', 'GetSsl'), check('kms', 'GetKeys')],
  perSecond: 1000,
  role(account) {
    const { role } = account as AccountSettings & { role?: string };
    return role === undefined ? undefined : { id: role, description: role, assume: (own) => own };
  },
});

function configure(accounts: Record<string, Given>, shard: Shard = wholeFleet): void {
  const given = Object.entries(accounts);
  for (const [name, { key }] of given) keys.set(name, key);
  watch = {
    scrape: { refresh_interval: 0, max_stale: 60_000, concurrency: 64, request_timeout: 5000, retries: 0 },
    accounts: new Map(
      given.map(([name, { key, role, limits, host = 'one.example' }]) => [
        name,
        {
          name,
          provider,
          settings: { endpoint: `https://${host}`, id: key, role } as AccountSettings,
          rateLimits: limits,
        },
      ]),
    ),
    fleet: {
      ...fleets.of({
        accounts: new Map(),
        instances: given.flatMap(([account, { instances }]) =>
          Array.from({ length: instances }, (_, i) => ({
            account,
            provider: provider.id,
            id: `${account}-${i}`,
            region: '',
            name: '',
            labels: {},
            checks: ['ssl', 'kms'],
          })),
        ),
      }),
      shard,
    },
  };
}

let fleets = createFleetSource(wholeFleet);

beforeEach(() => start());

function start(): void {
  time = createFakeTime();
  fleets = createFleetSource(wholeFleet);
  arrivals = [];
  keys = new Map();
  logged = [];
  refusedKeys = new Set();
  latency = () => [5, 5];
  const nothing = () => undefined;
  const note = (message: string, fields = {}) => void logged.push({ message, fields });
  collector = createCollector({
    watch: () => watch,
    findCredentials: (account) => Promise.resolve({ values: { id: keys.get(account) ?? '', secret: 's' } }),
    http: ({ url }, { signal, onSent }) =>
      new Promise((resolve, reject) => {
        const [there, back] = latency();
        onSent?.();
        const { key = '', host = '', action = '', id = '' } = Object.fromEntries(new URL(url).searchParams);
        time.later(there, () => {
          arrivals.push({ host, key, action, instance: id, at: time.monotonic() });
          time.later(back, () => resolve({ status: 200, headers: {}, body: new Uint8Array() }));
        });
        signal.addEventListener('abort', () => reject(signal.reason as Error));
      }),
    listed: () => undefined,
    observer: silentObserver,
    log: { debug: nothing, info: note, warn: note, error: note },
    connect: () => Promise.reject(new Failure('network', 'no database in this test')),
    readCa: () => Promise.reject(new Failure('network', 'no CA file in this test')),
    caBundle: () => ({ bundle: Promise.reject(new Failure('network', 'no CA bundle in this test')), started: true }),
    now: time.now,
    monotonic: time.monotonic,
    random: () => 0.5,
    later: time.later,
  });
}

async function sweep(): Promise<void> {
  let done = false;
  void collector.sweep().then(() => {
    done = true;
  });
  for (let i = 0; !done && i < 1000; i++) await time.advance(500);
  expect(done).toBe(true);
}

/** The maximum number of these arrivals in a second. */
function mostOf(which: (arrival: Arrival) => boolean = () => true): number {
  const times = arrivals.filter(which).map(({ at }) => at);
  return Math.max(0, ...times.map((from) => times.filter((at) => at >= from && at < from + 1000).length));
}

describe('accounts with the same key at the same host', () => {
  it('share one limit, and no account waits for the last check of another', async () => {
    const given = { key: 'k', limits: { '*': 10 }, instances: 10 };
    configure({ a: given, b: given, c: given });
    await sweep();
    expect(arrivals).toHaveLength(60);
    expect(mostOf()).toBeLessThanOrEqual(10);
    const first = (account: string) => arrivals.findIndex(({ instance }) => instance.startsWith(account));
    const last = (account: string) => arrivals.findLastIndex(({ instance }) => instance.startsWith(account));
    expect(first('a')).toBeLessThan(last('a'));
    expect(time.monotonic()).toBeLessThan(8000);
  });

  it('have a limit at each host, and other keys have theirs', async () => {
    const limits = { '*': 5 };
    configure({
      a: { key: 'k', limits, instances: 10 },
      b: { key: 'k', limits, instances: 10, host: 'two.example' },
      c: { key: 'l', limits, instances: 10 },
    });
    await sweep();
    expect(mostOf()).toBe(15);
    expect(mostOf(({ key, host }) => key === 'k' && host === 'one.example')).toBe(5);
  });

  it('keep the lowest of their limits, and the log has one warning without the key', async () => {
    configure({
      a: { key: 'key-id', limits: { GetSsl: 20, GetKeys: 1000 }, instances: 30 },
      b: { key: 'key-id', limits: { GetSsl: 4, GetKeys: 1000 }, instances: 10 },
    });
    await sweep();
    await sweep();
    expect(mostOf(({ action }) => action === 'GetSsl')).toBeLessThanOrEqual(4);
    const warnings = logged.filter(({ message }) => message.includes('same key'));
    expect(warnings).toHaveLength(1);
    expect(warnings[0]?.fields).toMatchObject({ accounts: 'a, b', action: 'GetSsl', per_second: 4 });
    expect(JSON.stringify(logged)).not.toContain('key-id');
  });

  it('keep a limit of all actions of one also for the actions that have their own in another', async () => {
    configure({
      a: { key: 'k', limits: { GetSsl: 20, GetKeys: 20 }, instances: 20 },
      b: { key: 'k', limits: { '*': 5 }, instances: 20 },
    });
    await sweep();
    expect(mostOf()).toBeLessThanOrEqual(5);
  });

  it('may use the full limit once the one with the lower limit is removed', async () => {
    const a: Given = { key: 'k', limits: { '*': 20 }, instances: 40 };
    configure({ a, b: { key: 'k', limits: { '*': 2 }, instances: 1 } });
    await sweep();
    configure({ a });
    await sweep();
    expect(mostOf()).toBe(20);
  });

  it('share the part of this shard', async () => {
    const given = { key: 'k', limits: { '*': 12 }, instances: 10 };
    configure({ a: given, b: given }, { shard: 0, totalShards: 3 });
    await sweep();
    expect(mostOf()).toBe(4);
  });
});

describe('accounts that assume roles', () => {
  it('share the limit of the role, with whatever key they assume it, and not that of the key', async () => {
    const limits = { '*': 5 };
    configure({
      a: { key: 'k', role: 'reader', limits, instances: 10 },
      b: { key: 'l', role: 'reader', limits, instances: 10 },
      c: { key: 'k', role: 'other', limits, instances: 10 },
      d: { key: 'k', limits, instances: 10 },
    });
    await sweep();
    expect(mostOf(({ instance }) => /^[ab]/.test(instance))).toBe(5);
    expect(mostOf()).toBe(15);
  });
});

describe('a second of the rate limit goes on', () => {
  const given: Given = { key: 'k', limits: { '*': 10 }, instances: 20 };
  const changes: [what: string, change: () => void][] = [
    ['an account is renamed', () => configure({ b: given })],
    [
      'an account is removed and added again',
      () => {
        configure({});
        collector.adopt();
        configure({ a: given });
      },
    ],
    ['the limit moves from "*" to actions', () => configure({ a: { ...given, limits: { GetSsl: 5, GetKeys: 5 } } })],
    ['renewed temporary credentials have another key id', () => keys.set('a', 'renewed')],
  ];

  it.each(changes)('when %s', async (_, change) => {
    configure({ a: given });
    void collector.sweep().then(() => void collector.sweep());
    await time.advance(1900);
    change();
    collector.adopt();
    void collector.sweep();
    await time.advance(10_000);
    expect(mostOf()).toBeLessThanOrEqual(10);
    expect(arrivals.length).toBeGreaterThanOrEqual(50);
  });

  it('when the limit moves from actions to "*"', async () => {
    configure({ a: { ...given, limits: { GetSsl: 5, GetKeys: 5 } } });
    void collector.sweep();
    await time.advance(1900);
    configure({ a: given });
    collector.adopt();
    await time.advance(5000);
    expect(mostOf()).toBeLessThanOrEqual(10);
    expect(arrivals).toHaveLength(40);
  });

  it('when the API refuses a key in the middle of a sweep: all later calls wait for the limit of the new one', async () => {
    configure({ a: given, b: { ...given, key: 'new' } });
    refusedKeys.add('k');
    void collector.sweep();
    await time.advance(20);
    keys.set('a', 'new');
    await time.advance(30_000);
    expect(mostOf(({ key }) => key === 'new')).toBeLessThanOrEqual(10);
    expect(collector.progress().pending).toBe(0);
  });
});

describe('shared limits', () => {
  const limitsOf = fc.constantFrom<Record<string, number>>(
    { '*': 6 },
    { '*': 3 },
    { GetSsl: 4, GetKeys: 8 },
    { GetSsl: 2, '*': 5 },
    { GetKeys: 0.5, GetSsl: 20 },
  );
  const account = fc.record({
    key: fc.constantFrom('k', 'l'),
    host: fc.constantFrom('one.example', 'two.example'),
    limits: limitsOf,
    instances: fc.integer({ min: 0, max: 6 }),
  });
  const step = fc.record({
    accounts: fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), account),
    ms: fc.integer({ min: 0, max: 2500 }),
  });

  /** The limits that these accounts have for calls like this one. */
  function limitsFor(one: Arrival, accounts: Record<string, Given>): number[] {
    const users = Object.values(accounts).filter(
      ({ key, host, instances }) => instances > 0 && key === one.key && host === one.host,
    );
    return users.map(({ limits }) => Math.max(1, limits[one.action] ?? limits['*'] ?? 0));
  }

  it('hold in any second for random accounts, changes and latencies, and nothing starves', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 1, maxLength: 5 }),
        fc.array(fc.tuple(fc.nat(70), fc.nat(300)), { minLength: 1, maxLength: 12 }),
        async (steps, latencies) => {
          start();
          let count = 0;
          latency = () => latencies[count++ % latencies.length] ?? [1, 1];
          for (const { accounts, ms } of steps) {
            configure(accounts);
            collector.adopt();
            void collector.sweep();
            await time.advance(ms);
          }
          for (let i = 0; i < 100 && collector.progress().pending > 0; i++) await time.advance(1000);
          const settledAt = time.monotonic();
          await sweep();
          expect(collector.progress()).toMatchObject({ pending: 0, ready: true });
          for (const one of arrivals) {
            const same = ({ key, host, action }: Arrival) =>
              key === one.key && host === one.host && action === one.action;
            const inSecond = arrivals.filter((other) => same(other) && other.at >= one.at && other.at < one.at + 1000);
            const limits = steps.flatMap(({ accounts }) => limitsFor(one, accounts));
            // A limit holds for the others with the same key once its account has read the key.
            const settled = limitsFor(one, steps.at(-1)?.accounts ?? {});
            expect(inSecond.length).toBeLessThanOrEqual(
              one.at < settledAt ? Math.max(...limits) : Math.min(...settled),
            );
          }
        },
      ),
      { numRuns: 40 },
    );
  });
});
