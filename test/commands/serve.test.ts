// `serve` and `demo`: scrapes with their deadline and limits, every path, and the listeners.
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { get, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { gunzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { startOceanBaseApi } from '../../src/demo/oceanbase/oceanbase-api.ts';
import { oceanBaseFleet } from '../../src/demo/oceanbase/oceanbase-cloud.ts';
import type { SimulatedApi } from '../../src/demo/simulated-api.ts';
import { type DemoInstance, inConfiguration } from '../../src/demo/simulated-cloud.ts';
import { startPostgresApi } from '../../src/demo/tencent/postgres-api.ts';
import { tencentFleet } from '../../src/demo/tencent/postgres-cloud.ts';
import { createFolder } from '../support/exporter-process.ts';
import { scrape, valuesOf } from '../support/exposition.ts';
import { type InProcessExporter, runInProcess, startInProcess } from '../support/in-process.ts';
import { secret } from '../support/secret.ts';

const keyId = secret('key id of the server tests');
const key = secret('key of the server tests');

let folder: Awaited<ReturnType<typeof createFolder>>;
const closing: (() => Promise<unknown>)[] = [];
let closeAtEnd: typeof closing = [];
/** Calls that hang until the test responds. */
const held: ServerResponse[] = [];

beforeAll(async () => {
  folder = await createFolder();
});
afterEach(async () => {
  held.length = 0;
  for (const close of closing.splice(0).toReversed()) await close();
});
afterAll(() => folder.remove());

function closeLater<T extends SimulatedApi | InProcessExporter>(resource: T): T {
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
      intercept: ({ instanceId, response }) => {
        if (hangs(instanceId)) held.push(response);
        return hangs(instanceId);
      },
    }),
  );
}

async function start(
  api: SimulatedApi,
  ids: readonly string[],
  flags: readonly string[] = [],
  settings = {},
): Promise<InProcessExporter> {
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
      instances: ids.map((id) => ({ id, checks: ['ssl'] })),
    }),
  );
  return closeLater(await startInProcess({ config, flags }));
}

const scrapeTimeout = (seconds: number) => ({ 'X-Prometheus-Scrape-Timeout-Seconds': String(seconds) });

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

describe('a scrape', () => {
  it('is answered within the announced time when an API hangs, with the facts of every other instance', async () => {
    const ids = ['a', 'b', 'hangs', 'c'];
    const api = await startCloud(ids, (id) => id === 'hangs');
    // Time for the facts of the others on a slow machine: a response after 2 s of 60.
    const exporter = await start(api, ids, ['--scrape.timeout-offset=58s']);
    const response = await fetch(`${exporter.url}/metrics`, { headers: scrapeTimeout(60) });
    expect(response.status).toBe(200);
    const text = await response.text();
    expect(text.match(/^clouddb_ssl_enabled\{.*\} 1$/gm)).toHaveLength(3);
    expect(text).toMatch(/^clouddb_exporter_sweep_pending_checks 1$/m);
    expect(text).not.toMatch(/clouddb_check_success\{.*instance_id="hangs"/);
  });

  it('keeps its deadline when garbage is collected meanwhile', async () => {
    const api = await startCloud(['hangs'], () => true);
    const exporter = await start(api, ['hangs']);
    const answer = fetch(`${exporter.url}/metrics`, { headers: scrapeTimeout(1) });
    while (api.arrivals.length < 1) await fetch(`${exporter.url}/-/healthy`);
    for (let request = 0; request < 10; request++) {
      await fetch(`${exporter.url}/-/healthy`);
      collectGarbage();
    }
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
    const statuses: number[] = [];
    const scrapes = Array.from({ length: 5 }, async () => {
      statuses.push((await fetch(`${exporter.url}/metrics`, { headers: scrapeTimeout(60) })).status);
    });
    await expect.poll(() => statuses).toEqual([503, 503, 503]);
    for (const response of held) response.writeHead(404).end();
    await Promise.all(scrapes);
    expect(statuses).toEqual([503, 503, 503, 200, 200]);
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
    const [response] = (await once(get(`${exporter.url}/metrics`, { headers }), 'response')) as [IncomingMessage];
    const body = await buffer(response);
    const head = response.headers;
    expect(head['content-type']).toBe(contentType);
    expect(head['content-encoding']).toBe('gzip');
    expect(head['vary']).toBe('Accept, Accept-Encoding');
    expect(gunzipSync(body).toString()).toContain('clouddb_ssl_enabled');
  });
});

describe('the paths', () => {
  let exporter: InProcessExporter;
  beforeAll(async () => {
    const api = await startCloud(['a']);
    exporter = await start(api, ['a']);
    // Open until the end of these tests.
    closeAtEnd = closing.splice(0);
  });
  afterAll(async () => {
    for (const close of closeAtEnd.toReversed()) await close();
  });

  it.each([
    ['GET', '/-/healthy', 200, 'healthy\n'],
    ['HEAD', '/-/healthy', 200, ''],
    ['POST', '/metrics', 405, 'use GET\n'],
    ['DELETE', '/', 405, 'use GET\n'],
    ['GET', '/-/reload', 405, 'use POST or PUT\n'],
    ['POST', '/-/reload', 403, 'Lifecycle API is not enabled: start with --web.enable-lifecycle, or send SIGHUP.\n'],
    [
      'GET',
      '/nothing',
      404,
      'not found; available: /metrics, /probe, /sd, /, /instance, /-/healthy, /-/ready, /-/reload\n',
    ],
    [
      'GET',
      '/%E0%A4%A',
      404,
      'not found; available: /metrics, /probe, /sd, /, /instance, /-/healthy, /-/ready, /-/reload\n',
    ],
  ])('%s %s is answered %i', async (method, path, status, text) => {
    const response = await fetch(`${exporter.url}${path}`, { method });
    expect([response.status, await response.text()]).toEqual([status, text]);
    expect(response.headers.get('x-powered-by')).toBeNull();
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('show the status page under a policy without scripts', async () => {
    await scrape(exporter.url);
    const response = await fetch(exporter.url);
    expect(response.headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'sha256-/);
    expect(await response.text()).toContain('>a</a>');
  });

  it('include process and Node metrics among those of the exporter', async () => {
    const names = new Set((await scrape(exporter.url)).map(({ name }) => name));
    for (const name of ['process_cpu_seconds_total', 'nodejs_version_info', 'clouddb_exporter_build_info'])
      expect(names).toContain(name);
  });
});

describe('/-/ready', () => {
  it('counts the checks until each has finished once', async () => {
    const api = await startCloud(['a', 'hangs'], (id) => id === 'hangs');
    const exporter = await start(api, ['a', 'hangs'], [], { request_timeout: '60s', retries: 0 });
    const ready = async () => {
      const answer = await fetch(`${exporter.url}/-/ready`);
      return [answer.status, await answer.text()];
    };
    await expect.poll(ready).toEqual([503, 'not ready: 1 of 2 checks and lists have finished once\n']);
    for (const response of held) response.writeHead(404).end();
    await expect.poll(async () => (await ready())[0]).toBe(200);
  });
});

describe('the listeners', () => {
  /** Serves with these addresses, which is expected to fail. */
  async function serveAt(...addresses: string[]) {
    const config = await folder.write('listeners.yaml', 'accounts: { ob: { provider: oceanbase } }\n');
    const flags = addresses.map((address) => `--web.listen-address=${address}`);
    return await runInProcess(['serve', `--config.file=${config}`, ...flags]);
  }

  it('are none when one of the addresses is in use', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const run = await serveAt('127.0.0.1:0', `127.0.0.1:${port}`);
    await new Promise((done) => server.close(done));

    expect(run.status).toBe(2);
    expect(run.stderr).toContain(`127.0.0.1:${port}`);
    expect(run.stderr).not.toContain('msg="listening"');
  });

  it.each([
    ['that this machine does not have', '192.0.2.1:10043', '192.0.2.1:10043'],
    ['that cannot be resolved', 'bad..name:10043', 'bad..name'],
  ])('at an address %s fail with status 2 and its name', async (_, address, named) => {
    const run = await serveAt(address);

    expect(run.status).toBe(2);
    expect(run.stderr).toContain(named);
    expect(run.stderr).not.toContain('undefined');
  });
});

describe('the log', () => {
  it('is one JSON object a line with --log.format=json', async () => {
    const api = await startCloud(['a']);
    const exporter = await start(api, ['a', 'unknown'], ['--log.format=json', '--log.level=debug']);
    await scrape(exporter.url);
    await exporter.stop();
    const lines = exporter.stderr().trimEnd().split('\n');
    const entries = lines.map((line) => JSON.parse(line) as { ts: string; level: string; msg: string });

    expect(entries.map(({ msg }) => msg)).toEqual(expect.arrayContaining(['listening', 'check failed', 'stopped']));
    for (const { ts, level } of entries) {
      expect(ts).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      expect(level).toMatch(/^(?:debug|info|warn|error)$/);
    }
  });
});

describe('the demo', () => {
  it('shows both clouds with healthy, unhealthy and failed checks, and never exceeds a rate limit', async () => {
    const exporter = closeLater(await startInProcess({ command: 'demo' }));
    const samples = await scrape(exporter.url);

    expect(new Set(samples.map(({ labels }) => labels['provider']))).toEqual(
      new Set([undefined, 'tencent_postgres', 'oceanbase']),
    );
    for (const name of ['clouddb_ssl_enabled', 'clouddb_kms_key_enabled', 'clouddb_check_success']) {
      expect(new Set(valuesOf(samples, name))).toEqual(new Set([0, 1]));
    }
    expect(valuesOf(samples, 'clouddb_cert_valid_days_remaining').some((days) => days < 0)).toBe(true);
    const throttled = valuesOf(samples, 'clouddb_check_failures_total', { reason: 'rate_limited' });
    expect(new Set(throttled)).toEqual(new Set([0]));
    expect(valuesOf(samples, 'clouddb_ssl_enabled').length).toBeGreaterThanOrEqual(14);
  });
});

describe('the demo fleet', () => {
  // What changes from run to run: durations, the times of this run, days that are left; the keys of certificates.
  const changing =
    /^(clouddb_(?:check_duration_seconds|check_last_success_timestamp_seconds|cert_valid_days_remaining|exporter_(?:api_request_duration_seconds\w*|api_rate_limit_wait_seconds_total|api_requests_total|api_request_failures_total|sweep_duration_seconds|provider_clock_skew_seconds|build_info|config_last_reload_success_timestamp_seconds))(?:\{.*\})?) \S+$/;

  /** The counters of each API action are in the order in which its first call finished. */
  function inOrderOfActions(lines: readonly string[]): string[] {
    const actionOf = (line: string) => /^clouddb_exporter_api_.*[{,]action="(\w+)"/.exec(line)?.[1] ?? '';
    const first = lines.findIndex((line) => actionOf(line) !== '');
    if (first === -1) return [...lines];
    const length = lines.slice(first).findIndex((line) => actionOf(line) === '');
    const block = lines.slice(first, first + length);
    return [
      ...lines.slice(0, first),
      ...block.toSorted((a, b) => actionOf(a).localeCompare(actionOf(b))),
      ...inOrderOfActions(lines.slice(first + length)),
    ];
  }

  /** An instance of the demo as it is written in a configuration without probes. */
  function configured(account: string, { id, region, name, labels, accept = [] }: DemoInstance) {
    const days = accept.map(({ untilMs, ...rest }) => ({
      ...rest,
      until: new Date(untilMs).toISOString().slice(0, 10),
    }));
    return { account, id, region, name, labels, accept: days };
  }

  it('has the golden exposition', async () => {
    const nowMs = Date.UTC(2026, 10, 22);
    const tencent = closeLater(
      await startPostgresApi({
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
        instances: [
          ...inConfiguration(tencentFleet(nowMs)).map((instance) => configured('tencent', instance)),
          ...inConfiguration(oceanBaseFleet(nowMs)).map((instance) => configured('ob', instance)),
        ],
      }),
    );
    const run = await runInProcess(['scrape', `--config.file=${config}`]);
    expect(run.status).toBe(3);
    const lines = run.stdout.split('\n').filter((line) => !line.startsWith('clouddb_exporter_build_info'));
    const masked = lines.map((line) => line.replace(changing, '$1 …').replace(/(fingerprint_sha256)="\w+"/, '$1="…"'));
    const stable = inOrderOfActions(masked).join('\n');
    const golden = new URL('golden/demo-fleet.prom', import.meta.url);
    if (process.env['UPDATE_GOLDEN'] !== undefined) writeFileSync(golden, stable);
    expect(stable).toBe(readFileSync(golden, 'utf8'));
  });
});
