// The container image: built from the Dockerfile, and run as an engine would run it.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { parseExposition, valuesOf } from '../support/exposition.ts';
import { buildImage, type Container, type Image, imageObstacle, startContainer } from './image.ts';
import { createPeerFolder } from './peer.ts';

const project = resolve(import.meta.dirname, '../..');
const { version, dependencies, devDependencies } = JSON.parse(
  readFileSync(join(project, 'package.json'), 'utf8'),
) as Record<'dependencies' | 'devDependencies', Record<string, string>> & { version: string };

// About two minutes on a quiet machine with two cores.
const buildWithinMs = 600_000;
const maxAddedBytes = 3_000_000;

interface BillOfMaterials {
  bomFormat: string;
  metadata: { component: { name: string; version: string } };
  components: { name: string; version: string }[];
}

const obstacle = imageObstacle();
if (obstacle !== undefined)
  process.stderr.write(`The container image is neither built nor started here: ${obstacle}\n`);

describe.skipIf(obstacle !== undefined)('the image', () => {
  const revision = execFileSync('git', ['rev-parse', 'HEAD'], { cwd: project, encoding: 'utf8' }).trim();
  let image: Image;
  let folder: Awaited<ReturnType<typeof createPeerFolder>>;
  const containers: Container[] = [];

  beforeAll(async () => {
    folder = await createPeerFolder();
    const start = performance.now();
    image = await buildImage(revision);
    process.stderr.write(`Base and image were built in ${Math.round((performance.now() - start) / 1000)} s\n`);
  }, buildWithinMs);
  afterEach(async () => {
    for (const container of containers.splice(0)) await container.stop();
  });
  afterAll(async () => {
    await image?.remove();
    await folder?.remove();
  });

  function start(
    ...args: Parameters<typeof startContainer> extends [unknown, ...infer Rest] ? Rest : never
  ): Container {
    const container = startContainer(image, ...args);
    containers.push(container);
    return container;
  }

  async function startDemo(): Promise<Container> {
    const container = start({ args: ['demo', '--web.listen-address=:10043'] });
    await container.logged('listening');
    return container;
  }

  const healthcheck = () => image.config.Healthcheck.Test.slice(1);
  const script = (text: string) => ['node', '--input-type=module', '--eval', text];

  it('has labels with its source and version', () => {
    expect(image.config.Labels).toMatchObject({
      'org.opencontainers.image.source': expect.stringMatching(/^https:\/\//) as string,
      'org.opencontainers.image.version': version,
      'org.opencontainers.image.revision': revision,
      'org.opencontainers.image.licenses': 'Apache-2.0',
    });
    expect(Object.keys(image.config.ExposedPorts)).toEqual(['10043/tcp']);
  });

  it('adds less than 3 MB to its base, as docs/deployment.md says', () => {
    expect(image.addedBytes).toBeGreaterThan(0);
    expect(image.addedBytes).toBeLessThan(maxAddedBytes);
    process.stderr.write(`The image adds ${(image.addedBytes / 1e6).toFixed(1)} MB to its base\n`);
  });

  it('adds the program, in which its libraries are, and nothing else', () => {
    const own = image.addedFiles.filter((path) => !/^app\/dist\/[\w-]+\.js$/.test(path));

    expect(own.toSorted()).toEqual(['app/dist/licenses.txt', 'app/package.json', 'app/sbom.cdx.json']);
  });

  it('has a bill of materials with every library in it, and none for development only', () => {
    const bill = JSON.parse(readFileSync(join(image.root, 'app/sbom.cdx.json'), 'utf8')) as BillOfMaterials;
    const listed = new Set(bill.components.map(({ name, version }) => `${name}@${version}`));
    const names = bill.components.map(({ name }) => name);
    const licenses = readFileSync(join(image.root, 'app/dist/licenses.txt'), 'utf8');
    const bundled = [...licenses.matchAll(/^(\S+) (\d\S*) \(.*\)$/gm)].map(([, name, version]) => `${name}@${version}`);

    expect(bill).toMatchObject({
      bomFormat: 'CycloneDX',
      metadata: { component: { name: 'clouddb-encryption-exporter', version } },
    });
    expect(bundled.length).toBeGreaterThan(Object.keys(dependencies).length);
    expect(bundled.filter((entry) => !listed.has(entry))).toEqual([]);
    expect(names).toEqual(expect.arrayContaining(Object.keys(dependencies)));
    expect(names.filter((name) => Object.hasOwn(devDependencies, name))).toEqual([]);
  });

  it('serves the demo as process 1, unprivileged, with a read-only root', async () => {
    const container = await startDemo();
    const { stdout: exposition } = await container.inside(
      script("process.stdout.write(await (await fetch('http://127.0.0.1:10043/metrics')).text())"),
    );
    const { stdout: status } = await container.inside(
      script("import fs from 'node:fs'; process.stdout.write(fs.readFileSync('/proc/1/status', 'utf8'))"),
    );
    const writes = await container.inside(
      script(
        "import fs from 'node:fs'; for (const path of ['/x', '/app/x', '/tmp/x', '/var/tmp/x', 'x'])" +
          " try { fs.writeFileSync(path, ''); console.log('wrote') } catch ({ code }) { console.log(code) }",
      ),
    );

    expect(valuesOf(parseExposition(exposition), 'clouddb_ssl_enabled').length).toBeGreaterThanOrEqual(14);
    for (const line of [/^Pid:\t1$/m, /^Uid:(?:\t65532){4}$/m, /^Gid:(?:\t65532){4}$/m, /^CapEff:\t0+$/m]) {
      expect(status).toMatch(line);
    }
    expect(new Set(writes.stdout.trim().split('\n'))).toEqual(new Set(['EROFS']));
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('exits with status 0 after %s', async (signal) => {
    const container = await startDemo();
    const late = new Promise<never>((_, reject) => {
      setTimeout(() => reject(new Error('still there after 10 s')), 10_000).unref();
    });

    expect(await Promise.race([container.stop(signal), late])).toBe(0);
    expect(container.log()).toMatch(/msg="stopped"\n$/);
  });

  it('finds the configuration that is mounted, and is healthy by its own check while it serves', async () => {
    await folder.write(
      'config.yaml',
      'accounts: { main: { provider: oceanbase, endpoint: "http://127.0.0.1:9", access_key_id: x, access_key_secret_file: key } }\n' +
        'instances: [{ id: ob1 }]\n',
    );
    await folder.write('key', 'x\n');
    const container = start({ args: [] }, folder.path);
    await container.logged('listening');

    expect(await container.inside(healthcheck())).toEqual({ status: 0, stdout: '' });
  });

  it('is unhealthy by its own check when nothing serves', async () => {
    const container = start({ instead: healthcheck() });
    const status = await container.ended();

    expect(status).toBe(1);
  });

  it('prints its version and revision', async () => {
    const container = start({ args: ['--version'] });

    expect(await container.ended()).toBe(0);
    expect(container.log()).toContain(`clouddb-encryption-exporter ${version} (revision ${revision}, node v`);
  });
});
