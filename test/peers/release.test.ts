// The npm package: packed from a clean clone, installed in an empty folder, and run.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blocksRunBy } from '../docs/annotations.ts';
import { explain } from '../docs/explain.ts';
import { otherAddresses, runBlock } from '../docs/run-block.ts';
import { createFolder } from '../support/exporter-process.ts';
import { scrape, valuesOf } from '../support/exposition.ts';
import { freePort } from './peer.ts';

const project = resolve(import.meta.dirname, '../..');
const run = promisify(execFile);
const installWithinMs = 180_000;
const name = 'clouddb-encryption-exporter';

describe('the package of a clean clone', () => {
  let folder: Awaited<ReturnType<typeof createFolder>>;
  let clone: string;
  let empty: string;

  beforeAll(async () => {
    folder = await createFolder();
    clone = join(folder.path, 'clone');
    empty = join(folder.path, 'empty');
    await mkdir(empty);
    await run('git', ['clone', '--quiet', project, clone]);
    await run('npm', ['pack', '--silent', '--pack-destination', empty], { cwd: clone });
    const { version } = JSON.parse(await readFile(join(clone, 'package.json'), 'utf8')) as { version: string };
    const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'];
    await run('npm', [...args, `./${name}-${version}.tgz`], { cwd: empty });
  }, installWithinMs);
  afterAll(() => folder.remove());

  it.each(blocksRunBy(import.meta.filename))(
    'is built and started by the commands of $place',
    async (block) => {
      // The registry of npm as this machine knows it, and no default port, which may be in use.
      const env = { ...process.env, ...otherAddresses(await freePort()) };
      const { ending } = block.annotation;
      const outcome = await runBlock(block.text, { cwd: clone, env, ending, withinMs: installWithinMs });
      expect(outcome.ending, explain(block, outcome)).toBe(ending);
    },
    installWithinMs,
  );

  it('runs by its name and knows its revision', async () => {
    const { stdout: revision } = await run('git', ['rev-parse', '--short=12', 'HEAD'], { cwd: project });
    const { stdout } = await run('npx', ['--no-install', name, '--version'], { cwd: empty });

    expect(stdout).toContain(`${name} `);
    expect(stdout).toContain(`(revision ${revision.trim()}, node ${process.version})`);
  });

  it('serves the fleet of the demo', async () => {
    const args = ['--no-install', name, 'demo', '--web.listen-address=127.0.0.1:0'];
    // Its own process group, because npx has children.
    const child = spawn('npx', args, { cwd: empty, stdio: ['ignore', 'pipe', 'inherit'], detached: true });
    const closed = once(child, 'close');
    let welcome = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (welcome += text));
    try {
      while (!welcome.includes('Ctrl+C')) await once(child.stdout, 'data');
      const url = /http:\/\/127\.0\.0\.1:\d+/.exec(welcome)?.[0] ?? '';

      expect(valuesOf(await scrape(url), 'clouddb_ssl_enabled').length).toBeGreaterThanOrEqual(14);
    } finally {
      process.kill(-(child.pid ?? 0), 'SIGTERM');
      await closed;
    }
  });
});
