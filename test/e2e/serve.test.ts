import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { simulatedClouds } from '../../src/demo/index.ts';
import { oceanBaseFleet } from '../../src/demo/oceanbase/demo-cloud.ts';
import { startOceanBaseApi } from '../../src/demo/oceanbase/oceanbase-api.ts';
import type { SimulatedApi } from '../../src/demo/simulated-api.ts';
import { tencentFleet } from '../../src/demo/tencent/demo-cloud.ts';
import { startTencentApi } from '../../src/demo/tencent/tencent-api.ts';
import { createFolder, type ExporterProcess, runProgram, startExporter } from '../support/exporter-process.ts';
import { scrape, valuesOf } from '../support/exposition.ts';
import { secret } from '../support/secret.ts';

const keyId = secret('key id of the server tests');
const key = secret('key of the server tests');

let folder: Awaited<ReturnType<typeof createFolder>>;
const closing: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  folder = await createFolder();
});
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});
afterAll(() => folder.remove());

function closeLater<T extends SimulatedApi | ExporterProcess>(resource: T): T {
  closing.push(() => ('close' in resource ? resource.close() : resource.stop()));
  return resource;
}

/** An API whose instances answer at once, but for those that the test makes hang. */
async function startCloud(ids: readonly string[], hangs: (id: string) => boolean = () => false): Promise<SimulatedApi> {
  const ssl = { enableSSL: 'OPEN', validPeriod: '2040-01-01T00:00:00Z' };
  return closeLater(
    await startOceanBaseApi({
      accessKeyId: keyId,
      accessKeySecret: key,
      instances: ids.map((id) => ({ id, ssl })),
      intercept: ({ instanceId }) => hangs(instanceId),
    }),
  );
}

async function start(
  api: SimulatedApi,
  ids: readonly string[],
  flags: readonly string[] = [],
  settings = {},
): Promise<ExporterProcess> {
  const config = await folder.write(
    `${Math.random()}.yaml`,
    stringify({
      scrape: settings,
      accounts: {
        ob: {
          provider: 'oceanbase',
          endpoint: api.url,
          access_key_id: keyId,
          access_key_secret: key,
          rate_limits: { '*': 10_000 },
        },
      },
      instances: ids.map((id) => ({ id })),
    }),
  );
  return closeLater(await startExporter({ config, flags }));
}

const twoSeconds = { 'X-Prometheus-Scrape-Timeout-Seconds': '2' };

describe('a scrape', () => {
  it('is answered within the announced time when an API hangs, with the facts of every other instance', async () => {
    const ids = ['a', 'b', 'hangs', 'c'];
    const api = await startCloud(ids, (id) => id === 'hangs');
    const exporter = await start(api, ids, ['--scrape.timeout-offset=3s']);
    const headers = { 'X-Prometheus-Scrape-Timeout-Seconds': '5' };
    const response = await fetch(`${exporter.url}/metrics`, { headers, signal: AbortSignal.timeout(5000) });
    expect(response.status).toBe(200);
    const text = await response.text();
    expect(text.match(/^clouddb_ssl_enabled\{.*\} 1$/gm)).toHaveLength(3);
    expect(text).toMatch(/^clouddb_exporter_sweep_pending_checks 1$/m);
    expect(text).not.toMatch(/clouddb_check_success\{.*instance_id="hangs"/);
  });

  it('keeps its deadline after much garbage was collected', async () => {
    const api = await startCloud(['hangs'], () => true);
    const exporter = await start(api, ['hangs']);
    const answer = fetch(`${exporter.url}/metrics`, { headers: twoSeconds, signal: AbortSignal.timeout(6000) });
    for (let request = 0; request < 600; request++) await (await fetch(`${exporter.url}/`)).text();
    expect((await answer).status).toBe(200);
  });

  it('costs one set of calls, however many come at once', async () => {
    const ids = ['a', 'b', 'c'];
    const api = await startCloud(ids);
    const exporter = await start(api, ids);
    await scrape(exporter.url);
    const before = api.arrivals.length;
    await Promise.all(Array.from({ length: 20 }, () => scrape(exporter.url)));
    expect(api.arrivals.length - before).toBe(3);
    // No warning of Node either.
    expect(
      exporter
        .stderr()
        .split('\n')
        .filter((line) => !/^(?:ts=.*)?$/.test(line)),
    ).toEqual([]);
  });

  it('beyond --web.max-requests is answered 503', async () => {
    const api = await startCloud(['hangs'], () => true);
    const exporter = await start(api, ['hangs'], ['--web.max-requests=2']);
    const statuses = await Promise.all(
      Array.from({ length: 5 }, async () => (await fetch(`${exporter.url}/metrics`, { headers: twoSeconds })).status),
    );
    expect(statuses.toSorted((a, b) => a - b)).toEqual([200, 200, 503, 503, 503]);
  });

  it.each([
    ['text', undefined, 'text/plain; version=0.0.4; charset=utf-8'],
    [
      'OpenMetrics',
      'application/openmetrics-text;version=1.0.0',
      'application/openmetrics-text; version=1.0.0; charset=utf-8',
    ],
  ])('is given %s, compressed, and says that it depends on what was asked', async (_, accept, contentType) => {
    const api = await startCloud(['a']);
    const exporter = await start(api, ['a']);
    const headers = { 'Accept-Encoding': 'gzip', ...(accept === undefined ? {} : { Accept: accept }) };
    const { get } = await import('node:http');
    const { head, body } = await new Promise<{ head: NodeJS.Dict<string | string[]>; body: Buffer }>(
      (resolve, reject) => {
        get(`${exporter.url}/metrics`, { headers }, (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('end', () => resolve({ head: response.headers, body: Buffer.concat(chunks) }));
        }).on('error', reject);
      },
    );
    expect(head['content-type']).toBe(contentType);
    expect(head['content-encoding']).toBe('gzip');
    expect(head['vary']).toBe('Accept, Accept-Encoding');
    expect(gunzipSync(body).toString()).toContain('clouddb_ssl_enabled');
  });

  it('has process and Node metrics', async () => {
    const api = await startCloud(['a']);
    const exporter = await start(api, ['a']);
    const names = new Set((await scrape(exporter.url)).map(({ name }) => name));
    for (const name of ['process_cpu_seconds_total', 'nodejs_version_info', 'clouddb_exporter_build_info'])
      expect(names).toContain(name);
  });
});

describe('the end', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    'by %s answers the scrape under way and comes within 5 s with status 0',
    async (signal) => {
      const api = await startCloud(['a', 'hangs'], (id) => id === 'hangs');
      const exporter = await start(api, ['a', 'hangs']);
      const answer = fetch(`${exporter.url}/metrics`, { headers: { 'X-Prometheus-Scrape-Timeout-Seconds': '60' } });
      while (api.arrivals.length < 3) await fetch(`${exporter.url}/-/healthy`);
      const ended = Promise.race([
        exporter.stop(signal),
        new Promise((_, reject) => setTimeout(() => reject(new Error('still there after 5 s')), 5000).unref()),
      ]);
      const response = await answer;
      expect(response.status).toBe(200);
      expect(await response.text()).toMatch(/^clouddb_ssl_enabled\{.*instance_id="a".*\} 1$/m);
      expect(await ended).toBe(0);
    },
  );

  it('does not wait for a client that keeps its connection and says nothing', async () => {
    const api = await startCloud(['a']);
    const exporter = await start(api, ['a']);
    const socket = connect(Number(new URL(exporter.url).port), '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write('GET /metrics HTTP/1.1\r\nHost: x\r\n');
    expect(await exporter.stop()).toBe(0);
    socket.destroy();
  });
});

describe('the other paths', () => {
  it.each([
    ['GET', '/-/healthy', 200, 'healthy\n'],
    ['HEAD', '/-/healthy', 200, ''],
    ['POST', '/metrics', 405, 'use GET\n'],
    ['DELETE', '/', 405, 'use GET\n'],
    ['GET', '/-/reload', 405, 'use POST or PUT\n'],
    ['POST', '/-/reload', 403, 'Lifecycle API is not enabled: start with --web.enable-lifecycle, or send SIGHUP.\n'],
    ['GET', '/nothing', 404, 'not found; available: /metrics, /, /-/healthy, /-/ready, /-/reload\n'],
    ['GET', '/%E0%A4%A', 404, 'not found; available: /metrics, /, /-/healthy, /-/ready, /-/reload\n'],
  ])('%s %s is answered %i', async (method, path, status, text) => {
    const api = await startCloud(['a']);
    const exporter = await start(api, ['a']);
    const response = await fetch(`${exporter.url}${path}`, { method });
    expect([response.status, await response.text()]).toEqual([status, text]);
    expect(response.headers.get('x-powered-by')).toBeNull();
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('say how far the exporter is until every check has ended once', async () => {
    const api = await startCloud(['a', 'hangs'], (id) => id === 'hangs');
    const exporter = await start(api, ['a', 'hangs'], [], { request_timeout: '1s', retries: 0 });
    await scrape(exporter.url, { 'X-Prometheus-Scrape-Timeout-Seconds': '1' });
    const early = await fetch(`${exporter.url}/-/ready`);
    expect([early.status, await early.text()]).toEqual([503, 'not ready: 1 of 2 checks have completed once\n']);
    await scrape(exporter.url);
    expect((await fetch(`${exporter.url}/-/ready`)).status).toBe(200);
  });

  it('show the status page under a policy that lets nothing run', async () => {
    const api = await startCloud(['a']);
    const exporter = await start(api, ['a']);
    const response = await fetch(exporter.url);
    expect(response.headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'sha256-/);
    expect(await response.text()).toContain('<td>a</td>');
  });
});

describe('the demo fleet', () => {
  // What changes from run to run: durations, the times of this run, days that are left, and the ports in nothing.
  const changing =
    /^(clouddb_(?:check_duration_seconds|check_last_success_timestamp_seconds|cert_valid_days_remaining|exporter_(?:api_request_duration_seconds\w*|api_rate_limit_wait_seconds_total|api_requests_total|api_request_failures_total|sweep_duration_seconds|provider_clock_skew_seconds|build_info|config_last_reload_success_timestamp_seconds))(?:\{.*\})?) \S+$/;

  it('has the golden exposition', async () => {
    const nowMs = Date.UTC(2026, 10, 22);
    const tencent = closeLater(
      await startTencentApi({
        secretId: keyId,
        secretKey: key,
        instances: tencentFleet(nowMs).map(([, , , instance]) => instance),
      }),
    );
    const oceanbase = closeLater(
      await startOceanBaseApi({
        accessKeyId: keyId,
        accessKeySecret: key,
        instances: oceanBaseFleet(nowMs).map(([, , , instance]) => instance),
      }),
    );
    const config = await folder.write(
      'golden.yaml',
      stringify({
        scrape: { retries: 0 },
        accounts: {
          tencent: { provider: 'tencent_postgres', endpoint: tencent.url, secret_id: keyId, secret_key: key },
          ob: {
            provider: 'oceanbase',
            endpoint: oceanbase.url,
            access_key_id: keyId,
            access_key_secret: key,
            rate_limits: { '*': 1000 },
          },
        },
        instances: simulatedClouds.flatMap(({ provider, instances }) =>
          instances(nowMs).map((instance) => ({ account: provider === 'oceanbase' ? 'ob' : 'tencent', ...instance })),
        ),
      }),
    );
    const run = await runProgram(['scrape', `--config.file=${config}`]);
    expect(run.status).toBe(3);
    const lines = run.stdout.split('\n').filter((line) => !line.startsWith('clouddb_exporter_build_info'));
    const stable = lines.map((line) => line.replace(changing, '$1 …')).join('\n');
    const golden = new URL('golden/demo-fleet.prom', import.meta.url);
    if (process.env['UPDATE_GOLDEN'] !== undefined) (await import('node:fs')).writeFileSync(golden, stable);
    expect(stable).toBe(readFileSync(golden, 'utf8'));
  });

  it('leaves the throttle alone: no call of the demo is too many', async () => {
    const exporter = closeLater(await startExporter({ command: 'demo' }));
    const samples = await scrape(exporter.url);
    expect(valuesOf(samples, 'clouddb_check_failures_total', { reason: 'rate_limited' })).toEqual([0, 0, 0]);
    expect(valuesOf(samples, 'clouddb_ssl_enabled')).toHaveLength(14);
  });
});
