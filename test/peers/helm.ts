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
 * The path of helm; undefined where there is neither helm 3.16 nor a Go that can build it, and then the output says that
 * its tests are skipped, also with CI=true. To build it takes minutes, once.
 */
export async function findHelm(): Promise<string | undefined> {
  const built = join(cache, 'helm');
  for (const candidate of ['helm', built]) {
    const { stdout } = await run(candidate, ['version', '--short']).catch(() => ({ stdout: '' }));
    if (accepted.test(stdout)) return candidate;
  }
  const env = { ...process.env, GOBIN: cache, GOFLAGS: '' };
  const installed = await runGo(['install', `helm.sh/helm/v3/cmd/helm@${version}`], env);
  return installed === undefined ? undefined : built;
}

/** What a Go command prints; undefined where it fails, for want of Go or of a network, and then the output says so. */
export async function runGo(args: readonly string[], env = process.env): Promise<string | undefined> {
  try {
    return (await run('go', args, { env })).stdout;
  } catch (error) {
    process.stderr.write(`Tests skipped: \`go ${args.join(' ')}\` failed: ${(error as Error).message}\n`);
    return undefined;
  }
}
