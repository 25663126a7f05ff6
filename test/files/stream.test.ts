// Reading pipes and devices: to the end, never without a bound, and never blocking.
import { execFileSync } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { inTime } from '../../src/files/bounded-file.ts';
import { isStream, readStream, writeStream } from '../../src/files/stream.ts';

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

describe('inTime', () => {
  it('is a fault for a read that never ends, and what was read for any other', async () => {
    const content = { bytes: Buffer.from('x') };

    expect(await inTime(new Promise(() => undefined), 5)).toEqual({
      fault: 'the file system does not respond within 0.005 s',
      missing: false,
    });
    expect(await inTime(Promise.resolve(content), 60_000)).toBe(content);
  });
});

describe('writeStream', () => {
  it('waits for a reader until its signal is aborted', async () => {
    await expect(writeStream(at(fifo), Buffer.from('x'), AbortSignal.timeout(50))).rejects.toThrow('aborted');
  });

  it('writes more than a pipe holds, as fast as it is read', async () => {
    const bytes = Buffer.alloc(1_000_000, 'x');
    const [read] = await Promise.all([
      readStream(at(fifo), 2_000_000, 30_000),
      writeStream(at(fifo), bytes, new AbortController().signal),
    ]);
    expect('bytes' in read && read.bytes.equals(bytes)).toBe(true);
  });
});

describe('isStream', () => {
  it('is true for a pipe and a device, and false for a folder and a missing file', async () => {
    expect(
      await Promise.all([fifo, '/dev/null', folder, join(folder, 'none')].map((path) => isStream(at(path)))),
    ).toEqual([true, true, false, false]);
  });
});
