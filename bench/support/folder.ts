// The folder of one run of the benchmarks, for configurations, expositions and the built Go program.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folder = mkdtempSync(join(tmpdir(), 'clouddb-bench-'));
let files = 0;

/** A path for a new file, different at each call. */
export const newPath = (ending: string) => join(folder, `${++files}${ending}`);

export const removeFolder = () => rmSync(folder, { recursive: true, force: true });
