// curl, openssl, htpasswd and a real Prometheus against an exporter behind TLS, client certificates and passwords.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { stringify } from 'yaml';
import { allowedSan, clientAuthTable, clients, createCertificates } from '../support/client-auth.ts';
import { type ExporterProcess, startExporter } from '../support/exporter-process.ts';
import { createPeerFolder, findPeer, outputOf, startPrometheus } from './peer.ts';

const curl = findPeer('curl');
const openssl = findPeer('openssl');
const htpasswd = findPeer('htpasswd');
const prometheus = findPeer('prometheus');
const missing = [curl, openssl, htpasswd, prometheus].some((peer) => peer.missing);

const certificates = createCertificates();
const tls = { cert_file: 'cert.pem', key_file: 'key.pem' };

let folder: Awaited<ReturnType<typeof createPeerFolder>>;
let exporter: ExporterProcess;
let port = '';
const cleanup: (() => unknown)[] = [];

/** Output and exit status of a program. */
interface Run {
  status: number;
  stdout: string;
  stderr: string;
}

function run(path: string, args: readonly string[]): Promise<Run> {
  return new Promise((resolve) => {
    const child = execFile(path, args, { timeout: 30_000 }, (error, stdout, stderr) => {
      resolve({ status: error === null ? 0 : Number(error.code ?? -1), stdout, stderr });
    });
    child.stdin?.end();
  });
}

const file = (name: string) => join(folder.path, name);
const write = (settings: unknown) => folder.write('web.yaml', stringify(settings));
const fetchHealth = (...args: string[]) =>
  run(curl.path, ['-sS', '--cacert', file('ca.pem'), ...args, `${exporter.secureUrl}/-/healthy`]);
const handshake = (...args: string[]) =>
  run(openssl.path, ['s_client', '-connect', `127.0.0.1:${port}`, '-CAfile', file('ca.pem'), '-brief', ...args]);

describe.skipIf(missing)('over the wire', () => {
  beforeAll(async () => {
    folder = await createPeerFolder();
    cleanup.push(folder.remove);
    await folder.write('ca.pem', certificates.ca);
    await folder.write('cert.pem', certificates.server.cert);
    await folder.write('key.pem', certificates.server.key);
    for (const name of clients) {
      const pair = certificates.clients[name];
      if (pair !== undefined) await folder.write(`${name}.pem`, pair.cert + pair.key);
    }
    const web = await write({ tls_server_config: tls });
    exporter = await startExporter({ command: 'demo', flags: [`--web.config.file=${web}`] });
    cleanup.push(() => exporter.stop());
    port = new URL(exporter.url).port;
  });

  afterAll(async () => {
    for (const end of cleanup.splice(0).toReversed()) await end();
  });

  it.each(clientAuthTable)('curl comes through $mode, allowed names listed: $sans, if it may', async (row) => {
    await write({
      tls_server_config: {
        ...tls,
        client_auth_type: row.mode,
        ...(row.mode === 'NoClientCert' ? {} : { client_ca_file: 'ca.pem' }),
        ...(row.sans ? { client_allowed_sans: [allowedSan] } : {}),
      },
    });
    for (const version of ['1.2', '1.3']) {
      const accepted = [];
      for (const name of clients) {
        const given = name === 'none' ? [] : ['--cert', file(`${name}.pem`)];
        const { status, stdout } = await fetchHealth(`--tlsv${version}`, '--tls-max', version, ...given);
        if (status === 0 && stdout === 'healthy\n') accepted.push(name);
      }
      expect({ version, accepted }).toEqual({ version, accepted: row.accepted });
    }
  });

  it.each([
    [undefined, undefined, ['1.2', '1.3']],
    ['TLS13', undefined, ['1.3']],
    [undefined, 'TLS12', ['1.2']],
    ['TLS10', 'TLS11', ['1', '1.1']],
    ['TLS13', 'TLS12', []],
  ])('openssl shakes hands from version %s to %s alone', async (min_version, max_version, spoken) => {
    await write({ tls_server_config: { ...tls, min_version, max_version } });
    const heard = [];
    for (const flag of ['-tls1', '-tls1_1', '-tls1_2', '-tls1_3']) {
      const { status, stderr } = await handshake(flag, '-cipher', 'ALL:@SECLEVEL=0');
      if (status === 0) heard.push(/Protocol version: TLSv(\S+)/.exec(stderr)?.[1]);
    }
    expect(heard).toEqual(spoken);
  });

  it('openssl agrees with the exporter on a listed suite and curve, and on no other', async () => {
    const cipher_suites = ['TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA'];
    await write({ tls_server_config: { ...tls, cipher_suites, curve_preferences: ['CurveP384'] } });
    const { stderr } = await handshake('-tls1_2');
    expect(stderr).toContain('Ciphersuite: ECDHE-ECDSA-AES256-SHA');
    expect(stderr).toMatch(/Server Temp Key: ECDH, (?:secp384r1|P-384)/);
    expect((await handshake('-tls1_2', '-cipher', 'ECDHE-ECDSA-AES128-GCM-SHA256')).status).not.toBe(0);
    expect((await handshake('-groups', 'P-256')).status).not.toBe(0);
  });

  it('is HTTP/1.1 for a client that would rather have HTTP/2', async () => {
    await write({ tls_server_config: tls });
    const { stdout } = await run(openssl.path, ['s_client', '-connect', `127.0.0.1:${port}`, '-alpn', 'h2,http/1.1']);
    expect(stdout).toContain('ALPN protocol: http/1.1');
    expect((await fetchHealth('--http2', '-w', '%{http_version}')).stdout).toBe('healthy\n1.1');
  });

  it('responds to plain HTTP of curl with an error', async () => {
    const { stdout } = await run(curl.path, ['-s', '-w', '%{http_code}', `${exporter.url}/metrics`]);
    expect(stdout).toBe('Client sent an HTTP request to an HTTPS server.\n400');
  });

  it('changes its certificate under load and fails no request', async () => {
    await write({ tls_server_config: tls });
    const url = `${exporter.secureUrl}/-/healthy?[1-300]`;
    let loading = true;
    const request = ['-sS', '--cacert', file('ca.pem'), '-H', 'Connection: close'];
    const load = run(curl.path, [...request, '-o', '/dev/null', '-w', '%{http_code}\n', url]).finally(() => {
      loading = false;
    });
    const served = new Set<string | undefined>();
    let written = 0;
    while (loading) {
      const pair = certificates.issue({ name: `turn ${++written}`, sans: ['DNS:localhost'] });
      // Between the two, they do not belong together: the ones before serve on.
      await folder.write('cert.pem', pair.cert);
      await folder.write('key.pem', pair.key);
      served.add(/Peer certificate: CN ?= ?(.*)/.exec((await handshake()).stderr)?.[1]);
    }
    const { status, stdout, stderr } = await load;
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toBe('200\n'.repeat(300));
    expect([...served]).toEqual(Array.from({ length: written }, (_, turn) => `turn ${turn + 1}`));
    expect(written).toBeGreaterThan(1);
  });

  it('knows the passwords of htpasswd', async () => {
    const [, hash = ''] = outputOf(htpasswd.path, ['-nbB', 'ann', 'right']).trim().split(':');
    expect(hash).toMatch(/^\$2y\$/);
    await write({ tls_server_config: tls, basic_auth_users: { ann: hash } });
    for (const [user, status] of [
      ['ann:right', '200'],
      ['ann:wrong', '401'],
      ['eve:right', '401'],
    ] as const) {
      expect((await fetchHealth('-u', user, '-o', '/dev/null', '-w', '%{http_code}')).stdout).toBe(status);
    }
  });

  it('is scraped by Prometheus with a certificate and a password, and not without', async () => {
    const [, hash = ''] = outputOf(htpasswd.path, ['-nbB', 'prometheus', 'right']).trim().split(':');
    await write({
      tls_server_config: { ...tls, client_auth_type: 'RequireAndVerifyClientCert', client_ca_file: 'ca.pem' },
      basic_auth_users: { prometheus: hash },
    });
    await folder.write('password', 'right');
    const { cert = '', key = '' } = certificates.clients.good ?? {};
    const secured = {
      scheme: 'https',
      static_configs: [{ targets: [`localhost:${port}`] }],
      basic_auth: { username: 'prometheus', password_file: file('password') },
      tls_config: {
        ca_file: file('ca.pem'),
        cert_file: await folder.write('client.cert.pem', cert),
        key_file: await folder.write('client.key.pem', key),
      },
    };
    const configuration = {
      global: { scrape_interval: '1s', scrape_timeout: '1s' },
      scrape_configs: [
        { job_name: 'good', ...secured },
        { job_name: 'password', ...secured, basic_auth: { username: 'prometheus', password: 'wrong' } },
        { job_name: 'certificate', ...secured, tls_config: { ca_file: file('ca.pem') } },
      ],
    };
    const server = await startPrometheus(prometheus.path, folder, JSON.stringify(configuration));
    cleanup.push(server.stop);
    await vi.waitFor(
      async () => {
        const { data } = (await (await fetch(`${server.url}/api/v1/targets`)).json()) as Answer;
        const found = Object.fromEntries(data.activeTargets.map((target) => [target.labels['job'] ?? '', target]));
        expect(found).toMatchObject({
          good: { health: 'up', lastError: '' },
          password: { health: 'down', lastError: expect.stringContaining('401') as string },
          certificate: { health: 'down', lastError: expect.stringMatching(/certificate|EOF|reset/) as string },
        });
      },
      { timeout: 30_000, interval: 100 },
    );
  });
});

interface Answer {
  data: { activeTargets: { labels: Record<string, string>; health: string; lastError: string }[] };
}
