// The search itself: a secret is found in whatever form it was shown, and nothing else is taken for one.
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { findLeaks } from './find-leaks.ts';

const unmarked = 'x7\\Gq"Wm é0Zp<tR9&kL/+=2vB';
const digits = 'b2f7d0c94a1e6683750fd9ac21be4570';

const found = (text: string, value: string) =>
  findLeaks(text, [{ value, from: 'the test' }]).some(({ what }) => what === 'the test');

const escapeHtml = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');

const forms: [form: string, (secret: string) => string][] = [
  ['as it is', (secret) => secret],
  ['as JSON', JSON.stringify],
  ['as JSON in JSON', (secret) => JSON.stringify(JSON.stringify(secret))],
  ['as Node shows an object', (secret) => inspect({ deep: { secret } })],
  ['as a label value', (secret) => `a{b="${secret.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"} 1`],
  ['as HTML', escapeHtml],
  ['percent-encoded', encodeURIComponent],
  ['as a form field', (secret) => new URLSearchParams({ secret }).toString()],
  ['as base64', (secret) => Buffer.from(secret).toString('base64')],
  ['as base64 behind one character', (secret) => Buffer.from(`:${secret}`).toString('base64')],
  ['as base64 behind two characters', (secret) => Buffer.from(`u:${secret}.`).toString('base64')],
  ['as base64url', (secret) => Buffer.from(secret).toString('base64url')],
  ['as hex', (secret) => Buffer.from(secret).toString('hex')],
  ['as upper-case hex', (secret) => Buffer.from(secret).toString('hex').toUpperCase()],
  ['with escapes for all that is not ASCII', (secret) => secret.replaceAll('é', String.raw`\u00e9`)],
  ['on two lines', (secret) => `${secret.slice(0, 9)}\n    ${secret.slice(9)}`],
  ['in two strings', (secret) => `'${secret.slice(0, 9)}' +\n  '${secret.slice(9)}'`],
];

describe('a secret is found', () => {
  it.each(forms)('%s', (_, form) => {
    expect(found(`level=debug msg="${form(unmarked)}" more=1`, unmarked)).toBe(true);
    expect(found(`level=debug msg="${form(digits)}" more=1`, digits)).toBe(true);
  });

  it('of which only a half is shown', () => {
    expect(found(`token ${digits.slice(0, 18)}… is bad`, `AKID${digits}`)).toBe(true);
  });

  it('without being known, when it bears the marker', () => {
    for (const [, form] of forms) expect(findLeaks(form('xPLANTED-y'), [])).not.toEqual([]);
  });
});

describe('what is never shown is found without a secret', () => {
  it.each([
    'Authorization: Bearer x',
    `{ headers: { authorization: 'x' } }`,
    'TC3-HMAC-SHA256 Credential=',
    'Digest username="u"',
    'DEKCipherTextBlob',
  ])('%s', (text) => {
    expect(findLeaks(text, [])).toHaveLength(1);
  });
});

it('other text is no leak, and what is told of a leak does not hold the secret', () => {
  expect(findLeaks('level=info msg="listening" address=127.0.0.1:10043', [{ value: unmarked, from: 'x' }])).toEqual([]);
  expect(JSON.stringify(findLeaks(`key ${digits}`, [{ value: digits, from: 'x' }]))).not.toContain(digits.slice(0, 12));
});
