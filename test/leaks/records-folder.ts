// Makes the folder of the records of one test run, and takes it away again.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { recordsVariable } from './records.ts';

/** Called by Vitest before the workers start, which inherit the environment. @returns what is called at the end */
export function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'clouddb-records-'));
  process.env[recordsVariable] = folder;
  return () => {
    delete process.env[recordsVariable];
    rmSync(folder, { recursive: true, force: true });
  };
}
