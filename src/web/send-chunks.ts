// Sends a response piece by piece: at the speed of its reader, for a bounded time, and no longer than the reader stays.
import type { ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { constants, createGzip, gzipSync } from 'node:zlib';
import { startDeadline } from '../model/deadline.ts';

/** Default time for a body: what it holds for a slow reader, such as the facts of its scrape, is freed after that. */
const bodyTimeoutMs = 60_000;

// The fastest level: the texts of labels repeat, so that the default level takes three times as long for a third less.
const gzipOptions = { level: constants.Z_BEST_SPEED, chunkSize: 64 * 1024 };

/** Characters of a body that is compressed in one go, in less than a millisecond: streams cost several times as much. */
const shortLength = 16 * 1024;

// The text of one instance repeats within a few kilobytes. Small buffers: V8 counts them, and collects garbage for them.
const shortOptions = { level: constants.Z_BEST_SPEED, windowBits: 13, memLevel: 6, chunkSize: 2048 };

/** Errors of a connection whose reader has left. */
const readerLeft: ReadonlySet<unknown> = new Set(['ERR_STREAM_PREMATURE_CLOSE', 'ECONNRESET', 'EPIPE']);

/**
 * Sends the chunks as the body. For a reader that leaves, or takes too long, the rest is not produced.
 * @param compressed whether the body is compressed with gzip
 * @param timeoutMs time for the body in milliseconds
 * @throws what the source of the chunks throws
 */
export async function sendChunks(
  response: ServerResponse,
  chunks: AsyncIterable<string | Buffer> | Iterable<string | Buffer>,
  compressed: boolean,
  timeoutMs: number = bodyTimeoutMs,
): Promise<void> {
  if (compressed) response.setHeader('Content-Encoding', 'gzip');
  // The reader may have left while the first chunk was prepared.
  if (response.destroyed) return;
  if (response.req.method === 'HEAD') {
    response.end();
    return;
  }
  const short = shortBody(chunks);
  if (short !== undefined) {
    response.end(compressed ? gzipSync(short, shortOptions) : short);
    return;
  }
  const deadline = startDeadline(timeoutMs, []);
  const { signal } = deadline;
  try {
    if (compressed) await pipeline(chunks, createGzip(gzipOptions), response, { signal });
    else await pipeline(chunks, response, { signal });
  } catch (error) {
    if (!deadline.expired() && !readerLeft.has((error as NodeJS.ErrnoException).code)) throw error;
  } finally {
    deadline.clear();
  }
}

/** The body where it is one short text. */
function shortBody(chunks: AsyncIterable<unknown> | Iterable<unknown>): string | undefined {
  if (!Array.isArray(chunks) || chunks.length !== 1) return undefined;
  const only: unknown = chunks[0];
  return typeof only === 'string' && only.length <= shortLength ? only : undefined;
}
