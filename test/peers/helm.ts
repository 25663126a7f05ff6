// Helm, as the tests of the chart use it: found on the PATH, or built by Go into a folder that is not tracked.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');
const cache = join(root, 'node_modules/.cache/helm');
// The words of the schema validator differ between the minor versions, and the expectations of test/deploy/helm/bad hold them.
const version = 'v3.16.4';
const accepted = /^v3\.16\b/;

/** The chart that is shipped. */
export const chart = join(root, 'deploy/helm/clouddb-encryption-exporter');

/**
 * The path of helm; undefined where there is neither helm 3.16 nor Go, and then the output says that its tests are
 * skipped, also with CI=true. @throws when Go is there and cannot build it
 */
export function findHelm(): string | undefined {
  const built = join(cache, 'helm');
  for (const candidate of ['helm', built]) {
    const { stdout } = spawnSync(candidate, ['version', '--short'], { encoding: 'utf8' });
    if (accepted.test(stdout ?? '')) return candidate;
  }
  if (spawnSync('go', ['version']).status !== 0) {
    process.stderr.write('Tests skipped: there is no helm 3.16 on the PATH, and no Go to build one\n');
    return undefined;
  }
  const { status, stderr } = spawnSync('go', ['install', `helm.sh/helm/v3/cmd/helm@${version}`], {
    encoding: 'utf8',
    env: { ...process.env, GOBIN: cache, GOFLAGS: '' },
  });
  if (status !== 0 || !existsSync(built)) throw new Error(`go install of helm ${version} failed:\n${stderr}`);
  return built;
}
