// Accounts that name no credential: where they come from, over time, and through a proxy. Only what depends on how Node
// starts runs as a process: the certificates that it trusts.
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { SimulatedApi } from '../../src/demo/simulated-api.ts';
import { type PostgresApiOptions, startPostgresApi } from '../../src/demo/tencent/postgres-api.ts';
import { createFolder, startExporter } from '../support/exporter-process.ts';
import { parseExposition, scrape, valuesOf } from '../support/exposition.ts';
import { type InProcessExporter, runInProcess, startInProcess } from '../support/in-process.ts';
import { startProxy, startTlsFront, testCaFile } from '../support/proxy.ts';
import { type RoleServices, type RoleState, startRoleServices } from '../support/role-services.ts';

const marker = 'PLANTED';
const refreshed = 'clouddb_exporter_credentials_last_refresh_successful';
const expires = 'clouddb_exporter_credentials_expiration_timestamp_seconds';

type Running = Pick<InProcessExporter, 'url' | 'stderr'> & { stop: () => Promise<unknown> };

let folder: Awaited<ReturnType<typeof createFolder>>;
let accepted: PostgresApiOptions;
let api: SimulatedApi;
let role: RoleState;
let services: RoleServices;
let env: Record<string, string>;
let exporter: Running | undefined;
let toClose: (() => Promise<unknown>)[];

beforeEach(async () => {
  folder = await createFolder();
  const secrets = { secretId: `AKID${marker}role`, secretKey: `${marker}-role-key`, token: `${marker}-role-token` };
  accepted = {
    ...secrets,
    instances: [1, 2].map((n) => ({ id: `postgres-${n}`, region: 'ap-guangzhou', sslEnabled: true, keys: [] })),
  };
  api = await startPostgresApi(accepted);
  role = { ...secrets, role: 'reader', lifetimeSeconds: 7200, webIdentityToken: `ey.${marker}`, broken: undefined };
  services = await startRoleServices(role);
  env = { HOME: folder.path };
  toClose = [() => api.close(), services.close];
});

afterEach(async () => {
  await exporter?.stop();
  exporter = undefined;
  await Promise.all(toClose.map((close) => close()));
  await folder.remove();
});

const config = (scrapeSettings = 'request_timeout: 5s') =>
  folder.write(
    'config.yaml',
    `
scrape: { retries: 0, ${scrapeSettings} }
accounts:
  main:
    provider: tencent_postgres
    endpoint: ${api.url}
    sts_endpoint: ${services.stsUrl}
    metadata_endpoint: ${services.metadataUrl}
    rate_limits: { "*": 1000 }
instances:
  - { id: postgres-1, region: ap-guangzhou }
  - { id: postgres-2, region: ap-guangzhou }
`,
  );

/** Starts `serve` and waits until its first sweep has finished. */
async function start(
  scrapeSettings?: string,
  run: typeof startInProcess | typeof startExporter = startInProcess,
): Promise<Running> {
  exporter = await run({ config: await config(scrapeSettings), flags: ['--log.level=debug'], env });
  await look();
  return exporter;
}

/** A scrape as Prometheus makes it, without a limit that a slow machine could reach. */
const look = () => scrape(exporter?.url ?? '', { 'X-Prometheus-Scrape-Timeout-Seconds': '60' });

/** Lets time pass for an exporter in process: by its monotonic clock, which the life of credentials goes by. */
function startClock(): { advance: (seconds: number) => void } {
  const now = performance.now.bind(performance);
  let aheadMs = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => now() + aheadMs);
  return { advance: (seconds) => void (aheadMs += seconds * 1000) };
}

const accept = (name: string, token?: string) =>
  Object.assign(accepted, { secretId: `AKID${marker}${name}`, secretKey: `${marker}-${name}-key`, token: token ?? '' });

const profile = (name: string) => `[default]\nsecret_id = AKID${marker}${name}\nsecret_key = ${marker}-${name}-key\n`;

async function writeProfile(name: string): Promise<void> {
  const file = join(folder.path, '.tencentcloud/credentials');
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, profile(name));
}

async function usePod(): Promise<void> {
  Object.assign(env, {
    TKE_REGION: 'ap-guangzhou',
    TKE_PROVIDER_ID: 'provider',
    TKE_ROLE_ARN: 'qcs::cam::uin/1:roleName/reader',
    TKE_WEB_IDENTITY_TOKEN_FILE: await folder.write('token', `${role.webIdentityToken}\n`),
  });
}

const works = [1, 1, 1, 1];
const checks = async () => valuesOf(await look(), 'clouddb_check_success');

describe('an account that names no credential', () => {
  it('uses the environment, and calls no other source', async () => {
    await writeProfile('file');
    await usePod();
    accept('env', `${marker}-env-token`);
    Object.assign(env, {
      TENCENTCLOUD_SECRET_ID: accepted.secretId,
      TENCENTCLOUD_SECRET_KEY: accepted.secretKey,
      TENCENTCLOUD_SESSION_TOKEN: accepted.token,
    });
    const { stderr } = await start();
    const samples = await look();
    expect(valuesOf(samples, 'clouddb_check_success')).toEqual(works);
    expect([valuesOf(samples, refreshed), valuesOf(samples, expires)]).toEqual([[1], []]);
    expect(services.counts).toEqual({ issued: 0, metadata: 0, sts: 0 });
    expect(stderr().match(/msg="credentials found".*source=environment/g)).toHaveLength(1);
  });

  it('uses the profile file, as it is at each sweep', async () => {
    accept('old');
    await writeProfile('old');
    await start();
    expect(await checks()).toEqual(works);
    accept('new');
    await writeProfile('new');
    expect(await checks()).toEqual(works);
    expect(services.counts.metadata + services.counts.sts).toBe(0);
  });

  it('uses the role of its pod, whose token is read for each exchange', async () => {
    await usePod();
    const { stderr } = await start();
    const samples = await look();
    expect(valuesOf(samples, 'clouddb_check_success')).toEqual(works);
    expect(valuesOf(samples, expires)[0]).toBeGreaterThan(Date.now() / 1000 + 7000);
    expect(services.counts).toEqual({ issued: 1, metadata: 0, sts: 1 });
    expect(stderr()).toContain('source="TKE pod identity"');

    role.webIdentityToken = `ey.${marker}.rotated`;
    await folder.write('token', role.webIdentityToken);
    Object.assign(accepted, Object.assign(role, { token: `${marker}-next-token` }));
    expect(await checks()).toEqual(works);
    expect(services.counts).toEqual({ issued: 2, metadata: 0, sts: 2 });
  });

  it('uses the role of its machine', async () => {
    const { stderr } = await start();
    expect(await checks()).toEqual(works);
    expect(services.counts).toEqual({ issued: 1, metadata: 2, sts: 0 });
    expect(stderr()).toContain('source="CVM role"');
  });

  it('leaves the role for a profile file that appears', async () => {
    await start();
    accept('file');
    await writeProfile('file');
    const samples = await look();
    expect(valuesOf(samples, 'clouddb_check_success')).toEqual(works);
    expect(valuesOf(samples, expires)).toEqual([]);
  });

  it('and finds none logs every source that was tried, in one line', async () => {
    role.role = undefined;
    const file = await config();
    const run = await runInProcess(['scrape', `--config.file=${file}`], env);
    expect(run.status).toBe(3);
    const [line = ''] = run.stderr.split('\n').filter((text) => text.includes('no credentials'));
    for (const text of [
      'TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY not set',
      join(folder.path, '.tencentcloud/credentials'),
      'TKE_ROLE_ARN',
      'no role is bound',
    ]) {
      expect(line).toContain(text);
    }
    expect(valuesOf(parseExposition(run.stdout), refreshed)).toEqual([0]);
    expect(api.arrivals).toEqual([]);
  });

  it('and has half of the variables does not go on to another identity', async () => {
    env['TENCENTCLOUD_SECRET_ID'] = `AKID${marker}`;
    const { stderr } = await start();
    expect(await checks()).toEqual([0, 0, 0, 0]);
    expect(stderr()).toContain('TENCENTCLOUD_SECRET_KEY not set, although TENCENTCLOUD_SECRET_ID is');
    expect(services.counts.metadata).toBe(0);
  });

  it.each<[what: string, prepare: () => unknown]>([
    ['no source at all', () => undefined],
    ['a pod', usePod],
    ['a profile file', () => writeProfile('file')],
  ])('in a configuration that is checked costs no call: %s', async (_what, prepare) => {
    await prepare();
    const run = await runInProcess(['check-config', `--config.file=${await config()}`], env);
    expect(run).toMatchObject({ status: 0, stderr: '' });
    expect(services.counts).toEqual({ issued: 0, metadata: 0, sts: 0 });
  });

  it.each<[what: string, prepare: () => unknown, says: RegExp]>([
    [
      'half of the variables',
      () => Object.assign(env, { TENCENTCLOUD_SECRET_ID: marker }),
      /TENCENTCLOUD_SECRET_KEY not/,
    ],
    [
      'a broken profile file',
      async () => Object.assign(env, { TENCENTCLOUD_CREDENTIALS_FILE: await folder.write('profile', marker) }),
      /TENCENTCLOUD_CREDENTIALS_FILE \(\/\S+\/profile\): there is no section \[default\]/,
    ],
    [
      'no token file',
      async () => Object.assign(await usePod().then(() => env), { TKE_WEB_IDENTITY_TOKEN_FILE: '/x' }),
      /TKE_WEB_/,
    ],
  ])('in a configuration that is checked is reported: %s', async (_what, prepare, says) => {
    await prepare();
    const file = await config();
    const run = await runInProcess(['check-config', `--config.file=${file}`], env);
    expect(run).toMatchObject({ status: 1, stdout: '' });
    expect(run.stderr).toMatch(says);
    expect(run.stderr.split('\n')).toEqual([
      expect.stringContaining(`${file}: accounts.main: `) as string,
      `${file}: 1 problem`,
      '',
    ]);
    expect(services.counts).toEqual({ issued: 0, metadata: 0, sts: 0 });
  });
});

describe('temporary credentials', () => {
  it('that the API refuses are renewed once, and each check is sent once more in the same sweep', async () => {
    await start();
    expect(await checks()).toEqual(works);
    // So slow that all four calls have left before the first is refused.
    accepted.latencyMs = 500;
    const before = { calls: api.arrivals.length, issued: services.counts.issued };
    Object.assign(accepted, Object.assign(role, { token: `${marker}-next-token` }));
    const samples = await look();
    expect(valuesOf(samples, 'clouddb_check_success')).toEqual(works);
    expect(api.arrivals.length - before.calls).toBe(8);
    expect(services.counts.issued - before.issued).toBe(1);
  });

  it('are renewed before they expire: no check is sent with expired ones', async () => {
    const clock = startClock();
    role.lifetimeSeconds = 600;
    await usePod();
    await start();
    for (let passed = 0; passed < 1500; passed += 200) {
      clock.advance(200);
      expect(await checks()).toEqual(works);
    }
    expect(services.counts.issued).toBeGreaterThan(2);
    const failures = valuesOf(await look(), 'clouddb_check_failures_total');
    expect(failures.every((count) => count === 0)).toBe(true);
  });

  it('stay in use while they cannot be renewed, which is logged, and recover', async () => {
    const clock = startClock();
    role.lifetimeSeconds = 600;
    const { stderr } = await start();
    role.broken = 500;
    clock.advance(400);
    // The renewal holds up no sweep: a later one shows its failure.
    await expect.poll(async () => valuesOf(await look(), refreshed)).toEqual([0]);
    const samples = await look();
    expect([valuesOf(samples, expires).length, valuesOf(samples, 'clouddb_check_success')]).toEqual([1, works]);
    clock.advance(300);
    expect(await checks()).toEqual([0, 0, 0, 0]);
    expect(stderr().match(/credentials cannot be renewed.*until=.*HTTP status 500/g)).toHaveLength(1);
    role.broken = undefined;
    clock.advance(60);
    expect(await checks()).toEqual(works);
    expect(valuesOf(await look(), refreshed)).toEqual([1]);
  });
});

describe('a source that fails at first', () => {
  it('because nothing answers is waited for no longer than for a request', async () => {
    role.broken = 0;
    const { stderr } = await start('request_timeout: 250ms');
    expect(await checks()).toEqual([0, 0, 0, 0]);
    expect(stderr()).toMatch(/no credentials.*no complete response from 127\.0\.0\.1:\d+ within 250 ms/);
  });

  it('recovers without a restart', async () => {
    const clock = startClock();
    role.broken = 503;
    await start();
    expect(await checks()).toEqual([0, 0, 0, 0]);
    role.broken = undefined;
    clock.advance(60);
    expect(await checks()).toEqual(works);
  });
});

describe('through a proxy', () => {
  const basic = `Basic ${Buffer.from(`user:${marker}-password`).toString('base64')}`;

  /** The API and the STS at their own names, behind TLS, behind a proxy. */
  async function startBehindProxy(authorization?: string) {
    const fronts = { api: await startTlsFront(api.url), sts: await startTlsFront(services.stsUrl) };
    const proxy = await startProxy(
      (authority) => (authority.startsWith('sts.') ? fronts.sts.port : fronts.api.port),
      authorization,
    );
    toClose.push(fronts.api.close, fronts.sts.close, proxy.close);
    api.url = 'https://postgres.intl.tencentcloudapi.com';
    services.stsUrl = 'https://sts.tencentcloudapi.com';
    env['NODE_EXTRA_CA_CERTS'] = testCaFile;
    return proxy;
  }

  /** As a process, which reads the authorities that it trusts when it starts. */
  const startTrusting = () => start(undefined, startExporter);

  it('the API and the STS are reached over tunnels that are kept, with the password of the proxy', async () => {
    const proxy = await startBehindProxy(basic);
    await usePod();
    env['HTTPS_PROXY'] = `http://user:${marker}-password@${proxy.host}`;
    await startTrusting();
    for (let turn = 0; turn < 3; turn++) expect(await checks()).toEqual(works);
    const asked = proxy.asked.map(({ authority }) => authority).toSorted();
    expect(asked[asked.length - 1]).toBe('sts.tencentcloudapi.com:443');
    expect(new Set(asked.slice(0, -1))).toEqual(new Set(['postgres.intl.tencentcloudapi.com:443']));
    // As many as there were calls at the same time, however many sweeps there were.
    expect(asked.length).toBeLessThanOrEqual(5);
    expect(proxy.connections.open).toBe(asked.length);
    expect(new Set(proxy.asked.map(({ authorization }) => authorization))).toEqual(new Set([basic]));
    expect(proxy.tunnelled()).not.toContain(marker);
  });

  it('that is itself reached over TLS, the API is reached, too', async () => {
    const proxy = await startBehindProxy(basic);
    const front = await startTlsFront(`http://${proxy.host}`);
    toClose.push(front.close);
    env['https_proxy'] = `https://user:${marker}-password@${front.host}`;
    await usePod();
    await startTrusting();
    expect(await checks()).toEqual(works);
    expect(front.connections.open).toBe(proxy.asked.length);
  });

  it('the metadata service and endpoints on this machine are never called', async () => {
    const proxy = await startProxy(() => 1);
    toClose.push(proxy.close);
    for (const name of ['HTTPS_PROXY', 'HTTP_PROXY', 'ALL_PROXY', 'http_proxy']) env[name] = `http://${proxy.host}`;
    await start();
    expect(await checks()).toEqual(works);
    expect(proxy.connections.total).toBe(0);
  });

  it.each([
    [
      'refuses the password',
      () => basic,
      /the proxy 127\.0\.0\.1:\d+ requires a valid user and password.*status 407.*HTTPS_PROXY/,
    ],
    ['has a name that does not exist', () => undefined, /the proxy proxy\.invalid:3128 cannot be reached/],
  ])('that %s is named, and no password', async (_what, authorization, says) => {
    const proxy = await startBehindProxy(authorization());
    const host = authorization() === undefined ? 'proxy.invalid:3128' : proxy.host;
    env['HTTPS_PROXY'] = `http://user:${marker}-wrong@${host}`;
    const { stderr } = await startTrusting();
    expect(await checks()).toEqual([0, 0, 0, 0]);
    expect(stderr()).toMatch(/reason=network/);
    expect(stderr()).toMatch(says);
    expect(stderr()).not.toContain(Buffer.from(`user:${marker}-wrong`).toString('base64'));
  });

  it('whose variable is not understood is reported by the name of the variable', async () => {
    await startBehindProxy();
    env['https_proxy'] = `socks5://user:${marker}@proxy:1080`;
    const { stderr } = await startTrusting();
    expect(await checks()).toEqual([0, 0, 0, 0]);
    expect(stderr()).toMatch(/reason=network.*https_proxy is not a valid HTTP proxy/);
  });

  it('the certificate of the API is verified', async () => {
    const proxy = await startBehindProxy();
    env['HTTPS_PROXY'] = `http://${proxy.host}`;
    delete env['NODE_EXTRA_CA_CERTS'];
    const { stderr } = await startTrusting();
    expect(await checks()).toEqual([0, 0, 0, 0]);
    expect(stderr()).toMatch(
      /through the proxy 127\.0\.0\.1:\d+ is not trusted \(UNABLE_TO_VERIFY_LEAF_SIGNATURE\).*NODE_EXTRA_CA_CERTS/,
    );
    expect(api.arrivals).toEqual([]);
  });
});
