// Accounts that assume roles with one key: each is called with the credentials of its role, and fails alone.
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { stringify } from 'yaml';
import type { SimulatedApi } from '../../src/demo/simulated-api.ts';
import { type PostgresApiOptions, startPostgresApi } from '../../src/demo/tencent/postgres-api.ts';
import type { TencentCredential } from '../../src/demo/tencent/tencent-verification.ts';
import { createFolder } from '../support/exporter-process.ts';
import { scrape, valuesOf } from '../support/exposition.ts';
import { type InProcessExporter, runInProcess, startInProcess } from '../support/in-process.ts';
import { type RoleServices, type RoleState, startRoleServices } from '../support/role-services.ts';
import { secret } from '../support/secret.ts';

const refreshed = 'clouddb_exporter_credentials_last_refresh_successful';
const expires = 'clouddb_exporter_credentials_expiration_timestamp_seconds';
const region = 'ap-guangzhou';

const arnOf = (name: string) => `qcs::cam::uin/100000000001:roleName/${name}`;
const temporary = (name: string): Required<TencentCredential> => ({
  secretId: secret(`id of role ${name}`),
  secretKey: secret(`key of role ${name}`),
  token: secret(`token of role ${name}`),
});
const keyOf = (name: string): TencentCredential => ({
  secretId: secret(`id of key ${name}`),
  secretKey: secret(`secret of key ${name}`),
});

interface Cloud {
  options: PostgresApiOptions;
  api: SimulatedApi;
}

let folder: Awaited<ReturnType<typeof createFolder>>;
let services: RoleServices;
let state: RoleState & Required<Pick<RoleState, 'caller' | 'roles'>>;
/** One API for each role, which accepts the credentials of that role only. */
let clouds: Record<'one' | 'two', Cloud>;
let exporter: InProcessExporter | undefined;

beforeEach(async () => {
  folder = await createFolder();
  clouds = { one: await startCloud('one'), two: await startCloud('two') };
  state = {
    ...temporary('of a machine'),
    role: undefined,
    lifetimeSeconds: 7200,
    webIdentityToken: secret('web identity'),
    broken: undefined,
    caller: keyOf('first'),
    roles: { [arnOf('one')]: clouds.one.options as Required<TencentCredential>, [arnOf('two')]: temporary('two') },
  };
  services = await startRoleServices(state);
  await writeKey('first');
});

afterEach(async () => {
  await exporter?.stop();
  exporter = undefined;
  await Promise.all([services.close(), clouds.one.api.close(), clouds.two.api.close()]);
  await folder.remove();
});

async function startCloud(name: string): Promise<Cloud> {
  const instances = [{ id: `postgres-${name}`, region, sslEnabled: true, keys: [] }];
  const options = { ...temporary(name), instances };
  return { options, api: await startPostgresApi(options) };
}

async function writeKey(name: string): Promise<void> {
  await folder.write('key-id', keyOf(name).secretId);
  await folder.write('key', keyOf(name).secretKey);
}

interface Given {
  cloud?: 'one' | 'two';
  role?: string;
  credentials?: Record<string, string>;
}

const files = { secret_id_file: 'key-id', secret_key_file: 'key' };

function accountOf(name: 'one' | 'two', { cloud = name, role = name, credentials = files }: Given = {}) {
  return {
    provider: 'tencent_postgres',
    endpoint: clouds[cloud].api.url,
    sts_endpoint: services.stsUrl,
    metadata_endpoint: services.metadataUrl,
    assume_role: { role_arn: arnOf(role), session_name: 'watcher', duration: '2h' },
    ...credentials,
  };
}

/** Two accounts, `one` and `two`, that assume the roles of these names with one key, but for what is given. */
function writeConfig(given: Partial<Record<'one' | 'two', Given>> = {}): Promise<string> {
  const accounts = { one: accountOf('one', given.one), two: accountOf('two', given.two) };
  const instances = (['one', 'two'] as const).map((account) => ({
    account,
    id: `postgres-${given[account]?.cloud ?? account}`,
    region,
  }));
  return folder.write('config.yaml', stringify({ scrape: { retries: 0 }, accounts, instances }));
}

async function start(given?: Parameters<typeof writeConfig>[0], env: NodeJS.ProcessEnv = {}): Promise<void> {
  const config = await writeConfig(given);
  exporter = await startInProcess({ config, flags: ['--log.level=debug'], env });
}

/** The results of the checks by account, and why they fail. */
async function look() {
  const samples = await scrape(exporter?.url ?? '', { 'X-Prometheus-Scrape-Timeout-Seconds': '60' });
  const successOf = (account: string) => valuesOf(samples, 'clouddb_check_success', { account });
  const reasonsOf = (account: string) =>
    samples
      .filter(
        ({ name, labels, value }) =>
          name.startsWith('clouddb_check_fail') && labels['account'] === account && value > 0,
      )
      .map(({ labels }) => labels['reason']);
  return { samples, one: successOf('one'), two: successOf('two'), reasonsOf };
}

/** Lets time pass by the monotonic clock, which the life of credentials goes by. */
function advance(seconds: number): void {
  const now = performance.now.bind(performance);
  vi.spyOn(performance, 'now').mockImplementation(() => now() + seconds * 1000);
}

const works = [1, 1];
const fails = [0, 0];

describe('accounts that assume roles with one key', () => {
  it('are called with the credentials of their roles, for one call of the STS each', async () => {
    await start();
    for (let turn = 0; turn < 3; turn++) expect(await look()).toMatchObject({ one: works, two: works });
    expect(services.counts).toEqual({ issued: 2, metadata: 0, sts: 2 });
    const { samples } = await look();
    expect(valuesOf(samples, refreshed)).toEqual([1, 1]);
    const [expiry = 0] = valuesOf(samples, expires, { account: 'two' });
    expect(expiry - Date.now() / 1000).toBeGreaterThan(7100);
    expect(exporter?.stderr()).toContain(`msg="credentials found" provider=tencent_postgres account=one source="role `);
  });

  it.each<[what: string, given: Given, env: () => NodeJS.ProcessEnv, prepare?: () => unknown]>([
    ['its configuration', { credentials: { secret_id: keyOf('first').secretId, secret_key_file: 'key' } }, () => ({})],
    [
      'the environment',
      { credentials: {} },
      () => ({ TENCENTCLOUD_SECRET_ID: keyOf('first').secretId, TENCENTCLOUD_SECRET_KEY: keyOf('first').secretKey }),
    ],
    [
      'a profile file',
      { credentials: {} },
      () => ({ TENCENTCLOUD_CREDENTIALS_FILE: join(folder.path, 'profile') }),
      () => {
        const { secretId, secretKey } = keyOf('first');
        return folder.write('profile', `[default]\nsecret_id = ${secretId}\nsecret_key = ${secretKey}\n`);
      },
    ],
    [
      'the role of the machine',
      { credentials: {} },
      () => ({}),
      () => {
        state.role = 'machine';
        state.caller = temporary('of a machine');
      },
    ],
  ])('take the key from %s', async (_what, given, env, prepare) => {
    await prepare?.();
    await start({ one: given, two: given }, env());
    expect(await look()).toMatchObject({ one: works, two: works });
    expect(services.counts.sts).toBe(2);
  });

  it('can be many, without a warning of Node about their requests at the same time', async () => {
    const warnings: string[] = [];
    const onWarning = ({ message }: Error) => warnings.push(message);
    process.on('warning', onWarning);
    const one = accountOf('one');
    const names = Array.from({ length: 20 }, (_, at) => `account-${at}`);
    const accounts = Object.fromEntries(names.map((name) => [name, one]));
    const instances = names.map((account) => ({ account, id: 'postgres-one', region }));
    const config = await folder.write('config.yaml', stringify({ accounts, instances }));
    exporter = await startInProcess({ config });
    await scrape(exporter.url);
    process.off('warning', onWarning);
    expect(services.counts.sts).toBe(20);
    expect(warnings).toEqual([]);
  });

  it('are called with a new key as soon as it is in its files', async () => {
    await start();
    await look();
    state.caller = keyOf('second');
    await writeKey('second');
    expect(await look()).toMatchObject({ one: works, two: works });
    expect(services.counts).toMatchObject({ issued: 4, sts: 4 });
  });

  it('renew credentials that the API refuses once, in the same sweep', async () => {
    await start();
    await look();
    // So slow that both calls have left before the first is refused.
    clouds.one.options.latencyMs = 500;
    Object.assign(clouds.one.options, { token: temporary('one again').token });
    const before = services.counts.sts;
    expect(await look()).toMatchObject({ one: works, two: works });
    expect(services.counts.sts - before).toBe(1);
  });

  it('renew credentials before they expire', async () => {
    state.lifetimeSeconds = 600;
    await start();
    await look();
    advance(400);
    await expect.poll(async () => (await look()).one.concat(services.counts.issued)).toEqual([...works, 4]);
  });
});

describe('an account whose role cannot be assumed fails alone:', () => {
  it.each([
    ['no permission', 'UnauthorizedOperation', 'permission'],
    ['throttled', 'RequestLimitExceeded', 'rate_limited'],
    ['the role is gone', 'ResourceNotFound.RoleNotFound', 'credentials'],
  ])('%s', async (_what, code, reason) => {
    state.roles[arnOf('two')] = code;
    await start();
    const seen = await look();
    expect(seen).toMatchObject({ one: works, two: fails });
    expect([new Set(seen.reasonsOf('one')), new Set(seen.reasonsOf('two'))]).toEqual([new Set(), new Set([reason])]);
    expect(valuesOf(seen.samples, refreshed, { account: 'two' })).toEqual([0]);
    expect(clouds.two.api.arrivals).toEqual([]);
    expect(exporter?.stderr()).toMatch(
      new RegExp(`no credentials.*account=two.*roleName/two, STS at 127\\.0\\.0\\.1:\\d+: the API returned ${code}`),
    );
    state.roles[arnOf('two')] = temporary('two');
    advance(60);
    expect(await look()).toMatchObject({ one: works, two: works });
  });

  it('the key was disabled', async () => {
    state.caller = keyOf('second');
    await start({
      two: { credentials: { secret_id: keyOf('second').secretId, secret_key: keyOf('second').secretKey } },
    });
    const seen = await look();
    expect(seen).toMatchObject({ one: fails, two: works });
    expect(new Set(seen.reasonsOf('one'))).toEqual(new Set(['auth']));
  });

  it('the role was revoked: its credentials are refused and not renewed', async () => {
    await start();
    await look();
    state.roles[arnOf('one')] = 'UnauthorizedOperation';
    Object.assign(clouds.one.options, { token: secret('another token') });
    expect(await look()).toMatchObject({ one: fails, two: works });
    const seen = await look();
    expect(seen).toMatchObject({ one: fails, two: works });
    expect(new Set(seen.reasonsOf('one'))).toEqual(new Set(['auth', 'permission']));
  });
});

describe('a change of the configuration', () => {
  it('of the role replaces the credentials at once', async () => {
    await start();
    expect(await look()).toMatchObject({ one: works, two: works });
    const calls = clouds.two.api.arrivals.length;
    await writeConfig({ one: { cloud: 'two', role: 'two' }, two: { cloud: 'one', role: 'one' } });
    expect(await look()).toMatchObject({ one: works, two: works });
    expect(clouds.two.api.arrivals.slice(calls).map(({ status }) => status)).toEqual([200, 200]);
    expect(services.counts.issued).toBe(4);
  });
});

describe('check-config', () => {
  const check = async (env: NodeJS.ProcessEnv = {}, credentials?: Record<string, string>) => {
    const given = credentials === undefined ? {} : { credentials };
    const file = await writeConfig({ one: given, two: given });
    return await runInProcess(['check-config', `--config.file=${file}`], env);
  };

  it('describes the role of each account, and calls nothing', async () => {
    const run = await check();
    expect(run).toMatchObject({ status: 0, stderr: '' });
    expect(run.stdout).toMatch(
      new RegExp(`    role: ${arnOf('one')}, as session watcher, for 7200 s, from [\\w.:]+\n`),
    );
    expect(services.counts).toEqual({ issued: 0, metadata: 0, sts: 0 });
  });

  it('reports the key of such an account that looks wrong in the environment', async () => {
    const { secretId, secretKey } = keyOf('first');
    const run = await check({ TENCENTCLOUD_SECRET_ID: secretId, TENCENTCLOUD_SECRET_KEY: `"${secretKey}"` }, {});
    expect(run).toMatchObject({ status: 1 });
    expect(run.stderr).toContain('accounts.one: secret_key has quotes around it');
    expect(services.counts.sts).toBe(0);
  });
});
