// Strings from an API, cleaned for a label, a page or a log line.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cleanText } from '../../src/model/clean-text.ts';

describe('cleanText', () => {
  it.each<[rule: string, text: string, clean: string]>([
    ['keeps an empty text', '', ''],
    ['keeps a word', 'plain', 'plain'],
    ['trims an id', ' f4d88aa7-ae72-11ec-9fcc-5254007ffd46', 'f4d88aa7-ae72-11ec-9fcc-5254007ffd46'],
    ['makes blanks empty', '  \t\r\n ', ''],
    ['keeps a blank between words', 'two words', 'two words'],
    ['removes line ends and tabs', 'a\nb\tc', 'abc'],
    ['removes control characters', 'a\u0000\u001b[31mb\u007f\u0085', 'a[31mb'],
    ['removes changes of direction', 'right\u202eto\u2066left', 'righttoleft'],
    ['removes separators of lines and paragraphs', 'line\u2028paragraph\u2029', 'lineparagraph'],
    ['removes characters without width', 'zero\u200bwidth\ufeff', 'zerowidth'],
    ['removes a lone surrogate', 'lone \ud83d surrogate', 'lone  surrogate'],
    ['keeps other scripts and symbols', '云数据库 🔐', '云数据库 🔐'],
    ['keeps quotes and backslashes', '"quotes" and \\', '"quotes" and \\'],
    ['keeps 200 characters', 'x'.repeat(200), 'x'.repeat(200)],
    ['cuts the 201st character', 'x'.repeat(201), 'x'.repeat(200)],
    ['trims before it cuts', `${' '.repeat(300)}x`, 'x'],
    ['counts a pair of surrogates as one character', '🔐'.repeat(300), '🔐'.repeat(200)],
    ['never cuts a pair of surrogates', `x${'🔐'.repeat(300)}`, `x${'🔐'.repeat(199)}`],
    ['trims after it cuts', `${'x'.repeat(199)} y`, 'x'.repeat(199)],
  ])('%s', (_, text, clean) => {
    expect(cleanText(text)).toBe(clean);
  });

  const any = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 600 }),
    fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)), maxLength: 600 }),
    fc.string({ unit: fc.constantFrom('🔐', 'x', ' ', '\n', '\ud83d', '\udd10', '\u202e'), maxLength: 600 }),
  );

  it('returns at most 200 characters, no control characters, no surrounding space', () => {
    fc.assert(
      fc.property(any, (text) => {
        const clean = cleanText(text);
        expect(Array.from(clean).length).toBeLessThanOrEqual(200);
        expect(clean).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
        expect(clean).toBe(clean.trim());
        expect(Buffer.from(clean).toString()).toBe(clean);
      }),
      { numRuns: 1000 },
    );
  });

  it('is idempotent', () => {
    fc.assert(
      fc.property(any, (text) => {
        expect(cleanText(cleanText(text))).toBe(cleanText(text));
      }),
    );
  });

  it('keeps the order of the characters', () => {
    fc.assert(
      fc.property(any, (text) => {
        const source = Array.from(text);
        let from = 0;
        for (const character of cleanText(text)) {
          const at = source.indexOf(character, from);
          expect(at).toBeGreaterThanOrEqual(from);
          from = at + 1;
        }
      }),
    );
  });
});
