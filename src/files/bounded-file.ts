// Reads a regular file up to a size limit; never blocks on a pipe.
import { constants, type FileHandle, open } from 'node:fs/promises';
import { describeSystemError } from './system-error.ts';

/** The bytes, or the reason why it cannot be read, without its name or content. */
export type FileContent = { bytes: Buffer } | { fault: string; missing: boolean };

/** Regular files up to a size. Never throws. */
export async function readBoundedFile(path: string, maxBytes: number): Promise<FileContent> {
  const failed = (fault: string, missing = false) => ({ fault, missing });
  let handle: FileHandle | undefined;
  try {
    // Without the flag, opening a pipe would wait for a writer.
    handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stat = await handle.stat();
    if (!stat.isFile()) return failed(stat.isDirectory() ? 'it is a folder' : 'it is not a regular file');
    if (stat.size > maxBytes) return failed(`it is larger than ${maxBytes / 1024} KiB`);
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(stat.size + 1), 0, stat.size + 1, 0);
    if (bytesRead !== stat.size) return failed('it changed while it was read');
    return { bytes: buffer.subarray(0, stat.size) };
  } catch (error) {
    return failed(describeSystemError(error), (error as NodeJS.ErrnoException).code === 'ENOENT');
  } finally {
    // An error on closing does not affect the bytes.
    await handle?.close().catch(() => undefined);
  }
}

/** What was read, or a fault after a time: a read from a file system that hangs cannot be stopped, and goes on. */
export function inTime(reading: Promise<FileContent>, timeoutMs: number): Promise<FileContent> {
  return new Promise((resolve, reject) => {
    const fault = `the file system does not respond within ${timeoutMs / 1000} s`;
    const timer = setTimeout(() => resolve({ fault, missing: false }), timeoutMs);
    reading.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** Whether two reads of a file had the same result. */
export function sameContent(a: FileContent | undefined, b: FileContent | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  if ('fault' in a || 'fault' in b) return 'fault' in a && 'fault' in b && a.fault === b.fault;
  return a.bytes.equals(b.bytes);
}
