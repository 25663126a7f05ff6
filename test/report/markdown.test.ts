// Text in Markdown: it stays in its cell, and is no markup.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { markdownText } from '../../src/report/markdown.ts';

/** What a reader of Markdown shows of a text without markup. */
function shown(markdown: string): string {
  return markdown
    .replaceAll(/\\([!-/:-@[-`{-~])/g, '$1')
    .replaceAll(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)));
}

describe('markdownText', () => {
  it.each([
    ['a | b', 'a \\| b'],
    ['<script>', '&#60;script\\>'],
    ['&lt;', '&#38;lt;'],
    ['`code` *bold* _it_ ~no~ $x$', '\\`code\\` \\*bold\\* \\_it\\_ \\~no\\~ \\$x\\$'],
    ['[x](https://a.example)', '\\[x\\](https&#58;//a.example)'],
    ['www.example.com', 'www&#46;example.com'],
    ['@team #1 a\\', '&#64;team \\#1 a\\\\'],
    ['two\r\nlines', 'two lines'],
  ])('of %j is %j', (text, markdown) => {
    expect(markdownText(text)).toBe(markdown);
  });

  it('shows the text, on one line, without a bare mark', () => {
    const marks = fc.constantFrom(
      '|',
      '\\',
      '`',
      '<',
      '&',
      '&#64;',
      '&lt;',
      '@',
      '://',
      'www.',
      '*',
      '_',
      '[',
      ']',
      '\n',
      'a',
    );
    fc.assert(
      fc.property(fc.string({ unit: fc.oneof(marks, fc.string({ maxLength: 1 })) }), (text) => {
        const markdown = markdownText(text);
        expect(shown(markdown)).toBe(text.replaceAll(/\s+/g, ' '));
        expect(markdown.replaceAll(/\\./g, '')).not.toMatch(/[|`<>*_[\]~$@\n]|:\/\//);
      }),
    );
  });
});
