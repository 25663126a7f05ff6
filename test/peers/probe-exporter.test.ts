// The whole exporter with real databases: what a scrape says of one is what openssl says, now and after a change.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { startOceanBaseApi } from '../../src/demo/oceanbase/oceanbase-api.ts';
import type { SimulatedApi } from '../../src/demo/simulated-api.ts';
import { startPostgresApi } from '../../src/demo/tencent/postgres-api.ts';
import { type ParsedSample, scrape, valuesOf } from '../support/exposition.ts';
import { type InProcessExporter, startInProcess } from '../support/in-process.ts';
import { secret } from '../support/secret.ts';
import {
  createPairs,
  createServerFolder,
  installMariadb,
  type Mariadb,
  type Postgres,
  type ServerFolder,
  seenByOpenssl,
  startMariadb,
  startPostgres,
} from './databases.ts';
import { findPeer } from './peer.ts';

const postgres = findPeer('postgres');
const mariadb = findPeer('mariadbd');
const openssl = findPeer('openssl');
const { ca, pairs } = createPairs();
const good = pairs['good ECDSA'];
const other = pairs['good RSA'];

const region = 'ap-guangzhou';
const keys = { secretId: secret('id beside real databases'), secretKey: secret('key beside real databases') };
const obKeys = { accessKeyId: secret('ob id beside real ones'), accessKeySecret: secret('ob key beside real ones') };

/** IP address mismatch. */
const addressMismatch = 64;
const leafLabels = { certificate: 'server', source: 'tls_probe' };

let folder: ServerFolder;
let api: SimulatedApi;
let exporter: InProcessExporter;

const of = (samples: ParsedSample[], name: string, labels: Record<string, string> = {}) =>
  valuesOf(samples, `clouddb_${name}`, labels);

async function start(config: Record<string, unknown>): Promise<void> {
  const file = await folder.write('config.yaml', stringify({ scrape: { retries: 0 }, ...config }));
  exporter = await startInProcess({ config: file });
}

/** Scrapes, and compares what it says of the served chain and the session with what openssl says. */
async function scrapeAsOpenssl(protocol: 'postgres' | 'mysql', port: number): Promise<ParsedSample[]> {
  const samples = await scrape(exporter.url);
  const seen = await seenByOpenssl(openssl.path, protocol, port, `${folder.path}/ca.pem`);
  const [leaf, ...issuers] = seen.chain;
  const { version = '', cipher = '' } = seen;
  expect(of(samples, 'check_success', { check: 'tls' })).toEqual([1]);
  expect(of(samples, 'tls_accepted')).toEqual([1]);
  expect(of(samples, 'tls_info')).toEqual([1]);
  expect(of(samples, 'tls_info', { version, ...(version === 'TLSv1.3' && { cipher }) })).toEqual([1]);
  expect(of(samples, 'cert_not_after_timestamp_seconds', leafLabels)).toEqual([leaf?.notAfterSeconds]);
  for (const { fingerprintSha256 = '' } of seen.chain) {
    expect(of(samples, 'cert_info', { source: 'tls_probe', fingerprint_sha256: fingerprintSha256 })).toEqual([1]);
  }
  expect(of(samples, 'cert_info', { certificate: 'ca', source: 'tls_probe' })).toHaveLength(issuers.length);
  const trusted = [0, addressMismatch].includes(seen.verifyCode);
  expect(of(samples, 'cert_trusted')).toEqual([trusted ? 1 : 0]);
  if (trusted) expect(of(samples, 'cert_hostname_match')).toEqual([seen.verifyCode === 0 ? 1 : 0]);
  return samples;
}

/** What a scrape says of the wire, by family. */
function wireIn(samples: ParsedSample[]): Record<string, number[]> {
  const names = ['tls_accepted', 'plaintext_accepted', 'tls_info', 'cert_trusted', 'cert_hostname_match'];
  return {
    ...Object.fromEntries(names.map((name) => [name, of(samples, name)])),
    check_success: of(samples, 'check_success', { check: 'tls' }),
    network: of(samples, 'check_failure_info', { check: 'tls', reason: 'network' }),
    expiry: of(samples, 'cert_not_after_timestamp_seconds', leafLabels),
  };
}

/** Of a database that has no TLS. */
const noTls = {
  tls_accepted: [0],
  plaintext_accepted: [1],
  tls_info: [],
  cert_trusted: [],
  cert_hostname_match: [],
  check_success: [1],
  network: [],
  expiry: [],
};

describe.skipIf(postgres.missing || openssl.missing)('an exporter beside PostgreSQL', () => {
  let server: Postgres;
  let on: Record<string, string>;
  const hba = (type: string, method: string) => `${type} all all 127.0.0.1/32 ${method}\n`;

  beforeAll(async () => {
    folder = await createServerFolder();
    on = { ssl: 'on', ssl_cert_file: `${folder.path}/cert.pem`, ssl_key_file: `${folder.path}/key.pem` };
    await folder.write('ca.pem', ca);
    server = await startPostgres(postgres.path, folder);
    // The address and the CA certificate come from the API.
    const connectAddress = `127.0.0.1:${server.port}`;
    const instances = [{ id: 'pg', region, keys: [], sslEnabled: true, connectAddress, caCert: ca }];
    api = await startPostgresApi({ ...keys, instances });
    const account = { provider: 'tencent_postgres', endpoint: api.url, secret_id: keys.secretId };
    await start({
      accounts: { main: { ...account, secret_key: keys.secretKey, tls_probe: { plaintext: true } } },
      instances: [{ id: 'pg', region, checks: ['ssl', 'tls'] }],
    });
  });
  afterAll(async () => {
    await exporter.stop();
    await api.close();
    await folder.remove();
  });

  it.each([
    ['trust', { ssl: 'off' }],
    ['scram-sha-256', { ssl: 'off' }],
  ])('without TLS, %s', async (method, settings) => {
    await server.reload(settings, hba('host', method));
    expect(wireIn(await scrape(exporter.url))).toEqual(noTls);
  });

  const clients = { ssl_ca_file: 'ca.pem' };
  it.each([
    ['TLS on, trust', {}, hba('host', 'trust'), 1],
    ['TLS on, scram', {}, hba('host', 'scram-sha-256'), 1],
    ['TLS forced, scram', {}, hba('hostssl', 'scram-sha-256'), 0],
    ['TLS forced, client certificates wanted', clients, hba('hostssl', 'trust'), 0],
    ['TLS forced, client certificates required', clients, hba('hostssl', 'trust clientcert=verify-full'), 0],
    ['TLS forced, login by client certificate', clients, hba('hostssl', 'cert'), 0],
    ['TLS 1.2 alone', { ssl_max_protocol_version: 'TLSv1.2' }, hba('hostssl', 'scram-sha-256'), 0],
  ])('%s', async (_, { ssl_ca_file, ...settings }: Record<string, string>, lines, plaintextAccepted) => {
    await folder.serve(good);
    await server.reload({ ...on, ...settings, ...(ssl_ca_file && { ssl_ca_file: `${folder.path}/ca.pem` }) }, lines);
    const samples = await scrapeAsOpenssl('postgres', server.port);
    expect(of(samples, 'plaintext_accepted')).toEqual([plaintextAccepted]);
  });

  it.each(Object.entries(pairs))('a chain that is %s', async (_, pair) => {
    await folder.serve(pair);
    await server.reload(on, hba('hostssl', 'scram-sha-256'));
    const samples = await scrapeAsOpenssl('postgres', server.port);
    expect(of(samples, 'cert_hostname_match')).toEqual([pair.expected.nameMatches === true ? 1 : 0]);
  });

  it('sees a certificate that is renewed in the next scrape, and keeps it when the database is down', async () => {
    for (const pair of [good, other]) {
      await folder.serve(pair);
      await server.reload(on, hba('hostssl', 'scram-sha-256'));
      await scrapeAsOpenssl('postgres', server.port);
    }
    const known = wireIn(await scrape(exporter.url));
    await server.stop();
    expect(wireIn(await scrape(exporter.url))).toEqual({ ...known, check_success: [0], network: [1] });
  });
});

describe.skipIf(mariadb.missing || openssl.missing)('an exporter beside MariaDB', () => {
  let server: Mariadb;

  beforeAll(async () => {
    folder = await createServerFolder();
    await folder.write('ca.pem', ca);
    await folder.serve(good);
    await installMariadb(folder);
    const ssl = { instanceId: 'ob', enableSSL: 'OPEN', forceSSL: 'OPEN', status: 'OPEN' };
    api = await startOceanBaseApi({ ...obKeys, instances: [{ id: 'ob', ssl }] });
  });
  afterEach(() => exporter.stop());
  afterAll(async () => {
    await api.close();
    await folder.remove();
  });

  async function startBeside(...options: string[]): Promise<void> {
    server = await startMariadb(mariadb.path, folder, options);
    const account = { provider: 'oceanbase', endpoint: api.url, access_key_id: obKeys.accessKeyId };
    const probe = { address: `127.0.0.1:${server.port}`, ca_file: 'ca.pem', plaintext: true };
    await start({
      accounts: { main: { ...account, access_key_secret: obKeys.accessKeySecret } },
      instances: [{ id: 'ob', tls_probe: probe }],
    });
  }

  it('without TLS', async () => {
    await startBeside();
    const samples = await scrape(exporter.url);
    await server.stop();
    expect(wireIn(samples)).toEqual(noTls);
  });

  it('with TLS, on and forced, client certificates wanted, renewed, and stopped', async () => {
    const files = [`--ssl-cert=${folder.path}/cert.pem`, `--ssl-key=${folder.path}/key.pem`];
    await startBeside(...files, `--ssl-ca=${folder.path}/ca.pem`);
    for (const forced of ['off', 'on']) {
      await server.sql(`set global require_secure_transport=${forced}`);
      const samples = await scrapeAsOpenssl('mysql', server.port);
      expect(of(samples, 'plaintext_accepted')).toEqual([1]);
    }
    for (const pair of Object.values(pairs)) {
      await folder.serve(pair);
      await server.sql('flush ssl');
      await scrapeAsOpenssl('mysql', server.port);
    }
    const known = wireIn(await scrape(exporter.url));
    await server.stop();
    expect(wireIn(await scrape(exporter.url))).toEqual({ ...known, check_success: [0], network: [1] });
  });
});
