// Helm, as the tests of the chart use it: found on the PATH, or built by Go into a folder that is not tracked.
import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const root = resolve(import.meta.dirname, '../..');
const cache = join(root, 'node_modules/.cache/helm');
// The words of the schema validator differ between the minor versions, and the expectations of test/deploy/helm/bad hold them.
const version = 'v3.16.4';
const accepted = /^v3\.16\b/;

/** The chart that is shipped. */
export const chart = join(root, 'deploy/helm/clouddb-encryption-exporter');

const run = promisify(execFile);

/**
 * The path of helm; undefined where there is neither helm 3.16 nor Go, and then the output says that its tests are
 * skipped, also with CI=true. To build it takes minutes, once. @throws when Go is there and cannot build it
 */
export async function findHelm(): Promise<string | undefined> {
  const built = join(cache, 'helm');
  for (const candidate of ['helm', built]) {
    const { stdout } = await run(candidate, ['version', '--short']).catch(() => ({ stdout: '' }));
    if (accepted.test(stdout)) return candidate;
  }
  if (!(await hasGo())) {
    process.stderr.write('Tests skipped: there is no helm 3.16 on the PATH, and no Go to build one\n');
    return undefined;
  }
  const env = { ...process.env, GOBIN: cache, GOFLAGS: '' };
  await run('go', ['install', `helm.sh/helm/v3/cmd/helm@${version}`], { env });
  return built;
}

/** Whether Go is installed. */
export async function hasGo(): Promise<boolean> {
  return await run('go', ['version']).then(
    () => true,
    () => false,
  );
}
