// Discovery: lists of instances are read beside the checks, and only complete lists change what is watched.
import * as fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Collector } from '../../src/collector/collector.ts';
import type { Watch, WatchedAccount } from '../../src/collector/watch.ts';
import { createFleetSource, type FleetSource } from '../../src/fleet/fleet.ts';
import type { Discovery, ListedInstance } from '../../src/model/discovery.ts';
import { Failure, type Reason } from '../../src/model/failure.ts';
import { type Instance, instanceKey } from '../../src/model/instance.ts';
import { readAllPages } from '../../src/model/pages.ts';
import type { Provider } from '../../src/model/provider.ts';
import { wholeFleet } from '../../src/model/shard.ts';
import { createFakeTime, type FakeTime } from '../support/fake-time.ts';
import { madeUpCheck, madeUpProvider } from '../support/made-up-provider.ts';
import { createFakeCollector } from './fake-collector.ts';

/** What the API does with the next pages of a region: the page itself, or a fault. */
type Fault = 'fails' | 'hangs' | 'cut' | 'repeats' | 'shrinks' | Reason;

let time: FakeTime;
let fleets: FleetSource;
let collector: Collector;
let config: { instances: Instance[]; accounts: Map<string, WatchedAccount> };
let scrape: Watch['scrape'];
/** The instances that exist, by region. */
let cloud: Map<string, ListedInstance[]>;
let faults: Map<string, Fault>;
/** Each call: an action and what it is about, with the moment. */
let calls: { action: string; about: string; at: number }[];
let pageSize: number;
let latencyMs: (about: string) => number;
/** Called before each page is read. */
let beforePage: (region: string, offset: number) => void;

const listed = (id: string, more: Partial<ListedInstance> = {}): ListedInstance => ({
  id,
  name: '',
  version: '',
  tags: {},
  ...more,
});

function readPage(region: string, offset: number): { items: ListedInstance[]; total: number } {
  const all = cloud.get(region) ?? [];
  const fault = faults.get(region);
  if (fault === 'repeats' && offset > 0) return { items: all.slice(0, pageSize), total: all.length };
  if (fault === 'cut' && offset + pageSize >= all.length) return { items: [], total: all.length };
  if (fault === 'shrinks' && offset > 0) return { items: all.slice(offset, offset + pageSize), total: all.length - 1 };
  return { items: all.slice(offset, offset + pageSize), total: all.length };
}

const provider: Provider = madeUpProvider('cloud', {
  regions: 'any',
  checks: [
    madeUpCheck('ssl', {
      action: 'GetSsl',
      run: async ({ instance, send }) => {
        await send(() => ({ method: 'GET', url: `https://x/?action=GetSsl&about=${instance.id}`, headers: {} }));
        return { facts: { sslEnabled: true } };
      },
    }),
  ],
  list: {
    action: 'List',
    perSecond: 1000,
    read: async ({ instance: { region }, send }) =>
      await readAllPages({
        idOf: ({ id }) => id,
        maxPages: 50,
        async read(_page, offset) {
          beforePage(region, offset);
          await send(() => ({ method: 'GET', url: `https://x/?action=List&about=${region}`, headers: {} }));
          const fault = faults.get(region);
          if (fault === 'permission' || fault === 'unavailable') throw new Failure(fault, 'refused');
          return readPage(region, offset);
        },
      }),
  },
  perSecond: 1000,
  // Each region has an endpoint, and so limits, of its own.
  connect: () => ({ host: ({ region }) => region }),
});

function discovery(given: Partial<Discovery> = {}, account = 'a'): Discovery {
  return {
    regions: ['r1'],
    tags: {},
    exclude: new Set(),
    refreshInterval: 300_000,
    tagLabels: [],
    template: { account, provider: provider.id, checks: ['ssl'] },
    ...given,
  };
}

function configure(
  given: Partial<Discovery> | undefined,
  instances: Instance[] = [],
  endpoint = 'https://x',
  rateLimits: Record<string, number> = {},
): void {
  const account = { name: 'a', provider, settings: { endpoint }, rateLimits };
  config = {
    instances,
    accounts: new Map([['a', { ...account, ...(given && { discovery: discovery(given) }) }]]),
  };
}

function configured(id: string, given: Partial<Instance> = {}): Instance {
  return { account: 'a', provider: provider.id, id, region: 'r1', name: id, labels: {}, checks: ['ssl'], ...given };
}

beforeEach(start);

function start(): void {
  time = createFakeTime();
  fleets = createFleetSource(wholeFleet);
  scrape = { refresh_interval: 0, max_stale: 3_600_000, concurrency: 64, request_timeout: 5000, retries: 0 };
  cloud = new Map();
  faults = new Map();
  calls = [];
  pageSize = 100;
  latencyMs = () => 10;
  beforePage = () => undefined;
  configure({});
  let last: Watch | undefined;
  const watch = (): Watch => {
    const fleet = fleets.of(config);
    if (last?.accounts !== config.accounts || last.fleet !== fleet || last.scrape !== scrape) {
      last = { scrape, accounts: config.accounts, fleet };
    }
    return last;
  };
  collector = createFakeCollector(time, watch, {
    listed: (...given) => fleets.listed(...given),
    http: ({ url }, { timeoutMs, signal }) =>
      new Promise((resolve, reject) => {
        const { action = '', about = '' } = Object.fromEntries(new URL(url).searchParams);
        calls.push({ action, about, at: time.monotonic() });
        const hangs = faults.get(about) === 'hangs';
        if (hangs) time.later(timeoutMs, () => reject(new Failure('timeout', 'no answer')));
        else time.later(latencyMs(about), () => resolve({ status: 200, headers: {}, body: new Uint8Array() }));
        signal.addEventListener('abort', () => reject(signal.reason as Error));
      }),
  });
}

/** A scrape with this deadline. @returns how long it took */
async function scrapeFor(deadlineMs: number): Promise<number> {
  const startedAt = time.monotonic();
  const deadline = new AbortController();
  let endedAt: number | undefined;
  time.later(deadlineMs, () => deadline.abort());
  void collector.sweep(deadline.signal).then(() => {
    endedAt = time.monotonic();
  });
  for (let waited = 0; endedAt === undefined && waited <= deadlineMs + 100; waited += 10) await time.advance(10);
  return (endedAt ?? Number.POSITIVE_INFINITY) - startedAt;
}

const watched = () =>
  collector
    .knowledge()
    .map(({ instance }) => instance.id)
    .toSorted();
const known = () =>
  collector
    .knowledge()
    .filter(({ facts }) => facts.sslEnabled !== undefined)
    .map(({ instance }) => instance.id)
    .toSorted();
const callsOf = (action: string) => calls.filter((call) => call.action === action).map(({ about }) => about);

describe('the first scrape', () => {
  it('has the facts of the instances that are found', async () => {
    cloud.set('r1', [listed('db-1'), listed('db-2')]);
    expect(await scrapeFor(9500)).toBeLessThan(200);
    expect(known()).toEqual(['db-1', 'db-2']);
    expect(collector.progress()).toMatchObject({ pending: 0, ready: true, finished: 3, configured: 3 });
  });

  it('does not wait for a list that hangs beyond its deadline, and has what others found', async () => {
    configure({ regions: ['r1', 'r2'] }, [configured('own')]);
    cloud.set('r1', [listed('db-1')]);
    faults.set('r2', 'hangs');
    expect(await scrapeFor(3000)).toBe(3000);
    expect(known()).toEqual(['db-1', 'own']);
    expect(collector.progress().ready).toBe(false);
  });

  it('is not ready before what was found is checked', async () => {
    cloud.set('r1', [listed('db-1')]);
    latencyMs = (about) => (about === 'db-1' ? 5000 : 10);
    await scrapeFor(1000);
    expect(watched()).toEqual(['db-1']);
    expect(collector.progress()).toMatchObject({ ready: false, pending: 1 });
  });
});

describe('a list', () => {
  it('is read again after its refresh_interval only', async () => {
    cloud.set('r1', [listed('db-1')]);
    for (let i = 0; i < 22; i++) {
      await scrapeFor(9500);
      await time.advance(15_000);
    }
    expect(callsOf('List')).toHaveLength(2);
    expect(callsOf('GetSsl').length).toBeGreaterThan(15);
  });

  it('is read by one set of calls for simultaneous scrapes', async () => {
    cloud.set('r1', [listed('db-1')]);
    await Promise.all([scrapeFor(1000), scrapeFor(1000)]);
    expect(callsOf('List')).toEqual(['r1']);
    expect(callsOf('GetSsl')).toEqual(['db-1']);
  });

  it('that takes long delays neither the checks nor the lists of other regions', async () => {
    configure({ regions: ['slow', 'r1'], refreshInterval: 20_000 }, [configured('own')]);
    pageSize = 1;
    cloud.set(
      'slow',
      Array.from({ length: 30 }, (_, i) => listed(`s-${i}`)),
    );
    cloud.set('r1', [listed('db-1')]);
    latencyMs = (about) => (about === 'slow' ? 4000 : 10);
    for (let i = 0; i < 8; i++) {
      await scrapeFor(1000);
      await time.advance(14_000);
    }
    expect(callsOf('GetSsl').filter((id) => id === 'own')).toHaveLength(8);
    expect(callsOf('List').filter((region) => region === 'r1').length).toBeGreaterThanOrEqual(4);
    expect(callsOf('List').filter((region) => region === 'slow').length).toBeGreaterThan(25);
    await time.advance(20_000);
    expect(watched()).toHaveLength(32);
  });

  it('is read again at once when the endpoint has changed', async () => {
    cloud.set('r1', [listed('db-1')]);
    await scrapeFor(1000);
    configure({}, [], 'https://other');
    await scrapeFor(1000);
    expect(callsOf('List')).toHaveLength(2);
  });

  it('of a removed region is stopped, and its instances are removed at once', async () => {
    configure({ regions: ['r1', 'r2'] });
    cloud.set('r1', [listed('db-1')]);
    cloud.set('r2', [listed('db-2')]);
    await scrapeFor(1000);
    configure({ regions: ['r2'] });
    expect(watched()).toEqual(['db-2']);
    configure(undefined);
    expect(watched()).toEqual([]);
    expect(collector.lists()).toEqual([]);
    expect(collector.progress()).toMatchObject({ pending: 0, finished: 0, configured: 0 });
  });

  it('keeps the rate limit of its action', async () => {
    pageSize = 1;
    cloud.set(
      'r1',
      Array.from({ length: 9 }, (_, i) => listed(`db-${i}`)),
    );
    configure({}, [], undefined, { List: 3 });
    await scrapeFor(9500);
    const times = calls.filter(({ action }) => action === 'List').map(({ at }) => at);
    for (const from of times)
      expect(times.filter((at) => at >= from && at < from + 1000).length).toBeLessThanOrEqual(3);
    expect(times).toHaveLength(9);
  });
});

it('a region is not kept old by a larger one, whose checks take longer than many scrapes', async () => {
  configure({ regions: ['large', 'small'] }, [], undefined, { GetSsl: 2 });
  cloud.set(
    'large',
    Array.from({ length: 100 }, (_, i) => listed(`large-${i}`)),
  );
  cloud.set('small', [listed('small-1')]);
  for (let i = 0; i < 6; i++) {
    await scrapeFor(1000);
    await time.advance(4000);
  }
  expect(callsOf('GetSsl').filter((id) => id === 'small-1')).toHaveLength(6);
  const large = callsOf('GetSsl').filter((id) => id !== 'small-1');
  expect(new Set(large).size).toBe(large.length);
});

describe.each<Fault>(['permission', 'unavailable', 'hangs', 'cut', 'repeats', 'shrinks'])('a list that %s', (fault) => {
  beforeEach(async () => {
    pageSize = 2;
    cloud.set(
      'r1',
      ['a', 'b', 'c', 'd', 'e'].map((id) => listed(id)),
    );
    configure({ refreshInterval: 1000 });
    await scrapeFor(1000);
    cloud.set(
      'r1',
      ['b', 'c', 'd', 'x', 'y'].map((id) => listed(id)),
    );
    faults.set('r1', fault);
    await time.advance(5000);
    await scrapeFor(9500);
  });

  it('keeps what the last complete list has, and says that it fails', async () => {
    expect(watched()).toEqual(['a', 'b', 'c', 'd', 'e']);
    const [state] = collector.lists();
    expect(state?.last?.failure).toBeInstanceOf(Failure);
    expect(state?.found).toBe(5);
    expect(state?.lastSuccessMs).toBeLessThan(time.now() - 4000);
  });

  it('is adopted when it is complete again', async () => {
    faults.clear();
    await time.advance(5000);
    await scrapeFor(9500);
    expect(watched()).toEqual(['b', 'c', 'd', 'x', 'y']);
  });

  it('changes nothing of another region', async () => {
    configure({ regions: ['r1', 'r2'], refreshInterval: 1000 });
    cloud.set('r2', [listed('z')]);
    await scrapeFor(9500);
    expect(watched()).toEqual(['a', 'b', 'c', 'd', 'e', 'z']);
    cloud.set('r2', []);
    await time.advance(5000);
    await scrapeFor(9500);
    expect(watched()).toEqual(['a', 'b', 'c', 'd', 'e']);
  });
});

it('an instance that is created while another is deleted is on no page, and is not lost', async () => {
  pageSize = 2;
  cloud.set(
    'r1',
    ['a', 'b', 'c', 'd'].map((id) => listed(id)),
  );
  configure({ refreshInterval: 1000 });
  await scrapeFor(1000);
  let isFirst = true;
  beforePage = (region, offset) => {
    if (offset < 2 || !isFirst) return;
    isFirst = false;
    // `c` moves to the first page, which has been read.
    cloud.set(
      region,
      ['b', 'c', 'd', 'new'].map((id) => listed(id)),
    );
  };
  await time.advance(5000);
  await scrapeFor(9500);
  expect(watched()).toEqual(expect.arrayContaining(['b', 'c', 'd', 'new']));
});

it('whatever the API does, an instance that exists is not lost, and one that a complete list has dropped is not kept', async () => {
  const step = fc.record({
    ids: fc.uniqueArray(fc.integer({ min: 0, max: 8 }), { maxLength: 9 }),
    fault: fc.option(fc.constantFrom<Fault>('permission', 'hangs', 'cut', 'repeats', 'shrinks', 'unavailable'), {
      nil: undefined,
    }),
    /** The change happens when a page after the first is read. */
    between: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 1, maxLength: 8 }),
      fc.integer({ min: 1, max: 4 }),
      async (steps, size) => {
        start();
        pageSize = size;
        configure({ refreshInterval: 1000 });
        let before: string[] = [];
        for (const { ids, fault, between } of steps) {
          const names = ids.map((id) => `db-${id}`);
          const instances = names.map((id) => listed(id));
          let isPending = between;
          const change = () => void cloud.set('r1', instances);
          if (!between) change();
          beforePage = (_region, offset) => {
            if (isPending && offset > 0) {
              isPending = false;
              change();
            }
          };
          faults = new Map(fault === undefined ? [] : [['r1', fault]]);
          const watchedBefore = watched();
          await time.advance(6000);
          await scrapeFor(9500);
          change();
          const [state] = collector.lists();
          const stayed = before.filter((id) => names.includes(id) && watchedBefore.includes(id));
          expect(watched()).toEqual(expect.arrayContaining(stayed));
          const failed = state?.last?.failure !== undefined;
          if (failed) expect(watched()).toEqual(watchedBefore);
          else if (!between) expect(watched()).toEqual(names.toSorted());
          before = names;
        }
        // Without a fault, one more list shows exactly what exists.
        faults.clear();
        beforePage = () => undefined;
        await time.advance(6000);
        await scrapeFor(9500);
        expect(watched()).toEqual(before.toSorted());
      },
    ),
    { numRuns: 60 },
  );
});

describe('a found instance', () => {
  it('has the name, the version and the chosen tags of the list', async () => {
    cloud.set('r1', [
      listed('db-1', { name: 'orders', version: '15.7', tags: { team: 'pay', 'cost-center': '7' } }),
      listed('db-2'),
    ]);
    configure({
      tagLabels: [
        { tag: 'team', label: 'team' },
        { tag: 'cost-center', label: 'cost_center' },
      ],
    });
    await scrapeFor(1000);
    expect(collector.knowledge().map(({ instance }) => instance)).toMatchObject([
      { id: 'db-1', region: 'r1', name: 'orders', version: '15.7', labels: { team: 'pay', cost_center: '7' } },
      { id: 'db-2', name: 'db-2', labels: {} },
    ]);
  });

  it('is left out by its id, or without all of the tags', async () => {
    cloud.set('r1', [
      listed('db-1', { tags: { env: 'prod', team: 'a' } }),
      listed('db-2', { tags: { env: 'prod', team: 'a' } }),
      listed('db-3', { tags: { env: 'prod' } }),
      listed('db-4', { tags: { env: 'dev', team: 'a' } }),
    ]);
    configure({ tags: { env: 'prod', team: 'a' }, exclude: new Set(['db-2']) });
    await scrapeFor(1000);
    expect(watched()).toEqual(['db-1']);
    configure({ tags: { env: 'prod' } });
    expect(watched()).toEqual(['db-1', 'db-2', 'db-3']);
    expect(callsOf('List')).toHaveLength(1);
  });

  it('that is configured too keeps what is written there', async () => {
    cloud.set('r1', [listed('db-1', { name: 'cloud', version: '15.7', tags: { team: 'cloud' } })]);
    configure({ tagLabels: [{ tag: 'team', label: 'team' }] }, [
      configured('db-1', { name: 'mine', labels: { team: 'me' } }),
    ]);
    await scrapeFor(1000);
    expect(collector.knowledge().map(({ instance }) => instance)).toEqual([
      configured('db-1', { name: 'mine', labels: { team: 'me' }, version: '15.7' }),
    ]);
    expect(collector.lists()).toMatchObject([{ found: 1 }]);
    cloud.set('r1', []);
    await time.advance(300_000);
    await scrapeFor(1000);
    expect(watched()).toEqual(['db-1']);
  });

  it('keeps its facts when the list changes around it', async () => {
    cloud.set('r1', [listed('db-1')]);
    configure({ refreshInterval: 1000 });
    await scrapeFor(1000);
    faults.set('db-1', 'hangs');
    cloud.set('r1', [listed('db-0'), listed('db-1', { version: '16' })]);
    await time.advance(5000);
    await scrapeFor(1000);
    expect(known()).toEqual(['db-0', 'db-1']);
  });
});

it('a list without any tags fails where only instances with certain tags are watched', async () => {
  cloud.set('r1', [listed('db-1', { tags: undefined })]);
  configure({ tags: { env: 'prod' } });
  await scrapeFor(1000);
  expect(watched()).toEqual([]);
  expect(collector.lists()[0]?.last?.failure?.message).toMatch(/remove tags from discovery/);
});

it('three shards have each instance of a discovered fleet exactly once', () => {
  const list = Array.from({ length: 300 }, (_, i) => listed(`db-${i}`));
  configure({});
  const parts = [0, 1, 2].map((shard) => {
    const source = createFleetSource({ shard, totalShards: 3 });
    source.of(config);
    source.listed('a', 'r1', list);
    return source.of(config);
  });
  const ids = parts.flatMap(({ byAccount }) => [...byAccount.values()].flat().map(instanceKey));
  expect(new Set(ids).size).toBe(300);
  expect(ids).toHaveLength(300);
  expect(parts.map((part) => part.found('a', 'r1')).reduce((sum = 0, one = 0) => sum + one)).toBe(300);
});
