// The reader used for every request: the same result while nothing changes, and never an old one.
import { execFileSync } from 'node:child_process';
import { rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createWebConfigReader } from '../../src/web-config/read-web-config.ts';
import { createFolder } from '../support/exporter-process.ts';
import { writeWebFiles } from './web-files.ts';

let folder: Awaited<ReturnType<typeof createFolder>>;
let contents: Record<string, string>;
let file: string;

const write = (name: string, text: string) => writeFile(join(folder.path, name), text);

beforeEach(async () => {
  folder = await createFolder();
  contents = await writeWebFiles(folder.path);
  file = join(folder.path, 'web.yml');
  await write('web.yml', 'tls_server_config: { cert_file: server.crt, key_file: server.key }');
});

afterEach(() => folder.remove());

it('returns the same object while no byte changes, whatever the modification time', async () => {
  const read = createWebConfigReader(file);
  const first = await read();
  await utimes(file, 0, 0);
  await write('server.crt', contents['server.crt'] ?? '');

  expect(await read()).toBe(first);
  expect(first.config?.tls?.cert).toBe(contents['server.crt']);
});

it('sees another text of the same length, written at the same time', async () => {
  const time = new Date('2026-01-01');
  await write('web.yml', 'rate_limit: { interval: 1s }');
  await utimes(file, time, time);
  const read = createWebConfigReader(file);
  const first = await read();
  await write('web.yml', 'rate_limit: { interval: 2s }');
  await utimes(file, time, time);

  expect(first.config?.rateLimit?.intervalMs).toBe(1000);
  expect((await read()).config?.rateLimit?.intervalMs).toBe(2000);
});

it('sees a new certificate and key in the files that are named', async () => {
  const read = createWebConfigReader(file);
  await read();
  await write('server.crt', contents['rsa.crt'] ?? '');
  expect((await read()).problems).toHaveLength(1);
  await write('server.key', contents['rsa.key'] ?? '');

  expect((await read()).config?.tls?.cert).toBe(contents['rsa.crt']);
});

it('sees files go and come back', async () => {
  const read = createWebConfigReader(file);
  const first = await read();
  await rm(file);
  const gone = await read();
  expect(gone.problems).toHaveLength(1);
  expect(await read()).toBe(gone);
  await write('web.yml', 'tls_server_config: { cert_file: server.crt, key_file: server.key }');
  await rm(join(folder.path, 'server.key'));
  expect((await read()).problems?.[0]?.path).toBe('tls_server_config.key_file');
  await write('server.key', contents['server.key'] ?? '');

  expect(await read()).toEqual(first);
});

it('does not wait for a pipe', async () => {
  execFileSync('mkfifo', [join(folder.path, 'pipe')]);
  await write('web.yml', 'tls_server_config: { cert_file: pipe, key_file: server.key }');

  const { problems } = await createWebConfigReader(file)();
  expect(problems?.map(({ message }) => message).join()).toContain('not a regular file');
});
