// Promises about the rate limit: a sweep takes hardly longer than it allows, and no second has more calls.
import { valuesOf } from '../test/support/exposition.ts';
import type { Finding } from './support/finding.ts';
import { mostInOneSecond } from './support/numbers.ts';
import { scrapeSamples, startOn, startTencent, tencentIds } from './support/simulated.ts';

export async function benchRate(): Promise<Finding[]> {
  const ids = tencentIds(200);
  const api = await startTencent(ids, { latencyMs: 20 });
  const exporter = await startOn({ tencent: { api, ids } });
  const { samples } = await scrapeSamples(exporter.url, 60);
  await exporter.stop();
  await api.close();

  const times = api.arrivals.filter(({ action }) => action === 'DescribeDBInstanceSSLConfig').map(({ atMs }) => atMs);
  const seconds = ((times.at(-1) ?? 0) - (times[0] ?? 0)) / 1000;
  const [sweepSeconds = Number.NaN] = valuesOf(samples, 'clouddb_exporter_sweep_duration_seconds');
  const throttled = valuesOf(samples, 'clouddb_exporter_api_request_failures_total', { reason: 'rate_limited' });
  const total = throttled.reduce((sum, value) => sum + value, 0);
  return [
    {
      promise: 'sweep of 200 instances at 20 calls a second, at most 1.06 x 10 s',
      measured: `${(sweepSeconds / 10).toFixed(3)} x 10 s (arrivals over ${seconds.toFixed(2)} s)`,
      kept: sweepSeconds <= 10.6 && valuesOf(samples, 'clouddb_ssl_enabled').length === 200,
    },
    {
      promise: 'arrivals in any window of one second, at most 20',
      measured: String(mostInOneSecond(times)),
      kept: mostInOneSecond(times) <= 20,
    },
    { promise: 'calls throttled, none', measured: String(total), kept: total === 0 },
  ];
}
