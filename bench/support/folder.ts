// The folder of one run of the benchmarks, for configurations, expositions and the built Go program.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

let folder: string | undefined;
let files = 0;

/** A path for a new file, different at each call. */
export function newPath(ending: string): string {
  folder ??= mkdtempSync(join(tmpdir(), 'clouddb-bench-'));
  return join(folder, `${++files}${ending}`);
}

export function removeFolder(): void {
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
}
