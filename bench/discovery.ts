// Promises about a fleet that is only discovered: 10,000 instances of 20 accounts in 6 regions, over HTTP.
import { writeFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { stringify } from 'yaml';
import { type ParsedSample, parseExposition, valuesOf } from '../test/support/exposition.ts';
import { startScript } from './support/child.ts';
import { startMeasured } from './support/exporter.ts';
import { atMost, blockedAtMost, type Finding } from './support/finding.ts';
import { newPath } from './support/folder.ts';
import { accounts, instancesOfAccount, regions } from './support/listed-fleet.ts';
import { requestText } from './support/requests.ts';

/** Half of the default: the simulated clouds share the processors with the exporter. */
const perSecond = 10;
const intervalMs = 15_000;
const scrapes = 10;

export async function benchDiscovery(): Promise<Finding[]> {
  const clouds = startScript('support/listed-clouds.ts');
  const [, urls = ''] = await clouds.printed(/listening (.*)/);
  const exporter = await startMeasured(writeConfig(urls.split(' ')));
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
  clouds.process.kill('SIGTERM');
  const [, most, lists] = await clouds.printed(/most (\d+) lists (\d+)/);
  await clouds.closed;
  return [
    atMost(
      'instances that the first scrape does not have, none',
      0,
      accounts * instancesOfAccount - (first ?? 0),
      `${first} are there`,
    ),
    ageFinding(ages),
    atMost(
      `calls of an account in any second, at most ${perSecond}`,
      perSecond,
      Number(most),
      `${most} (and ${lists} pages of lists)`,
    ),
    blockedAtMost('event loop all the time, never blocked over 200 ms', 200, [block], '10 scrapes, 5 rounds of lists'),
  ];
}

function writeConfig(urls: readonly string[]): string {
  const file = newPath('.yaml');
  const settings = urls.map((url, account) => [
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
