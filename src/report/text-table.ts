// Lays out a table for a terminal: columns share the width, and cells wrap inside them.
import stringWidth from 'string-width';
import wrapAnsi from 'wrap-ansi';

const gap = 2;

/** Narrower than this, words are unreadable. */
export const minWidth = 20;

/** Changes the look of a text, but not its width. */
export type Style = (text: string) => string;

/** A table; a cell can have several lines. */
export interface TextTable {
  heads: readonly string[];
  rows: readonly (readonly string[])[];
  /** Of the cells of the first column. */
  styleOf: (text: string) => Style;
  styleHead: Style;
  /** Whether an empty line follows each row. */
  spaced: boolean;
}

/** The table in pieces of one row. No line is wider than `width`, which is at least `minWidth`. */
export function* layOutTable({ heads, rows, styleOf, styleHead, spaced }: TextTable, width: number): Generator<string> {
  const natural = heads.map((head, column) =>
    rows.reduce((most, row) => Math.max(most, widthOf(row[column] ?? '')), stringWidth(head)),
  );
  const widths = shareWidth(natural, width - gap * (heads.length - 1));
  yield layOutRow(heads, widths, () => styleHead);
  for (const row of rows) {
    yield `${layOutRow(row, widths, (column) => (column === 0 ? styleOf(row[0] ?? '') : plain))}${spaced ? '\n' : ''}`;
  }
}

const plain: Style = (text) => text;

/** A text without a table. */
export function wrapText(text: string, width: number): string {
  return wrapAnsi(text, width, { hard: true });
}

function widthOf(cell: string): number {
  return cell.split('\n').reduce((most, line) => Math.max(most, stringWidth(line)), 0);
}

/** Each column gets what it needs, at most an equal part of what narrower ones leave. */
function shareWidth(natural: readonly number[], available: number): number[] {
  const widths = [...natural];
  let left = available;
  const byNeed = natural.map((_, column) => column).toSorted((a, b) => (natural[a] ?? 0) - (natural[b] ?? 0));
  for (const [taken, column] of byNeed.entries()) {
    const width = Math.min(natural[column] ?? 0, Math.floor(left / (natural.length - taken)));
    widths[column] = width;
    left -= width;
  }
  return widths;
}

function layOutRow(cells: readonly string[], widths: readonly number[], styleOf: (column: number) => Style): string {
  const wrapped = cells.map((cell, column) => wrapCell(cell, widths[column] ?? 0));
  const height = Math.max(...wrapped.map(({ length }) => length));
  let text = '';
  for (let line = 0; line < height; line++) {
    const parts = wrapped.map((lines, column) => {
      const part = lines[line] ?? '';
      const padding = ' '.repeat(Math.max(0, (widths[column] ?? 0) - stringWidth(part)));
      return part === '' ? padding : `${styleOf(column)(part)}${padding}`;
    });
    text += `${parts.join(' '.repeat(gap)).trimEnd()}\n`;
  }
  return text;
}

function wrapCell(cell: string, width: number): string[] {
  return cell.split('\n').flatMap((line) => (stringWidth(line) <= width ? [line] : wrapText(line, width).split('\n')));
}
