// `scrape`: one exposition to stdout or into a file, and an exit status that shows whether checks failed.
import { mkdir, open, readdir, readFile } from 'node:fs/promises';
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

  it('writes a file that every user can read, and nothing to stdout or beside it', async () => {
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

  it('replaces the file atomically: an open reader still gets the whole old file', async () => {
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

  it('onto a folder exits with status 1 and leaves nothing beside it', async () => {
    const { path, file } = await outputFile('taken');
    await mkdir(file);

    expect((await scrape(clouds.good, `--output=${file}`)).status).toBe(1);
    expect(await readdir(path)).toEqual(['clouddb.prom']);
  });
});
