// Promises about the calls of sweeps: how many, how many at a time, and within the deadline of a scrape.
import { valuesOf } from '../test/support/exposition.ts';
import type { Finding } from './support/finding.ts';
import { oceanbaseIds, scrapeSamples, startOceanBase, startOn, startTencent, tencentIds } from './support/simulated.ts';

export async function benchCalls(): Promise<Finding[]> {
  const ids = oceanbaseIds(40);
  const api = await startOceanBase(ids, { latencyMs: 30 });
  const exporter = await startOn({ oceanbase: { api, ids }, scrape: { concurrency: 8 } });
  const perSweep: number[] = [];
  for (let sweep = 0; sweep < 4; sweep++) {
    const before = sweep === 0 ? 0 : api.arrivals.length;
    await scrapeSamples(exporter.url, 30);
    perSweep.push(api.arrivals.length - before);
  }
  await exporter.stop();
  await api.close();
  const [first = 0, ...later] = perSweep;
  return [
    {
      promise: 'first sweep of 40 checks, 8 at a time: one extra 401 per lease',
      measured: `${first - 40} of 8`,
      kept: first - 40 <= 8,
    },
    {
      promise: 'later sweeps: one request per check',
      measured: later.map((count) => (count / 40).toFixed(2)).join(', '),
      kept: later.every((count) => count === 40),
    },
    {
      promise: 'connections open at a time, at most the concurrency of 8',
      measured: String(api.connections.peak),
      kept: api.connections.peak <= 8,
    },
  ];
}

export async function benchConcurrency(): Promise<Finding[]> {
  const ids = oceanbaseIds(60);
  const api = await startOceanBase(ids, { latencyMs: 500 });
  const exporter = await startOn({ oceanbase: { api, ids } });
  const durations: number[] = [];
  for (let sweep = 0; sweep < 3; sweep++) {
    const { samples } = await scrapeSamples(exporter.url, 30);
    durations.push(...valuesOf(samples, 'clouddb_exporter_sweep_duration_seconds'));
  }
  await exporter.stop();
  await api.close();
  const ratios = durations.map((seconds) => seconds / 0.5);
  return [
    {
      promise: '60 instances behind an API that takes 500 ms, at most 3 x 500 ms (first sweep with 401s, then without)',
      measured: ratios.map((ratio) => `${ratio.toFixed(2)} x`).join(', '),
      kept: ratios.length === 3 && ratios.every((ratio) => ratio <= 3),
    },
  ];
}

export async function benchDeadline(): Promise<Finding[]> {
  const tencent = tencentIds(100);
  const oceanbase = oceanbaseIds(40);
  const hanging = await startTencent(tencent, { intercept: () => true });
  const working = await startOceanBase(oceanbase, { latencyMs: 30 });
  const exporter = await startOn({
    tencent: { api: hanging, ids: tencent },
    oceanbase: { api: working, ids: oceanbase },
  });
  const { samples, seconds } = await scrapeSamples(exporter.url, 2);
  await exporter.stop();
  await Promise.all([hanging.close(), working.close()]);
  const known = valuesOf(samples, 'clouddb_ssl_enabled', { provider: 'oceanbase' }).length;
  return [
    {
      promise: 'scrape with a timeout of 2 s while 100 instances hang, finished within 2 s',
      measured: `${(seconds / 2).toFixed(3)} x 2 s, ${known} of 40 other instances in it`,
      kept: seconds <= 2 && known === 40,
    },
  ];
}

export async function benchSingleFlight(): Promise<Finding[]> {
  const ids = tencentIds(10);
  const api = await startTencent(ids, { latencyMs: 50, limits: { DescribeDBInstanceSSLConfig: 1000 } });
  const exporter = await startOn({ tencent: { api, ids } });
  await scrapeSamples(exporter.url, 30);
  const before = api.arrivals.length;
  await Promise.all(Array.from({ length: 20 }, () => scrapeSamples(exporter.url, 30)));
  const calls = api.arrivals.length - before;
  await exporter.stop();
  await api.close();
  return [
    {
      promise: '20 scrapes at once cost the calls of one (20)',
      measured: `${calls} calls, ${(calls / 20).toFixed(2)} x`,
      kept: calls === 20,
    },
  ];
}
