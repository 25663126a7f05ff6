// Checks whose work is shared by instances: they hold no place while they wait, and no limit of connections applies.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Collector, createCollector } from '../../src/collector/collector.ts';
import { createFleetSource } from '../../src/fleet/fleet.ts';
import type { CaBundle } from '../../src/model/ca-bundle.ts';
import type { Check } from '../../src/model/check.ts';
import { Failure } from '../../src/model/failure.ts';
import { wholeFleet } from '../../src/model/shard.ts';
import { createFakeTime, type FakeTime } from '../support/fake-time.ts';
import { madeUpCheck, madeUpProvider } from '../support/made-up-provider.ts';
import { silentObserver } from './silent-observer.ts';

const bundle: CaBundle = { certificates: [], pem: 'PEM', unreadable: false };

let time: FakeTime;
let collector: Collector;
let finishDownload: (result: CaBundle | Promise<CaBundle>) => void;
let downloads = 0;
let calls: number;
let seen: unknown[];

const download: Check = madeUpCheck('download', {
  shared: true,
  async run({ database }) {
    const { pem } = await database.downloadCa('https://ca.example.com/');
    return { facts: {}, hints: { caCertificates: pem } };
  },
});
const reader: Check = madeUpCheck('reader', {
  action: 'Read',
  after: ['first', 'download'],
  run({ hints, send }) {
    seen.push(hints.caCertificates);
    calls++;
    return send(() => ({ method: 'GET', url: 'http://api/', headers: {} })).then(() => ({ facts: {} }));
  },
});
const first: Check = madeUpCheck('first', {
  run: () => Promise.resolve({ facts: {}, hints: { caCertificates: undefined, caUrl: 'https://ca.example.com/' } }),
  shared: true,
});

function watchFleet(count: number, checks: (index: number) => readonly string[]): void {
  const provider = madeUpProvider('test_cloud', { perSecond: 10_000, checks: [first, download, reader] });
  const scrape = { refresh_interval: 0, max_stale: 60_000, concurrency: 4, request_timeout: 5000, retries: 0 };
  const account = { name: 'a', provider, settings: { endpoint: 'https://test.example' }, rateLimits: {} };
  const instances = Array.from({ length: count }, (_, index) => {
    const id = `db${index}`;
    return { account: 'a', provider: provider.id, id, region: '', name: id, labels: {}, checks: checks(index) };
  });
  const watch = {
    scrape,
    accounts: new Map([['a', account]]),
    fleet: createFleetSource(wholeFleet).of({ instances, accounts: new Map() }),
  };
  const nothing = () => undefined;
  const onItsWay = new Promise<CaBundle>((resolve) => (finishDownload = resolve));
  collector = createCollector({
    watch: () => watch,
    findCredentials: () => Promise.resolve({ values: {} }),
    http: () => Promise.resolve({ status: 200, headers: {}, body: new Uint8Array() }),
    connect: () => Promise.reject(new Failure('network', 'no database in this test')),
    readCa: () => Promise.reject(new Failure('network', 'no CA file in this test')),
    caBundle: () => ({ bundle: onItsWay, started: downloads++ === 0 }),
    listed: () => undefined,
    observer: silentObserver,
    log: { debug: nothing, info: nothing, warn: nothing, error: nothing },
    now: time.now,
    monotonic: time.monotonic,
    random: () => 0.5,
    later: time.later,
  });
}

beforeEach(() => {
  time = createFakeTime();
  downloads = 0;
  calls = 0;
  seen = [];
});

afterEach(() => collector.stop());

/** A few checks start in each turn of the event loop. */
async function advance(): Promise<void> {
  for (let turn = 0; turn < 200; turn++) await time.advance(1);
}

it('1,000 checks that wait for one download finish with it, and others have the places meanwhile', async () => {
  watchFleet(1000, (index) => (index < 900 ? ['download'] : ['reader']));
  void collector.sweep();
  await advance();
  expect(downloads).toBe(900);
  expect(calls).toBe(100);
  expect(collector.progress().pending).toBe(900);
  finishDownload(bundle);
  await advance();
  expect(collector.progress().pending).toBe(0);
});

it('a failed download is that of all checks that waited', async () => {
  watchFleet(10, () => ['download']);
  void collector.sweep();
  await advance();
  finishDownload(Promise.reject(new Failure('network', 'down')));
  await time.advance(1);
  expect(collector.knowledge().map(({ checks: [check] }) => check?.last?.failure?.message)).toEqual(
    Array(10).fill('down'),
  );
});

it('a collector that stops while checks wait ends at once', async () => {
  watchFleet(2, () => ['download']);
  void collector.sweep();
  await advance();
  collector.stop();
  finishDownload(Promise.reject(new Failure('network', 'down')));
  await time.advance(1);
  expect(collector.progress().pending).toBe(0);
});

it('of a hint, the last check of `after` that has it counts, in whatever order an instance lists its checks', async () => {
  watchFleet(2, (index) => (index === 0 ? ['reader', 'download', 'first'] : ['first', 'reader']));
  void collector.sweep();
  await advance();
  finishDownload(bundle);
  await advance();
  expect(seen).toEqual([undefined, 'PEM']);
});
