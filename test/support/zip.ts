// Makes zip archives (PKWARE APPNOTE 6.3), also such as no archiver would.
import { crc32, deflateRawSync } from 'node:zlib';

/** One file of an archive. */
export interface Zipped {
  name: string;
  content: Buffer;
  /** The announced size, unpacked; default: the real one. */
  size?: number;
  /** General purpose flags; bit 0: encrypted. */
  flags?: number;
  /** 8: deflated. */
  method?: number;
}

/** An archive of these files, deflated unless told otherwise. */
export function zip(files: readonly Zipped[]): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, content, size = content.length, flags = 0, method = 8 } of files) {
    const packed = method === 8 ? deflateRawSync(content) : content;
    const path = Buffer.from(name);
    const common = Buffer.concat([
      shorts(20, flags, method, 0, 0),
      ints(crc32(content), packed.length, size),
      shorts(path.length, 0),
    ]);
    const local = Buffer.concat([ints(0x04034b50), common, path, packed]);
    directory.push(Buffer.concat([ints(0x02014b50), shorts(20), common, shorts(0, 0, 0), ints(0, offset), path]));
    parts.push(local);
    offset += local.length;
  }
  const central = Buffer.concat(directory);
  const counts = shorts(0, 0, files.length, files.length);
  return Buffer.concat([...parts, central, ints(0x06054b50), counts, ints(central.length, offset), shorts(0)]);
}

function ints(...values: number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [at, value] of values.entries()) bytes.writeUInt32LE(value, 4 * at);
  return bytes;
}

function shorts(...values: number[]): Buffer {
  const bytes = Buffer.alloc(2 * values.length);
  for (const [at, value] of values.entries()) bytes.writeUInt16LE(value, 2 * at);
  return bytes;
}
