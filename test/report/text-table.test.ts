// The layout of tables: whatever the text, no line is wider than the terminal, and nothing is lost.
import fc from 'fast-check';
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { layOutTable, minWidth, wrapText } from '../../src/report/text-table.ts';

const plain = (text: string) => text;
const layOut = (heads: readonly string[], rows: readonly (readonly string[])[], width: number, spaced = false) => [
  ...layOutTable({ heads, rows, spaced, styleOf: () => plain, styleHead: plain }, width),
];

const wide = fc.constantFrom('数据库', '한글', 'ｆｕｌｌ', '🔐', '🇩🇪', 'e\u0301', 'word', ' ', '-');
const text = fc.string({ unit: fc.oneof(wide, fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 })) });
const cell = text.map((value) => value.replaceAll(/[\p{Cc}\p{Cf}]/gu, ''));

describe('a table', () => {
  it('has no line wider than the terminal', () => {
    const rows = fc.array(fc.tuple(cell, cell, cell), { maxLength: 5 });
    fc.assert(
      fc.property(rows, fc.integer({ min: minWidth, max: 120 }), (cells, width) => {
        const lines = layOut(['ONE', 'TWO', 'THREE'], cells, width).join('').split('\n');
        expect(lines.filter((line) => stringWidth(line) > width)).toEqual([]);
      }),
    );
  });

  it('keeps every character that is no blank', () => {
    const shown = (value: string) => Array.from(value.replaceAll(/\s/g, '').normalize()).toSorted().join('');
    fc.assert(
      fc.property(cell, cell, fc.integer({ min: minWidth, max: 60 }), (one, two, width) => {
        const [, row = ''] = layOut(['', ''], [[one, two]], width);
        expect(shown(row)).toBe(shown(one + two));
      }),
    );
  });

  it('aligns columns behind wide characters', () => {
    expect(
      layOut(
        ['NAME', 'X'],
        [
          ['数据库', 'a'],
          ['b', 'c'],
        ],
        40,
      ),
    ).toEqual(['NAME    X\n', '数据库  a\n', 'b       c\n']);
  });

  it('gives a short column its width, and shares the rest', () => {
    const rows = [['ok', 'a'.repeat(12), 'b'.repeat(40)]];
    expect(layOut(['S', 'A', 'B'], rows, 30)).toEqual([
      `S   A             B\n`,
      `ok  ${'a'.repeat(12)}  ${'b'.repeat(12)}\n${' '.repeat(18)}${'b'.repeat(12)}\n${' '.repeat(18)}${'b'.repeat(12)}\n${' '.repeat(18)}bbbb\n`,
    ]);
  });

  it('keeps the lines of a row together, and separates spaced rows', () => {
    expect(
      layOut(
        ['A', 'B'],
        [
          ['1', 'x\ny'],
          ['2', 'z'],
        ],
        40,
        true,
      ),
    ).toEqual(['A  B\n', '1  x\n   y\n\n', '2  z\n\n']);
  });

  it('wraps text outside of tables', () => {
    expect(wrapText('one two three', 8)).toBe('one two\nthree');
  });
});
