// Reads a pipe or a character device to its end, bounded in size and time.
import { constants, type FileHandle, open, stat } from 'node:fs/promises';
import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import type { FileContent } from './bounded-file.ts';

const pollMs = 20;
const chunkBytes = 64 * 1024;

/** Whether a path is a pipe or a character device, such as /dev/stdin. */
export async function isStream(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found?.isFIFO() === true || found?.isCharacterDevice() === true || found?.isSocket() === true;
}

/**
 * The bytes up to the end of the stream. Polls without blocking: a read that waits for a writer would occupy one of
 * Node's few threads, and keep the process from terminating. Never throws.
 * @param timeoutMs for the whole stream
 */
export async function readStream(path: string, maxBytes: number, timeoutMs: number): Promise<FileContent> {
  const failed = (fault: string) => ({ fault, missing: false });
  const until = performance.now() + timeoutMs;
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    // Before a FIFO has a writer, reading it looks like its end.
    let hasWriter = !(await handle.stat()).isFIFO();
    const chunks: Buffer[] = [];
    let size = 0;
    while (performance.now() < until) {
      const { bytesRead, buffer } = await handle.read(Buffer.alloc(chunkBytes), 0, chunkBytes).catch(waiting);
      if (bytesRead === 0 && hasWriter) return { bytes: Buffer.concat(chunks) };
      hasWriter ||= bytesRead !== 0;
      size += Math.max(bytesRead, 0);
      if (size > maxBytes) return failed(`it is larger than ${maxBytes / 1024} KiB`);
      if (bytesRead > 0) chunks.push(buffer.subarray(0, bytesRead));
      else await delay(pollMs);
    }
    return failed(`it did not end within ${timeoutMs / 1000} s`);
  } catch (error) {
    return failed((error as NodeJS.ErrnoException).code ?? 'unreadable');
  } finally {
    await handle?.close().catch(() => undefined);
  }
}

/** There is a writer, and nothing to read yet. */
function waiting(error: NodeJS.ErrnoException): { bytesRead: number; buffer: Buffer } {
  if (error.code !== 'EAGAIN') throw error;
  return { bytesRead: -1, buffer: Buffer.alloc(0) };
}
