// Signals that come early, twice, or while something hangs.
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { startOceanBaseApi } from '../../src/demo/oceanbase/oceanbase-api.ts';
import type { SimulatedApi } from '../../src/demo/simulated-api.ts';
import { createFolder, type Spawned, spawnProgram, startExporter } from '../support/exporter-process.ts';
import { secret } from '../support/secret.ts';

const keys = { access_key_id: secret('key id of the signals'), access_key_secret: secret('key of the signals') };

let folder: Awaited<ReturnType<typeof createFolder>>;
let api: SimulatedApi;
/** One of its two instances never gets an answer. */
let config: string;
/** Nothing is ever written to it. */
let silentPipe: string;

beforeAll(async () => {
  folder = await createFolder();
  api = await startOceanBaseApi({
    accessKeyId: keys.access_key_id,
    accessKeySecret: keys.access_key_secret,
    instances: ['a', 'hangs'].map((id) => ({ id, ssl: { enableSSL: 'OPEN' } })),
    intercept: ({ instanceId }) => instanceId === 'hangs',
  });
  const accounts = { ob: { provider: 'oceanbase', endpoint: api.url, ...keys } };
  const instances = [{ id: 'a' }, { id: 'hangs' }];
  config = await folder.write('config.yaml', stringify({ scrape: { request_timeout: '5m' }, accounts, instances }));
  silentPipe = join(folder.path, 'silent');
  execFileSync('mkfifo', [silentPipe]);
});
afterAll(async () => {
  await api.close();
  await folder.remove();
});

/** Status and signal of a program that ends, and its stderr. */
async function ended(child: Spawned): Promise<{ end: unknown[]; stderr: string }> {
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const end = (await once(child, 'close')) as unknown[];
  return { end, stderr };
}

/** Resolves when the process has a handler of a signal. @param bit of the mask: the number of the signal minus 1 */
async function handles(pid: number | undefined, bit: bigint): Promise<void> {
  for (;;) {
    const caught = /^SigCgt:\s*(\w+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '0';
    if ((BigInt(`0x${caught}`) >> bit) & 1n) return;
    await new Promise((next) => setImmediate(next));
  }
}

describe('a signal during the start', () => {
  it('is handled before the program is loaded', async () => {
    const dist = resolve(import.meta.dirname, '../../dist');
    const entry = await readFile(join(dist, 'main.js'), 'utf8');
    const imported = [...entry.matchAll(/\b(?:from|import)\s*"(\.[^"]+)"/g)].map(([, name = '']) => name);
    const parts = await Promise.all(imported.map((name) => readFile(join(dist, name), 'utf8')));

    expect(entry).toContain('SIGHUP');
    expect([entry, ...parts].join('').length).toBeLessThan(10_000);
  });

  it.each([
    ['serve', [0, null], ''],
    ['scrape', [1, null], 'interrupted'],
    ['report', [1, null], 'interrupted'],
    ['check-config', [1, null], 'interrupted'],
  ])('SIGTERM ends %s while its configuration is not written', async (command, end, says) => {
    const child = spawnProgram([command, `--config.file=${silentPipe}`]);
    const ending = ended(child);
    await handles(child.pid, 0n);
    child.kill('SIGTERM');

    expect((await ending).end).toEqual(end);
    expect((await ending).stderr).toContain(says);
    expect((await ending).stderr).not.toContain('within');
  });

  it('SIGHUP does not end it', async () => {
    const child = spawnProgram(['serve', `--config.file=${config}`, '--web.listen-address=127.0.0.1:0']);
    child.stderr.setEncoding('utf8');
    await handles(child.pid, 0n);
    child.kill('SIGHUP');
    let log = '';
    while (!log.includes('msg="listening"')) log += String((await once(child.stderr, 'data'))[0]);
    child.kill('SIGTERM');

    expect(await once(child, 'close')).toEqual([0, null]);
  });
});

describe('SIGHUP', () => {
  it.each([
    ['scrape', 1],
    ['report', 1],
    ['check-config', 1],
  ])('ends %s, which reloads nothing', async (command, status) => {
    const child = spawnProgram([command, `--config.file=${silentPipe}`]);
    const ending = ended(child);
    await handles(child.pid, 0n);
    child.kill('SIGHUP');

    expect((await ending).end).toEqual([status, null]);
    expect((await ending).stderr).toContain('interrupted');
  });

  it('ends the demo, whose terminal was closed', async () => {
    const exporter = await startExporter({ command: 'demo' });

    expect(await exporter.stop('SIGHUP')).toBe(0);
    expect(exporter.stderr()).toMatch(/msg="stopped"\n$/);
  });
});

describe('a second SIGTERM', () => {
  it('ends the process at once, although a scrape is in progress', async () => {
    const exporter = await startExporter({ config });
    const before = api.arrivals.length;
    const answer = fetch(`${exporter.url}/metrics`, { headers: { 'X-Prometheus-Scrape-Timeout-Seconds': '300' } });
    answer.catch(() => undefined);
    while (api.arrivals.length === before) await fetch(`${exporter.url}/-/healthy`);
    const closed = once(exporter.process, 'close');
    exporter.process.kill('SIGTERM');
    await exporter.logged('msg="stopping"');
    exporter.process.kill('SIGTERM');

    expect(await closed).toEqual([null, 'SIGTERM']);
  });
});

describe('SIGUSR1', () => {
  it('opens no debugger', async () => {
    const exporter = await startExporter({ config });
    exporter.process.kill('SIGUSR1');
    expect((await fetch(`${exporter.url}/-/healthy`)).status).toBe(200);

    expect(await exporter.stop()).toBe(0);
    expect(exporter.stderr()).not.toContain('ebugger');
  });

  it.each([
    ['is closed when a signal opened it before the program was loaded', '--inspect-port=127.0.0.1:0', true, false],
    ['stays open when a flag asked for it', '--inspect=127.0.0.1:0', false, true],
  ])('the debugger %s', async (_, flag, signals, stays) => {
    const code = `import { url } from 'node:inspector';
      process.kill(process.pid, 'SIGUSR1');
      while (url() === undefined) await new Promise((next) => setImmediate(next));`;
    const preload = signals ? `--import=${await folder.write('signal.mjs', code)}` : '';
    const exporter = await startExporter({ config, env: { NODE_OPTIONS: `${flag} ${preload}` } });
    await exporter.logged('msg="listening"');
    const address = /Debugger listening on ws:\/\/([\d.:]+)/.exec(exporter.stderr())?.[1];
    // Another program can have the port by now.
    const isOpen = async () =>
      await fetch(`http://${address}/json/version`).then(
        async (response) => (await response.text()).includes('"Browser": "node.js/'),
        () => false,
      );

    expect(address).toBeDefined();
    await expect.poll(isOpen).toBe(stays);
    expect(await exporter.stop()).toBe(0);
  });
});

describe('SIGTERM while a thread of the pool hangs', () => {
  it('ends with status 0', async () => {
    // Opening a pipe without O_NONBLOCK never returns, as a look-up or a file system that hangs.
    const code = `import { open } from 'node:fs'; open(${JSON.stringify(silentPipe)}, () => undefined);`;
    const preload = await folder.write('hang.mjs', code);
    const exporter = await startExporter({ config, env: { NODE_OPTIONS: `--import=${preload}` } });

    expect(await exporter.stop()).toBe(0);
    expect(exporter.stderr()).toMatch(/msg="stopped"\n$/);
  });
});

describe('scrape --output that is interrupted', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('by %s replaces nothing, and exits with status 1', async (signal) => {
    const output = await folder.write(`${signal}.prom`, 'the old one\n');
    const before = api.arrivals.length;
    const child = spawnProgram(['scrape', `--config.file=${config}`, `--output=${output}`]);
    const ending = ended(child);
    while (api.arrivals.length < before + 2) await new Promise((next) => setImmediate(next));
    child.kill(signal);

    expect((await ending).end).toEqual([1, null]);
    expect((await ending).stderr).toContain('interrupted');
    expect(await readFile(output, 'utf8')).toBe('the old one\n');
    expect((await readdir(folder.path)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });
});
