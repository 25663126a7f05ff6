// Reads and writes what is not a regular file: pipes, devices, sockets, descriptors. Bounded in size and time.
import { createReadStream, createWriteStream } from 'node:fs';
import { constants, type FileHandle, open, stat } from 'node:fs/promises';
import { connect, Socket } from 'node:net';
import { addAbortSignal, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { startDeadline } from '../model/deadline.ts';
import { describeSystemError, type FileContent } from './bounded-file.ts';
import type { Target } from './descriptor.ts';

const pollMs = 20;
const chunkBytes = 64 * 1024;

/** Whether to read or write it as a stream. */
export async function isStream({ path, descriptor }: Target): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found !== undefined && !found.isDirectory() && (descriptor !== undefined || !found.isFile());
}

/**
 * The bytes up to the end. Never blocks a thread of Node's pool, which would keep the process from exiting. Never throws.
 * @param timeoutMs for the complete stream
 */
export async function readStream(target: Target, maxBytes: number, timeoutMs: number): Promise<FileContent> {
  const failed = (fault: string) => ({ fault, missing: false });
  const { signal, expired, clear } = startDeadline(timeoutMs, []);
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of await openReader(target, signal)) {
      size += chunk.length;
      if (size > maxBytes) return failed(`it is larger than ${maxBytes / 1024} KiB`);
      chunks.push(chunk);
    }
    return { bytes: Buffer.concat(chunks) };
  } catch (error) {
    if (!expired()) return failed(describeSystemError(error));
    return failed(`${size === 0 ? 'nothing was written to it' : 'it was not closed'} within ${timeoutMs / 1000} s`);
  } finally {
    clear();
  }
}

async function openReader(target: Target, signal: AbortSignal): Promise<AsyncIterable<Buffer>> {
  const found = await stat(target.path);
  const { descriptor: fd } = target;
  if (fd === undefined || found.isCharacterDevice() || found.isBlockDevice()) return poll(target, signal);
  // Not opened by its path: another user may own it.
  const stream: Readable = found.isFile() ? createReadStream('', { fd, autoClose: false }) : new Socket({ fd });
  return addAbortSignal(signal, stream) as AsyncIterable<Buffer>;
}

async function* poll({ path, descriptor }: Target, signal: AbortSignal): AsyncGenerator<Buffer> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    // Before a pipe has a writer, reading it looks like its end.
    let hasWriter = descriptor !== undefined || !(await handle.stat()).isFIFO();
    while (!signal.aborted) {
      const { bytesRead, buffer } = await handle.read(Buffer.alloc(chunkBytes), 0, chunkBytes).catch(notReady);
      if (bytesRead === 0 && hasWriter) return;
      hasWriter ||= bytesRead !== 0;
      if (bytesRead > 0) yield buffer.subarray(0, bytesRead);
      else await delay(pollMs);
    }
    signal.throwIfAborted();
  } finally {
    await handle.close().catch(() => undefined);
  }
}

/** EAGAIN: the other end is open, and has nothing to read, or no space to write. */
function notReady(error: NodeJS.ErrnoException): { bytesRead: number; bytesWritten: number; buffer: Buffer } {
  if (error.code !== 'EAGAIN') throw error;
  return { bytesRead: -1, bytesWritten: 0, buffer: Buffer.alloc(0) };
}

/**
 * Writes all bytes, and waits for a reader where there is none yet.
 * @throws {NodeJS.ErrnoException} when it cannot be written @throws the reason of the signal
 */
export async function writeStream(target: Target, bytes: Buffer, signal: AbortSignal): Promise<void> {
  const found = await stat(target.path);
  const { path, descriptor: fd } = target;
  if (fd === undefined ? !found.isSocket() : found.isCharacterDevice() || found.isBlockDevice()) {
    return writeByPolling(path, bytes, signal);
  }
  const socket = () => (fd === undefined ? connect(path) : new Socket({ fd, readable: false }));
  const stream = found.isFile() && fd !== undefined ? createWriteStream('', { fd, autoClose: false }) : socket();
  await pipeline([bytes], stream, { signal });
}

async function writeByPolling(path: string, bytes: Buffer, signal: AbortSignal): Promise<void> {
  const handle = await openWriter(path, signal);
  try {
    for (let written = 0; written < bytes.length; ) {
      signal.throwIfAborted();
      const { bytesWritten } = await handle.write(bytes, written).catch(notReady);
      written += bytesWritten;
      if (bytesWritten === 0) await delay(pollMs);
    }
  } finally {
    await handle.close().catch(() => undefined);
  }
}

async function openWriter(path: string, signal: AbortSignal): Promise<FileHandle> {
  for (;;) {
    signal.throwIfAborted();
    try {
      return await open(path, constants.O_WRONLY | constants.O_NONBLOCK);
    } catch (error) {
      // A pipe has no reader yet.
      if ((error as NodeJS.ErrnoException).code !== 'ENXIO' || !(await stat(path)).isFIFO()) throw error;
      await delay(pollMs);
    }
  }
}
