// Programs in Go that check files of the project: built from the module proxy into a folder that is not tracked.
import { join, resolve } from 'node:path';
import { runGo } from './helm.ts';

const cache = resolve(import.meta.dirname, '../../node_modules/.cache/go');

/**
 * The path of a program; undefined where Go cannot build it, and then the output says that its tests are skipped, also with
 * CI=true. @param module with its version, such as `example.com/program/cmd/name@v1.2.3`
 */
export async function goTool(module: string): Promise<string | undefined> {
  const name = /([^/@]+)@/.exec(module)?.[1] ?? '';
  const built = await runGo(['install', module], { ...process.env, GOBIN: cache, GOFLAGS: '' });
  return built === undefined ? undefined : join(cache, name);
}
