// Strings of an API on their way to a label, a page or a log line.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cleanText } from '../../src/model/clean-text.ts';

describe('cleanText', () => {
  it.each([
    ['', ''],
    ['plain', 'plain'],
    [' f4d88aa7-ae72-11ec-9fcc-5254007ffd46', 'f4d88aa7-ae72-11ec-9fcc-5254007ffd46'],
    ['  \t\r\n ', ''],
    ['two words', 'two words'],
    ['a\nb\tc', 'abc'],
    ['a\u0000\u001b[31mb\u007f\u0085', 'a[31mb'],
    ['right\u202eto\u2066left', 'righttoleft'],
    ['line\u2028paragraph\u2029', 'lineparagraph'],
    ['zero\u200bwidth\ufeff', 'zerowidth'],
    ['lone \ud83d surrogate', 'lone  surrogate'],
    ['云数据库 🔐', '云数据库 🔐'],
    ['"quotes" and \\', '"quotes" and \\'],
    ['x'.repeat(200), 'x'.repeat(200)],
    ['x'.repeat(201), 'x'.repeat(200)],
    [`${' '.repeat(300)}x`, 'x'],
    ['🔐'.repeat(300), '🔐'.repeat(200)],
    [`x${'🔐'.repeat(300)}`, `x${'🔐'.repeat(199)}`],
    [`${'x'.repeat(199)} y`, 'x'.repeat(199)],
  ])('makes of %j %j', (text, clean) => {
    expect(cleanText(text)).toBe(clean);
  });

  const any = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 600 }),
    fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)), maxLength: 600 }),
    fc.string({ unit: fc.constantFrom('🔐', 'x', ' ', '\n', '\ud83d', '\udd10', '\u202e'), maxLength: 600 }),
  );

  it('leaves at most 200 characters, none of them a control, and no blank at the ends', () => {
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

  it('changes nothing of what it has made', () => {
    fc.assert(
      fc.property(any, (text) => {
        expect(cleanText(cleanText(text))).toBe(cleanText(text));
      }),
    );
  });

  it('keeps the characters that it keeps in their order', () => {
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
