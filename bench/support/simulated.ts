// The exporter with the simulated clouds over HTTP, for promises about calls rather than CPU.
import { writeFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { stringify } from 'yaml';
import { startOceanBaseApi } from '../../src/demo/oceanbase/oceanbase-api.ts';
import type { SimulatedApi } from '../../src/demo/simulated-api.ts';
import { startPostgresApi } from '../../src/demo/tencent/postgres-api.ts';
import { type ExporterProcess, startExporter } from '../../test/support/exporter-process.ts';
import { type ParsedSample, parseExposition } from '../../test/support/exposition.ts';
import { newPath } from './folder.ts';

export const tencentIds = (count: number) =>
  Array.from({ length: count }, (_, i) => `postgres-${String(i).padStart(4, '0')}`);

export const oceanbaseIds = (count: number) =>
  Array.from({ length: count }, (_, i) => `ob${String(i).padStart(4, '0')}`);

export function startTencent(ids: readonly string[], options: Partial<Parameters<typeof startPostgresApi>[0]> = {}) {
  const key = { id: 'k', alias: 'k', region: 'ap-tokyo', enabled: true, createTime: '2026-01-01 00:00:00' };
  const instances = ids.map((id) => ({ id, region: 'ap-tokyo', sslEnabled: true, keys: [key] }));
  return startPostgresApi({ secretId: 'id', secretKey: 'key', instances, ...options });
}

export function startOceanBase(ids: readonly string[], options: Partial<Parameters<typeof startOceanBaseApi>[0]> = {}) {
  const ssl = { enableSSL: 'OPEN', certValid: true, validPeriod: '2030-01-01T00:00:00Z' };
  return startOceanBaseApi({
    accessKeyId: 'id',
    accessKeySecret: 'key',
    instances: ids.map((id) => ({ id, ssl })),
    ...options,
  });
}

interface Fleet {
  tencent?: { api: SimulatedApi; ids: readonly string[]; checks?: readonly string[] };
  oceanbase?: { api: SimulatedApi; ids: readonly string[] };
  scrape?: Record<string, unknown>;
}

/** Starts the exporter with a fleet; it starts the first sweep automatically. */
export function startOn({ tencent, oceanbase, scrape = {} }: Fleet): Promise<ExporterProcess> {
  const config = newPath('.yaml');
  const accounts = {
    ...(tencent && {
      tencent: { provider: 'tencent_postgres', endpoint: tencent.api.url, secret_id: 'id', secret_key: 'key' },
    }),
    ...(oceanbase && {
      oceanbase: {
        provider: 'oceanbase',
        endpoint: oceanbase.api.url,
        access_key_id: 'id',
        access_key_secret: 'key',
        rate_limits: { '*': 100_000 },
      },
    }),
  };
  const instances = [
    ...(tencent?.ids.map((id) => ({
      account: 'tencent',
      id,
      region: 'ap-tokyo',
      checks: tencent.checks ?? ['ssl', 'kms'],
    })) ?? []),
    ...(oceanbase?.ids.map((id) => ({ account: 'oceanbase', id, checks: ['ssl'] })) ?? []),
  ];
  writeFileSync(config, stringify({ scrape: { max_stale: '1h', ...scrape }, accounts, instances }));
  return startExporter({ config });
}

/** Scrapes and parses. */
export async function scrapeSamples(
  url: string,
  timeoutSeconds: number,
): Promise<{ samples: ParsedSample[]; seconds: number }> {
  const start = performance.now();
  const response = await fetch(`${url}/metrics`, {
    headers: { 'X-Prometheus-Scrape-Timeout-Seconds': String(timeoutSeconds) },
  });
  const samples = parseExposition(await response.text());
  return { samples, seconds: (performance.now() - start) / 1000 };
}
