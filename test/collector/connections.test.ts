// Connections with databases: at most 50 new ones a second in all, and one at a time to each address, first come, first served.
import { beforeEach, describe, expect, it } from 'vitest';
import type { Collector } from '../../src/collector/collector.ts';
import type { Watch } from '../../src/collector/watch.ts';
import { createFleetSource } from '../../src/fleet/fleet.ts';
import { aborted } from '../../src/model/deadline.ts';
import { wholeFleet } from '../../src/model/shard.ts';
import { createFakeTime, type FakeTime } from '../support/fake-time.ts';
import { madeUpCheck, madeUpProvider } from '../support/made-up-provider.ts';
import { createFakeCollector } from './fake-collector.ts';

interface Connection {
  id: string;
  address: string;
  at: number;
}

/** The address of an instance, how long each of its connections takes, and how many there are. */
interface Database {
  address: string;
  ms?: number;
  connections?: number;
}

let time: FakeTime;
let databases: Map<string, Database>;
let opened: Connection[];
/** Addresses with an open connection. */
let open: Set<string>;
/** Addresses to which a second connection was opened beside the first. */
let shared: string[];
let called: string[];
let watch: Watch;
let collector: Collector;
/** Whether the API refuses the first key once. */
let refusesKey: boolean;

const provider = madeUpProvider('cloud', {
  credentials: [{ name: 'id', required: true, secret: false, env: 'ID' }],
  checks: [
    madeUpCheck('api', {
      action: 'Get',
      perSecond: 1000,
      async run({ send, instance, credentials, replaceCredentials }) {
        await send(() => ({ method: 'GET', url: 'http://api/', headers: {} }));
        if (refusesKey && (await replaceCredentials(credentials))) refusesKey = false;
        called.push(instance.id);
        return { facts: {} };
      },
    }),
    madeUpCheck('tls', {
      async run({ instance: { id }, database, signal }) {
        const { address, ms = 10, connections = 1 } = databases.get(id) ?? { address: '' };
        for (let count = 0; count < connections; count++) {
          const closed = await database.turn(address);
          if (open.has(address)) shared.push(address);
          open.add(address);
          opened.push({ id, address, at: time.monotonic() });
          await Promise.race([new Promise<void>((resolve) => void time.later(ms, resolve)), aborted(signal)]);
          open.delete(address);
          closed();
        }
        return { facts: {} };
      },
    }),
  ],
});
const fleets = createFleetSource(wholeFleet);

beforeEach(() => {
  time = createFakeTime();
  databases = new Map();
  opened = [];
  open = new Set();
  shared = [];
  called = [];
  refusesKey = false;
  collector = createFakeCollector(time, () => watch, {
    findCredentials: (_account, refused) =>
      Promise.resolve({ values: { id: refused === undefined ? 'first' : 'second' } }),
  });
});

/** Watches these instances, which are swept in this order. */
function watching(given: Record<string, Database>, checks = ['tls']): void {
  databases = new Map(Object.entries(given));
  const account = { name: 'a', provider, settings: { endpoint: 'https://api.example' }, rateLimits: {} };
  const own = { account: 'a', provider: provider.id, region: '', name: '', labels: {}, checks };
  watch = {
    scrape: { refresh_interval: 0, max_stale: 60_000, concurrency: 64, request_timeout: 5000, retries: 0 },
    accounts: new Map([['a', account]]),
    fleet: fleets.of({ instances: Object.keys(given).map((id) => ({ ...own, id })), accounts: new Map() }),
  };
}

function remove(id: string): void {
  watch = {
    ...watch,
    fleet: fleets.of({
      instances: [...watch.fleet.byAccount.values()].flat().filter((one) => one.id !== id),
      accounts: new Map(),
    }),
  };
  collector.adopt();
}

async function sweepFor(ms: number): Promise<void> {
  void collector.sweep();
  await time.advance(ms);
}

const idsAt = (address: string) => opened.flatMap((one) => (one.address === address ? [one.id] : []));
/** As many instances as connections that are opened in a second, each with its own address. */
const crowd = (count: number, database: Partial<Database> = {}) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`x${index}`, { address: `x${index}`, ...database }]));

describe('new connections with databases', () => {
  it('are made for each instance, also when the API replaces the key while they wait', async () => {
    watching({ ...crowd(200), caller: { address: 'caller' } });
    watch = {
      ...watch,
      fleet: fleets.of({
        instances: [...watch.fleet.byAccount.values()]
          .flat()
          .map((one) => (one.id === 'caller' ? { ...one, checks: ['api'] } : one)),
        accounts: new Map(),
      }),
    };
    refusesKey = true;
    await sweepFor(5000);
    expect(refusesKey).toBe(false);
    expect(opened).toHaveLength(200);
    expect(collector.progress().pending).toBe(0);
  });

  it('are at most 50 in any second, the second ones of a check included, and none is held up longer', async () => {
    watching(crowd(100, { connections: 2 }));
    await sweepFor(4200);
    expect(opened).toHaveLength(200);
    for (const { at } of opened) {
      const inSecond = opened.filter((other) => other.at >= at && other.at < at + 1000);
      expect(inSecond.length).toBeLessThanOrEqual(50);
    }
    expect(collector.progress().pending).toBe(0);
  });

  it('do not delay the API calls of the same account', async () => {
    watching(crowd(500, { ms: 4000 }), ['tls', 'api']);
    await sweepFor(1000);
    expect(opened.length).toBeLessThanOrEqual(50);
    expect(called).toHaveLength(500);
  });
});

describe('connections to one address', () => {
  it('are opened one at a time, first come, first served', async () => {
    const twice = { address: 'shared', connections: 2 };
    watching({ a: { ...twice, ms: 300 }, b: { ...twice, ms: 10 }, c: { ...twice, ms: 100 } });
    await sweepFor(2000);
    expect(idsAt('shared')).toEqual(['a', 'b', 'c', 'a', 'b', 'c']);
    expect(shared).toEqual([]);
    expect(collector.progress().pending).toBe(0);
  });

  it('that wait do not delay those to other addresses', async () => {
    const waiting = Array.from({ length: 200 }, (_, index) => [`w${index}`, { address: 'shared', ms: 1e9 }]);
    watching({ ...Object.fromEntries(waiting), ...crowd(20) });
    await sweepFor(5000);
    expect(idsAt('shared')).toEqual(['w0']);
    expect(opened).toHaveLength(21);
  });

  it('go on when the instance whose connection is open is removed', async () => {
    watching({ a: { address: 'shared', ms: 1e9 }, b: { address: 'shared' } });
    await sweepFor(1000);
    expect(idsAt('shared')).toEqual(['a']);
    remove('a');
    await time.advance(1000);
    expect(idsAt('shared')).toEqual(['a', 'b']);
  });

  it('go on when an instance that waits for the address is removed', async () => {
    watching({ a: { address: 'shared', ms: 500 }, b: { address: 'shared', ms: 1e9 }, c: { address: 'shared' } });
    await sweepFor(100);
    remove('b');
    await time.advance(2000);
    expect(idsAt('shared')).toEqual(['a', 'c']);
    expect(collector.progress().pending).toBe(0);
  });

  it('go on when an instance that waits for the limit of 50 a second is removed', async () => {
    watching({
      a: { address: 'shared', ms: 980 },
      b: { address: 'shared', ms: 1e9 },
      c: { address: 'shared' },
      ...crowd(100),
    });
    // The address is free, and what the limit allows in the next second is in use.
    await sweepFor(995);
    expect(idsAt('shared')).toEqual(['a']);
    remove('b');
    await time.advance(4000);
    expect(idsAt('shared')).toEqual(['a', 'c']);
    expect(collector.progress().pending).toBe(0);
  });
});
