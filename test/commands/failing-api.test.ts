// An API that fails temporarily: retries, and the facts that are kept.
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { startOceanBaseApi } from '../../src/demo/oceanbase/oceanbase-api.ts';
import type { Intercept, SimulatedApi } from '../../src/demo/simulated-api.ts';
import { startPostgresApi } from '../../src/demo/tencent/postgres-api.ts';
import { createFolder } from '../support/exporter-process.ts';
import { type ParsedSample, scrape, valuesOf } from '../support/exposition.ts';
import { type InProcessExporter, startInProcess } from '../support/in-process.ts';
import { secret } from '../support/secret.ts';

const region = 'ap-guangzhou';
const tencentKeys = { secret_id: secret('id of a failing API'), secret_key: secret('key of a failing API') };
const oceanbaseKeys = {
  access_key_id: secret('id of a failing API'),
  access_key_secret: secret('key of a failing API'),
};

let folder: Awaited<ReturnType<typeof createFolder>>;
let tencent: SimulatedApi;
let oceanbase: SimulatedApi;
let exporter: InProcessExporter | undefined;
/** Answers in place of an API, or returns false. */
let fault: Intercept = () => false;

const ids = { tencent: ['pg-429', 'pg-503'], oceanbase: ['ob-429', 'ob-503'] };

beforeAll(async () => {
  folder = await createFolder();
  tencent = await startPostgresApi({
    secretId: tencentKeys.secret_id,
    secretKey: tencentKeys.secret_key,
    instances: ids.tencent.map((id) => ({ id, region, sslEnabled: true, keys: [] })),
    intercept: (exchange) => fault(exchange),
  });
  oceanbase = await startOceanBaseApi({
    accessKeyId: oceanbaseKeys.access_key_id,
    accessKeySecret: oceanbaseKeys.access_key_secret,
    instances: ids.oceanbase.map((id) => ({ id, ssl: { enableSSL: 'OPEN' } })),
    intercept: (exchange) => fault(exchange),
  });
});
afterEach(async () => {
  await exporter?.stop();
  exporter = undefined;
  fault = () => false;
});
afterAll(async () => {
  await Promise.all([tencent.close(), oceanbase.close()]);
  await folder.remove();
});

/** Each instance has its own account: throttling delays the other calls of an account. */
async function start(settings: object): Promise<string> {
  const rate_limits = { '*': 1000 };
  const accounts = Object.fromEntries([
    ...ids.tencent.map((id) => [id, { provider: 'tencent_postgres', endpoint: tencent.url, ...tencentKeys }]),
    ...ids.oceanbase.map((id) => [
      id,
      { provider: 'oceanbase', endpoint: oceanbase.url, ...oceanbaseKeys, rate_limits },
    ]),
  ]) as Record<string, object>;
  const instances = [
    ...ids.tencent.map((id) => ({ account: id, id, region, checks: ['ssl'] })),
    ...ids.oceanbase.map((id) => ({ account: id, id, checks: ['ssl'] })),
  ];
  const config = await folder.write('config.yaml', stringify({ scrape: settings, accounts, instances }));
  exporter = await startInProcess({ config });
  return exporter.url;
}

const patiently = { 'X-Prometheus-Scrape-Timeout-Seconds': '60' };
const enabled = (samples: readonly ParsedSample[]) => valuesOf(samples, 'clouddb_ssl_enabled');
const succeeded = (samples: readonly ParsedSample[]) => valuesOf(samples, 'clouddb_check_success');

it('Retry-After is waited for before the check is tried again, after 429 and after 503', async () => {
  const throttled = new Set<string>();
  fault = ({ instanceId, response }) => {
    if (throttled.has(instanceId)) return false;
    throttled.add(instanceId);
    response.writeHead(Number(instanceId.split('-')[1]), { 'Retry-After': '1' }).end();
    return true;
  };
  const samples = await scrape(await start({ retries: 1 }), patiently);
  const calls = [...tencent.arrivals, ...oceanbase.arrivals];
  for (const id of [...ids.tencent, ...ids.oceanbase]) {
    const [first, second] = calls.filter(({ instanceId }) => instanceId === id).map(({ atMs }) => atMs);
    // A timer of Node may fire up to a millisecond before its time.
    expect((second ?? 0) - (first ?? 0)).toBeGreaterThanOrEqual(999);
  }
  expect([succeeded(samples), enabled(samples)]).toEqual([
    [1, 1, 1, 1],
    [1, 1, 1, 1],
  ]);
});

it('the last known facts stay while every check fails', async () => {
  const url = await start({ retries: 0 });
  expect(succeeded(await scrape(url, patiently))).toEqual([1, 1, 1, 1]);
  fault = ({ response }) => response.writeHead(500).end() !== undefined;
  const samples = await scrape(url, patiently);
  expect([succeeded(samples), enabled(samples)]).toEqual([
    [0, 0, 0, 0],
    [1, 1, 1, 1],
  ]);
  expect(valuesOf(samples, 'clouddb_check_last_success_timestamp_seconds')).toHaveLength(4);
});

it('facts older than max_stale are removed, and are back when the API recovers', async () => {
  const url = await start({ retries: 0, max_stale: '1s' });
  expect(enabled(await scrape(url, patiently))).toEqual([1, 1, 1, 1]);
  fault = ({ response }) => response.writeHead(500).end() !== undefined;
  await expect.poll(async () => enabled(await scrape(url, patiently))).toEqual([]);
  fault = () => false;
  expect(enabled(await scrape(url, patiently))).toEqual([1, 1, 1, 1]);
});
