// Text files must be UTF-8; what is wrong with another one is named, with its line.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeText } from '../../src/files/decode-text.ts';

const bom = Buffer.from([0xef, 0xbb, 0xbf]);
const withoutMark = (bytes: Uint8Array) => bytes.subarray(bom.equals(bytes.subarray(0, 3)) ? 3 : 0);
const utf16be = (text: string) => Buffer.from(text, 'utf16le').swap16();

describe('a text file', () => {
  it.each([
    ['in ASCII', Buffer.from('a: b\n'), 'a: b\n'],
    ['with characters of many bytes', Buffer.from('name: 数据库 größe 😀\n'), 'name: 数据库 größe 😀\n'],
    ['with a byte order mark', Buffer.concat([bom, Buffer.from('a: b')]), 'a: b'],
    ['that is empty', Buffer.alloc(0), ''],
  ])('%s is decoded', (_, bytes, text) => {
    expect(decodeText(bytes)).toEqual({ text });
  });

  it.each([
    ['in Windows-1252', Buffer.from('a: 1\nname: b\u00fccher\nb: 2\n', 'latin1'), /line 2 is not UTF-8/, 2],
    ['with half a character at its end', Buffer.from('a: ä').subarray(0, 4), /line 1 is not UTF-8/, 1],
    ['in UTF-16 with a mark', Buffer.from('\uFEFFaccounts:\n', 'utf16le'), /UTF-16; save it as UTF-8/, 1],
    ['in UTF-16, big-endian, with a mark', utf16be('\uFEFFaccounts:\n'), /UTF-16; save it as UTF-8/, 1],
    ['in UTF-16 without a mark', Buffer.from('accounts:\n', 'utf16le'), /UTF-16; save it as UTF-8/, 1],
    ['in UTF-16, big-endian, without a mark', utf16be('accounts:\n'), /UTF-16; save it as UTF-8/, 1],
    ['with a NUL byte', Buffer.from('a: 1\nb: 2\nc: \0\n'), /line 3 contains a NUL byte/, 3],
  ])('%s is refused with its line', (_, bytes, fault, line) => {
    expect(decodeText(bytes)).toEqual({ fault: expect.stringMatching(fault) as string, line });
  });

  it('has all of its bytes in the text, or is refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 50 }), (bytes) => {
        const decoded = decodeText(bytes);
        const lossless = 'text' in decoded && Buffer.from(decoded.text).equals(withoutMark(bytes));
        expect(lossless || ('line' in decoded && decoded.line > 0)).toBe(true);
      }),
    );
  });
});
