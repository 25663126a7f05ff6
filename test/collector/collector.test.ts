import { beforeEach, describe, expect, it } from 'vitest';
import { type Collector, createCollector } from '../../src/collector/collector.ts';
import type { Watch } from '../../src/collector/watch.ts';
import { createFleetSource, type FleetSource } from '../../src/fleet/fleet.ts';
import type { Check, CheckAnswer } from '../../src/model/check.ts';
import type { Credentials, FindCredentials } from '../../src/model/credentials.ts';
import { Failure, type Reason, reasonNames } from '../../src/model/failure.ts';
import type { HttpResponse } from '../../src/model/http.ts';
import type { Instance } from '../../src/model/instance.ts';
import type { Provider } from '../../src/model/provider.ts';
import { wholeFleet } from '../../src/model/shard.ts';
import { createFakeTime, type FakeTime } from '../support/fake-time.ts';
import { silentObserver } from './silent-observer.ts';

// A fake cloud: records each call, and responds after the time or with the failure that a test sets.

interface Call {
  id: string;
  check: string;
  at: number;
  credentials: Readonly<Record<string, string>>;
}

let time: FakeTime;
let calls: Call[];
let latencyMs: (id: string) => number;
let failing: Map<string, Failure>;
let failedChecks: Reason[];
let logged: string[];
/** The fields of each of these lines. */
let fields: Readonly<Record<string, unknown>>[];
let watch: Watch;
let fleets: FleetSource;
let find: FindCredentials;
let accepts: (credentials: Credentials) => boolean;
/** The observed results of the searches for credentials. */
let reads: { successful: boolean; expiresAtSeconds: number | undefined }[];
let collector: Collector;
/** The facts of a check that succeeds. */
let answer: CheckAnswer;
/** Offset of the wall clock, in ms. */
let clockMs: number;

const response: HttpResponse = { status: 200, headers: {}, body: new Uint8Array() };

/** The declared facts of the fake checks do not matter. */
const reported = { ssl_enabled: 'sslEnabled' };

function checkOf(name: string, action: string): Check {
  return { name, action, perSecond: 1000, facts: reported, run: runOf(name) };
}

function runOf(name: string): Check['run'] {
  return async (context) => {
    const { instance, send } = context;
    const call = () =>
      send(() => {
        calls.push({ id: instance.id, check: name, at: time.monotonic(), credentials: context.credentials });
        return { method: 'GET', url: `http://${instance.id}/`, headers: {} };
      });
    await call();
    let sentWith = calls.findLast(({ id }) => id === instance.id)?.credentials ?? {};
    if (!accepts(sentWith) && (await context.replaceCredentials(sentWith))) {
      await call();
      sentWith = context.credentials;
    }
    if (!accepts(sentWith)) throw new Failure('auth', 'refused');
    const failure = failing.get(instance.id);
    if (failure !== undefined) throw failure;
    return answer;
  };
}

const provider: Provider = {
  id: 'test_cloud',
  title: 'Test Cloud',
  engine: 'testdb',
  defaultEndpoint: 'https://test.example',
  settings: {},
  credentials: [],
  checks: [checkOf('ssl', 'GetSsl'), checkOf('kms', 'GetKeys')],
  connect: () => ({ host: () => 'test.example' }),
};

function instance(id: string, options: Partial<Instance> = {}): Instance {
  return { account: 'a', provider: provider.id, id, region: '', name: id, labels: {}, checks: ['ssl'], ...options };
}

function watching(
  instances: Instance[],
  scrape: Partial<Watch['scrape']> = {},
  rateLimits: Record<string, number> = {},
): void {
  const names = [...new Set(instances.map(({ account }) => account))];
  watch = {
    scrape: { refresh_interval: 0, max_stale: 60_000, concurrency: 64, request_timeout: 5000, retries: 0, ...scrape },
    accounts: new Map(
      names.map((name) => [name, { name, provider, settings: { endpoint: 'https://test.example' }, rateLimits }]),
    ),
    fleet: fleets.of({ instances, accounts: new Map() }),
  };
}

const watchedInstances = () => [...watch.fleet.byAccount.values()].flat();

/** Runs one sweep until it is finished, in fake time. */
async function sweep(): Promise<void> {
  let done = false;
  void collector.sweep().then(() => {
    done = true;
  });
  for (let i = 0; !done && i < 1000; i++) await time.advance(100);
  expect(done).toBe(true);
}

const result = (id: string) => {
  const found = collector.knowledge().find(({ instance }) => instance.id === id);
  if (found === undefined) throw new Error(`no instance ${id}`);
  return found.checks.find(({ check }) => check === 'ssl');
};

beforeEach(() => {
  time = createFakeTime();
  fleets = createFleetSource(wholeFleet);
  clockMs = 0;
  answer = { facts: { sslEnabled: true } };
  calls = [];
  latencyMs = () => 10;
  failing = new Map();
  failedChecks = [];
  logged = [];
  fields = [];
  find = () => Promise.resolve({ values: { key: 'one' } });
  accepts = () => true;
  reads = [];
  const note = (message: string, its = {}) => {
    logged.push(message);
    fields.push(its);
  };
  const nothing = () => undefined;
  collector = createCollector({
    listed: () => undefined,
    watch: () => watch,
    findCredentials: (_account, refused) => find(refused),
    http: ({ url }, { signal }) =>
      new Promise((resolve, reject) => {
        const cancel = time.later(latencyMs(new URL(url).hostname), () => resolve(response));
        signal.addEventListener('abort', () => {
          cancel();
          reject(signal.reason as Error);
        });
      }),
    observer: {
      ...silentObserver,
      credentialsRead: (_, state) => void reads.push(state),
      checkFailed: (_, reason) => void failedChecks.push(reason),
    },
    log: { debug: nothing, info: note, warn: note, error: note },
    connect: () => Promise.reject(new Failure('network', 'no database in this test')),
    readCa: () => Promise.reject(new Failure('network', 'no CA file in this test')),
    caBundle: () => ({ bundle: Promise.reject(new Failure('network', 'no CA bundle in this test')), started: true }),
    now: () => time.now() + clockMs,
    monotonic: time.monotonic,
    random: () => 0.5,
    later: time.later,
  });
});

describe('collector sweep', () => {
  it('is shared by concurrent scrapes', async () => {
    watching([instance('x'), instance('y')]);
    const scrapes = Array.from({ length: 20 }, () => collector.sweep());
    await time.advance(1000);
    await Promise.all(scrapes);
    expect(calls).toHaveLength(2);
  });

  it('of a finished account is joined while the scrape that started it waits for a slower account', async () => {
    watching([instance('quick'), instance('slow', { account: 'b' })]);
    latencyMs = (id) => (id === 'slow' ? 500 : 10);
    const { signal } = new AbortController();
    void collector.sweep(signal);
    await time.advance(100);
    void collector.sweep(signal);
    await time.advance(1000);
    expect(calls.map(({ id }) => id).toSorted()).toEqual(['quick', 'slow']);
  });

  it('of a finished account is joined for 10 s at most while a scrape waits for another account', async () => {
    watching([instance('quick'), instance('hangs', { account: 'b' })]);
    latencyMs = (id) => (id === 'hangs' ? 1e9 : 10);
    const { signal } = new AbortController();
    void collector.sweep(signal);
    await time.advance(9000);
    void collector.sweep(signal);
    await time.advance(1100);
    expect(calls.filter(({ id }) => id === 'quick')).toHaveLength(1);
    void collector.sweep(signal);
    await time.advance(1000);
    expect(calls.filter(({ id }) => id === 'quick')).toHaveLength(2);
  });

  it('is renewed when scrapes overlap permanently, as those of two Prometheus servers can', async () => {
    watching([instance('quick'), instance('hangs', { account: 'b' })]);
    latencyMs = (id) => (id === 'hangs' ? 1e9 : 10);
    for (let scrape = 0; scrape < 6; scrape++) {
      const impatient = new AbortController();
      void collector.sweep(impatient.signal);
      time.later(1000, () => impatient.abort());
      await time.advance(600);
    }
    expect(calls.filter(({ id }) => id === 'quick')).toHaveLength(3);
  });

  it('of the start is joined only until it is finished', async () => {
    watching([instance('quick'), instance('slow', { account: 'b' })]);
    latencyMs = (id) => (id === 'slow' ? 500 : 10);
    const { signal } = new AbortController();
    void collector.sweep(signal, 0);
    await time.advance(100);
    void collector.sweep(signal);
    await time.advance(410);
    expect(calls).toHaveLength(2);
    await time.advance(1000);
    void collector.sweep(signal);
    await time.advance(1000);
    expect(calls).toHaveLength(4);
  });

  it('is started by each later scrape', async () => {
    watching([instance('x')]);
    await sweep();
    await sweep();
    expect(calls).toHaveLength(2);
  });

  it('continues after the deadline of a scrape, and its results serve the next scrape', async () => {
    watching([instance('slow')]);
    latencyMs = () => 3000;
    const impatient = new AbortController();
    const scrape = collector.sweep(impatient.signal);
    await time.advance(1000);
    impatient.abort();
    await scrape;
    expect(result('slow')?.last).toBeUndefined();

    void collector.sweep();
    await time.advance(2100);
    expect(result('slow')?.facts).toEqual({ sslEnabled: true });
    expect(calls).toHaveLength(1);
  });

  it('of an account that hangs does not delay the other accounts', async () => {
    watching([instance('works'), instance('hangs', { account: 'b' })]);
    latencyMs = (id) => (id === 'hangs' ? 1e9 : 10);
    for (let scrape = 0; scrape < 3; scrape++) {
      const impatient = new AbortController();
      const waiting = collector.sweep(impatient.signal);
      await time.advance(100);
      impatient.abort();
      await waiting;
    }
    expect(calls.filter(({ id }) => id === 'works')).toHaveLength(3);
    expect(calls.filter(({ id }) => id === 'hangs')).toHaveLength(1);
  });
});

describe('collector places', () => {
  it('are not kept for accounts that wait for their rate limits', async () => {
    const slow = Array.from({ length: 9 }, (_, i) => `slow${i}`);
    const many = (account: string, length: number) =>
      Array.from({ length }, (_, i) => instance(`${account}-${i}`, { account }));
    watching([...many('fast', 600), ...slow.flatMap((account) => many(account, 20))]);
    for (const account of slow) {
      const one = watch.accounts.get(account);
      if (one !== undefined) one.rateLimits = { '*': 1 };
    }
    latencyMs = () => 200;
    void collector.sweep();
    // 600 calls in 64 places take 1.9 s.
    await time.advance(2500);
    expect(calls.filter(({ id }) => id.startsWith('fast'))).toHaveLength(600);
    for (const account of slow) {
      expect(calls.filter(({ id }) => id.startsWith(account)).length).toBeGreaterThanOrEqual(2);
    }
  });
});

describe('collector due checks:', () => {
  it('a result younger than refresh_interval is not due', async () => {
    watching([instance('x')], { refresh_interval: 60_000 });
    await sweep();
    await time.advance(50_000);
    await sweep();
    expect(calls).toHaveLength(1);
    await time.advance(10_000);
    await sweep();
    expect(calls).toHaveLength(2);
  });

  it('the refresh_interval of an account overrides the common one', async () => {
    watching([instance('x'), instance('y', { account: 'b' })], { refresh_interval: 60_000 });
    const b = watch.accounts.get('b');
    if (b !== undefined) b.refreshIntervalMs = 0;
    await sweep();
    await sweep();
    expect(calls.map(({ id }) => id)).toEqual(['x', 'y', 'y']);
    await time.advance(60_000);
    await sweep();
    expect(calls.map(({ id }) => id)).toEqual(['x', 'y', 'y', 'x', 'y']);
  });

  it('a failed check is due at once', async () => {
    watching([instance('x')], { refresh_interval: 60_000 });
    failing.set('x', new Failure('not_found', 'gone'));
    await sweep();
    await sweep();
    expect(calls).toHaveLength(2);
  });

  it('the wall clock does not matter, because it can be set back', async () => {
    watching([instance('x')]);
    await sweep();
    clockMs = -3_600_000;
    await sweep();
    expect(calls).toHaveLength(2);
  });

  it('the longest-unrefreshed check goes first, initially the order of the configuration', async () => {
    watching([instance('a'), instance('b'), instance('c')], { concurrency: 1 });
    latencyMs = (id) => (id === 'a' ? 100 : 10);
    await sweep();
    expect(calls.map(({ id }) => id)).toEqual(['a', 'b', 'c']);
    calls.length = 0;
    watching([instance('new'), ...watchedInstances().toReversed()], { concurrency: 1 });
    await sweep();
    expect(calls.map(({ id }) => id)).toEqual(['new', 'a', 'b', 'c']);
  });

  it('the checks of one instance run concurrently', async () => {
    watching([instance('x', { checks: ['ssl', 'kms'] })]);
    await sweep();
    expect(calls.map(({ at }) => at)).toEqual([0, 0]);
  });

  it('a new instance is due also while the sweep of its account is running', async () => {
    watching([instance('slow')]);
    latencyMs = (id) => (id === 'slow' ? 60_000 : 10);
    void collector.sweep();
    await time.advance(10);
    watching([instance('slow'), instance('new')]);
    void collector.sweep();
    await time.advance(100);
    expect(result('new')?.facts).toEqual({ sslEnabled: true });
    expect(calls).toHaveLength(2);
  });
});

describe('collector after the settings of an account are changed during a sweep', () => {
  const fleet = () => Array.from({ length: 20 }, (_, i) => instance(`x${i}`));

  it('queued checks use the new session and the new credentials', async () => {
    watching(fleet(), { concurrency: 2 });
    void collector.sweep();
    await time.advance(25);
    const before = calls.length;
    watching(fleet(), { concurrency: 2 });
    for (const account of watch.accounts.values()) account.settings['endpoint'] = 'https://new.example';
    find = () => Promise.resolve({ values: { key: 'two' } });
    collector.adopt();
    await time.advance(1000);
    expect(new Set(calls.slice(0, before).map(({ credentials }) => credentials['key']))).toEqual(new Set(['one']));
    expect(new Set(calls.slice(before).map(({ credentials }) => credentials['key']))).toEqual(new Set(['two']));
    expect(calls.map(({ id }) => id)).toEqual(fleet().map(({ id }) => id));
    expect(collector.progress()).toMatchObject({ pending: 0, ready: true, finished: 20 });
  });

  it('queued checks keep the new rate limit', async () => {
    watching(fleet(), {}, { '*': 10 });
    void collector.sweep();
    await time.advance(500);
    watching(fleet(), {}, { '*': 1 });
    collector.adopt();
    const before = calls.length;
    await time.advance(4000);
    expect(calls.length - before).toBeLessThanOrEqual(4);
    expect(calls.length - before).toBeGreaterThanOrEqual(3);
  });

  it('queued checks fail, once, when the new credentials cannot be read', async () => {
    watching(fleet(), { concurrency: 2 });
    void collector.sweep();
    await time.advance(15);
    watching(fleet(), { concurrency: 2 });
    for (const account of watch.accounts.values()) account.settings['endpoint'] = 'https://new.example';
    find = () => Promise.reject(new Failure('credentials', 'gone'));
    collector.adopt();
    await time.advance(1000);
    expect(calls).toHaveLength(4);
    expect(failedChecks).toEqual(Array.from({ length: 16 }, () => 'credentials'));
    expect(collector.progress().pending).toBe(0);
  });

  it('a reload without a change of them restarts nothing', async () => {
    let searches = 0;
    find = () => Promise.resolve({ values: { key: `${searches++}` } });
    watching(fleet(), { concurrency: 2 });
    void collector.sweep();
    await time.advance(25);
    watching(fleet(), { concurrency: 2 });
    collector.adopt();
    await time.advance(1000);
    expect(searches).toBe(1);
    expect(calls).toHaveLength(20);
  });

  it('a Retry-After of the old settings does not delay the next attempt', async () => {
    watching([instance('x')]);
    failing.set('x', new Failure('unavailable', 'busy', { retryAfterMs: 250_000 }));
    await sweep();
    watching([instance('x')]);
    for (const account of watch.accounts.values()) account.settings['endpoint'] = 'https://new.example';
    await sweep();
    expect(calls).toHaveLength(2);
  });
});

describe('collector after an instance is removed', () => {
  it('runs none of its checks, also not queued ones', async () => {
    watching([instance('x'), instance('y')], { concurrency: 1 });
    latencyMs = () => 1000;
    void collector.sweep();
    await time.advance(10);
    watching([instance('x')], { concurrency: 1 });
    void collector.sweep();
    await time.advance(5000);
    expect(calls.map(({ id }) => id)).toEqual(['x']);
    expect(collector.progress()).toMatchObject({ pending: 0, finished: 1, configured: 1 });
  });

  it('knows nothing of it when it is added again', async () => {
    const both = [instance('x'), instance('y')];
    watching(both);
    await sweep();
    watching([instance('y')]);
    await sweep();
    watching(both);
    expect(result('x')?.last).toBeUndefined();
  });
});

describe('collector failing check', () => {
  it('keeps the last known facts up to max_stale, then drops them', async () => {
    watching([instance('x')], { max_stale: 60_000 });
    await sweep();
    const learnedAt = result('x')?.factsAtMs ?? 0;
    failing.set('x', new Failure('unavailable', 'down'));
    await sweep();
    expect(result('x')).toMatchObject({ facts: { sslEnabled: true }, factsAtMs: learnedAt, lastSuccessMs: learnedAt });
    expect(result('x')?.last?.failure?.reason).toBe('unavailable');

    await time.advance(60_000);
    expect(result('x')?.facts).toBeUndefined();
    expect(result('x')?.lastSuccessMs).toBe(learnedAt);
  });

  it('with a partly valid response updates that part and keeps the other facts', async () => {
    watching([instance('x')], { max_stale: 60_000 });
    answer = { facts: { sslEnabled: true, certValid: true } };
    await sweep();
    answer = { facts: { certValid: false, sslEnabled: undefined }, failure: new Failure('bad_response', 'enableSSL?') };
    await time.advance(50_000);
    await sweep();
    expect(result('x')?.facts).toEqual({ sslEnabled: true, certValid: false });

    await time.advance(50_000);
    await sweep();
    expect(result('x')?.facts).toEqual({ certValid: false });
    expect(result('x')?.lastSuccessMs).toBeLessThan(time.now() - 100_000);
  });

  it('does not affect other checks', async () => {
    watching([instance('bad'), instance('good')]);
    failing.set('bad', new Failure('auth', 'refused'));
    await sweep();
    expect(result('bad')?.facts).toBeUndefined();
    expect(result('good')).toMatchObject({ facts: { sslEnabled: true }, last: { failure: undefined } });
    expect(failedChecks).toEqual(['auth']);
  });

  it.each<[Reason, number]>([
    ['timeout', 3],
    ['network', 3],
    ['rate_limited', 3],
    ['unavailable', 3],
    ['auth', 1],
    ['permission', 1],
    ['not_found', 1],
    ['instance_state', 1],
    ['bad_response', 1],
    ['rejected', 1],
  ])('with reason %s is called %i times with two retries', async (reason, times) => {
    watching([instance('x')], { retries: 2 });
    failing.set('x', new Failure(reason, 'no'));
    await sweep();
    expect(calls).toHaveLength(times);
    expect(failedChecks).toEqual([reason]);
  });

  it('is retried after all checks that have not run yet', async () => {
    watching([instance('bad'), instance('good')], { retries: 1, concurrency: 1 });
    latencyMs = (id) => (id === 'good' ? 1000 : 10);
    failing.set('bad', new Failure('timeout', 'late'));
    await sweep();
    expect(calls.map(({ id }) => id)).toEqual(['bad', 'good', 'bad']);
  });

  it.each([
    [': the documented one', {}, 200],
    [': that of the account', { GetSsl: 20 }, 4],
    [': the common one of the account', { '*': 50 }, 10],
  ])('keeps the rate limit of this shard%s', async (_, rateLimits, perSecond) => {
    const instances = Array.from({ length: 30 }, (_instance, index) => instance(`x${index}`));
    watching(instances, {}, rateLimits);
    watch = { ...watch, fleet: { ...watch.fleet, shard: { shard: 3, totalShards: 5 } } };
    await sweep();
    const inAnySecond = calls.map(({ at }) => calls.filter((call) => call.at >= at && call.at < at + 1000).length);
    expect(calls).toHaveLength(30);
    expect(Math.max(...inAnySecond)).toBe(Math.min(30, perSecond));
  });

  it('waits longer before each retry', async () => {
    watching([instance('x')], { retries: 3 });
    failing.set('x', new Failure('unavailable', 'down'));
    await sweep();
    const gaps = calls.slice(1).map(({ at }, i) => at - (calls[i]?.at ?? 0));
    expect(gaps).toEqual(gaps.toSorted((a, b) => a - b));
    expect(new Set(gaps).size).toBe(3);
  });

  it('with a short Retry-After is retried after that time, and pauses its lane meanwhile', async () => {
    watching([instance('x'), instance('y')], { retries: 1, concurrency: 1 });
    failing.set('x', new Failure('rate_limited', 'slow down', { retryAfterMs: 3000 }));
    await sweep();
    const [first, ...others] = calls;
    expect(others.map(({ id }) => id).toSorted()).toEqual(['x', 'y']);
    for (const { at } of others) expect(at - (first?.at ?? 0)).toBeGreaterThanOrEqual(3000);
  });

  it('with a long Retry-After fails at once, with all that wait for the same limit, and is due after that time', async () => {
    const ids = ['x', ...Array.from({ length: 30 }, (_, i) => `y${i}`)];
    watching(
      ids.map((id) => instance(id, { checks: id === 'x' ? ['ssl', 'kms'] : ['ssl'] })),
      { retries: 2, concurrency: 2, max_stale: 600_000 },
    );
    await sweep();
    calls.length = 0;
    const before = time.monotonic();
    failing.set('x', new Failure('rate_limited', 'slow down', { retryAfterMs: 60_000 }));
    await sweep();
    expect(time.monotonic() - before).toBeLessThan(3000);
    // One that was in flight beside it, and another action.
    expect(calls.length).toBeLessThanOrEqual(4);
    expect(result('y29')).toMatchObject({ facts: { sslEnabled: true }, last: { failure: { reason: 'rate_limited' } } });
    failing.clear();
    calls.length = 0;
    await time.advance(50_000);
    await sweep();
    expect(calls.length).toBeLessThanOrEqual(2);
    await time.advance(10_000);
    await sweep();
    expect(new Set(calls.map(({ id }) => id))).toEqual(new Set(ids));
    expect(result('y29')?.last?.failure).toBeUndefined();
  });

  it('with an endless Retry-After is due after 5 minutes, or after a change of the settings', async () => {
    watching([instance('x'), instance('y')], { concurrency: 1 });
    failing.set('x', new Failure('rate_limited', 'slow down', { retryAfterMs: 1e9 }));
    await sweep();
    await time.advance(299_000);
    await sweep();
    expect(calls).toHaveLength(1);
    await time.advance(1000);
    await sweep();
    expect(calls.length).toBeGreaterThan(1);

    await sweep();
    calls.length = 0;
    failing.clear();
    await sweep();
    expect(calls).toHaveLength(0);
    watching([instance('x'), instance('y')], { concurrency: 1 }, { GetSsl: 50 });
    await sweep();
    expect(calls.map(({ id }) => id).toSorted()).toEqual(['x', 'y']);
  });

  it('logs which fields are not understood when that changes, not each time', async () => {
    watching([instance('i')]);
    const fields = (message: string) => logged.filter((line) => line.startsWith(message)).length;
    const counts = () => [
      fields('fields of the response are not understood'),
      fields('fields of the response are understood again'),
    ];
    const states: [unreadable: string[] | undefined, counts: number[]][] = [
      [undefined, [0, 0]],
      [['CACert'], [1, 0]],
      [['CACert'], [1, 0]],
      [
        ['CACert', 'Other'],
        [2, 0],
      ],
      [undefined, [2, 1]],
      [[], [2, 1]],
    ];
    for (const [unreadable, expected] of states) {
      answer = { facts: { sslEnabled: true }, unreadable };
      await sweep();
      expect(counts()).toEqual(expected);
      expect(result('i')?.unreadable ?? []).toEqual(unreadable ?? []);
      expect(result('i')?.last?.failure).toBeUndefined();
      // A failure in between does not count as a change.
      failing.set('i', new Failure('timeout', 'x'));
      await sweep();
      failing.clear();
      expect(counts()).toEqual(expected);
    }
  });

  it('does not change which fields were not understood, for as long as its facts are shown', async () => {
    watching([instance('i')]);
    answer = { facts: { sslEnabled: true }, unreadable: ['CACert'] };
    await sweep();
    expect(result('i')?.unreadable).toEqual(['CACert']);
    failing.set('i', new Failure('timeout', 'x'));
    await sweep();
    expect(result('i')?.unreadable).toEqual(['CACert']);
    await time.advance(60_000);
    expect(result('i')).toMatchObject({ facts: undefined, unreadable: undefined });
  });

  it('that throws an unexpected error has reason internal, and logs the stack', async () => {
    watching([instance('x'), instance('y')]);
    failing.set('x', new TypeError('cannot read properties of undefined') as unknown as Failure);
    await sweep();
    expect(failedChecks).toEqual(['internal']);
    expect(logged).toContain('a check threw an unexpected error; please report this');
    expect(collector.progress().pending).toBe(0);
    expect(result('y')?.facts).toBeDefined();
  });
});

describe('collector log', () => {
  const fail = 'checks of the account fail; this is one of them';
  const recover = 'checks of the account succeed again';
  const ids = Array.from({ length: 100 }, (_, i) => `x${i}`);
  const all = () => ids.map((id) => instance(id));

  function allFail(reason: Reason, which: readonly string[] = ids): void {
    failing = new Map(which.map((id) => [id, new Failure(reason, `no: ${id}`)]));
  }

  it.each(reasonNames.filter((reason) => reason !== 'credentials' && reason !== 'unsupported'))(
    'has one line when many checks start to fail with %s, and one when they succeed',
    async (reason) => {
      watching([...all(), instance('other', { account: 'b' })]);
      allFail(reason, ids.slice(10));
      await sweep();
      await sweep();
      expect(logged).toEqual([fail]);
      expect(fields[0]).toMatchObject({ account: 'a', checks: 90, reason });
      expect(fields[0]?.['error']).toBe(`no: ${fields[0]?.['instance_id'] as string}`);
      failing.clear();
      await sweep();
      await sweep();
      expect(logged).toEqual([fail, recover]);
      expect(fields[1]).toEqual({ provider: provider.id, account: 'a', checks: 90, reason });
    },
  );

  it('has a line for each reason and account', async () => {
    watching([...all(), ...ids.map((id) => instance(`y${id}`, { account: 'b' }))]);
    allFail('timeout', [...ids, ...ids.slice(0, 50).map((id) => `y${id}`)]);
    for (const id of ids.slice(50)) failing.set(`y${id}`, new Failure('auth', 'no'));
    await sweep();
    const lines = fields.map(({ account, reason, checks }) => [account, reason, checks].join(' '));
    expect(new Set(lines)).toEqual(new Set(['a timeout 100', 'b auth 50', 'b timeout 50']));
    expect(lines).toHaveLength(3);
  });

  it('has the failure 10 s later when the sweep has not finished by then', async () => {
    watching([instance('bad'), instance('hangs')]);
    latencyMs = (id) => (id === 'hangs' ? 1e9 : 10);
    failing.set('bad', new Failure('auth', 'no'));
    void collector.sweep();
    await time.advance(9000);
    expect(logged).toEqual([]);
    await time.advance(2000);
    expect(logged).toEqual(['check failed']);
  });

  it('does not say that checks succeed when the last one that fails was removed', async () => {
    watching(all());
    allFail('permission', ['x0']);
    await sweep();
    watching(all().slice(1));
    await sweep();
    expect(logged).toEqual(['check failed', 'no check of the account fails any more']);
  });

  it('has a stack once, however many checks throw it', async () => {
    watching(all());
    const error = new TypeError('x is not a function') as unknown as Failure;
    failing = new Map(ids.map((id) => [id, error]));
    await sweep();
    await sweep();
    expect(logged.filter((message) => message.includes('unexpected error'))).toHaveLength(1);
    expect(logged.length).toBeLessThan(25);
  });
});

describe('collector provider that throws', () => {
  const broken: [what: string, connect: Provider['connect']][] = [
    [
      'in connect',
      () => {
        throw new TypeError('Invalid URL');
      },
    ],
    [
      'in host',
      () => ({
        host: () => {
          throw new TypeError('Invalid URL');
        },
      }),
    ],
  ];

  it.each(broken)('%s fails the checks of its account as internal, and no other', async (_what, connect) => {
    watching([instance('x'), instance('y', { account: 'b' })]);
    const account = watch.accounts.get('a');
    if (account === undefined) throw new Error('no account');
    const accounts = new Map([...watch.accounts, ['a', { ...account, provider: { ...provider, connect } }]] as const);
    watch = { ...watch, accounts };
    await sweep();
    await sweep();
    expect(failedChecks).toEqual(['internal', 'internal']);
    expect(result('y')?.facts).toEqual({ sslEnabled: true });
    expect(collector.progress()).toMatchObject({ pending: 0, ready: true });
  });
});

describe('collector unsupported check', () => {
  it('is not a failure: it is counted and logged once, and its earlier facts are dropped', async () => {
    watching([instance('x')], { retries: 2 });
    await sweep();
    failing.set('x', new Failure('unsupported', 'single-node edition'));
    await sweep();
    await sweep();
    expect(failedChecks).toEqual(['unsupported']);
    expect(logged).toEqual(['check is not supported by this database']);
    expect(result('x')).toMatchObject({ facts: undefined, failingSinceMs: undefined });
    expect(result('x')?.lastSuccessMs).toBe(result('x')?.last?.endedAtMs);
  });
});

describe('collector check without an API call', () => {
  /** The checks of a provider that probes the database at the address in the hints of check `ssl`. */
  function probing(run: Check['run']): Provider {
    const probe: Check = { name: 'probe', after: ['ssl'], facts: { server_certificate: 'the wire' }, run };
    return { ...provider, checks: [...provider.checks, probe] };
  }

  function watchingWith(probe: Check['run'], scrape: Partial<Watch['scrape']> = {}): void {
    watching([instance('x', { checks: ['probe', 'ssl'] }), instance('y', { checks: ['probe', 'ssl'] })], scrape);
    const [account] = watch.accounts.values();
    if (account === undefined) throw new Error('no account');
    watch = { ...watch, accounts: new Map([['a', { ...account, provider: probing(probe) }]]) };
  }

  it('starts after the checks in `after`, with their hints, also in the first sweep', async () => {
    answer = { facts: { sslEnabled: true }, hints: { connectAddress: '10.0.0.4' } };
    const seen: [id: string, address: string | undefined, hasCalled: boolean][] = [];
    watchingWith(({ instance: { id }, hints }) => {
      seen.push([id, hints.connectAddress, calls.some((call) => call.id === id)]);
      return Promise.resolve({ facts: {} });
    });
    await sweep();
    expect(seen.toSorted(([a], [b]) => a.localeCompare(b))).toEqual([
      ['x', '10.0.0.4', true],
      ['y', '10.0.0.4', true],
    ]);
    expect(JSON.stringify(collector.knowledge())).not.toContain('10.0.0.4');
  });

  it('starts also when a check in `after` failed', async () => {
    failing.set('x', new Failure('unavailable', 'down'));
    let runs = 0;
    watchingWith(() => {
      runs++;
      return Promise.resolve({ facts: {} });
    });
    await sweep();
    expect(runs).toBe(2);
  });

  it('takes a place of the concurrency, and its duration is measured', async () => {
    let running = 0;
    let most = 0;
    watchingWith(
      async () => {
        most = Math.max(most, ++running);
        await new Promise<void>((resolve) => void time.later(200, resolve));
        running--;
        return { facts: {} };
      },
      { concurrency: 1 },
    );
    await sweep();
    expect(most).toBe(1);
    const durations = collector.knowledge().flatMap(({ checks }) => checks.map(({ last }) => last?.durationMs));
    expect(durations).toEqual([200, 10, 200, 10]);
  });

  it('starts also when the check in `after` is removed while it runs', async () => {
    latencyMs = () => 1e9;
    let runs = 0;
    watchingWith(() => {
      runs++;
      return Promise.resolve({ facts: {} });
    });
    void collector.sweep();
    await time.advance(100);
    watch = {
      ...watch,
      fleet: fleets.of({ instances: ['x', 'y'].map((id) => instance(id, { checks: ['probe'] })), accounts: new Map() }),
    };
    void collector.sweep();
    await time.advance(100);
    expect(runs).toBe(2);
    expect(collector.progress()).toMatchObject({ pending: 0, finished: 2, configured: 2 });
  });

  it('keeps hints of a failing check up to max_stale; a success replaces them', async () => {
    answer = { facts: { sslEnabled: true }, hints: { connectAddress: '10.0.0.4' } };
    let seen: (string | undefined)[] = [];
    watchingWith(
      ({ hints }) => {
        seen.push(hints.connectAddress);
        return Promise.resolve({ facts: {} });
      },
      { max_stale: 60_000 },
    );
    await sweep();
    for (const id of ['x', 'y']) failing.set(id, new Failure('unavailable', 'down'));
    await sweep();
    expect(seen).toEqual(Array(4).fill('10.0.0.4'));
    seen = [];
    await time.advance(60_001);
    await sweep();
    expect(seen).toEqual([undefined, undefined]);

    failing.clear();
    await sweep();
    answer = { facts: { sslEnabled: true } };
    await sweep();
    expect(seen).toEqual([undefined, undefined, '10.0.0.4', '10.0.0.4', undefined, undefined]);
  });

  it('fails with reason internal when it calls send', async () => {
    watchingWith(async ({ send }) => {
      await send(() => ({ method: 'GET', url: 'http://x/', headers: {} }));
      return { facts: {} };
    });
    await sweep();
    expect(failedChecks).toEqual(['internal', 'internal']);
  });
});

describe('collector credentials', () => {
  it('are read once per sweep and account', async () => {
    watching([instance('x'), instance('y')]);
    let times = 0;
    find = () => Promise.resolve({ values: { key: String(++times) } });
    await sweep();
    await sweep();
    expect(calls.map(({ credentials }) => credentials['key'])).toEqual(['1', '1', '2', '2']);
  });

  it('that are found after the deadline of a scrape serve the next one, without another search', async () => {
    watching([instance('x')]);
    let times = 0;
    find = () => {
      times++;
      return new Promise((resolve) => void time.later(3000, () => resolve({ values: { key: 'late' } })));
    };
    const impatient = new AbortController();
    const scrape = collector.sweep(impatient.signal);
    await time.advance(1000);
    impatient.abort();
    await scrape;
    void collector.sweep();
    await time.advance(2100);
    expect(result('x')?.facts).toEqual({ sslEnabled: true });
    expect([times, calls.length]).toEqual([1, 1]);
  });

  it('whose search throws fail every check as internal, and the next sweep searches again', async () => {
    watching([instance('x'), instance('y')]);
    find = () => Promise.reject(new TypeError('x is not a function'));
    await sweep();
    expect(failedChecks).toEqual(['internal', 'internal']);
    expect(collector.progress()).toMatchObject({ pending: 0, ready: true });
    find = () => Promise.resolve({ values: { key: 'one' } });
    await sweep();
    expect(calls).toHaveLength(2);
  });

  it('that cannot be read fail every check of the account without a call', async () => {
    watching([instance('x'), instance('y')]);
    find = () => Promise.reject(new Failure('credentials', 'secret_id: not set'));
    await sweep();
    expect(calls).toEqual([]);
    expect(failedChecks).toEqual(['credentials', 'credentials']);
  });
});

describe('collector credentials refused by the API', () => {
  /** The credentials that the API accepts, and those that a search finds. */
  let good: string;
  let searches: (Credentials | undefined)[];

  beforeEach(() => {
    good = 'new';
    searches = [];
    find = (refused) => {
      searches.push(refused);
      return Promise.resolve({ values: { key: searches.length === 1 ? 'old' : 'new' } });
    };
    accepts = ({ key }) => key === good;
  });

  it('are replaced, and the call is repeated within the sweep', async () => {
    watching([instance('x')]);
    await sweep();
    expect(calls.map(({ credentials }) => credentials['key'])).toEqual(['old', 'new']);
    expect(searches).toEqual([undefined, { key: 'old' }]);
    expect(failedChecks).toEqual([]);
  });

  it('are replaced once for all checks that are refused concurrently', async () => {
    watching(Array.from({ length: 10 }, (_, i) => instance(`x${i}`)));
    await sweep();
    expect(searches).toHaveLength(2);
    expect(calls).toHaveLength(20);
    expect(failedChecks).toEqual([]);
  });

  it('are not used by calls that were queued before', async () => {
    watching(
      Array.from({ length: 10 }, (_, i) => instance(`x${i}`)),
      { concurrency: 1 },
    );
    await sweep();
    expect(calls.map(({ credentials }) => credentials['key']).filter((key) => key === 'old')).toHaveLength(1);
    expect(calls).toHaveLength(11);
  });

  it('are replaced once per sweep, also when the new ones are refused', async () => {
    good = 'none';
    watching(
      Array.from({ length: 3 }, (_, i) => instance(`x${i}`)),
      { concurrency: 1 },
    );
    await sweep();
    expect(searches).toHaveLength(2);
    expect(calls).toHaveLength(4);
    expect(failedChecks).toEqual(['auth', 'auth', 'auth']);
    await sweep();
    expect(searches).toHaveLength(4);
  });

  it('are not sent again while no others are available', async () => {
    find = () => Promise.resolve({ values: { key: 'old' } });
    watching([instance('x')]);
    await sweep();
    expect(calls).toHaveLength(1);
    expect(failedChecks).toEqual(['auth']);
  });

  it('are not sent again when reading others fails, which is reported', async () => {
    find = (refused) => {
      if (refused !== undefined) return Promise.reject(new Failure('credentials', 'gone'));
      return Promise.resolve({ values: { key: 'old' } });
    };
    watching([instance('x')]);
    await sweep();
    expect(failedChecks).toEqual(['auth']);
    expect(reads.map(({ successful }) => successful)).toEqual([true, false]);
  });

  it('cause a second call within the rate limit', async () => {
    watching([instance('x'), instance('y')], {}, { GetSsl: 1 });
    await sweep();
    const gaps = calls.slice(1).map(({ at }, i) => at - (calls[i]?.at ?? 0));
    expect(calls).toHaveLength(3);
    for (const gap of gaps) expect(gap).toBeGreaterThanOrEqual(1000);
  });
});

describe('collector search for credentials', () => {
  const values = { key: 'k' };

  it('reports a success with the expiry, and a failure without', async () => {
    watching([instance('x')]);
    find = () => Promise.resolve({ values, source: 'role', expiresAtSeconds: 7 });
    await sweep();
    find = () =>
      Promise.resolve({ values, source: 'role', expiresAtSeconds: 7, failure: new Failure('credentials', 'x') });
    await sweep();
    find = () => Promise.reject(new Failure('credentials', 'gone'));
    await sweep();
    expect(reads).toEqual([
      { successful: true, expiresAtSeconds: 7 },
      { successful: false, expiresAtSeconds: 7 },
      { successful: false, expiresAtSeconds: undefined },
    ]);
  });

  it('is logged when the source changes, and when renewal starts or stops failing', async () => {
    watching([instance('x')]);
    const failure = new Failure('credentials', 'STS is down');
    for (const state of [
      { source: 'environment' },
      { source: 'environment' },
      { source: 'role', expiresAtSeconds: 7 },
      { source: 'role', expiresAtSeconds: 7, failure },
      { source: 'role', expiresAtSeconds: 7, failure },
      { source: 'role', expiresAtSeconds: 9 },
      {},
    ]) {
      find = () => Promise.resolve({ values, ...state });
      await sweep();
    }
    expect(logged).toEqual([
      'credentials found',
      'credentials found',
      'credentials cannot be renewed; using those that are still valid',
      'credentials are renewed again',
    ]);
  });

  it('is logged once per account when credentials become missing or available', async () => {
    watching(Array.from({ length: 20 }, (_, index) => instance(`x${index}`)));
    for (const problem of ['no file', 'no file', 'no key', '']) {
      find = () => (problem === '' ? Promise.resolve({ values }) : Promise.reject(new Failure('credentials', problem)));
      await sweep();
    }
    const none = 'no credentials: the checks of the account fail';
    expect(logged).toEqual([none, none, 'credentials found']);
  });
});

describe('collector progress', () => {
  it('has the pending checks, those finished at least once, and the duration of the slowest account', async () => {
    watching([instance('x'), instance('slow', { account: 'b' })]);
    latencyMs = (id) => (id === 'slow' ? 2000 : 10);
    void collector.sweep();
    await time.advance(100);
    expect(collector.progress()).toEqual({
      pending: 1,
      ready: false,
      finished: 1,
      configured: 2,
      lastSweepSeconds: 0.01,
    });
    await time.advance(2000);
    expect(collector.progress()).toEqual({ pending: 0, ready: true, finished: 2, configured: 2, lastSweepSeconds: 2 });
  });

  it('stays ready when an instance is added', async () => {
    watching([instance('x')]);
    await sweep();
    watching([instance('x'), instance('new')]);
    expect(collector.progress()).toMatchObject({ ready: true, finished: 1, configured: 2 });
  });

  it('stops immediately with the collector', async () => {
    watching([instance('x')]);
    latencyMs = () => 1e9;
    let done = false;
    void collector.sweep().then(() => {
      done = true;
    });
    await time.advance(10);
    collector.stop();
    await time.advance(0);
    expect(done).toBe(true);
    expect(failedChecks).toEqual([]);
  });
});

describe('what the collector knows', () => {
  /** New objects each time, as from an API. */
  const facts = (enabled: boolean) => ({
    sslEnabled: enabled,
    keys: [{ id: 'k', alias: '', region: '', clusterId: '', enabled }],
  });

  beforeEach(() => {
    answer = { facts: facts(true) };
    watching([instance('x', { checks: ['ssl', 'kms'] }), instance('y')], { max_stale: 60_000 });
  });

  it('does not change in what it has returned', async () => {
    const returned: ReturnType<Collector['knowledge']>[] = [];
    const copies: string[] = [];
    const look = () => copies.push(JSON.stringify(returned[returned.push(collector.knowledge()) - 1]));
    look();
    await sweep();
    look();
    answer = { facts: { sslEnabled: false }, failure: new Failure('bad_response', 'keys?') };
    await sweep();
    look();
    failing.set('x', new Failure('unavailable', 'down'));
    await sweep();
    look();
    await time.advance(60_001);
    look();
    failing.clear();
    answer = { facts: facts(false) };
    await sweep();
    look();
    watching([instance('x', { name: 'renamed', labels: { team: 'a' } })]);
    look();
    await sweep();
    look();
    expect(new Set(copies).size).toBe(copies.length);
    expect(returned.map((known) => JSON.stringify(known))).toEqual(copies);
  });

  it('is the same object of each instance while no check finishes', async () => {
    await sweep();
    const before = collector.knowledge();
    await time.advance(60_001);
    const after = collector.knowledge();
    expect(after).toHaveLength(2);
    for (const [index, known] of after.entries()) expect(known).toBe(before[index]);
  });

  it('has the same facts, as an object, while an API reports the same part of them', async () => {
    await sweep();
    const seen = [];
    for (let times = 0; times < 2; times++) {
      answer = { facts: { sslEnabled: false }, failure: new Failure('bad_response', 'keys?') };
      await sweep();
      seen.push(collector.knowledge().map(({ facts }) => facts));
    }
    const [before, after] = seen;
    expect(after).toMatchObject([{ sslEnabled: false, keys: [{ id: 'k' }, { id: 'k' }] }, { sslEnabled: false }]);
    expect(after?.map((facts, index) => facts === before?.[index])).toEqual([true, true]);
  });

  it('has the same facts, as an object, while an API reports the same', async () => {
    await sweep();
    const before = collector.knowledge();
    answer = { facts: facts(true) };
    await sweep();
    const after = collector.knowledge();
    expect(after).toHaveLength(2);
    for (const [index, known] of after.entries()) {
      expect(known).not.toBe(before[index]);
      expect(known.facts).toBe(before[index]?.facts);
      for (const [at, { facts }] of known.checks.entries()) expect(facts).toBe(before[index]?.checks[at]?.facts);
    }
    answer = { facts: facts(false) };
    await sweep();
    const [x] = collector.knowledge();
    expect(x?.facts).toMatchObject({ sslEnabled: false, keys: [{ enabled: false }, { enabled: false }] });
  });
});
