// Reading pipes and devices: to the end, never without a bound, and never blocking.
import { execFileSync } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isStream, readStream } from '../../src/files/stream.ts';

const at = (path: string) => ({ path, descriptor: undefined });

let folder: string;
let fifo: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stream-'));
  fifo = join(folder, 'fifo');
  execFileSync('mkfifo', [fifo]);
});

afterEach(() => rm(folder, { recursive: true }));

describe('readStream', () => {
  it('reads what arrives in pieces, up to the end', async () => {
    const reading = readStream(at(fifo), 1000, 30_000);
    const writer = createWriteStream(fifo);
    writer.write('one ');
    await new Promise((resolve) => setImmediate(resolve));
    writer.end('two');
    expect(await reading).toEqual({ bytes: Buffer.from('one two') });
  });

  it('gives up on a pipe without a writer', async () => {
    expect(await readStream(at(fifo), 1000, 50)).toEqual({
      fault: 'nothing was written to it within 0.05 s',
      missing: false,
    });
  });

  it.each([
    ['/dev/null', { bytes: Buffer.alloc(0) }],
    ['/dev/zero', { fault: 'it is larger than 1 KiB', missing: false }],
    ['/nonexistent', { fault: 'no such file (ENOENT)', missing: false }],
  ])('of %s', async (path, content) => {
    expect(await readStream(at(path), 1024, 30_000)).toEqual(content);
  });
});

describe('isStream', () => {
  it('is true for a pipe and a device, and false for a folder and a missing file', async () => {
    expect(
      await Promise.all([fifo, '/dev/null', folder, join(folder, 'none')].map((path) => isStream(at(path)))),
    ).toEqual([true, true, false, false]);
  });
});
