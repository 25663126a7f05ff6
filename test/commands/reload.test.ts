// A running exporter and its configuration file: a change is applied, a broken file is not.
import { execFileSync } from 'node:child_process';
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startOceanBaseApi } from '../../src/demo/oceanbase/oceanbase-api.ts';
import type { SimulatedApi } from '../../src/demo/simulated-api.ts';
import { createFolder } from '../support/exporter-process.ts';
import { scrape, valuesOf } from '../support/exposition.ts';
import { type InProcessExporter, startInProcess } from '../support/in-process.ts';
import { secret } from '../support/secret.ts';

const accessKeyId = secret('access key id of the configuration');
const rightKey = secret('right access key');
const wrongKey = secret('wrong access key');

const successful = 'clouddb_exporter_config_last_reload_successful';
const successTime = 'clouddb_exporter_config_last_reload_success_timestamp_seconds';
const isBad = 'invalid configuration';
const isReloaded = 'configuration reloaded';

let folder: Awaited<ReturnType<typeof createFolder>>;
let api: SimulatedApi;
let file: string;
let exporter: InProcessExporter | undefined;

beforeEach(async () => {
  folder = await createFolder();
  api = await startOceanBaseApi({
    accessKeyId,
    accessKeySecret: rightKey,
    instances: ['ob1', 'ob2', 'ob3'].map((id) => ({ id, ssl: { instanceId: id, enableSSL: 'OPEN' } })),
  });
  await folder.write('key', `${rightKey}\n`);
});

afterEach(async () => {
  await exporter?.stop();
  exporter = undefined;
  await api.close();
  await folder.remove();
});

function configOf(...ids: string[]): string {
  return `
accounts:
  main:
    provider: oceanbase
    endpoint: ${api.url}
    access_key_id: ${accessKeyId}
    access_key_secret_file: key
    rate_limits: { "*": 1000 }
instances: [${ids.map((id) => `{ id: ${id}, checks: [ssl], labels: { copy: a } }`).join(', ')}]
`;
}

/** Starts with these instances and has them scraped once. */
async function startWith(ids: readonly string[], flags: readonly string[] = []): Promise<InProcessExporter> {
  file = await folder.write('config.yaml', configOf(...ids));
  exporter = await startInProcess({ config: file, flags });
  await scrape(exporter.url);
  return exporter;
}

/** Ids of the instances that have a sample of the family. */
async function idsIn(running: InProcessExporter, family: string): Promise<string[]> {
  const samples = await scrape(running.url);
  return samples.filter(({ name }) => name === family).map(({ labels }) => labels['instance_id'] ?? '');
}

const reload = (running: InProcessExporter, method = 'POST') => fetch(`${running.url}/-/reload`, { method });
const timesLogged = (running: InProcessExporter, text: string) => running.stderr().split(text).length - 1;

describe('a file that has changed', () => {
  it('is in force at the next scrape: a new instance has its facts', async () => {
    const running = await startWith(['ob1']);
    await writeFile(file, configOf('ob1', 'ob2'));

    expect(await idsIn(running, 'clouddb_ssl_enabled')).toEqual(['ob1', 'ob2']);
  });

  it('removes every series of an instance that it no longer has', async () => {
    const running = await startWith(['ob1', 'ob2']);
    await writeFile(file, configOf('ob2'));
    const samples = await scrape(running.url);

    expect(samples.filter(({ labels }) => labels['instance_id'] === 'ob1')).toEqual([]);
    expect(valuesOf(samples, 'clouddb_ssl_enabled', { instance_id: 'ob2' })).toEqual([1]);
  });

  it('removes every series of an account that it no longer has', async () => {
    const running = await startWith(['ob1']);
    await writeFile(file, configOf('ob1').replace('main:', 'renamed:'));
    const samples = await scrape(running.url);

    expect(samples.filter(({ labels }) => labels['account'] === 'main')).toEqual([]);
    expect(valuesOf(samples, 'clouddb_exporter_instances', { account: 'renamed' })).toEqual([1]);
  });

  it('is logged once, and the time of the reload advances', async () => {
    const running = await startWith(['ob1']);
    const [before = 0] = valuesOf(await scrape(running.url), successTime);
    await writeFile(file, configOf('ob2'));
    const samples = await scrape(running.url);
    await scrape(running.url);

    expect(valuesOf(samples, successful)).toEqual([1]);
    expect(valuesOf(samples, successTime)[0]).toBeGreaterThan(before);
    expect(timesLogged(running, isReloaded)).toBe(1);
  });
});

describe('a file that is broken', () => {
  it('keeps the last valid one, and sets the gauge to 0', async () => {
    const running = await startWith(['ob1']);
    await writeFile(file, 'accounts: [\n');
    const samples = await scrape(running.url);

    expect(valuesOf(samples, successful)).toEqual([0]);
    expect(valuesOf(samples, 'clouddb_check_success', { instance_id: 'ob1' })).toEqual([1]);
  });

  it('is logged once, with the reason, however often it is scraped', async () => {
    const running = await startWith(['ob1']);
    await writeFile(file, `${configOf('ob1')}colour: red\n`);
    for (let i = 0; i < 3; i++) await scrape(running.url);
    await running.logged(isBad);
    await running.stop();
    const lines = running
      .stderr()
      .split('\n')
      .filter((line) => line.includes(isBad));

    expect(lines).toEqual([expect.stringMatching(/level=error .*config\.yaml:10:1: \(not a name\): unknown key/)]);
  });

  it('is used again once it is fixed, and the gauge is 1', async () => {
    const running = await startWith(['ob1']);
    await writeFile(file, 'accounts: [\n');
    await scrape(running.url);
    await writeFile(file, configOf('ob2'));
    const samples = await scrape(running.url);

    expect(valuesOf(samples, successful)).toEqual([1]);
    expect(valuesOf(samples, 'clouddb_ssl_enabled', { instance_id: 'ob2' })).toEqual([1]);
  });

  it('or removed changes nothing but the gauge', async () => {
    const running = await startWith(['ob1']);
    await rm(file);
    const samples = await scrape(running.url);

    expect(valuesOf(samples, successful)).toEqual([0]);
    expect(valuesOf(samples, 'clouddb_ssl_enabled', { instance_id: 'ob1' })).toEqual([1]);
  });
});

describe('a file that cannot be read at the moment', () => {
  it.each([
    ['is gone', () => rm(file)],
    ['is a pipe that nobody writes to', () => rm(file).then(() => void execFileSync('mkfifo', [file]))],
    ['is a folder', () => rm(file).then(() => mkdir(file))],
    ['is a link to itself', () => rm(file).then(() => symlink(file, file))],
  ])('because it %s is not called invalid, delays no scrape, and is used again later', async (_, replace) => {
    const running = await startWith(['ob1']);
    await replace();
    const samples = await scrape(running.url);
    await scrape(running.url);

    expect(valuesOf(samples, successful)).toEqual([0]);
    expect(valuesOf(samples, 'clouddb_check_success', { instance_id: 'ob1' })).toEqual([1]);
    expect(timesLogged(running, isBad)).toBe(0);
    expect(timesLogged(running, 'cannot read the configuration; keeping the last valid one')).toBe(1);
    await rm(file, { recursive: true, force: true });
    await writeFile(file, configOf('ob2'));
    expect(await idsIn(running, 'clouddb_ssl_enabled')).toEqual(['ob2']);
    expect(valuesOf(await scrape(running.url), successful)).toEqual([1]);
  });
});

describe('a secret in a file', () => {
  it('that is rotated is used without a restart', async () => {
    await folder.write('key', wrongKey);
    const running = await startWith(['ob1']);
    const before = valuesOf(await scrape(running.url), 'clouddb_check_success');
    await folder.write('key', rightKey);

    expect([before, valuesOf(await scrape(running.url), 'clouddb_check_success')]).toEqual([[0], [1]]);
  });

  it('that goes missing fails the checks with the reason credentials, and keeps the facts', async () => {
    const running = await startWith(['ob1']);
    await rm(join(folder.path, 'key'));
    const samples = await scrape(running.url);

    expect(valuesOf(samples, 'clouddb_check_success')).toEqual([0]);
    expect(valuesOf(samples, 'clouddb_ssl_enabled')).toEqual([1]);
    expect(valuesOf(samples, 'clouddb_check_failures_total', { check: 'ssl', reason: 'credentials' })).toEqual([1]);
    expect(valuesOf(samples, successful)).toEqual([1]);
  });
});

describe('a hangup', () => {
  it('reads a changed file at once, without a scrape', async () => {
    const running = await startWith(['ob1']);
    await writeFile(file, configOf('ob2'));
    running.hangup();
    await running.logged(isReloaded);

    expect(await idsIn(running, 'clouddb_ssl_enabled')).toEqual(['ob2']);
  });

  it('logs the problems of a broken file, and the exporter continues', async () => {
    const running = await startWith(['ob1']);
    await writeFile(file, 'accounts: [\n');
    running.hangup();
    await running.logged(isBad);

    expect(await idsIn(running, 'clouddb_ssl_enabled')).toEqual(['ob1']);
  });
});

describe('/-/reload', () => {
  it('POST reads the file and answers 200', async () => {
    const running = await startWith(['ob1'], ['--web.enable-lifecycle']);
    await writeFile(file, configOf('ob2'));

    expect((await reload(running)).status).toBe(200);
    expect(timesLogged(running, isReloaded)).toBe(1);
    expect(await idsIn(running, 'clouddb_instance_info')).toEqual(['ob2']);
  });

  it('POST returns 500 with every problem of an invalid file', async () => {
    const running = await startWith(['ob1'], ['--web.enable-lifecycle']);
    await writeFile(file, `${configOf('ob1')}colour: red\n${secret('misplaced')}: 5\n`);
    const response = await reload(running);
    const text = await response.text();

    expect(response.status).toBe(500);
    expect(text).toContain(`${file}:10:1: (not a name): unknown key`);
    expect(text).toContain(`${file}:11:1: (not a name): unknown key`);
    expect(text).not.toContain(secret('misplaced'));
    expect(await idsIn(running, 'clouddb_ssl_enabled')).toEqual(['ob1']);
  });

  it('POST answers 200 when a secret was removed: it fails the checks of its account', async () => {
    const running = await startWith(['ob1'], ['--web.enable-lifecycle']);
    await rm(join(folder.path, 'key'));

    expect((await reload(running)).status).toBe(200);
    await scrape(running.url);
    const path = join(folder.path, 'key');
    await running.logged(`access_key_secret_file: cannot read file key (${path}): no such file (ENOENT)`);
  });

  it('POST returns 403 with a hint and reads nothing without --web.enable-lifecycle', async () => {
    const running = await startWith(['ob1']);
    await writeFile(file, configOf('ob2'));
    const response = await reload(running);

    expect(response.status).toBe(403);
    expect(await response.text()).toContain('--web.enable-lifecycle');
    expect(timesLogged(running, isReloaded)).toBe(0);
  });

  it('GET returns 405 with the method to use', async () => {
    const running = await startWith(['ob1'], ['--web.enable-lifecycle']);
    const response = await reload(running, 'GET');

    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toContain('POST');
  });
});
