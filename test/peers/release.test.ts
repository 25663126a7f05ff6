// The files of a release: built from a clean clone, verified, and the package and the chart in them installed and run.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFolder } from '../support/exporter-process.ts';
import { scrape, valuesOf } from '../support/exposition.ts';
import { chart, findHelm } from './helm.ts';

const project = resolve(import.meta.dirname, '../..');
const run = promisify(execFile);
const releaseWithinMs = 300_000;
const name = 'clouddb-encryption-exporter';
const helm = await findHelm();

interface BillOfMaterials {
  bomFormat: string;
  metadata: { component: { name: string; version: string } };
  components: { name: string; version: string }[];
}

describe('the release of a clean clone', () => {
  let folder: Awaited<ReturnType<typeof createFolder>>;
  let clone: string;
  let files: string;
  let empty: string;
  let version: string;

  const release = (...args: string[]) => run('npm', ['run', '--silent', 'release', '--', ...args], { cwd: clone });
  const sums = () => readFile(join(files, 'SHA256SUMS'), 'utf8');

  beforeAll(async () => {
    folder = await createFolder();
    clone = join(folder.path, 'clone');
    empty = join(folder.path, 'empty');
    await mkdir(empty);
    await run('git', ['clone', '--quiet', project, clone]);
    ({ version } = JSON.parse(await readFile(join(clone, 'package.json'), 'utf8')) as { version: string });
    await release(`v${version}`);
    files = join(folder.path, 'files');
    await cp(join(clone, 'release'), files, { recursive: true });
    const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'];
    await run('npm', [...args, join(files, `${name}-${version}.tgz`)], { cwd: empty });
  }, releaseWithinMs);
  afterAll(() => folder.remove());

  it('has the package, the chart, rules and dashboards, and the bill of materials, each with its checksum', async () => {
    const { stdout } = await run('sha256sum', ['--check', '--strict', 'SHA256SUMS'], { cwd: files });

    expect(stdout.trimEnd().split('\n')).toEqual([
      `${name}-${version}.tgz: OK`,
      `${name}-chart-${version}.tgz: OK`,
      `${name}-monitoring-${version}.tgz: OK`,
      'sbom.cdx.json: OK',
    ]);
  });

  it('has the same bytes when it is built again', async () => {
    await release();

    expect(await readFile(join(clone, 'release/SHA256SUMS'), 'utf8')).toBe(await sums());
  });

  it.each([
    ['a file that is not committed', 'new.txt', () => 'x', '?? new.txt'],
    ['a file that git ignores in a folder of the package', 'docs/debug.log', () => 'x', '!! docs/debug.log'],
    ['a change', 'README.md', (text: string) => `${text}x`, ' M README.md'],
  ])('is refused from a tree with %s', async (_, file, change, message) => {
    const path = join(clone, file);
    const before = await readFile(path, 'utf8').catch(() => undefined);
    await writeFile(path, change(before ?? ''));

    await expect(release()).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining(message) as string });
    if (before === undefined) await rm(path);
    else await writeFile(path, before);
  });

  it('is refused for a tag of another version', async () => {
    await expect(release('v9.9.9')).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('9.9.9: the tag') as string,
    });
  });

  it('has a bill of materials with every library of the bundle', async () => {
    const bill = JSON.parse(await readFile(join(files, 'sbom.cdx.json'), 'utf8')) as BillOfMaterials;
    const licenses = await readFile(join(empty, 'node_modules', name, 'dist/licenses.txt'), 'utf8');
    const bundled = [...licenses.matchAll(/^(\S+) (\d\S*) \(.*\)$/gm)].map(([, name, version]) => `${name}@${version}`);
    const listed = new Set(bill.components.map(({ name, version }) => `${name}@${version}`));

    expect(bill).toMatchObject({ bomFormat: 'CycloneDX', metadata: { component: { name, version } } });
    expect(bundled.length).toBeGreaterThan(50);
    expect(bundled.filter((library) => !listed.has(library))).toEqual([]);
    expect([...listed].filter((library) => /^(?:vitest|typescript|esbuild)@/.test(library))).toEqual([]);
  });

  it('has the rules, the Alertmanager configuration and the dashboards of the commit', async () => {
    const unpacked = join(folder.path, 'monitoring');
    await mkdir(unpacked);
    await run('tar', ['-xf', join(files, `${name}-monitoring-${version}.tgz`), '-C', unpacked]);
    for (const file of [
      'prometheus/rules/clouddb-encryption.yaml',
      'prometheus/alertmanager.yml',
      'grafana/dashboards/clouddb-fleet.json',
    ]) {
      expect(await readFile(join(unpacked, file), 'utf8')).toBe(await readFile(join(clone, file), 'utf8'));
    }
  });

  describe.skipIf(helm === undefined)('whose chart', () => {
    const packed = () => join(files, `${name}-chart-${version}.tgz`);
    const template = (path: string, ...args: string[]) => run(helm ?? '', ['template', 'exporter', path, ...args]);
    const config = 'config={"accounts":{"a":{"provider":"oceanbase"}},"instances":[{"id":"ob1"}]}';

    it('renders as the chart of the commit does', async () => {
      const args = ['--set-json', config];
      const { stdout } = await template(packed(), ...args);

      expect(stdout).toContain('kind: Deployment');
      expect(stdout).toContain(`image: "${name}:${version}"`);
      expect(stdout).toBe((await template(join(clone, chart.slice(project.length)), ...args)).stdout);
    });

    it('has its values and the schema that they are held to', async () => {
      await run(helm ?? '', ['lint', '--strict', packed(), '--set-json', config]);
      const { stdout } = await run(helm ?? '', ['show', 'values', packed()]);

      expect(stdout.trim()).toBe((await readFile(join(chart, 'values.yaml'), 'utf8')).trim());
      await expect(template(packed(), '--set', 'replicaCont=2')).rejects.toMatchObject({
        stderr: expect.stringContaining('replicaCont') as string,
      });
    });
  });

  it('has a package that runs by its name and knows its revision', async () => {
    const { stdout: revision } = await run('git', ['rev-parse', '--short=12', 'HEAD'], { cwd: project });
    const { stdout } = await run('npx', ['--no-install', name, '--version'], { cwd: empty });

    expect(stdout).toContain(`${name} ${version} (revision ${revision.trim()}, node ${process.version})`);
  });

  it('has a package that serves the fleet of the demo', async () => {
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
