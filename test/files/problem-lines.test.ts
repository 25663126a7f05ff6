// Problems as lines: all of a small file, a summary of thousands.
import { expect, it } from 'vitest';
import { problemLines } from '../../src/files/problem-lines.ts';
import type { Problem } from '../../src/files/yaml-document.ts';

const problem = (n: number, message = 'is wrong'): Problem => ({
  file: 'f.yaml',
  line: n + 1,
  column: 1,
  path: `instances[${n}].region`,
  message,
});

it('all are written up to a hundred', () => {
  expect(problemLines(Array.from({ length: 100 }, (_, n) => problem(n)))).toHaveLength(100);
});

it('beyond that, 20 of each kind, and how many more there are', () => {
  const many = Array.from({ length: 10_000 }, (_, n) => problem(n));
  const lines = problemLines([...many, problem(3, 'is another')]);
  expect(lines).toHaveLength(22);
  expect(lines.slice(-2)).toEqual([
    'f.yaml:4:1: instances[3].region: is another',
    'f.yaml: and 9,980 more like this: instances[…].region: is wrong',
  ]);
});

it('a thousand at most, however many kinds there are', () => {
  const word = (n: number) => String(n).replace(/\d/g, (digit) => 'abcdefghij'.charAt(Number(digit)));
  const lines = problemLines(Array.from({ length: 5000 }, (_, n) => problem(n, word(n))));
  expect(lines.length).toBeLessThanOrEqual(1001);
  expect(lines.at(-1)).toBe('f.yaml: and 4,000 more of other kinds');
});

it('without a position when the file could not be read', () => {
  expect(problemLines([{ ...problem(0), line: 0, path: '' }])).toEqual(['f.yaml: is wrong']);
});
