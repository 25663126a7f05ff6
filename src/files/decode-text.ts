// Decodes the bytes of a text file, which must be UTF-8.
import { isUtf8 } from 'node:buffer';

/** The text without a byte order mark, or what is wrong with the bytes and on which line, from 1. */
export type DecodedText = { text: string } | { fault: string; line: number };

const newline = 0x0a;

/** Decodes strictly: a byte that is not UTF-8 is never replaced. The fault does not repeat the content. */
export function decodeText(bytes: Uint8Array): DecodedText {
  if (isUtf16(bytes)) return { fault: 'the file is UTF-16; save it as UTF-8', line: 1 };
  const line = firstLine(bytes, (part) => !isUtf8(part));
  if (line !== undefined) {
    const fault = `line ${line} is not UTF-8 (Windows-1252 or Latin-1?); save the file as UTF-8`;
    return { fault, line };
  }
  const nulLine = bytes.includes(0) ? firstLine(bytes, (part) => part.includes(0)) : undefined;
  if (nulLine !== undefined)
    return { fault: `line ${nulLine} contains a NUL byte; it is not a text file`, line: nulLine };
  return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
}

/** By its byte order mark, or by the zero bytes of its first characters, which are ASCII in a configuration. */
function isUtf16(bytes: Uint8Array): boolean {
  const [a, b, c, d] = bytes;
  if ((a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff)) return true;
  return (a === 0 && b !== 0 && c === 0 && d !== 0) || (a !== 0 && b === 0 && c !== 0 && d === 0);
}

/** A line break is never a part of another character, so each line can be examined on its own. */
function firstLine(bytes: Uint8Array, matches: (part: Uint8Array) => boolean): number | undefined {
  if (!matches(bytes)) return undefined;
  let line = 1;
  for (let from = 0; from < bytes.length; line++) {
    const end = bytes.indexOf(newline, from);
    const to = end === -1 ? bytes.length : end + 1;
    if (matches(bytes.subarray(from, to))) return line;
    from = to;
  }
  return line;
}
