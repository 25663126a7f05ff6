// What connections do to checks: names that are not resolved, kept-alive connections that are closed, own CAs.
import { rm } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { stringify } from 'yaml';
import { startOceanBaseApi } from '../../src/demo/oceanbase/oceanbase-api.ts';
import type { Intercept, SimulatedApi } from '../../src/demo/simulated-api.ts';
import { startPostgresApi } from '../../src/demo/tencent/postgres-api.ts';
import type * as resolve from '../../src/http/resolve.ts';
import { type DnsServer, startDns, type Zone } from '../http/dns-server.ts';
import { createFolder } from '../support/exporter-process.ts';
import { type ParsedSample, scrape, valuesOf } from '../support/exposition.ts';
import { type InProcessExporter, runInProcess, startInProcess } from '../support/in-process.ts';
import { startProxy, startTlsFront, testCa } from '../support/proxy.ts';
import { secret } from '../support/secret.ts';

const dns = vi.hoisted(() => ({ address: '' }));
// The exporter reads resolv.conf, which belongs to the machine: its name server is the one of the test.
vi.mock('../../src/http/resolve.ts', async (original) => {
  const { resolveName } = await original<typeof resolve>();
  return { resolveName: (host: string) => resolveName(host, { servers: [dns.address] }) };
});

const deadName = 'dead.tencentcloudapi.com';
const region = 'ap-guangzhou';
const tencentKeys = { secret_id: secret('id of connections'), secret_key: secret('key of connections') };
const oceanbaseKeys = { access_key_id: secret('id of connections'), access_key_secret: secret('key of connections') };
const ids = ['ob-1', 'ob-2', 'ob-3'];
const patiently = { 'X-Prometheus-Scrape-Timeout-Seconds': '60' };

let folder: Awaited<ReturnType<typeof createFolder>>;
let tencent: SimulatedApi;
let oceanbase: SimulatedApi;
let nameServer: DnsServer;
let zones: Record<string, Zone>;
let intercept: Intercept;
let toClose: (() => unknown)[];

beforeEach(async () => {
  intercept = () => false;
  zones = {};
  folder = await createFolder();
  nameServer = await startDns((name) => zones[name]);
  dns.address = nameServer.address;
  tencent = await startPostgresApi({
    secretId: tencentKeys.secret_id,
    secretKey: tencentKeys.secret_key,
    limits: { DescribeDBInstanceSSLConfig: 1000 },
    instances: Array.from({ length: 60 }, (_, index) => ({ id: `pg-${index}`, region, sslEnabled: true, keys: [] })),
    intercept: (exchange) => intercept(exchange),
  });
  oceanbase = await startOceanBaseApi({
    accessKeyId: oceanbaseKeys.access_key_id,
    accessKeySecret: oceanbaseKeys.access_key_secret,
    instances: ids.map((id) => ({ id, ssl: { enableSSL: 'OPEN' } })),
    intercept: (exchange) => intercept(exchange),
  });
  toClose = [folder, nameServer, tencent, oceanbase].map((one) => () => ('close' in one ? one.close() : one.remove()));
});

afterEach(async () => {
  for (const close of toClose.toReversed()) await close();
});

async function start(settings: object, env: NodeJS.ProcessEnv = {}): Promise<InProcessExporter> {
  const config = await folder.write('config.yaml', stringify({ scrape: { retries: 0 }, ...settings }));
  const exporter = await startInProcess({ config, env });
  toClose.push(exporter.stop);
  return exporter;
}

const postgres = (settings: object = {}) => ({
  provider: 'tencent_postgres',
  endpoint: tencent.url,
  ...tencentKeys,
  ...settings,
});
const cluster = (settings: object = {}) => ({
  provider: 'oceanbase',
  endpoint: oceanbase.url,
  ...oceanbaseKeys,
  rate_limits: { '*': 1000 },
  ...settings,
});
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
const total = (samples: readonly ParsedSample[], name: string, labels: Record<string, string> = {}) =>
  sum(valuesOf(samples, name, labels));
const succeeded = (samples: readonly ParsedSample[], account: string) =>
  valuesOf(samples, 'clouddb_check_success', { account });

it('a name that no name server answers for delays no other account, and recovers in seconds', async () => {
  zones['api.test'] = { v4: ['127.0.0.1'] };
  const [healthy, silent] = await Promise.all([startTlsFront(oceanbase.url), startTlsFront(tencent.url)]);
  toClose.push(healthy.close, silent.close);
  await folder.write('ca.pem', testCa);
  // Each connection is closed, so that each request needs an address.
  intercept = ({ response }) => {
    response.setHeader('Connection', 'close');
    return false;
  };
  const dead = Array.from({ length: 60 }, (_, index) => ({ account: 'a', id: `pg-${index}`, region, checks: ['ssl'] }));
  const exporter = await start({
    accounts: {
      a: postgres({
        endpoint: `https://${deadName}:${silent.port}`,
        ca_file: 'ca.pem',
        rate_limits: { '*': 1000 },
      }),
      b: cluster({ endpoint: `https://api.test:${healthy.port}`, ca_file: 'ca.pem' }),
    },
    instances: [...dead, ...ids.map((id) => ({ account: 'b', id, checks: ['ssl'] }))],
  });
  for (let turn = 0; turn < 3; turn++) {
    const samples = await scrape(exporter.url, { 'X-Prometheus-Scrape-Timeout-Seconds': '5' });
    expect(succeeded(samples, 'b')).toEqual([1, 1, 1]);
  }
  await exporter.logged('reason=network error="the name dead.tencentcloudapi.com could not be looked up (ETIMEOUT)');
  // One look-up at a time for all 60, of six queries.
  expect(nameServer.queries.filter((name) => name === deadName).length).toBeLessThan(60);

  zones[deadName] = { v4: ['127.0.0.1'] };
  await expect
    .poll(async () => total(await scrape(exporter.url, patiently), 'clouddb_check_success', { account: 'a' }))
    .toBe(60);
});

describe('a kept-alive connection that the server resets at its next request', () => {
  /** Resets every second request of each connection. */
  function resetSecond(): void {
    const used = new WeakMap<Socket, number>();
    intercept = ({ request: { socket } }) => {
      const count = (used.get(socket) ?? 0) + 1;
      used.set(socket, count);
      if (count % 2 === 0) socket.resetAndDestroy();
      return count % 2 === 0;
    };
  }

  it.each<[string, () => object, object]>([
    ['tencent_postgres', postgres, { id: 'pg-1', region, checks: ['ssl'] }],
    ['oceanbase', cluster, { id: 'ob-1', checks: ['ssl'] }],
  ])('fails no check of %s: the request is sent once more, and counted', async (_provider, account, instance) => {
    resetSecond();
    const exporter = await start({ accounts: { a: account() }, instances: [instance] });
    for (let turn = 0; turn < 4; turn++) expect(succeeded(await scrape(exporter.url), 'a')).toEqual([1]);
    const samples = await scrape(exporter.url);
    const { arrivals } = tencent.arrivals.length > 0 ? tencent : oceanbase;
    expect(arrivals.some(({ status }) => status === 0)).toBe(true);
    expect(arrivals.filter(({ status }) => status >= 400 && status !== 401)).toEqual([]);
    expect(total(samples, 'clouddb_exporter_api_requests_total')).toBe(arrivals.length);
    expect(total(samples, 'clouddb_exporter_api_request_failures_total')).toBe(0);
    expect(total(samples, 'clouddb_check_failures_total')).toBe(0);
  });

  it('keeps to the rate limit when it is sent once more', async () => {
    resetSecond();
    const exporter = await start({
      accounts: { a: postgres({ rate_limits: { DescribeDBInstanceSSLConfig: 2 } }) },
      instances: [{ id: 'pg-1', region, checks: ['ssl'] }],
    });
    for (let turn = 0; turn < 4; turn++) expect(succeeded(await scrape(exporter.url), 'a')).toEqual([1]);
    const times = tencent.arrivals.map(({ atMs }) => atMs);
    expect(times.length).toBeGreaterThan(4);
    const spans = times.slice(2).map((time, index) => time - (times[index] ?? 0));
    // A busy machine can notice an arrival later; a second request without a turn would follow at once.
    expect(Math.min(...spans)).toBeGreaterThan(800);
  });

  it('fails the check when the fresh connection is reset too', async () => {
    const exporter = await start({
      accounts: { a: postgres() },
      instances: [{ id: 'pg-1', region, checks: ['ssl'] }],
    });
    expect(succeeded(await scrape(exporter.url), 'a')).toEqual([1]);
    const before = tencent.arrivals.length;
    intercept = ({ request }) => request.socket.resetAndDestroy() !== undefined;
    expect(succeeded(await scrape(exporter.url), 'a')).toEqual([0]);
    expect(tencent.arrivals.length - before).toBe(2);
    expect(succeeded(await scrape(exporter.url), 'a')).toEqual([0]);
    expect(tencent.arrivals.length - before).toBe(3);
  });
});

describe('ca_file', () => {
  it.each<[string, (port: number, proxy: string) => { endpoint: string; env: NodeJS.ProcessEnv }]>([
    ['directly', (port) => ({ endpoint: `https://127.0.0.1:${port}`, env: {} })],
    ['through a proxy', (_port, proxy) => ({ endpoint: 'https://api.test', env: { HTTPS_PROXY: `http://${proxy}` } })],
  ])('is trusted by its account only, %s, and followed as it changes', async (_way, wayTo) => {
    const front = await startTlsFront(oceanbase.url);
    const proxy = await startProxy(() => front.port);
    toClose.push(front.close, proxy.close);
    const ca = await folder.write('ca.pem', `comment\r\n${testCa}`);
    const { endpoint, env } = wayTo(front.port, proxy.host);
    const settings = {
      accounts: { own: cluster({ endpoint, ca_file: 'ca.pem' }), other: cluster({ endpoint }) },
      instances: [
        { account: 'own', id: 'ob-1', checks: ['ssl'] },
        { account: 'other', id: 'ob-2', checks: ['ssl'] },
      ],
    };
    const exporter = await start(settings, env);
    expect(succeeded(await scrape(exporter.url), 'own')).toEqual([1]);
    expect(succeeded(await scrape(exporter.url), 'other')).toEqual([0]);
    expect(exporter.stderr()).toMatch(/account=other .*is not trusted.* ca_file .*NODE_EXTRA_CA_CERTS/);

    await rm(ca);
    await expect.poll(async () => succeeded(await scrape(exporter.url), 'own')).toEqual([0]);
    expect(exporter.stderr()).toContain(`the CA file ${ca} cannot be read: no such file (ENOENT)`);

    await folder.write('ca.pem', testCa);
    await expect.poll(async () => succeeded(await scrape(exporter.url), 'own')).toEqual([1]);
  });

  it.each([
    ['that does not exist', undefined, 'no such file (ENOENT)'],
    ['without a certificate', 'hello', 'contains no PEM certificate'],
    [
      'with a damaged certificate',
      `${testCa}${testCa.replace(/.{30}/, '')}`.replace(/\n-----END/, 'AA\n-----END'),
      'damaged',
    ],
  ])('%s is reported by check-config', async (_what, text, says) => {
    if (text !== undefined) await folder.write('ca.pem', text);
    const file = await folder.write('config.yaml', stringify({ accounts: { a: cluster({ ca_file: 'ca.pem' }) } }));
    const { status, stderr } = await runInProcess(['check-config', `--config.file=${file}`]);
    expect(status).toBe(1);
    expect(stderr).toMatch(/config\.yaml:\d+:\d+: accounts\.a\.ca_file: the CA file .*ca\.pem /);
    expect(stderr).toContain(says);
  });

  it('is not named when it may be a secret', async () => {
    const key = secret('in ca_file');
    const accounts = { a: cluster({ ca_file: key }) };
    const file = await folder.write('config.yaml', stringify({ accounts, instances: [{ id: 'ob1' }] }));
    const runs = [
      await runInProcess(['check-config', `--config.file=${file}`]),
      await runInProcess(['check-config', '--syntax-only', `--config.file=${file}`]),
      await runInProcess(['scrape', `--config.file=${file}`]),
    ];
    expect(runs.map(({ status }) => status)).toEqual([1, 0, 3]);
    for (const { stdout, stderr } of runs) {
      expect(stdout + stderr).toMatch(/CA file:? \(path not shown: it may be a secret\)/);
      expect(stdout + stderr).not.toContain(key);
    }
  });
});
