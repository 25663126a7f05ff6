import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Html, html, nothing, textOf } from '../../src/web/html.ts';

describe('html', () => {
  it('escapes values, in texts and in attributes', () => {
    const evil = `<b title="x">'&`;
    const escaped = '&lt;b title=&quot;x&quot;&gt;&#39;&amp;';
    expect(textOf(html`<p title="${evil}">${evil}</p>`)).toBe(`<p title="${escaped}">${escaped}</p>`);
  });

  it('keeps what it made, alone and in lists; numbers as they are', () => {
    const items = [1, 2].map((count) => html`<li>${count}</li>`);
    expect(textOf(html`<ul>${items}</ul>${nothing}${html`<br>`}`)).toBe('<ul><li>1</li><li>2</li></ul><br>');
  });

  it.each([
    ['right-to-left override', '\u202E'],
    ['isolate', '\u2067'],
    ['zero-width space', '\u200B'],
    ['escape', '\u001B'],
    ['line separator', '\u2028'],
  ])('removes a %s', (_, hidden) => {
    expect(textOf(html`${`a${hidden}b`}`)).toBe('ab');
  });

  it('takes no object from outside as HTML, whatever its properties', () => {
    const forged = JSON.parse('[{"markup":"<b>","__proto__":{"markup":"<b>"}}]') as Html;
    expect(() => textOf(html`${forged}`)).not.toThrow();
    expect(textOf(html`${forged}`)).not.toContain('<b>');
  });

  it('never lets a text open a tag or leave an attribute', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary-ascii' }), (text) => {
        expect(textOf(html`${text}`)).not.toMatch(/[<>"']|&(?!(?:amp|lt|gt|quot|#39);)/);
      }),
    );
  });
});
