// Runs that could show a secret: broken configurations, unusual secrets, crashes. test/leaks searches what they show;
// these tests are about the rest of their behaviour.
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { startOceanBaseApi } from '../../src/demo/oceanbase/oceanbase-api.ts';
import type { SimulatedApi } from '../../src/demo/simulated-api.ts';
import { startPostgresApi } from '../../src/demo/tencent/postgres-api.ts';
import { createFolder, runProgram } from '../support/exporter-process.ts';
import { parseExposition, valuesOf } from '../support/exposition.ts';
import { runInProcess } from '../support/in-process.ts';
import { secret } from '../support/secret.ts';

const region = 'ap-guangzhou';
const secretId = secret('secret id of the secrets');
const token = secret('token of the secrets');
const accessKeyId = secret('access key id of the secrets');
// What quotes, escapes, markup and encodings change.
const oddSecretKey = secret('odd secret key', `"'\\<&>%41 {{ é } :`);
const oddAccessKey = secret('odd access key', `:"\\n' ,é=`);

let folder: Awaited<ReturnType<typeof createFolder>>;
let tencent: SimulatedApi;
let oceanbase: SimulatedApi;

beforeAll(async () => {
  folder = await createFolder();
  const key = { id: 'key', alias: 'alias', region, enabled: true, createTime: '2022-03-24 10:39:14' };
  const instances = [{ id: 'pg', region, sslEnabled: true, keys: [key], caUrl: 'https://ca.example.com/bundle.zip' }];
  tencent = await startPostgresApi({ secretId, secretKey: oddSecretKey, token, instances });
  oceanbase = await startOceanBaseApi({
    accessKeyId,
    accessKeySecret: oddAccessKey,
    instances: [{ id: 'ob', ssl: { enableSSL: 'OPEN' } }],
  });
});

afterAll(async () => {
  await Promise.all([tencent.close(), oceanbase.close()]);
  await folder.remove();
});

/** Both clouds; credentials as they are given. */
async function configOf(name: string, tencentKeys: object, oceanbaseKeys: object): Promise<string> {
  const accounts = {
    tencent: { provider: 'tencent_postgres', endpoint: tencent.url, ...tencentKeys },
    oceanbase: { provider: 'oceanbase', endpoint: oceanbase.url, ...oceanbaseKeys },
  };
  const instances = [
    { account: 'tencent', id: 'pg', region },
    { account: 'oceanbase', id: 'ob', checks: ['ssl'] },
  ];
  return await folder.write(name, stringify({ scrape: { retries: 0 }, accounts, instances }));
}

const wayOf: Record<string, () => Promise<{ config: string; env?: NodeJS.ProcessEnv }>> = {
  values: async () => ({
    config: await configOf(
      'values.yaml',
      { secret_id: secretId, secret_key: oddSecretKey, token },
      { access_key_id: accessKeyId, access_key_secret: oddAccessKey },
    ),
  }),
  variables: async () => ({
    config: await configOf(
      'variables.yaml',
      { secret_id_env: 'CLOUD_ID', secret_key_env: 'CLOUD_KEY', token_env: 'CLOUD_TOKEN' },
      { access_key_id_env: 'OTHER_ID', access_key_secret_env: 'OTHER_KEY' },
    ),
    env: {
      CLOUD_ID: secretId,
      CLOUD_KEY: oddSecretKey,
      CLOUD_TOKEN: token,
      OTHER_ID: accessKeyId,
      OTHER_KEY: oddAccessKey,
    },
  }),
  'the usual variables': async () => ({
    config: await configOf('usual.yaml', {}, {}),
    env: {
      TENCENTCLOUD_SECRET_ID: secretId,
      TENCENTCLOUD_SECRET_KEY: oddSecretKey,
      TENCENTCLOUD_SESSION_TOKEN: token,
      OCEANBASE_ACCESS_KEY_ID: accessKeyId,
      OCEANBASE_ACCESS_KEY_SECRET: oddAccessKey,
    },
  }),
  files: async () => {
    const files = { id: secretId, key: oddSecretKey, token, 'other-id': accessKeyId, 'other-key': oddAccessKey };
    for (const [name, text] of Object.entries(files)) await folder.write(name, `${text}\n`);
    return {
      config: await configOf(
        'files.yaml',
        { secret_id_file: 'id', secret_key_file: 'key', token_file: 'token' },
        { access_key_id_file: 'other-id', access_key_secret_file: 'other-key' },
      ),
    };
  },
};

describe('secrets with unusual characters', () => {
  // Files and the usual variables as a process, so that what it reads is recorded.
  it.each([
    ['values', runInProcess],
    ['variables', runInProcess],
    ['the usual variables', runProgram],
    ['files', runProgram],
  ])('are used as they are when given by %s', async (way, run) => {
    const { config, env } = (await wayOf[way]?.()) ?? { config: '' };
    const { status, stdout } = await run(['scrape', `--config.file=${config}`, '--log.level=debug'], env);

    expect(valuesOf(parseExposition(stdout), 'clouddb_check_success')).toEqual([1, 1, 1]);
    expect(status).toBe(0);
  });

  it('that the clouds refuse fail the checks with the reason auth', async () => {
    const config = await configOf(
      'refused.yaml',
      { secret_id: secretId, secret_key: `${oddSecretKey}!`, token: `${token}!` },
      { access_key_id: accessKeyId, access_key_secret: `${oddAccessKey}!` },
    );
    const run = await runProgram(['scrape', `--config.file=${config}`, '--log.level=debug', '--log.format=json']);
    const failed = parseExposition(run.stdout).filter(
      ({ name, value }) => name === 'clouddb_check_failures_total' && value > 0,
    );

    expect(failed.map(({ labels }) => labels['reason'])).toEqual(['auth', 'auth', 'auth']);
    expect(run.status).toBe(3);
  });
});

describe('check-config', () => {
  // The words of every problem: test/config/bad-config.test.ts. These are the streams of a process, with its warnings.
  it.each(['secret-in-the-wrong-key.yaml', 'yaml-template-left-over.yaml'])(
    'prints the problems of %s',
    async (name) => {
      const fixture = join(import.meta.dirname, '../config/fixtures/bad', name);
      const run = await runProgram(['check-config', `--config.file=${fixture}`]);

      expect(run).toMatchObject({ status: 1, stdout: '' });
      expect(run.stderr).toContain(name);
    },
  );
});

/** Has a request break as a fault of the program or of a library would: with all that such an error may hold. */
const crash = (how: string) => `
import diagnostics from 'node:diagnostics_channel';
diagnostics.subscribe('http.client.request.start', ({ request }) => {
  const headers = { ...request.getHeaders() };
  if (headers.authorization === undefined) return;
  const error = Object.assign(new Error('it broke', { cause: { headers } }), { request, headers, config: { headers } });
  setImmediate(() => { ${how} });
});`;

describe('a crash', () => {
  it.each([
    ['an uncaught exception', 'throw error'],
    ['an unhandled rejection', 'Promise.reject(error)'],
    ['several errors in one', 'throw new AggregateError([error], "it broke")'],
    ['a rejection with no error', 'Promise.reject({ headers })'],
    ['a text that is thrown', 'throw String(headers.authorization)'],
  ])('by %s exits with status 1 and a request to report it', async (_, how) => {
    const preload = await folder.write('crash.mjs', crash(how));
    const { config } = (await wayOf['values']?.()) ?? { config: '' };
    const run = await runProgram(['scrape', `--config.file=${config}`, '--log.level=debug'], {
      NODE_OPTIONS: `--import=${preload}`,
    });

    expect(run.status).toBe(1);
    expect(run.stderr).toMatch(/^crashed; please report this: (?:\w+: it broke\n {4}at |no error object\n)/m);
  });
});
