// Strings from an API, cleaned for a label, a page or a log line.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cleanText } from '../../src/model/clean-text.ts';

describe('cleanText', () => {
  it.each([
    ['an empty text', '', ''],
    ['a plain text', 'plain', 'plain'],
    ['a leading space', ' f4d88aa7-ae72-11ec-9fcc-5254007ffd46', 'f4d88aa7-ae72-11ec-9fcc-5254007ffd46'],
    ['white space only', '  \t\r\n ', ''],
    ['an inner space', 'two words', 'two words'],
    ['line end and tab', 'a\nb\tc', 'abc'],
    ['control characters', 'a\u0000\u001b[31mb\u007f\u0085', 'a[31mb'],
    ['bidirectional marks', 'right\u202eto\u2066left', 'righttoleft'],
    ['line and paragraph separators', 'line\u2028paragraph\u2029', 'lineparagraph'],
    ['zero-width characters', 'zero\u200bwidth\ufeff', 'zerowidth'],
    ['a lone surrogate', 'lone \ud83d surrogate', 'lone  surrogate'],
    ['Chinese text and an emoji', '云数据库 🔐', '云数据库 🔐'],
    ['quotes and a backslash', '"quotes" and \\', '"quotes" and \\'],
    ['200 characters', 'x'.repeat(200), 'x'.repeat(200)],
    ['201 characters', 'x'.repeat(201), 'x'.repeat(200)],
    ['300 leading spaces', `${' '.repeat(300)}x`, 'x'],
    ['300 emojis', '🔐'.repeat(300), '🔐'.repeat(200)],
    ['a letter and 300 emojis', `x${'🔐'.repeat(300)}`, `x${'🔐'.repeat(199)}`],
    ['a space as character 200', `${'x'.repeat(199)} y`, 'x'.repeat(199)],
  ])('cleans %s', (_what, text, clean) => {
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
