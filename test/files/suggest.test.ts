// Which known word a mistyped one means.
import { describe, expect, it } from 'vitest';
import { closestWord, didYouMean } from '../../src/files/suggest.ts';

const words = ['ap-guangzhou', 'ap-tokyo', 'secret_id', 'secret_key', 'tencent_postgres', 'oceanbase', 'ssl', 'kms'];

describe('did you mean', () => {
  it.each([
    ['guangzhou', 'ap-guangzhou'],
    ['Guangzhou', 'ap-guangzhou'],
    ['ap-guangzhuo', 'ap-guangzhou'],
    ['AP_TOKYO', 'ap-tokyo'],
    ['secretId', 'secret_id'],
    ['secret-key', 'secret_key'],
    ['tencent-postgres', 'tencent_postgres'],
    ['tencent', 'tencent_postgres'],
    ['ocenbase', 'oceanbase'],
    ['SSL', 'ssl'],
  ])('%s: %s', (text, word) => {
    expect(didYouMean(text, words)).toBe(`; did you mean ${word}?`);
  });

  it.each([['frankfurt'], [''], ['---'], ['x'.repeat(100_000)], [5], [null]])('%j: none', (text) => {
    expect(didYouMean(text, words)).toBe('');
  });
});

describe('the closest word', () => {
  it('is found however far it is', () => {
    expect(closestWord('eu-milan', ['ap-tokyo', 'eu-frankfurt', 'na-siliconvalley'])).toBe('ap-tokyo');
    expect(closestWord('x', [])).toBeUndefined();
  });
});
