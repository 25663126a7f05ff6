// Promises about a fleet that is only discovered: 10,000 instances of 20 accounts in 6 regions, over HTTP.
import { writeFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { stringify } from 'yaml';
import { startPostgresApi } from '../src/demo/tencent/postgres-api.ts';
import { parseExposition, valuesOf } from '../test/support/exposition.ts';
import { startMeasured } from './support/exporter.ts';
import { atMost, blockedAtMost, type Finding } from './support/finding.ts';
import { newPath } from './support/folder.ts';
import { mostInOneSecond } from './support/numbers.ts';
import { requestText } from './support/requests.ts';

const accounts = 20;
const regions = ['ap-guangzhou', 'ap-shanghai', 'ap-singapore', 'ap-tokyo', 'eu-frankfurt', 'na-ashburn'];
const instancesOfAccount = 500;
const perSecond = 20;
const intervalMs = 15_000;
const scrapes = 6;

export async function benchDiscovery(): Promise<Finding[]> {
  const key = { id: 'k', alias: 'k', region: 'ap-tokyo', enabled: true, createTime: '2026-01-01 00:00:00' };
  const apis = await Promise.all(
    Array.from({ length: accounts }, (_, account) =>
      startPostgresApi({
        secretId: `id-${account}`,
        secretKey: 'key',
        latencyMs: 20,
        instances: Array.from({ length: instancesOfAccount }, (__, i) => ({
          id: `postgres-${account}-${i}`,
          region: regions[i % regions.length] ?? '',
          sslEnabled: true,
          keys: [key],
          tags: { team: `team-${i % 50}` },
        })),
      }),
    ),
  );
  const config = newPath('.yaml');
  const settings = apis.map(({ url }, account) => [
    `account-${account}`,
    {
      provider: 'tencent_postgres',
      endpoint: url,
      secret_id: `id-${account}`,
      secret_key: 'key',
      discovery: { regions, refresh_interval: '30s', tag_labels: ['team'] },
    },
  ]);
  writeFileSync(config, stringify({ accounts: Object.fromEntries(settings) as object }));
  const exporter = await startMeasured(config);
  const ages: number[] = [];
  let first: number | undefined;
  const block = await exporter.longestBlockOf(async () => {
    for (let number = 0; number < scrapes; number++) {
      const startedAt = performance.now();
      const samples = parseExposition(
        await requestText(`${exporter.url}/metrics`, { headers: { 'x-prometheus-scrape-timeout-seconds': '10' } }),
      );
      first ??= valuesOf(samples, 'clouddb_instance_info').length;
      const successes = valuesOf(samples, 'clouddb_check_last_success_timestamp_seconds');
      const isComplete = successes.length === 2 * accounts * instancesOfAccount;
      if (isComplete) ages.push(Date.now() / 1000 - Math.min(...successes));
      await sleep(Math.max(0, intervalMs - (performance.now() - startedAt)));
    }
  });
  await exporter.stop();
  await Promise.all(apis.map((api) => api.close()));

  const arrivals = (name: string) =>
    apis.map((api) => mostInOneSecond(api.arrivals.filter(({ action }) => action === name).map(({ atMs }) => atMs)));
  const sweepSeconds = instancesOfAccount / perSecond;
  const worst = Math.max(...ages);
  const busiest = Math.max(...arrivals('DescribeDBInstanceSSLConfig'));
  const lists = apis.flatMap((api) => api.arrivals.filter(({ action }) => action === 'DescribeDBInstances')).length;
  return [
    atMost(
      'instances that the first scrape does not have, none',
      0,
      accounts * instancesOfAccount - (first ?? 0),
      `${first} are there`,
    ),
    atMost(
      `age of the oldest fact in ${ages.length} complete scrapes, at most 1.1 x (checks / limit) + one interval = ${(1.1 * sweepSeconds + intervalMs / 1000).toFixed(1)} s`,
      ages.length < 3 ? -1 : 1.1 * sweepSeconds + intervalMs / 1000,
      worst,
      `${worst.toFixed(1)} s`,
    ),
    atMost(
      `calls of an account in any second, at most ${perSecond}`,
      perSecond,
      busiest,
      `${busiest} (${lists} pages of lists beside them)`,
    ),
    blockedAtMost(
      'event loop while lists are adopted, checks run and scrapes are written, never blocked over 100 ms',
      100,
      [block],
      'all scrapes',
    ),
  ];
}
