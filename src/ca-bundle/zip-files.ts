// The files in a zip archive: bounded, in memory, never written.
import type { Readable } from 'node:stream';
import { type Entry, fromBufferPromise } from 'yauzl';
import { Failure } from '../model/failure.ts';

/** Bundles have three files. */
const maxEntries = 100;
/** Unpacked, all files together: a bundle of all public CAs has 0.3 MiB. */
const maxUnpackedBytes = 1024 * 1024;

/** One file of an archive. */
export interface ZipFile {
  name: string;
  bytes: Buffer;
}

/** Whether bytes begin like an archive: with a file, or with the directory of an empty one. */
export function isZip(bytes: Buffer): boolean {
  return bytes.subarray(0, 2).toString('latin1') === 'PK';
}

/**
 * Unpacks an archive.
 * @param isWanted by the name of a file; others are not unpacked
 * @throws {Failure} bad_response: encrypted, too large, too many entries, names that lead out of the archive, or damaged
 */
export async function unzip(bytes: Buffer, isWanted: (name: string) => boolean): Promise<ZipFile[]> {
  try {
    const archive = await fromBufferPromise(bytes);
    if (archive.entryCount > maxEntries) throw refused(`has more than ${maxEntries} entries`);
    const files: ZipFile[] = [];
    let left = maxUnpackedBytes;
    // Validates the names, and as it unpacks that sizes are as announced.
    for await (const entry of archive.eachEntry()) {
      if (entry.isEncrypted()) throw refused('has an encrypted file');
      if (entry.fileName.endsWith('/') || !isWanted(entry.fileName)) continue;
      left -= entry.uncompressedSize;
      if (left < 0) throw refused(`has more than ${maxUnpackedBytes / 1024 / 1024} MiB unpacked`);
      files.push({ name: entry.fileName, bytes: await readAll(await archive.openReadStreamPromise(entry), entry) });
    }
    return files;
  } catch (error) {
    if (error instanceof Failure) throw error;
    // Without the message, which can quote a name from the archive.
    throw refused('is damaged, or has file names that point outside of it');
  }
}

async function readAll(stream: Readable, { uncompressedSize }: Entry): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks, uncompressedSize);
}

const refused = (what: string) => new Failure('bad_response', `the zip archive with the CA certificates ${what}`);
