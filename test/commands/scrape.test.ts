// `scrape`: one exposition to stdout or into a file, and an exit status that shows whether checks failed.
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { chmod, chown, mkdir, open, readdir, readFile, readlink, stat, symlink, writeFile } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseExposition, valuesOf } from '../support/exposition.ts';
import { runInProcess } from '../support/in-process.ts';
import { badLines, startTwoClouds, type TwoClouds } from '../support/two-clouds.ts';

let clouds: TwoClouds;
beforeAll(async () => {
  clouds = await startTwoClouds();
});
afterAll(() => clouds.close());

/**
 * Devices that a fault of the program may replace: as root, those of the machine would be lost. Undefined where root may not
 * create any.
 */
function createDevices(): { null: string; full: string; remove: () => void } | undefined {
  const none = () => undefined;
  if (process.getuid?.() !== 0) return { null: '/dev/null', full: '/dev/full', remove: none };
  const path = mkdtempSync(join(tmpdir(), 'devices-'));
  const remove = () => rmSync(path, { recursive: true });
  try {
    for (const [name, minor] of [
      ['null', '3'],
      ['full', '7'],
    ] as const) {
      execFileSync('mknod', ['-m', '666', join(path, name), 'c', '1', minor], { stdio: 'ignore' });
      closeSync(openSync(join(path, name), 'w'));
    }
    return { null: join(path, 'null'), full: join(path, 'full'), remove };
  } catch {
    remove();
    return undefined;
  }
}

const nodes = createDevices();
afterAll(() => nodes?.remove());

const scrape = (file: string, ...flags: string[]) => runInProcess(['scrape', `--config.file=${file}`, ...flags]);

describe('scrape', () => {
  it('prints the exposition and exits with status 0', async () => {
    const run = await scrape(clouds.good);
    const samples = parseExposition(run.stdout);

    expect(run.status).toBe(0);
    expect(valuesOf(samples, 'clouddb_ssl_enabled', { instance_id: 'postgres-good', team: 'payments' })).toEqual([1]);
    expect(valuesOf(samples, 'clouddb_ssl_enabled', { instance_id: 'ob1' })).toEqual([1]);
    expect(valuesOf(samples, 'clouddb_check_success')).toEqual([1, 1, 1]);
  });

  it('exits with status 3 when an instance fails, and still prints the others', async () => {
    const run = await scrape(clouds.halfBroken);
    const samples = parseExposition(run.stdout);

    expect(run.status).toBe(3);
    expect(valuesOf(samples, 'clouddb_check_success', { instance_id: 'postgres-broken' })).toEqual([0, 0]);
    expect(valuesOf(samples, 'clouddb_check_success', { instance_id: 'postgres-good' })).toEqual([1, 1]);
    expect(valuesOf(samples, 'clouddb_ssl_enabled', { instance_id: 'postgres-broken' })).toEqual([]);
  });

  it('exits with status 1 and the problems of an invalid configuration', async () => {
    const run = await scrape(clouds.bad);

    expect(run).toMatchObject({ status: 1, stdout: '' });
    expect(run.stderr).toContain(`${clouds.bad}${badLines[0]}`);
  });

  it('leaves out the families that a collector of textfiles has itself', async () => {
    const { stdout } = await scrape(clouds.good);

    expect(stdout).toContain('clouddb_exporter_build_info');
    expect(stdout).not.toMatch(/(?:process|nodejs)_/);
  });

  it('logs nothing at level error when all checks succeed', async () => {
    expect(await scrape(clouds.good, '--log.level=error')).toMatchObject({ status: 0, stderr: '' });
  });

  it('logs one JSON object a line with --log.format=json', async () => {
    const run = await scrape(clouds.halfBroken, '--log.format=json', '--log.level=debug');
    const entries = run.stderr
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);

    expect(entries).toContainEqual(expect.objectContaining({ level: 'info', msg: 'scraped', checks: 5, failed: 2 }));
  });
});

describe('scrape --output', () => {
  /** A folder for one test, so that nothing else can be in it. */
  async function outputFile(name: string): Promise<{ path: string; file: string }> {
    const path = join(clouds.folder.path, name);
    await mkdir(path);
    return { path, file: join(path, 'clouddb.prom') };
  }

  it('writes a file that every user can read, and nothing to stdout or next to it', async () => {
    const { path, file } = await outputFile('fresh');
    const run = await scrape(clouds.good, `--output=${file}`);
    const handle = await open(file);
    const { mode } = await handle.stat();
    await handle.close();

    expect(run).toMatchObject({ status: 0, stdout: '' });
    expect(valuesOf(parseExposition(await readFile(file, 'utf8')), 'clouddb_check_success')).toEqual([1, 1, 1]);
    expect(await readdir(path)).toEqual(['clouddb.prom']);
    expect(mode & 0o444).toBe(0o444);
  });

  it('replaces the file atomically: an open reader still gets the complete old file', async () => {
    const { path, file } = await outputFile('replaced');
    await clouds.folder.write('replaced/clouddb.prom', 'the old one\n');
    const reader = await open(file);
    const run = await scrape(clouds.good, `--output=${file}`);
    const seen = await reader.readFile('utf8');
    await reader.close();

    expect(run.status).toBe(0);
    expect(seen).toBe('the old one\n');
    expect(await readFile(file, 'utf8')).toContain('clouddb_check_success');
    expect(await readdir(path)).toEqual(['clouddb.prom']);
  });

  it('writes what is known, with status 3, when an instance fails', async () => {
    const { file } = await outputFile('half');
    const run = await scrape(clouds.halfBroken, `--output=${file}`);

    expect(run.status).toBe(3);
    expect(valuesOf(parseExposition(await readFile(file, 'utf8')), 'clouddb_check_success')).toHaveLength(5);
  });

  it('to a missing folder exits with status 1 and one line with the cause', async () => {
    const file = join(clouds.folder.path, 'no-such-folder/clouddb.prom');
    const run = await scrape(clouds.good, `--output=${file}`, '--log.level=error');

    expect(run).toMatchObject({ status: 1, stdout: '' });
    expect(run.stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(run.stderr).toContain(file);
    expect(run.stderr).toContain('ENOENT');
  });

  it('onto a folder exits with status 1 and leaves nothing next to it', async () => {
    const { path, file } = await outputFile('taken');
    await mkdir(file);

    expect((await scrape(clouds.good, `--output=${file}`)).status).toBe(1);
    expect(await readdir(path)).toEqual(['clouddb.prom']);
  });

  it.each([
    ['that does not exist', undefined],
    ['that is a file', 'the old one\n'],
  ])('with a slash at the end writes no file in place of a folder %s', async (what, old) => {
    const { path, file } = await outputFile(`slash ${what}`);
    if (old !== undefined) await writeFile(file, old);
    const run = await scrape(clouds.good, `--output=${file}/`);

    expect(run.status).toBe(1);
    expect(run.stderr).toContain('not a folder (ENOTDIR)');
    expect(await readdir(path)).toEqual(old === undefined ? [] : ['clouddb.prom']);
    if (old !== undefined) expect(await readFile(file, 'utf8')).toBe(old);
  });

  it.each([
    ['keeps mode and owner of a file that exists', 0o640, [4242, 4243]],
    ['keeps the mode of a file that only its owner can read', 0o600, undefined],
  ])('%s', async (what, mode, owner) => {
    const { path, file } = await outputFile(what);
    await writeFile(file, 'the old one\n');
    if (owner !== undefined && process.getuid?.() === 0) await chown(file, owner[0] ?? 0, owner[1] ?? 0);
    await chmod(file, mode);
    const before = await stat(file);
    await scrape(clouds.good, `--output=${file}`);
    const after = await stat(file);

    expect([after.mode & 0o7777, after.uid, after.gid]).toEqual([mode, before.uid, before.gid]);
    expect(after.ino).not.toBe(before.ino);
    expect(await readdir(path)).toEqual(['clouddb.prom']);
  });

  it.each([
    ['that exists', 'the old one\n'],
    ['that does not exist yet', undefined],
  ])('replaces the target %s of a link, not the link', async (what, old) => {
    const { path } = await outputFile(`link ${what}`);
    await mkdir(join(path, 'real'));
    await symlink('real', join(path, 'folder'));
    // Relative to the folder that it is in, not to the link that leads there.
    await symlink('../real/x.prom', join(path, 'real', 'link.prom'));
    if (old !== undefined) await writeFile(join(path, 'real', 'x.prom'), old);
    const run = await scrape(clouds.good, `--output=${join(path, 'folder', 'link.prom')}`);

    expect(run.status).toBe(0);
    expect(await readlink(join(path, 'real', 'link.prom'))).toBe('../real/x.prom');
    expect(await readFile(join(path, 'real', 'x.prom'), 'utf8')).toContain('clouddb_check_success');
    expect(await readdir(join(path, 'real'))).toEqual(['link.prom', 'x.prom']);
  });

  it('writes into a pipe, which stays one, also when its reader comes later', async () => {
    const { path } = await outputFile('pipe');
    const pipe = join(path, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const running = scrape(clouds.good, `--output=${pipe}`);
    const [text, run] = await Promise.all([readFile(pipe, 'utf8'), running]);

    expect(run).toMatchObject({ status: 0, stdout: '' });
    expect(valuesOf(parseExposition(text), 'clouddb_check_success')).toEqual([1, 1, 1]);
    expect((await stat(pipe)).isFIFO()).toBe(true);
  });

  it('writes into a socket', async () => {
    const { path } = await outputFile('socket');
    const received: Buffer[] = [];
    const server = createServer((socket) => socket.on('data', (bytes) => received.push(bytes)));
    server.listen(join(path, 'socket'));
    await once(server, 'listening');
    const closed = once(server, 'connection').then(([socket]) => once(socket as Socket, 'close'));
    const run = await scrape(clouds.good, `--output=${join(path, 'socket')}`);
    await closed;
    server.close();

    expect(run.status).toBe(0);
    expect(valuesOf(parseExposition(Buffer.concat(received).toString()), 'clouddb_check_success')).toEqual([1, 1, 1]);
  });

  it.skipIf(nodes === undefined)('writes into a device, also by a link', async () => {
    const { path, file } = await outputFile('device');
    const device = nodes?.null ?? '';
    await symlink(device, file);

    expect((await scrape(clouds.good, `--output=${file}`)).status).toBe(0);
    expect((await scrape(clouds.good, `--output=${device}`)).status).toBe(0);
    expect(await readlink(file)).toBe(device);
    expect((await stat(device)).isCharacterDevice()).toBe(true);
    expect(await readdir(path)).toEqual(['clouddb.prom']);
  });

  it.skipIf(nodes === undefined)('to a full device exits with status 1 and the cause', async () => {
    const run = await scrape(clouds.good, `--output=${nodes?.full}`, '--log.level=error');

    expect(run).toMatchObject({ status: 1, stdout: '' });
    expect(run.stderr).toMatch(/cannot write the output.*no space left.*ENOSPC/);
  });

  it('- is stdout', async () => {
    const run = await scrape(clouds.good, '--output=-');

    expect(run.status).toBe(0);
    expect(run.stdout).toContain('clouddb_check_success');
    expect(await readdir('.')).not.toContain('-');
  });

  it.each([
    ['x.txt', true],
    ['x.prom', false],
  ])('warns when the textfile collector would not read it: %s', async (name, warns) => {
    const { path } = await outputFile(`name ${name}`);
    const { stderr } = await scrape(clouds.good, `--output=${join(path, name)}`);

    expect(/level=warn.*end in \.prom/.test(stderr)).toBe(warns);
  });
});
