// A secret that cannot be read is a failure of its account, never of the others.
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startOceanBaseApi } from '../../src/demo/oceanbase/oceanbase-api.ts';
import type { SimulatedApi } from '../../src/demo/simulated-api.ts';
import { createFolder } from '../support/exporter-process.ts';
import { parseExposition, scrape, valuesOf } from '../support/exposition.ts';
import { type InProcessExporter, runInProcess, startInProcess } from '../support/in-process.ts';
import { secret } from '../support/secret.ts';

const accessKeyId = secret('access key id of the missing secrets');
const accessKeySecret = secret('access key of the missing secrets');
const ssl = { enableSSL: 'OPEN', validPeriod: '2040-01-01T00:00:00Z' };

let folder: Awaited<ReturnType<typeof createFolder>>;
let api: SimulatedApi;
let exporter: InProcessExporter | undefined;

beforeAll(async () => {
  folder = await createFolder();
  const instances = ['ob1', 'ob2', 'ob3'].map((id) => ({ id, ssl }));
  api = await startOceanBaseApi({ accessKeyId, accessKeySecret, instances });
});
afterEach(async () => {
  await exporter?.stop();
  exporter = undefined;
});
afterAll(async () => {
  await api.close();
  await folder.remove();
});

/** The account `good` with these instances, and `broken`, whose secret is given by `settings`. */
const configOf = (settings: string, ...ids: string[]) => `
accounts:
  good: { provider: oceanbase, endpoint: ${api.url}, access_key_id: ${accessKeyId}, access_key_secret: ${accessKeySecret} }
  broken: { provider: oceanbase, endpoint: ${api.url}, access_key_id: ${accessKeyId}, ${settings} }
instances:
  - { account: broken, id: ob3, checks: [ssl] }
${ids.map((id) => `  - { account: good, id: ${id}, checks: [ssl] }`).join('\n')}
`;

const successOf = (samples: Awaited<ReturnType<typeof scrape>>, account: string) =>
  valuesOf(samples, 'clouddb_check_success', { account });

describe('a secret that cannot be read', () => {
  it.each<[what: string, settings: string, says: string]>([
    [
      'a variable',
      'access_key_secret_env: NO_SUCH_KEY',
      'access_key_secret_env: environment variable NO_SUCH_KEY is not set or empty',
    ],
    [
      'a file',
      'access_key_secret_file: /not/there',
      'access_key_secret_file: cannot read file /not/there: no such file (ENOENT)',
    ],
    ['a file in the home folder', 'access_key_secret_file: ~/there', 'no such file (ENOENT); ~ is not expanded'],
  ])('fails its account only, and is logged once with its name: %s', async (_, settings, says) => {
    exporter = await startInProcess({ config: await folder.write('config.yaml', configOf(settings, 'ob1')) });
    const samples = await scrape(exporter.url);
    await scrape(exporter.url);

    expect([successOf(samples, 'good'), successOf(samples, 'broken')]).toEqual([[1], [0]]);
    expect(
      valuesOf(samples, 'clouddb_check_failures_total', { account: 'broken', check: 'ssl', reason: 'credentials' }),
    ).toEqual([1]);
    const warned = exporter
      .stderr()
      .split('\n')
      .filter((line) => line.includes('level=warn') && line.includes('account=broken'));
    expect(warned).toEqual([expect.stringContaining(says) as string]);
    expect(await fetch(exporter.url).then((page) => page.text())).toContain(says.slice(0, 40));
  });

  it('does not keep a change of another account from being applied, and needs no restart once it is there', async () => {
    const config = await folder.write('config.yaml', configOf('access_key_secret_file: later', 'ob1'));
    exporter = await startInProcess({ config });
    await writeFile(config, configOf('access_key_secret_file: later', 'ob1', 'ob2'));
    const before = await scrape(exporter.url);
    await folder.write('later', accessKeySecret);
    const after = await scrape(exporter.url);
    await rm(join(folder.path, 'later'));

    expect(successOf(before, 'good')).toEqual([1, 1]);
    expect(valuesOf(before, 'clouddb_exporter_config_last_reload_successful')).toEqual([1]);
    expect([successOf(before, 'broken'), successOf(after, 'broken')]).toEqual([[0], [1]]);
  });

  it('gives scrape the status 3, and the series of the others', async () => {
    const config = await folder.write('config.yaml', configOf('access_key_secret_file: /not/there', 'ob1'));
    const run = await runInProcess(['scrape', `--config.file=${config}`]);

    expect(run.status).toBe(3);
    expect(valuesOf(parseExposition(run.stdout), 'clouddb_ssl_enabled', { account: 'good' })).toEqual([1]);
    expect(run.stderr).toContain('/not/there');
  });

  it('is a problem of check-config, with its place', async () => {
    const config = await folder.write('config.yaml', configOf('access_key_secret_file: not-there', 'ob1'));
    const run = await runInProcess(['check-config', `--config.file=${config}`]);

    expect(run).toMatchObject({ status: 1, stdout: '' });
    expect(run.stderr).toMatch(
      /config\.yaml:4:\d+: accounts\.broken\.access_key_secret_file: cannot read file not-there/,
    );
    expect(run.stderr).toContain(`(${join(folder.path, 'not-there')})`);
  });
});

describe('a secret with something around it', () => {
  it('is used as it is, with one warning that does not show it', async () => {
    const config = await folder.write('config.yaml', configOf('access_key_secret_env: QUOTED_KEY', 'ob1'));
    exporter = await startInProcess({ config, env: { QUOTED_KEY: `"${accessKeySecret}"` } });
    await scrape(exporter.url);
    await scrape(exporter.url);

    const warned = exporter
      .stderr()
      .split('\n')
      .filter((line) => line.includes('access_key_secret has quotes around it'));
    expect(warned).toEqual([expect.stringMatching(/level=warn .*account=broken/) as string]);
    expect(exporter.stderr()).not.toContain(accessKeySecret);
  });
});
