// Promises about a fleet that is only discovered: 10,000 instances of 20 accounts in 6 regions, over HTTP.
import { writeFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { stringify } from 'yaml';
import type { SimulatedApi } from '../src/demo/simulated-api.ts';
import { startPostgresApi } from '../src/demo/tencent/postgres-api.ts';
import { type ParsedSample, parseExposition, valuesOf } from '../test/support/exposition.ts';
import { startMeasured } from './support/exporter.ts';
import { atMost, blockedAtMost, type Finding } from './support/finding.ts';
import { newPath } from './support/folder.ts';
import { mostInOneSecond } from './support/numbers.ts';
import { requestText } from './support/requests.ts';

const accounts = 20;
const regions = ['ap-guangzhou', 'ap-shanghai', 'ap-singapore', 'ap-tokyo', 'eu-frankfurt', 'na-ashburn'];
const instancesOfAccount = 500;
/** Half of the default: the simulated clouds share the processors with the exporter. */
const perSecond = 10;
const intervalMs = 15_000;
const scrapes = 10;

export async function benchDiscovery(): Promise<Finding[]> {
  const apis = await startClouds();
  const exporter = await startMeasured(writeConfig(apis));
  const ages: number[] = [];
  let first: number | undefined;
  const block = await exporter.longestBlockOf(async () => {
    for (let number = 0; number < scrapes; number++) {
      const startedAt = performance.now();
      const samples = await scrape(exporter.url);
      first ??= valuesOf(samples, 'clouddb_instance_info').length;
      const successes = valuesOf(samples, 'clouddb_check_last_success_timestamp_seconds');
      const isComplete = successes.length === 2 * accounts * instancesOfAccount;
      if (isComplete) ages.push(Date.now() / 1000 - Math.min(...successes));
      await sleep(Math.max(0, intervalMs - (performance.now() - startedAt)));
    }
  });
  await exporter.stop();
  await Promise.all(apis.map((api) => api.close()));
  return [
    atMost(
      'instances that the first scrape does not have, none',
      0,
      accounts * instancesOfAccount - (first ?? 0),
      `${first} are there`,
    ),
    ageFinding(ages),
    callsFinding(apis),
    blockedAtMost('event loop all the time, never blocked over 100 ms', 100, [block], '10 scrapes, 5 rounds of lists'),
  ];
}

function startClouds(): Promise<SimulatedApi[]> {
  const key = { id: 'k', alias: 'k', region: 'ap-tokyo', enabled: true, createTime: '2026-01-01 00:00:00' };
  const instancesOf = (account: number) =>
    Array.from({ length: instancesOfAccount }, (_, i) => ({
      id: `postgres-${account}-${i}`,
      region: regions[i % regions.length] ?? '',
      sslEnabled: true,
      keys: [key],
      tags: { team: `team-${i % 50}` },
    }));
  return Promise.all(
    Array.from({ length: accounts }, (_, account) =>
      startPostgresApi({
        secretId: `id-${account}`,
        secretKey: 'key',
        latencyMs: 20,
        instances: instancesOf(account),
      }),
    ),
  );
}

function writeConfig(apis: readonly SimulatedApi[]): string {
  const file = newPath('.yaml');
  const settings = apis.map(({ url }, account) => [
    `account-${account}`,
    {
      provider: 'tencent_postgres',
      endpoint: url,
      secret_id: `id-${account}`,
      secret_key: 'key',
      rate_limits: { DescribeDBInstanceSSLConfig: perSecond, DescribeEncryptionKeys: perSecond },
      discovery: { regions, refresh_interval: '30s', tag_labels: ['team'] },
    },
  ]);
  writeFileSync(file, stringify({ accounts: Object.fromEntries(settings) as object }));
  return file;
}

async function scrape(url: string): Promise<ParsedSample[]> {
  const headers = { 'x-prometheus-scrape-timeout-seconds': '10' };
  return parseExposition(await requestText(`${url}/metrics`, { headers }));
}

function ageFinding(ages: readonly number[]): Finding {
  const most = (1.1 * instancesOfAccount) / perSecond + intervalMs / 1000;
  const worst = Math.max(...ages);
  return {
    promise: `age of the oldest fact, at most 1.1 x (checks / limit) + one interval: ${most.toFixed(1)} s`,
    measured: `${worst.toFixed(1)} s (${ages.length} complete scrapes)`,
    kept: ages.length >= 3 && worst <= most,
  };
}

function callsFinding(apis: readonly SimulatedApi[]): Finding {
  const timesOf = ({ arrivals }: SimulatedApi, name: string) =>
    arrivals.filter(({ action }) => action === name).map(({ atMs }) => atMs);
  const most = Math.max(...apis.map((api) => mostInOneSecond(timesOf(api, 'DescribeDBInstanceSSLConfig'))));
  const lists = apis.flatMap((api) => timesOf(api, 'DescribeDBInstances')).length;
  const promise = `calls of an account in any second, at most ${perSecond}`;
  return atMost(promise, perSecond, most, `${most} (and ${lists} pages of lists)`);
}
