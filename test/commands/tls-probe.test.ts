// The check `tls` in the exporter: where it connects to, what it trusts, and what of it is exposed.

import { generateKeyPairSync } from 'node:crypto';
import type { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { startOceanBaseApi } from '../../src/demo/oceanbase/oceanbase-api.ts';
import type { SimulatedApi } from '../../src/demo/simulated-api.ts';
import { type PostgresInstance, startPostgresApi } from '../../src/demo/tencent/postgres-api.ts';
import { createCertificate } from '../support/certificates.ts';
import {
  type Database,
  mysqlError,
  mysqlServer,
  postgresError,
  postgresServer,
  type Serve,
  startDatabase,
} from '../support/databases.ts';
import { createFolder } from '../support/exporter-process.ts';
import { type ParsedSample, scrape, valuesOf } from '../support/exposition.ts';
import { type InProcessExporter, startInProcess } from '../support/in-process.ts';
import { secret } from '../support/secret.ts';

const region = 'ap-guangzhou';
const keys = { secretId: secret('id of the probed account'), secretKey: secret('key of the probed account') };
const obKeys = { accessKeyId: secret('probed ob id'), accessKeySecret: secret('probed ob secret') };
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const notAfter = new Date(Math.floor(Date.now() / 1000) * 1000 + 100 * 86_400_000);
const ca = createCertificate({ name: 'database CA', publicKey, signedWith: privateKey, authority: true });
const cert = createCertificate({
  name: 'db',
  publicKey,
  signedWith: privateKey,
  issuer: 'database CA',
  sans: ['IP:127.0.0.1'],
  notAfter,
});
const tls = { key: privateKey.export({ type: 'pkcs8', format: 'pem' }), cert };
const refusesPlaintext = postgresError({ S: 'FATAL', C: '28000', R: 'ClientAuthentication' });

let folder: Awaited<ReturnType<typeof createFolder>>;
const open: { close: () => Promise<void> }[] = [];
let exporter: InProcessExporter | undefined;

beforeEach(async () => void (folder = await createFolder()));
afterEach(async () => {
  await exporter?.stop();
  exporter = undefined;
  for (const one of open.splice(0)) await one.close();
  await folder.remove();
});

async function database(serve: Serve): Promise<Database> {
  const started = await startDatabase(serve);
  open.push(started);
  return started;
}

async function tencent(instances: Omit<PostgresInstance, 'region' | 'keys'>[]): Promise<SimulatedApi> {
  const all = instances.map((one) => ({ region, keys: [], ...one }));
  const api = await startPostgresApi({ ...keys, instances: all, limits: { DescribeDBInstanceSSLConfig: 10_000 } });
  open.push(api);
  return api;
}

const tencentAccount = ({ url }: SimulatedApi, more = {}) => ({
  provider: 'tencent_postgres',
  endpoint: url,
  secret_id: keys.secretId,
  secret_key: keys.secretKey,
  rate_limits: { DescribeDBInstanceSSLConfig: 1000 },
  ...more,
});

async function start(config: Record<string, unknown>): Promise<InProcessExporter> {
  const file = await folder.write('config.yaml', stringify({ scrape: { retries: 0 }, ...config }));
  exporter = await startInProcess({ config: file });
  return exporter;
}

const of = (samples: ParsedSample[], name: string, labels: Record<string, string> = {}) =>
  valuesOf(samples, `clouddb_${name}`, labels);
const served = { certificate: 'server', source: 'tls_probe', subject_cn: 'db' };

describe('a database whose address the API reports', () => {
  it('is probed in the first sweep, against the CA certificate of the same response', async () => {
    const db = await database(postgresServer({ tls, plain: refusesPlaintext }));
    const api = await tencent([{ id: 'pg', sslEnabled: true, connectAddress: `127.0.0.1:${db.port}`, caCert: ca }]);
    const { url } = await start({
      accounts: { main: tencentAccount(api, { tls_probe: { plaintext: true } }) },
      instances: [{ id: 'pg', region }],
    });
    const samples = await scrape(url);
    expect(of(samples, 'check_success', { check: 'tls' })).toEqual([1]);
    expect(of(samples, 'tls_accepted')).toEqual([1]);
    expect(of(samples, 'tls_info', { version: 'TLSv1.3' })).toEqual([1]);
    expect(of(samples, 'plaintext_accepted')).toEqual([0]);
    expect(of(samples, 'cert_trusted')).toEqual([1]);
    expect(of(samples, 'cert_hostname_match')).toEqual([1]);
    expect(of(samples, 'cert_not_after_timestamp_seconds', served)).toEqual([notAfter.getTime() / 1000]);
    expect(of(samples, 'cert_info', { ...served, issuer_cn: 'database CA' })).toEqual([1]);
    expect(db.connections()).toBe(2);
  });

  it('is not probed without tls_probe, nor where checks leaves tls out', async () => {
    const db = await database(postgresServer({ tls }));
    const connectAddress = `127.0.0.1:${db.port}`;
    const api = await tencent(['a', 'b'].map((id) => ({ id, sslEnabled: true, connectAddress })));
    const { url } = await start({
      accounts: { with: tencentAccount(api, { tls_probe: null }), without: tencentAccount(api) },
      instances: [
        { account: 'with', id: 'a', region, checks: ['ssl'] },
        { account: 'without', id: 'b', region },
      ],
    });
    const samples = await scrape(url);
    expect(of(samples, 'check_success', { check: 'ssl' })).toEqual([1, 1]);
    expect(of(samples, 'check_success', { check: 'tls' })).toEqual([]);
    expect(of(samples, 'check_failures_total', { check: 'tls' })).toEqual([]);
    expect(db.connections()).toBe(0);
  });

  it('that has no address is not possible in this state', async () => {
    const api = await tencent([{ id: 'pg', sslEnabled: false }]);
    const started = await start({
      accounts: { main: tencentAccount(api) },
      instances: [{ id: 'pg', region, tls_probe: {} }],
    });
    const samples = await scrape(started.url);
    expect(of(samples, 'check_failure_info', { check: 'tls', reason: 'instance_state' })).toEqual([1]);
    expect(of(samples, 'tls_accepted')).toEqual([]);
    expect(started.stderr()).toContain('set tls_probe.address');
  });

  it.each(['metadata.internal/path', 'user@127.0.0.1:22', '127.0.0.1:99999', ''])(
    'is not connected to at %j',
    async (connectAddress) => {
      const api = await tencent([{ id: 'pg', sslEnabled: true, connectAddress }]);
      const { url } = await start({
        accounts: { main: tencentAccount(api) },
        instances: [{ id: 'pg', region, tls_probe: {} }],
      });
      expect(of(await scrape(url), 'check_failure_info', { check: 'tls', reason: 'instance_state' })).toEqual([1]);
    },
  );
});

describe('a database whose address is configured', () => {
  it('is probed while the account has no credentials', async () => {
    const db = await database(postgresServer({ tls }));
    const { url } = await start({
      accounts: {
        main: { provider: 'tencent_postgres', secret_id_env: 'TEST_UNSET', secret_key_env: 'TEST_UNSET' },
      },
      instances: [{ id: 'pg', region, tls_probe: { address: `127.0.0.1:${db.port}` } }],
    });
    const samples = await scrape(url);
    expect(of(samples, 'check_failure_info', { reason: 'credentials' })).toEqual([1, 1]);
    expect(of(samples, 'check_success', { check: 'tls' })).toEqual([1]);
    // Self-made: not trusted without its CA.
    expect(of(samples, 'cert_trusted')).toEqual([0]);
  });

  it('is verified with its ca_file, which is relative to the configuration, and its server_name', async () => {
    const db = await database(mysqlServer({ tls }));
    const api = await startOceanBaseApi({
      ...obKeys,
      instances: [{ id: 'ob1', ssl: { instanceId: 'ob1', enableSSL: 'OPEN', forceSSL: 'OPEN', status: 'OPEN' } }],
    });
    open.push(api);
    await folder.write('ca.pem', ca);
    const { url } = await start({
      accounts: {
        main: {
          provider: 'oceanbase',
          endpoint: api.url,
          access_key_id: obKeys.accessKeyId,
          access_key_secret: obKeys.accessKeySecret,
          tls_probe: { ca_file: 'ca.pem', plaintext: true },
        },
      },
      instances: [{ id: 'ob1', tls_probe: { address: `127.0.0.1:${db.port}`, server_name: 'db.example.com' } }],
    });
    const samples = await scrape(url);
    expect(of(samples, 'cert_trusted')).toEqual([1]);
    expect(of(samples, 'cert_hostname_match')).toEqual([0]);
    expect(of(samples, 'plaintext_accepted')).toEqual([1]);
  });

  it('keeps its last known certificate while it is down, and says so at once', async () => {
    const db = await database(postgresServer({ tls }));
    const api = await tencent([{ id: 'pg', sslEnabled: true }]);
    const { url } = await start({
      accounts: { main: tencentAccount(api) },
      instances: [{ id: 'pg', region, tls_probe: { address: `127.0.0.1:${db.port}` } }],
    });
    await scrape(url);
    await db.close();
    open.splice(open.indexOf(db), 1);
    const samples = await scrape(url);
    expect(of(samples, 'check_success', { check: 'tls' })).toEqual([0]);
    expect(of(samples, 'check_failure_info', { check: 'tls', reason: 'network' })).toEqual([1]);
    expect(of(samples, 'cert_not_after_timestamp_seconds', served)).toEqual([notAfter.getTime() / 1000]);
  });

  it('shows all but trust while its ca_file cannot be read', async () => {
    const db = await database(postgresServer({ tls }));
    const api = await tencent([{ id: 'pg', sslEnabled: true }]);
    const started = await start({
      accounts: { main: tencentAccount(api) },
      instances: [{ id: 'pg', region, tls_probe: { address: `127.0.0.1:${db.port}`, ca_file: 'missing.pem' } }],
    });
    const samples = await scrape(started.url);
    expect(of(samples, 'check_success', { check: 'tls' })).toEqual([0]);
    expect(of(samples, 'cert_hostname_match')).toEqual([1]);
    expect(of(samples, 'cert_not_after_timestamp_seconds', served)).toEqual([notAfter.getTime() / 1000]);
    expect(of(samples, 'cert_trusted')).toEqual([]);
    expect(started.stderr()).toContain('missing.pem');
  });

  it('loses its certificate when it no longer speaks TLS, also when its session without TLS fails', async () => {
    let speaksTls = true;
    const busy = postgresError({ S: 'FATAL', C: '53300' });
    const db = await database((socket) => postgresServer({ ...(speaksTls && { tls }), plain: busy })(socket));
    const api = await tencent([{ id: 'pg', sslEnabled: true }]);
    const { url } = await start({
      accounts: { main: tencentAccount(api) },
      instances: [{ id: 'pg', region, tls_probe: { address: `127.0.0.1:${db.port}`, plaintext: true } }],
    });
    expect(of(await scrape(url), 'cert_trusted')).toEqual([0]);
    speaksTls = false;
    const samples = await scrape(url);
    expect(of(samples, 'check_failure_info', { check: 'tls', reason: 'unavailable' })).toEqual([1]);
    expect(of(samples, 'tls_accepted')).toEqual([0]);
    for (const name of ['tls_info', 'cert_trusted', 'cert_hostname_match', 'cert_info']) {
      expect(of(samples, name), name).toEqual([]);
    }
  });

  it('loses the facts of an address when it gets another one', async () => {
    const db = await database(postgresServer({ tls }));
    const api = await tencent([{ id: 'pg', sslEnabled: true }]);
    const config = (address: string) => ({
      accounts: { main: tencentAccount(api) },
      instances: [{ id: 'pg', region, tls_probe: { address } }],
    });
    const { url } = await start(config(`127.0.0.1:${db.port}`));
    expect(of(await scrape(url), 'tls_accepted')).toEqual([1]);
    await folder.write('config.yaml', stringify({ scrape: { retries: 0 }, ...config('127.0.0.1:1') }));
    const samples = await scrape(url);
    expect(of(samples, 'check_failure_info', { check: 'tls', reason: 'network' })).toEqual([1]);
    expect(of(samples, 'tls_accepted')).toEqual([]);
    expect(of(samples, 'ssl_enabled')).toEqual([1]);
  });

  it('loses its certificate when it no longer speaks TLS', async () => {
    let speaksTls = true;
    const db = await database((socket) => postgresServer(speaksTls ? { tls } : {})(socket));
    const api = await tencent([{ id: 'pg', sslEnabled: true }]);
    const { url } = await start({
      accounts: { main: tencentAccount(api) },
      instances: [{ id: 'pg', region, tls_probe: { address: `127.0.0.1:${db.port}` } }],
    });
    expect(of(await scrape(url), 'tls_accepted')).toEqual([1]);
    speaksTls = false;
    const samples = await scrape(url);
    expect(of(samples, 'tls_accepted')).toEqual([0]);
    expect(of(samples, 'cert_not_after_timestamp_seconds', served)).toEqual([]);
    expect(of(samples, 'cert_trusted')).toEqual([]);
  });
});

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await nextTurn();
}

it('instances behind one address are probed one after the other', async () => {
  const instances = Array.from({ length: 12 }, (_, index) => ({ id: `pg${index}`, sslEnabled: true }));
  let now = 0;
  let most = 0;
  const serve = mysqlServer({ tls, answer: mysqlError(1045, 2) });
  const shared = await database((socket: Socket) => {
    now++;
    socket.once('close', () => now--);
    // The end of the connection before has arrived, but this process may not have read it yet.
    void turns(5).then(() => {
      most = Math.max(most, now);
      serve(socket);
    });
  });
  const api = await tencent(instances);
  const probe = { address: `127.0.0.1:${shared.port}`, protocol: 'mysql', plaintext: true };
  const { url } = await start({
    accounts: { main: tencentAccount(api) },
    instances: instances.map(({ id }) => ({ id, region, checks: ['tls'], tls_probe: probe })),
  });
  const samples = await scrape(url);
  expect(of(samples, 'check_success', { check: 'tls' })).toEqual(Array(12).fill(1));
  expect(shared.connections()).toBe(24);
  expect(most).toBe(1);
});
