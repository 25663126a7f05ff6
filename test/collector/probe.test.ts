// Probes of single instances: each calls what is due of its instance, once, and depends on no sweep.
import * as fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Collector } from '../../src/collector/collector.ts';
import type { Watch } from '../../src/collector/watch.ts';
import { createFleetSource, type FleetSource } from '../../src/fleet/fleet.ts';
import type { Discovery } from '../../src/model/discovery.ts';
import { Failure } from '../../src/model/failure.ts';
import type { Instance } from '../../src/model/instance.ts';
import type { Knowledge } from '../../src/model/knowledge.ts';
import type { WholeList } from '../../src/model/pages.ts';
import type { Provider } from '../../src/model/provider.ts';
import { wholeFleet } from '../../src/model/shard.ts';
import { createFakeTime, type FakeTime } from '../support/fake-time.ts';
import { madeUpCheck, madeUpProvider } from '../support/made-up-provider.ts';
import { createFakeCollector } from './fake-collector.ts';

let time: FakeTime;
let fleets: FleetSource;
let collector: Collector;
/** `CHECK ID` of each call, and its moment. */
let calls: { what: string; at: number }[];
let latencyMs: (what: string) => number;
let failing: Set<string>;
/** Moments of the searches for credentials, and their result. */
let searches: number[];
let search: () => Promise<{ values: Record<string, string> }>;
let scrape: Watch['scrape'];
let instances: Instance[];
let discovery: Discovery | undefined;
/** The answer of the list; undefined: it fails. */
let list: WholeList<{ id: string; name: string; version: string }> | undefined;

const apiCheck = (name: string, after: readonly string[] = []) =>
  madeUpCheck(name, {
    action: `Get-${name}`,
    after,
    async run({ instance, send }) {
      const what = `${name} ${instance.id}`;
      await send(() => ({ method: 'GET', url: `https://x/?what=${encodeURIComponent(what)}`, headers: {} }));
      if (failing.has(what)) throw new Failure('unavailable', 'refused');
      return { facts: { sslEnabled: true } };
    },
  });

const provider: Provider = madeUpProvider('cloud', {
  perSecond: 10_000,
  checks: [apiCheck('ssl'), apiCheck('keys'), apiCheck('late', ['ssl'])],
  list: {
    action: 'List',
    perSecond: 10_000,
    async read({ instance: { region }, send }) {
      await send(() => ({ method: 'GET', url: `https://x/?what=list%20${region}`, headers: {} }));
      if (list === undefined) throw new Failure('unavailable', 'refused');
      return list;
    },
  },
});

function instance(id: string, given: Partial<Instance> = {}): Instance {
  return { account: 'a', provider: 'cloud', id, region: '', name: id, labels: {}, checks: ['ssl', 'keys'], ...given };
}

function start(): void {
  time = createFakeTime();
  fleets = createFleetSource(wholeFleet);
  calls = [];
  latencyMs = () => 10;
  failing = new Set();
  searches = [];
  search = () => Promise.resolve({ values: { key: 'one' } });
  scrape = { refresh_interval: 0, max_stale: 60_000, concurrency: 1000, request_timeout: 60_000, retries: 0 };
  instances = [instance('a'), instance('b')];
  discovery = undefined;
  list = { items: [], pages: 1 };
  let last: { from: unknown[]; watch: Watch } | undefined;
  let config: { from: unknown[]; accounts: Watch['accounts'] } | undefined;
  const differs = (one: readonly unknown[] = [], other: readonly unknown[] = []) =>
    one.length !== other.length || one.some((value, at) => value !== other[at]);
  collector = createFakeCollector(
    time,
    () => {
      if (differs(config?.from, [discovery, scrape])) {
        const settings = { endpoint: 'https://x' };
        config = {
          from: [discovery, scrape],
          accounts: new Map([['a', { name: 'a', provider, settings, rateLimits: {}, discovery }]]),
        };
      }
      const accounts = config?.accounts ?? new Map();
      const fleet = fleets.of({ instances, accounts });
      if (differs(last?.from, [scrape, accounts, fleet])) {
        last = { from: [scrape, accounts, fleet], watch: { scrape, accounts, fleet } };
      }
      return last?.watch as Watch;
    },
    {
      listed: (...given) => fleets.listed(...given),
      findCredentials: () => {
        searches.push(time.monotonic());
        return search();
      },
      http: ({ url }, { signal }) =>
        new Promise((resolve, reject) => {
          const what = new URL(url).searchParams.get('what') ?? '';
          calls.push({ what, at: time.monotonic() });
          time.later(latencyMs(what), () => resolve({ status: 200, headers: {}, body: new Uint8Array() }));
          signal.addEventListener('abort', () => reject(signal.reason as Error));
        }),
    },
  );
}
beforeEach(start);

/** A probe that has started. */
interface Probe {
  /** Milliseconds that it took; undefined while it is open. */
  tookMs: number | undefined;
  knowledge: Knowledge | undefined;
}

function probe(of: Instance, deadlineMs = 600_000): Probe {
  const one: Probe = { tookMs: undefined, knowledge: undefined };
  const startedAt = time.monotonic();
  const deadline = new AbortController();
  time.later(deadlineMs, () => deadline.abort());
  void collector.probe(of, deadline.signal).then((knowledge) => {
    one.tookMs = time.monotonic() - startedAt;
    one.knowledge = knowledge;
  });
  return one;
}

/** The queue spreads calls over a few milliseconds. */
const startMs = 10;

const called = () => calls.map(({ what }) => what);
const [a, b] = [instance('a'), instance('b')];

describe('a probe', () => {
  it('calls the checks of its instance only, and has what is known of it', async () => {
    const one = probe(a);
    await time.advance(100);
    expect(called()).toEqual(['ssl a', 'keys a']);
    expect(one.knowledge?.instance.id).toBe('a');
    expect(one.knowledge?.checks.map(({ check, last }) => [check, last?.failure])).toEqual([
      ['ssl', undefined],
      ['keys', undefined],
    ]);
  });

  it('calls again only what is older than refresh_interval, or fails', async () => {
    scrape = { ...scrape, refresh_interval: 5000 };
    failing.add('keys a');
    for (const _ of [1, 2]) {
      probe(a);
      await time.advance(1000);
    }
    expect(called()).toEqual(['ssl a', 'keys a', 'keys a']);
    await time.advance(4000);
    probe(a);
    await time.advance(100);
    expect(called().filter((what) => what === 'ssl a')).toHaveLength(2);
  });

  it('joins those of the same instance that are running, also where one of the checks has finished', async () => {
    latencyMs = (what) => (what === 'keys a' ? 3000 : 10);
    const probes = [probe(a), probe(a)];
    await time.advance(1000);
    probes.push(probe(a));
    await time.advance(1000);
    probes.push(probe(a));
    await time.advance(2000);
    expect(probes.map(({ tookMs = 0 }) => Math.floor(tookMs / 1000))).toEqual([3, 3, 2, 1]);
    expect(called()).toEqual(['ssl a', 'keys a']);
    probe(a);
    await time.advance(100);
    expect(called()).toHaveLength(4);
  });

  it('does not keep a check old that had just finished when one that hangs was started', async () => {
    latencyMs = (what) => (what === 'ssl a' ? 10 : 80);
    probe(a);
    await time.advance(150);
    latencyMs = (what) => (what === 'ssl a' ? 3000 : 10);
    probe(a);
    await time.advance(100);
    expect(called()).toEqual(['ssl a', 'keys a', 'ssl a']);
    probe(a);
    await time.advance(100);
    expect(called()).toEqual(['ssl a', 'keys a', 'ssl a', 'keys a']);
  });

  it('joins a running sweep, and calls nothing that the sweep has called', async () => {
    latencyMs = (what) => (what === 'ssl a' ? 10 : 3000);
    void collector.sweep();
    await time.advance(1000);
    const one = probe(a);
    await time.advance(2500);
    expect(one.tookMs).toBeLessThanOrEqual(2000 + startMs);
    expect(called().toSorted()).toEqual(['keys a', 'keys b', 'ssl a', 'ssl b']);
  });

  it('is joined by a sweep', async () => {
    latencyMs = () => 3000;
    probe(a);
    await time.advance(1000);
    void collector.sweep();
    await time.advance(5000);
    expect(called()).toEqual(['ssl a', 'keys a', 'ssl b', 'keys b']);
  });

  it('runs a check after those that it depends on', async () => {
    const late = instance('l', { checks: ['late', 'ssl'] });
    instances = [late];
    const one = probe(late);
    await time.advance(100);
    expect(called()).toEqual(['ssl l', 'late l']);
    expect(one.tookMs).toBe(20);
  });

  it('returns at its deadline with what is known; its calls go on and serve the next one', async () => {
    probe(a);
    await time.advance(1000);
    latencyMs = () => 3000;
    const one = probe(a, 500);
    await time.advance(600);
    expect(one.tookMs).toBe(500);
    expect(one.knowledge?.facts.sslEnabled).toBe(true);
    const next = probe(a);
    await time.advance(3000);
    expect(next.tookMs).toBeLessThanOrEqual(2400 + startMs);
    expect(called()).toHaveLength(4);
  });

  it('of an instance that is removed meanwhile returns at once, without it', async () => {
    latencyMs = () => 3000;
    const one = probe(a);
    await time.advance(1000);
    instances = [b];
    collector.adopt();
    await time.advance(100);
    expect([one.tookMs, one.knowledge]).toEqual([1000, undefined]);
  });

  it('of an instance that is not watched calls nothing', async () => {
    const one = probe(instance('other'));
    await time.advance(100);
    expect([one.tookMs, one.knowledge, calls]).toEqual([0, undefined, []]);
  });

  it('after the stop calls nothing', async () => {
    probe(a);
    await time.advance(1000);
    collector.stop();
    const one = probe(a);
    await time.advance(100);
    expect([one.tookMs, calls.length]).toEqual([0, 2]);
  });

  it('finishes within the time of its checks, whatever other probes and sweeps there are', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ waitMs: fc.integer({ min: 0, max: 900 }), sweeps: fc.boolean() }), { maxLength: 25 }),
        fc.array(fc.integer({ min: 10, max: 2000 }), { minLength: 3, maxLength: 3 }),
        async (steps, latencies) => {
          start();
          const late = instance('l', { checks: ['ssl', 'keys', 'late'] });
          instances = [late, a];
          const names = ['ssl', 'keys', 'late'];
          latencyMs = (what) => latencies[names.indexOf(what.split(' ')[0] ?? '')] ?? 10;
          const probes: Probe[] = [];
          for (const { waitMs, sweeps } of steps) {
            if (sweeps) void collector.sweep();
            else probes.push(probe(late));
            await time.advance(waitMs);
          }
          await time.advance(10_000);
          const [ssl = 0, keys = 0, last = 0] = latencies;
          for (const { tookMs } of probes) expect(tookMs).toBeLessThanOrEqual(Math.max(ssl + last, keys) + startMs);
          for (const name of names) {
            const own = calls.filter(({ what }) => what === `${name} l`);
            const overlaps = own.filter(({ at }, n) => at < (own[n - 1]?.at ?? -1e9) + latencyMs(`${name} l`));
            expect(overlaps).toEqual([]);
          }
        },
      ),
      { numRuns: 25 },
    ));
});

describe('an exporter that is only probed', () => {
  it('keeps every fact fresh while thousands of probes overlap, so that there always is one running', async () => {
    instances = Array.from({ length: 400 }, (_, index) => instance(`i-${index}`));
    latencyMs = () => 700;
    const stepMs = 100;
    const open: Probe[] = [];
    // Each instance every 4 s, ten in each step; those of a step are open for seven steps.
    for (let step = 0; step < 160; step++) {
      for (let n = 0; n < 10; n++) open.push(probe(instances[(step * 10 + n) % 400] as Instance));
      await time.advance(stepMs);
      if (step > 10) expect(collector.progress().pending).toBeGreaterThan(0);
      if (step < 60) continue;
      const ends = collector.knowledge().flatMap(({ checks }) => checks.map(({ last }) => last?.endedAt ?? 0));
      expect(time.monotonic() - Math.min(...ends)).toBeLessThanOrEqual(4000 + 700 + stepMs);
    }
    expect(open.length).toBe(1600);
  });

  it('searches for credentials every 5 s, and not for each probe, also where they cannot be read', async () => {
    search = () => Promise.reject(new Failure('credentials', 'none'));
    const probes: Probe[] = [];
    for (let step = 0; step < 200; step++) {
      probes.push(probe(a), probe(b));
      await time.advance(100);
    }
    expect(searches.length).toBeLessThanOrEqual(5);
    expect(calls).toEqual([]);
    expect(probes.every(({ tookMs }) => tookMs === 0)).toBe(true);
    search = () => Promise.resolve({ values: { key: 'one' } });
    await time.advance(5000);
    probe(a);
    await time.advance(100);
    expect(called()).toEqual(['ssl a', 'keys a']);
  });

  it('uses credentials that were replaced after 5 s', async () => {
    for (let step = 0; step < 60; step++) {
      probe(a);
      await time.advance(200);
    }
    expect(searches).toEqual([0, 5200, 10_400]);
  });
});

describe('the lists of instances', () => {
  const found = (id: string) => ({ items: [{ id, name: '', version: '' }], pages: 1 });
  const listCalls = () => called().filter((what) => what.startsWith('list'));

  beforeEach(() => {
    const template = { account: 'a', provider: 'cloud', checks: ['ssl'] };
    discovery = { regions: [''], tags: {}, exclude: new Set(), refreshInterval: 60_000, tagLabels: [], template };
  });

  function readLists(account?: string): { tookMs: number | undefined } {
    const one: { tookMs: number | undefined } = { tookMs: undefined };
    const startedAt = time.monotonic();
    const deadline = new AbortController();
    time.later(5000, () => deadline.abort());
    void collector.list(deadline.signal, account).then(() => {
      one.tookMs = time.monotonic() - startedAt;
    });
    return one;
  }

  it('are read when they are due, once, and the instances are there then', async () => {
    list = found('c');
    const both = [readLists(), readLists('a')];
    await time.advance(10);
    expect(both.map(({ tookMs }) => tookMs)).toEqual([10, 10]);
    expect(collector.knowledge().map((one) => one.instance.id)).toEqual(['a', 'b', 'c']);
    readLists();
    await time.advance(1000);
    expect(listCalls()).toHaveLength(1);
  });

  it('of other accounts are not read', async () => {
    const one = readLists('other');
    await time.advance(100);
    expect([one.tookMs, listCalls()]).toEqual([0, []]);
  });

  it('are waited for until the deadline only', async () => {
    latencyMs = () => 7000;
    const one = readLists();
    await time.advance(6000);
    expect(one.tookMs).toBe(5000);
  });

  it('are started by probes, which do not wait for them', async () => {
    latencyMs = (what) => (what.startsWith('list') ? 3000 : 10);
    const one = probe(a);
    await time.advance(100);
    expect(one.tookMs).toBeLessThanOrEqual(10 + startMs);
    expect(listCalls()).toEqual(['list ']);
  });

  it('that fail are not read more than once a second, however many probes there are', async () => {
    list = undefined;
    for (let step = 0; step < 100; step++) {
      probe(step % 2 === 0 ? a : b);
      await time.advance(50);
    }
    expect(listCalls()).toHaveLength(5);
    const [state] = collector.lists();
    expect([state?.lastSuccessMs, state?.failingSinceMs]).toEqual([undefined, time.now() - 4990]);
  });

  it('that fail are read again at once after a change of the account', async () => {
    list = undefined;
    readLists();
    await time.advance(100);
    scrape = { ...scrape, retries: 1 };
    readLists();
    await time.advance(100);
    expect(listCalls()).toHaveLength(2);
  });
});
