// A syntax error of YAML is one problem: the most likely cause, and its line without any value.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseYaml } from '../../src/files/yaml-document.ts';

const words = new Set('accounts main provider oceanbase endpoint instances id region checks ssl secret_key'.split(' '));
const problemsOf = (text: string) => parseYaml('f.yaml', text, { words: () => words }).problems;
const start = 'accounts:\n  main:\n    provider: oceanbase\n';

describe('a syntax error', () => {
  it.each<[what: string, text: string, place: string, says: RegExp]>([
    ['fewer spaces than the line above', `${start}   endpoint: x\n`, '4:4', /column 4, the line above in column 5/],
    ['more spaces than the line above', `${start}      endpoint: x\n`, '4:7', /column 7, the line above in column 5/],
    ['fewer spaces in a list', 'instances:\n  - id: a\n   region: x\n', '3:4', /column 4, the line above in column 5/],
    ['more spaces in a list', 'instances:\n  - id: a\n     region: x\n', '3:6', /column 6, the line above in column 5/],
    ['a comment between', `${start}# why\n\n   endpoint: x\n`, '6:4', /column 4, the line above in column 5/],
    ['a tab', 'accounts:\n\tmain:\n', '2:1', /tab used for indentation; use spaces/],
    [
      'a non-breaking space',
      'accounts:\n  main:\n  \u00a0 provider: x\n    id: y\n',
      '3:3',
      /non-breaking space \(U\+00A0\)/,
    ],
    ['a non-breaking space after a colon', `${start}    endpoint:\u00a0x\n    id: y\n`, '4:14', /non-breaking space/],
    [
      'an ideographic space',
      'accounts:\n  main:\n  \u3000 provider: x\n    id: y\n',
      '3:3',
      /ideographic space \(U\+3000\)/,
    ],
    ['a full-width colon', `${start}    endpoint\uff1ax\n    id: y\n`, '4:13', /full-width colon \(U\+FF1A\)/],
    ['a quote that is not closed', `${start}    endpoint: "x\n    id: y\n`, '4:15', /quote is not closed/],
    ['a bracket that is not closed', 'instances:\n  - checks: [ssl\n  - id: x\n', '2:13', /bracket is not closed/],
    ['no space after a colon', `${start}    endpoint:x\n`, '4:13', /a space is missing after this colon/],
    ['no space after a dash', 'instances:\n  -id: a\n   region: x\n', '2:3', /a space is missing after this dash/],
    ['no colon', `${start}    endpoint x\n    id: y\n`, '4:5', /is a colon missing\?/],
    ['a colon missing above a mapping', 'accounts:\n  main\n    provider: x\n', '2:3', /is a colon missing\?/],
  ])('by %s is one problem at its cause', (_, text, place, says) => {
    expect(problemsOf(text).map(({ line, column }) => `${line}:${column}`)).toEqual([place]);
    expect(problemsOf(text)[0]?.message).toMatch(says);
  });

  it('is shown with its line, of which only the words of the format are not masked', () => {
    const [problem] = problemsOf(`${start}    secret_key: "abc # def\n`);
    expect(problem?.excerpt).toBe('    secret_key: "*** # ***\n                ^');
  });

  it('is shown in a piece of a long line', () => {
    const [problem] = problemsOf(`${'[ssl, '.repeat(10_000)}: :`);
    expect(problem?.excerpt?.length).toBeLessThan(300);
  });

  it('never shows a text that is no word of the format', () => {
    const piece = fc.constantFrom(
      '\n',
      '\n  ',
      ': ',
      ':',
      '"',
      "'",
      '[',
      '{',
      '- ',
      '#',
      '|\n',
      '&',
      '\t',
      '\u00a0',
      'id',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), fc.array(piece, { maxLength: 30 }), (before, after) => {
        const shown = problemsOf(`${before.join('')}PLANTED${after.join('')}`).map(({ excerpt }) => excerpt);
        expect(shown.join('\n')).not.toContain('PLANTED');
      }),
    );
  });
});
