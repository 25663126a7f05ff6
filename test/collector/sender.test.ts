// The requests of one check: each is queued, and leaves nothing behind.
import { getEventListeners } from 'node:events';
import { expect, it } from 'vitest';
import type { WatchedAccount } from '../../src/collector/watch.ts';
import { createFleetSource } from '../../src/fleet/fleet.ts';
import { wholeFleet } from '../../src/model/shard.ts';
import { createFakeTime } from '../support/fake-time.ts';
import { madeUpCheck, madeUpProvider } from '../support/made-up-provider.ts';
import { createFakeCollector } from './fake-collector.ts';

it('leaves no listener for each page of a long list, of which Node would warn', async () => {
  const pages = 20;
  const provider = madeUpProvider('cloud', {
    perSecond: 1000,
    checks: [
      madeUpCheck('ssl', {
        action: 'GetSsl',
        async run({ send }) {
          for (let page = 0; page < pages; page++)
            await send(() => ({ method: 'GET', url: 'https://api.example.com', headers: {} }));
          return { facts: {} };
        },
      }),
    ],
  });
  const account = { name: 'a', provider, settings: { endpoint: 'https://api.example.com' }, rateLimits: {} };
  const instance = { account: 'a', provider: 'cloud', id: 'db', region: '', name: 'db', labels: {}, checks: ['ssl'] };
  const accounts = new Map<string, WatchedAccount>([['a', account]]);
  const fleet = createFleetSource(wholeFleet).of({ instances: [instance], accounts });
  const scrape = { refresh_interval: 0, max_stale: 3_600_000, concurrency: 64, request_timeout: 5000, retries: 0 };
  const time = createFakeTime();
  const listeners: number[] = [];
  const collector = createFakeCollector(time, () => ({ scrape, accounts, fleet }), {
    http(_request, { signal }) {
      listeners.push(getEventListeners(signal, 'abort').length);
      return new Promise((resolve) => {
        time.later(10, () => resolve({ status: 200, headers: {}, body: new Uint8Array() }));
      });
    },
  });
  void collector.sweep();
  await time.advance(1000);
  expect(listeners).toEqual(Array(pages).fill(0));
});
