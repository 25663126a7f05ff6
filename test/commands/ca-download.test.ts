// CA certificates that the API reports as a URL: downloaded, exposed, and used by the probe.
import { generateKeyPairSync } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { startOceanBaseApi } from '../../src/demo/oceanbase/oceanbase-api.ts';
import type { SimulatedApi } from '../../src/demo/simulated-api.ts';
import { type PostgresInstance, startPostgresApi } from '../../src/demo/tencent/postgres-api.ts';
import { closeAll, type Loopback, serveHttp } from '../http/loopback.ts';
import { createCertificate } from '../support/certificates.ts';
import { postgresServer, startDatabase } from '../support/databases.ts';
import { createFolder } from '../support/exporter-process.ts';
import { type ParsedSample, scrape, valuesOf } from '../support/exposition.ts';
import { type InProcessExporter, startInProcess } from '../support/in-process.ts';
import { startProxy, startTlsFront, testCaFile } from '../support/proxy.ts';
import { secret } from '../support/secret.ts';
import { zip } from '../support/zip.ts';

const region = 'ap-guangzhou';
const keys = { secretId: secret('id of downloads'), secretKey: secret('key of downloads') };
const obKeys = { accessKeyId: secret('id of ob downloads'), accessKeySecret: secret('secret of ob downloads') };
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const day = (days: number) => new Date(Math.floor(Date.now() / 1000) * 1000 + days * 86_400_000);
const caNotAfter = day(900);
const ca = createCertificate({
  name: 'database CA',
  publicKey,
  signedWith: privateKey,
  authority: true,
  notAfter: caNotAfter,
});
const cert = createCertificate({
  name: 'db',
  publicKey,
  signedWith: privateKey,
  issuer: 'database CA',
  sans: ['IP:127.0.0.1'],
});
const tls = { key: privateKey.export({ type: 'pkcs8', format: 'pem' }), cert };
const archive = zip([
  { name: 'db-ca.pem', content: Buffer.from(ca) },
  { name: 'db-ca.jks', content: Buffer.from('feedfeed', 'hex') },
]);
const signature = secret('signature of a CA URL');

let folder: Awaited<ReturnType<typeof createFolder>>;
const open: { close: () => Promise<void> }[] = [];
let exporter: InProcessExporter | undefined;
let handle: (request: IncomingMessage, response: ServerResponse) => void;
let downloads: string[];
let server: Loopback;

beforeEach(async () => {
  folder = await createFolder();
  downloads = [];
  handle = (_, response) => void response.end(archive);
  server = await serveHttp((request, response) => {
    downloads.push(request.url ?? '');
    handle(request, response);
  });
});
afterEach(async () => {
  await exporter?.stop();
  exporter = undefined;
  for (const one of open.splice(0)) await one.close();
  await closeAll();
  await folder.remove();
});

async function tencent(instances: Omit<PostgresInstance, 'region' | 'keys'>[]): Promise<SimulatedApi> {
  const api = await startPostgresApi({ ...keys, instances: instances.map((one) => ({ region, keys: [], ...one })) });
  open.push(api);
  return api;
}

const tencentAccount = ({ url }: SimulatedApi, allowedHosts = ['127.0.0.1'], more = {}) => ({
  provider: 'tencent_postgres',
  endpoint: url,
  secret_id: keys.secretId,
  secret_key: keys.secretKey,
  ca_bundle: { fetch: true, allowed_hosts: allowedHosts, ...more },
});

/** An exporter of OceanBase clusters that have the URL that `caUrl` returns. */
async function startOceanBase(count: number, caUrl: () => string): Promise<InProcessExporter> {
  const ids = Array.from({ length: count }, (_, index) => `ob${index}`);
  const api = await startOceanBaseApi({
    ...obKeys,
    instances: () => ids.map((id) => ({ id, ssl: { instanceId: id, enableSSL: 'OPEN', caUrl: caUrl() } })),
  });
  open.push(api);
  return await start({
    accounts: {
      main: {
        provider: 'oceanbase',
        endpoint: api.url,
        access_key_id: obKeys.accessKeyId,
        access_key_secret: obKeys.accessKeySecret,
        rate_limits: { '*': 10_000 },
        ca_bundle: { fetch: true, allowed_hosts: ['127.0.0.1'] },
      },
    },
    instances: ids.map((id) => ({ id })),
  });
}

async function start(config: Record<string, unknown>, env: NodeJS.ProcessEnv = {}): Promise<InProcessExporter> {
  const file = await folder.write('config.yaml', stringify({ scrape: { retries: 0 }, ...config }));
  exporter = await startInProcess({ config: file, env });
  return exporter;
}

const of = (samples: ParsedSample[], name: string, labels: Record<string, string> = {}) =>
  valuesOf(samples, `clouddb_${name}`, labels);
const bundled = { certificate: 'ca', source: 'ca_bundle', subject_cn: 'database CA' };
const ends = (samples: ParsedSample[]) => of(samples, 'cert_not_after_timestamp_seconds', bundled);
const reasonOf = (samples: ParsedSample[], reason: string) =>
  of(samples, 'check_failure_info', { check: 'ca', reason });

describe('where the API reports only a URL', () => {
  it('the CA certificates are downloaded, exposed, and trusted by the probe in the same sweep', async () => {
    const db = await startDatabase(postgresServer({ tls }));
    open.push(db);
    const caUrl = `${server.url}/ca.zip?signature=${signature}`;
    const api = await tencent([{ id: 'pg', sslEnabled: true, connectAddress: `127.0.0.1:${db.port}`, caUrl }]);
    const { url, stderr } = await start({
      accounts: { main: { ...tencentAccount(api), tls_probe: {} } },
      // In an order in which the hints of `ssl` come last.
      instances: [{ id: 'pg', region, checks: ['tls', 'ca', 'ssl'] }],
    });
    const samples = await scrape(url);
    expect(of(samples, 'check_success')).toEqual([1, 1, 1]);
    expect(ends(samples)).toEqual([caNotAfter.getTime() / 1000]);
    expect(of(samples, 'cert_info', { ...bundled, issuer_cn: 'database CA' })).toEqual([1]);
    expect(of(samples, 'cert_trusted')).toEqual([1]);
    await scrape(url);
    expect(downloads).toEqual([`/ca.zip?signature=${signature}`]);
    expect(stderr()).not.toContain(signature);
  });

  it('one download serves all instances of the account', async () => {
    const { url } = await startOceanBase(300, () => `${server.url}/ca.zip`);
    const all = Array(300).fill(caNotAfter.getTime() / 1000);
    await expect.poll(async () => ends(await scrape(url))).toEqual(all);
    await scrape(url);
    expect(downloads).toHaveLength(1);
  });

  it('another URL is downloaded; when that fails, the last certificates are kept and the check fails', async () => {
    let path = '/1';
    const { url } = await startOceanBase(1, () => server.url + path);
    handle = ({ url: requested }, response) => void response.writeHead(requested === '/2' ? 503 : 200).end(archive);
    await scrape(url);
    path = '/2';
    const failing = await scrape(url);
    expect(reasonOf(failing, 'unavailable')).toEqual([1]);
    expect(of(failing, 'check_success', { check: 'ssl' })).toEqual([1]);
    expect(ends(failing)).toHaveLength(1);
    path = '/3';
    expect(of(await scrape(url), 'check_success', { check: 'ca' })).toEqual([1]);
    expect(downloads).toEqual(['/1', '/2', '/3']);
  });

  it('whether the chain is trusted is unknown while they cannot be downloaded', async () => {
    const db = await startDatabase(postgresServer({ tls }));
    open.push(db);
    const connectAddress = `127.0.0.1:${db.port}`;
    const api = await tencent([{ id: 'pg', sslEnabled: true, connectAddress, caUrl: `${server.url}/ca` }]);
    handle = (_, response) => void response.end('<p>login</p>');
    const { url } = await start({
      accounts: { main: { ...tencentAccount(api), tls_probe: {} } },
      instances: [{ id: 'pg', region }],
    });
    const samples = await scrape(url);
    expect(reasonOf(samples, 'bad_response')).toEqual([1]);
    expect(of(samples, 'tls_accepted')).toEqual([1]);
    expect(of(samples, 'cert_trusted')).toEqual([]);
  });

  it('what can be read of a damaged file is exposed, and the check fails', async () => {
    handle = (_, response) => void response.end(`${ca}${ca.slice(0, 100)}`);
    const samples = await scrape((await startOceanBase(1, () => server.url)).url);
    expect(ends(samples)).toHaveLength(1);
    expect(reasonOf(samples, 'bad_response')).toEqual([1]);
  });
});

describe('nothing is downloaded', () => {
  it('where the response has CA certificates, none and no URL, or the instance leaves the check out', async () => {
    const caUrl = `${server.url}/ca`;
    const api = await tencent([
      { id: 'has', sslEnabled: true, caCert: ca, caUrl },
      { id: 'off', sslEnabled: false, caUrl },
      { id: 'left', sslEnabled: true, caUrl },
    ]);
    const { url } = await start({
      accounts: { main: tencentAccount(api) },
      instances: [
        { id: 'has', region },
        { id: 'off', region },
        { id: 'left', region, checks: ['ssl'] },
      ],
    });
    const samples = await scrape(url);
    expect(of(samples, 'check_success', { check: 'ca' })).toEqual([1, 1]);
    expect(of(samples, 'cert_not_after_timestamp_seconds', { source: 'ca_bundle', instance_id: 'has' })).toHaveLength(
      1,
    );
    expect(ends(samples)).toHaveLength(1);
    expect(downloads).toEqual([]);
  });

  it('without ca_bundle, or with fetch: false', async () => {
    const api = await tencent([{ id: 'pg', sslEnabled: true, caUrl: `${server.url}/ca` }]);
    const { url } = await start({
      accounts: {
        without: { ...tencentAccount(api), ca_bundle: undefined },
        off: tencentAccount(api, ['127.0.0.1'], { fetch: false }),
      },
      instances: ['without', 'off'].map((account) => ({ account, id: 'pg', region })),
    });
    expect(of(await scrape(url), 'check_success', { check: 'ca' })).toEqual([]);
    expect(downloads).toEqual([]);
  });

  it('from a host that is not allowed; the message names it, not the URL', async () => {
    const api = await tencent([{ id: 'pg', sslEnabled: true, caUrl: `${server.url}/ca?${signature}` }]);
    const { url, stderr } = await start({
      accounts: { main: tencentAccount(api, ['ca.example.com']) },
      instances: [{ id: 'pg', region }],
    });
    expect(reasonOf(await scrape(url), 'bad_response')).toEqual([1]);
    expect(stderr()).toContain('the host 127.0.0.1, which is not in ca_bundle.allowed_hosts');
    expect(stderr()).not.toContain(signature);
    expect(downloads).toEqual([]);
  });

  it('while the account has no credentials', async () => {
    const { url } = await start({
      accounts: {
        main: { ...tencentAccount({ url: server.url } as SimulatedApi), secret_id: undefined, secret_key: undefined },
      },
      instances: [{ id: 'pg', region, checks: ['ssl', 'ca'] }],
    });
    expect(reasonOf(await scrape(url), 'instance_state')).toEqual([1]);
    expect(downloads).toEqual([]);
  });
});

describe('a name', () => {
  const privateName = async (more: object) => {
    const front = await startTlsFront(server.url);
    open.push(front);
    const caUrl = `https://ca.localhost:${front.port}/ca`;
    const api = await tencent([{ id: 'pg', sslEnabled: true, caUrl }]);
    const { url } = await start({
      accounts: { main: tencentAccount(api, ['*.localhost.example', 'ca.localhost'], more) },
      instances: [{ id: 'pg', region }],
    });
    return { samples: await scrape(url), connections: front.connections.total };
  };

  it('with a private address only is not connected to', async () => {
    const { samples, connections } = await privateName({});
    expect(reasonOf(samples, 'bad_response')).toEqual([1]);
    expect(connections).toBe(0);
  });

  it('is, where allow_private permits it', async () => {
    const { samples, connections } = await privateName({ allow_private: true });
    // Connected; the certificate is of another CA.
    expect(reasonOf(samples, 'network')).toEqual([1]);
    expect(connections).toBeGreaterThan(0);
  });

  it('is resolved by the proxy where there is one, and the host is verified with the ca_file of the account', async () => {
    const front = await startTlsFront(server.url);
    const proxy = await startProxy(() => front.port);
    open.push(front, proxy);
    const api = await tencent([{ id: 'pg', sslEnabled: true, caUrl: 'https://api.test/ca.zip' }]);
    const account = { ...tencentAccount(api, ['api.test']), ca_file: testCaFile };
    const { url } = await start(
      { accounts: { main: account }, instances: [{ id: 'pg', region }] },
      { HTTPS_PROXY: `http://${proxy.host}` },
    );
    expect(ends(await scrape(url))).toHaveLength(1);
    expect(proxy.asked.map(({ authority }) => authority)).toEqual(['api.test:443']);
    expect(downloads).toEqual(['/ca.zip']);
  });
});
