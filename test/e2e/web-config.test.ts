// The program behind --web.config.file, and its probe listener. Only what depends on how Node starts runs as a process.
import { rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { hashSync } from 'bcryptjs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { startOceanBaseApi } from '../../src/demo/oceanbase/oceanbase-api.ts';
import type { SimulatedApi } from '../../src/demo/simulated-api.ts';
import { createCertificates } from '../support/client-auth.ts';
import { createFolder, type ExporterProcess, runProgram, startExporter } from '../support/exporter-process.ts';
import { parseExposition, valuesOf } from '../support/exposition.ts';
import { ask, basic } from '../support/https.ts';
import { type InProcessExporter, runInProcess, startInProcess } from '../support/in-process.ts';
import { secret } from '../support/secret.ts';

const certificates = createCertificates();
const { ca } = certificates;
const hash = hashSync('right', 4);
const ann = { headers: basic('ann', 'right'), ca };
/** A failed handshake: by an alert, or by a closed connection. */
const refused = /alert|socket hang up|ECONNRESET/;
const successful = 'clouddb_exporter_web_config_last_reload_successful';

let api: SimulatedApi;
let folder: Awaited<ReturnType<typeof createFolder>>;
let config: string;
const started: { stop: () => Promise<unknown> }[] = [];

beforeAll(async () => {
  const ssl = { enableSSL: 'OPEN' };
  api = await startOceanBaseApi({
    accessKeyId: secret('id'),
    accessKeySecret: secret('key'),
    instances: [
      { id: 'a', ssl },
      { id: 'hangs', ssl },
    ],
    intercept: ({ instanceId }) => instanceId === 'hangs',
  });
});
afterAll(() => api.close());
beforeEach(async () => {
  folder = await createFolder();
  config = await folder.write('config.yaml', configOf('a'));
  await folder.write('cert.pem', certificates.server.cert);
  await folder.write('key.pem', certificates.server.key);
  api.arrivals.length = 0;
});
afterEach(async () => {
  await Promise.all(started.splice(0).map((exporter) => exporter.stop()));
  await folder.remove();
});

function configOf(...ids: string[]): string {
  const account = {
    provider: 'oceanbase',
    endpoint: api.url,
    access_key_id: secret('id'),
    access_key_secret: secret('key'),
  };
  return stringify({ accounts: { ob: account }, instances: ids.map((id) => ({ id })) });
}

const tls = { tls_server_config: { cert_file: 'cert.pem', key_file: 'key.pem' } };
const writeWeb = (settings: unknown) => folder.write('web.yaml', stringify(settings));

async function start(settings: unknown, flags: readonly string[] = []): Promise<InProcessExporter> {
  const web = await writeWeb(settings);
  const exporter = await startInProcess({ config, flags: [`--web.config.file=${web}`, ...flags] });
  started.push(exporter);
  return exporter;
}

/** As a process. */
async function startProcess(settings: unknown, env: NodeJS.ProcessEnv = {}): Promise<ExporterProcess> {
  const web = await writeWeb(settings);
  const exporter = await startExporter({ config, env, flags: [`--web.config.file=${web}`] });
  started.push(exporter);
  return exporter;
}

/** Address of the probe listener. */
function probeUrl({ stderr }: InProcessExporter): string {
  return `http://${/ at=(\S+)/.exec(stderr())?.[1]}`;
}

async function gauge(url: string, name: string): Promise<number[]> {
  return valuesOf(parseExposition((await ask(`${url}/metrics`, ann)).body), name);
}

describe('TLS with users', () => {
  it('shows metrics and page to users with the password, and logs at start what is on', async () => {
    const { secureUrl, url, stderr } = await start({ ...tls, basic_auth_users: { ann: hash } });
    expect((await ask(`${secureUrl}/metrics`, { ca })).status).toBe(401);
    expect((await ask(`${secureUrl}/metrics`, { ca, headers: basic('ann', 'wrong') })).status).toBe(401);
    expect(await gauge(secureUrl, 'clouddb_ssl_enabled')).toEqual([1]);
    expect(await gauge(secureUrl, successful)).toEqual([1]);
    expect((await ask(`${secureUrl}/`, ann)).headers['content-security-policy']).toMatch(/^default-src 'none'/);
    expect(await ask(`${url}/metrics`)).toMatchObject({
      status: 400,
      body: 'Client sent an HTTP request to an HTTPS server.\n',
    });
    expect(stderr()).toContain(
      'msg="web configuration" tls=true client_auth=NoClientCert basic_auth=true rate_limit=false',
    );
  });

  it('requires a client certificate if configured', async () => {
    await folder.write('ca.pem', ca);
    const settings = {
      ...tls.tls_server_config,
      client_auth_type: 'RequireAndVerifyClientCert',
      client_ca_file: 'ca.pem',
    };
    const { secureUrl } = await start({ tls_server_config: settings });
    await expect(ask(`${secureUrl}/metrics`, { ca })).rejects.toThrow(refused);
    expect((await ask(`${secureUrl}/metrics`, { ca, ...certificates.clients.good })).status).toBe(200);
  });

  it('trusts no authority when client_ca_file holds none, not even those of the system', async () => {
    const extra = { NODE_EXTRA_CA_CERTS: await folder.write('ca.pem', ca) };
    await folder.write('empty.pem', 'nothing yet\n');
    const settings = { ...tls.tls_server_config, client_auth_type: 'RequireAndVerifyClientCert' };
    const { secureUrl } = await startProcess({ tls_server_config: settings }, extra);
    expect((await ask(`${secureUrl}/-/healthy`, { ca, ...certificates.clients.good })).status).toBe(200);
    await writeWeb({ tls_server_config: { ...settings, client_ca_file: 'empty.pem' } });
    await expect(ask(`${secureUrl}/-/healthy`, { ca, ...certificates.clients.good })).rejects.toThrow(refused);
  });

  // As without TLS: test/e2e/serve.test.ts.
  it('sends the response in progress before it exits', async () => {
    config = await folder.write('config.yaml', configOf('a', 'hangs'));
    const exporter = await startProcess({ ...tls, basic_auth_users: { ann: hash } });
    const headers = { ...ann.headers, 'X-Prometheus-Scrape-Timeout-Seconds': '300' };
    const answer = ask(`${exporter.secureUrl}/metrics`, { ca, headers });
    while (api.arrivals.length < 2) await ask(`${exporter.secureUrl}/-/healthy`, ann);
    await ask(`${exporter.secureUrl}/-/healthy`, ann);
    const ended = exporter.stop();
    expect((await answer).body).toMatch(/^clouddb_ssl_enabled\{.*instance_id="a".*\} 1$/m);
    expect(await ended).toBe(0);
    started.length = 0;
  });
});

describe('a password', () => {
  const long = 'p'.repeat(72);
  const form = (prefix: string) => `${prefix}${hash.slice(3)}`;

  it('is compared as bcrypt of Go does, whatever the hash begins with', async () => {
    const { url } = await start({
      basic_auth_users: {
        a: form('$2a'),
        b: form('$2b'),
        x: form('$2x'),
        y: form('$2y'),
        long: hashSync(long, 4),
        ünï: hashSync('pässwörd: ✓', 4),
        empty: hashSync('', 4),
        short: hash.slice(0, 59),
      },
    });
    const cases: [string, string, number][] = [
      ...['a', 'b', 'x', 'y'].map((user): [string, string, number] => [user, 'right', 200]),
      ['a', 'wrong', 401],
      ['y', '', 401],
      ['long', long, 200],
      ['long', `${long} and what comes after the 72nd byte`, 200],
      ['long', long.slice(1), 401],
      ['ünï', 'pässwörd: ✓', 200],
      ['empty', '', 200],
      ['short', 'right', 401],
      ['nobody', 'right', 401],
      ['constructor', 'right', 401],
      ['', '', 401],
    ];
    for (const [user, password, status] of cases) {
      const answer = await ask(`${url}/-/healthy`, { headers: basic(user, password) });
      expect({ user, password, status: answer.status }).toEqual({ user, password, status });
    }
  });
});

describe('while it runs', () => {
  it('reloads users, headers and certificates', async () => {
    const exporter = await start({ ...tls, basic_auth_users: { ann: hash } });
    expect((await ask(`${exporter.secureUrl}/`, ann)).status).toBe(200);
    const fresh = createCertificates();
    await folder.write('cert.pem', fresh.server.cert);
    await folder.write('key.pem', fresh.server.key);
    const headers = { 'Strict-Transport-Security': 'max-age=1' };
    await writeWeb({ ...tls, basic_auth_users: { bob: hash }, http_server_config: { headers } });
    expect((await ask(`${exporter.secureUrl}/`, { ...ann, ca: fresh.ca })).status).toBe(401);
    const answer = await ask(`${exporter.secureUrl}/`, { ca: fresh.ca, headers: basic('bob', 'right') });
    expect([answer.status, answer.headers['strict-transport-security']]).toEqual([200, 'max-age=1']);
    await expect(ask(`${exporter.secureUrl}/`, ann)).rejects.toThrow(/certificate/);
  });

  it.each<[string, () => Promise<unknown>]>([
    ['is empty, as while it is written', () => folder.write('web.yaml', '')],
    ['is no YAML any more', () => folder.write('web.yaml', '{')],
    ['has a user without a hash', () => writeWeb({ ...tls, basic_auth_users: { ann: 'PLANTED' } })],
    ['is gone', () => rm(join(folder.path, 'web.yaml'))],
    ['has lost its certificate', () => rm(join(folder.path, 'cert.pem'))],
    ['has the key of another certificate', () => folder.write('key.pem', createCertificates().server.key)],
  ])('keeps the last good state when the file %s, and reports it', async (_, spoil) => {
    const exporter = await start({ ...tls, basic_auth_users: { ann: hash } }, ['--web.enable-lifecycle']);
    const { secureUrl, stderr, logged } = exporter;
    await spoil();
    for (let n = 0; n < 3; n++) {
      expect((await ask(`${secureUrl}/`, ann)).status).toBe(200);
      expect((await ask(`${secureUrl}/`, { ca })).status).toBe(401);
    }
    expect(await gauge(secureUrl, successful)).toEqual([0]);
    const reload = await ask(`${secureUrl}/-/reload`, { ...ann, method: 'POST' });
    expect(reload.status).toBe(500);
    expect(reload.body).toContain('web.yaml:');
    const complaints = stderr().match(/(?:invalid|cannot read the) web configuration;/g);
    expect(complaints).toHaveLength(1);
    expect(reload.body).not.toMatch(/PRIVATE|\$2[aby]\$/);

    await folder.write('cert.pem', certificates.server.cert);
    await folder.write('key.pem', certificates.server.key);
    await writeWeb({ ...tls, basic_auth_users: { ann: hash } });
    expect(await gauge(secureUrl, successful)).toEqual([1]);
    await logged('web configuration reloaded');
  });

  it('reports settings that need a restart', async () => {
    const { url, logged } = await start({ basic_auth_users: { ann: hash } });
    await writeWeb({ ...tls, rate_limit: { interval: '1h', burst: 1 }, basic_auth_users: { ann: hash } });
    for (let n = 0; n < 3; n++) expect((await ask(`${url}/`, ann)).status).toBe(200);
    await logged('level=warn msg="web configuration changed; restart to apply these settings"');
  });

  it('limits the rate', async () => {
    const { url } = await start({ rate_limit: { interval: '1h', burst: 2 } });
    const answers = [];
    for (let n = 0; n < 3; n++) answers.push(await ask(`${url}/-/healthy`));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 429]);
    expect(Number(answers[2]?.headers['retry-after'])).toBeGreaterThan(3500);
  });
});

describe('an invalid web configuration at startup', () => {
  it.each(['serve', 'demo', 'check-config'])('exits %s with status 1 and every problem on stderr', async (command) => {
    const web = await writeWeb({
      tls_server_config: { cert_file: 'no.pem', key_file: 'key.pem' },
      http_server_config: { headers: { Server: 'x' } },
      basic_auth_users: { ann: 'PLANTED' },
    });
    const flags = command === 'demo' ? [] : [`--config.file=${config}`];
    const run = await runInProcess([command, ...flags, `--web.config.file=${web}`]);
    expect(run.status).toBe(1);
    for (const path of ['tls_server_config.cert_file', 'http_server_config.headers.Server', 'basic_auth_users']) {
      expect(run.stderr).toMatch(new RegExp(`^${web}:\\d+:\\d+: ${path}: `, 'm'));
    }
    expect(run.stderr).not.toContain('listening');
  });

  it('is reported together with the problems of the configuration', async () => {
    const web = await writeWeb({ nothing: 1 });
    const bad = await folder.write('bad.yaml', 'accounts: 1');
    for (const command of ['serve', 'check-config']) {
      const run = await runInProcess([command, `--config.file=${bad}`, `--web.config.file=${web}`]);
      expect(run.status).toBe(1);
      expect(run.stderr).toContain(`${bad}:1:`);
      expect(run.stderr).toContain(`${web}:1:`);
    }
  });

  it('that is missing is reported with its path', async () => {
    const run = await runProgram(['serve', `--config.file=${config}`, '--web.config.file=no-such-file.yaml']);
    expect(run.status).toBe(1);
    expect(run.stderr).toMatch(/^no-such-file\.yaml: .*ENOENT/m);
  });
});

describe('check-config', () => {
  it('sums up the web configuration on a separate line', async () => {
    const web = await writeWeb({ ...tls, basic_auth_users: { ann: hash }, rate_limit: { interval: '1s', burst: 1 } });
    expect(await runInProcess(['check-config', `--config.file=${config}`, `--web.config.file=${web}`])).toEqual({
      status: 0,
      stdout: expect.stringMatching(
        /: OK: 1 account, 1 instance, 2 checks, 1 warning\n[^]*: OK: TLS with NoClientCert, 1 user, 0 headers, rate limit\n/,
      ) as string,
      stderr: '',
    });
  });
});

describe('the probe listener', () => {
  const flags = ['--web.probe-listen-address=127.0.0.1:0'];

  it('stays plain and open with TLS, users and the rate limit, and serves nothing else', async () => {
    const exporter = await start(
      { ...tls, basic_auth_users: { ann: hash }, rate_limit: { interval: '1h', burst: 0 } },
      flags,
    );
    await exporter.logged(' at=');
    const probes = probeUrl(exporter);
    for (let n = 0; n < 5; n++) expect((await ask(`${probes}/-/healthy`)).status).toBe(200);
    expect([200, 503]).toContain((await ask(`${probes}/-/ready`)).status);
    for (const path of ['/', '/metrics', '/-/reload']) expect((await ask(`${probes}${path}`)).status).toBe(404);
    expect((await ask(`${exporter.secureUrl}/-/healthy`, ann)).status).toBe(429);
  });

  it('is logged in other words than the address of the metrics', async () => {
    const exporter = await start({}, [...flags, ...flags]);
    await exporter.stop();
    const lines = exporter.stderr().split('\n');
    expect(lines.filter((line) => line.includes('listening'))).toHaveLength(1);
    expect(lines.filter((line) => / address=/.test(line))).toHaveLength(1);
    expect(lines.filter((line) => line.includes(' at=127.0.0.1:'))).toHaveLength(2);
  });

  it('on a port in use exits with status 2 and the name of the flag', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as { port: number };
    const run = await runInProcess([
      'serve',
      `--config.file=${config}`,
      '--web.listen-address=127.0.0.1:0',
      `--web.probe-listen-address=127.0.0.1:${port}`,
    ]);
    await new Promise((resolve) => taken.close(resolve));
    expect(run.status).toBe(2);
    expect(run.stderr).toMatch(/cannot listen.*--web\.probe-listen-address.*EADDRINUSE/);
    expect(run.stderr).not.toContain('msg="listening"');
  });

  it('and a known user are answered while passwords are guessed', async () => {
    const exporter = await start({ basic_auth_users: { ann: hashSync('right', 12) } }, flags);
    await exporter.logged(' at=');
    const probes = probeUrl(exporter);
    expect((await ask(`${exporter.url}/`, ann)).status).toBe(200);
    let guessing = true;
    const guesses = Promise.all(
      Array.from({ length: 3 }, (_, n) => ask(`${exporter.url}/`, { headers: basic('ann', `guess ${n}`) })),
    ).finally(() => {
      guessing = false;
    });
    let answered = 0;
    while (guessing) {
      const answers = [await ask(`${probes}/-/healthy`), await ask(`${exporter.url}/-/healthy`, ann)];
      expect(answers.map(({ status }) => status)).toEqual([200, 200]);
      answered += answers.length;
    }
    expect((await guesses).map(({ status }) => status)).toEqual([401, 401, 401]);
    // On the main thread each comparison would hold up everything: one answer or two for each of them.
    expect(answered).toBeGreaterThan(3 * 5);
  });
});

describe('the demo', () => {
  it('prints https with TLS', async () => {
    const web = await writeWeb(tls);
    const exporter = await startInProcess({ command: 'demo', flags: [`--web.config.file=${web}`] });
    started.push(exporter);
    expect((await ask(`${exporter.secureUrl}/`, { ca })).status).toBe(200);
    expect(exporter.stdout()).toContain(exporter.url.replace('http:', 'https:'));
    expect(exporter.stdout()).not.toContain('http://');
  });
});
