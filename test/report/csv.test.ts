// Cells of CSV: nothing is a formula to a spreadsheet, and a reader of RFC 4180 finds the text again.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { csvCell } from '../../src/report/csv.ts';

/** The text that a reader of RFC 4180 finds in a cell. */
function readCell(cell: string): string {
  const quoted = /^"((?:[^"]|"")*)"$/.exec(cell)?.[1];
  if (quoted === undefined && /[",\r\n]/.test(cell)) throw new Error(`not a cell: ${cell}`);
  return quoted?.replaceAll('""', '"') ?? cell;
}

const start = fc.constantFrom(
  '=',
  '+',
  '-',
  '@',
  '\t',
  '\r',
  '\n',
  ' =',
  '"=',
  "'+",
  '＝',
  '＋',
  '－',
  '＠',
  '\u00a0@',
  'a',
);
const text = fc.tuple(start, fc.string({ unit: 'grapheme' })).map((parts) => parts.join(''));

describe('csvCell', () => {
  it('lets no text begin like a formula', () => {
    fc.assert(
      fc.property(fc.oneof(text, fc.string()), (value) => {
        const read = readCell(csvCell(value));
        expect(read).not.toMatch(/^[\s"]*[=+\-@＝＋－＠]|^[\t\r\n]/u);
        expect([value, `'${value}`]).toContain(read);
      }),
    );
  });

  it.each([
    ['=HYPERLINK("http://x")', `"'=HYPERLINK(""http://x"")"`],
    ['@SUM(A1)', `'@SUM(A1)`],
    [`'=1+1`, `''=1+1`],
    ['team a, "b"', '"team a, ""b"""'],
    ['a=b', 'a=b'],
    ['', ''],
    [null, ''],
    [-3.5, '-3.5'],
    [true, 'true'],
  ])('writes %j as %s', (value, cell) => {
    expect(csvCell(value)).toBe(cell);
  });
});
