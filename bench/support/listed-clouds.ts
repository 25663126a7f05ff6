// Simulated clouds that list a large fleet, one for each account; run as their own process. At the end it prints the most calls of
// one action that an account has had in a second, and the number of pages of lists.
import { startPostgresApi } from '../../src/demo/tencent/postgres-api.ts';
import { accounts, instancesOfAccount, regions } from './listed-fleet.ts';
import { mostInOneSecond } from './numbers.ts';

const key = { id: 'k', alias: 'k', region: 'ap-tokyo', enabled: true, createTime: '2026-01-01 00:00:00' };
const instancesOf = (account: number) =>
  Array.from({ length: instancesOfAccount }, (_, i) => ({
    id: `postgres-${account}-${i}`,
    region: regions[i % regions.length] ?? '',
    sslEnabled: true,
    keys: [key],
    tags: { team: `team-${i % 50}` },
  }));

const apis = await Promise.all(
  Array.from({ length: accounts }, (_, account) =>
    startPostgresApi({ secretId: `id-${account}`, secretKey: 'key', latencyMs: 20, instances: instancesOf(account) }),
  ),
);
console.log(`listening ${apis.map(({ url }) => url).join(' ')}`);

process.once('SIGTERM', () => {
  const timesOf = ({ arrivals }: (typeof apis)[number], name: string) =>
    arrivals.filter(({ action }) => action === name).map(({ atMs }) => atMs);
  const most = Math.max(...apis.map((api) => mostInOneSecond(timesOf(api, 'DescribeDBInstanceSSLConfig'))));
  const lists = apis.reduce((sum, api) => sum + timesOf(api, 'DescribeDBInstances').length, 0);
  console.log(`most ${most} lists ${lists}`);
  for (const api of apis) void api.close();
});
