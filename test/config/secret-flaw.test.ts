// Secrets that are not what was meant: placeholders, and what copying adds; paths and names that a message may show.
import { describe, expect, it } from 'vitest';
import { placeholderFlaw, secretFlaw } from '../../src/config/secret-flaw.ts';
import { looksLikePath, looksLikeVariable } from '../../src/config/shown-value.ts';
import { validate } from './validation.ts';

const placeholders = [
  '${TENCENTCLOUD_SECRET_ID}',
  '${VAR:-default}',
  'AKID${SUFFIX}',
  '$SECRET_ID',
  '$(cat key)',
  '%SECRET_ID%',
  '{{ .Values.secretId }}',
  '{{secret}}',
  '<%= secret %>',
  '@SECRET@',
  '<secret-id>',
  '<your secret key>',
  '[secret]',
  'your-secret-id',
  'YOUR_ACCESS_KEY',
  'your secret key here',
  'insert-key-here',
  'change-me',
  'changeme',
  'REPLACE_ME',
  'replace-with-your-key',
  'example-secret-key',
  'placeholder',
  'TODO',
  'xxxxxxxx',
  '********',
  '...',
  '$env:SECRET_KEY',
  '%(SECRET_KEY)s',
  '#{secret_key}#',
  '__SECRET_KEY__',
  'env:SECRET_KEY',
  'vault:secret/data/cloud#key',
  'op://vault/cloud/key',
  'ENC[AES256_GCM,data:abc]',
  'secret',
  'password',
  'secret_key',
  'my-secret-key',
  'set-me',
  'CHANGE_ME_PLEASE',
  'AKIDxxxxxxxxxxxxxxxx',
  'test',
  'foo',
  'string',
];

describe('a placeholder', () => {
  it.each(placeholders)('%s is no secret', (text) => {
    expect(placeholderFlaw(text)).toBeDefined();
  });

  it.each(placeholders)('%s in the file is one problem, with the settings to use instead', async (text) => {
    const { problems = [] } = await validate(
      `accounts: { a: { provider: tencent_postgres, secret_id: ${JSON.stringify(text)}, secret_key: abc } }`,
    );
    expect(problems.map(({ path }) => path)).toEqual(['accounts.a.secret_id']);
    expect(problems[0]?.message).toMatch(
      /^(?:looks like a placeholder, not a secret|is a variable or a template, which is not expanded); use secret_id_env or secret_id_file$/,
    );
  });

  it('is found without quotes, too: {{ x }} is a mapping in YAML', async () => {
    const { problems = [] } = await validate(
      'accounts: { a: { provider: tencent_postgres, secret_id: {{ x }}, secret_key: abc } }',
    );
    expect(problems.map(({ path, message }) => `${path}: ${message}`)).toEqual([
      'accounts.a.secret_id: is a mapping or a template, which is not expanded; use secret_id_env or secret_id_file',
    ]);
  });

  it.each([
    'AKIDz8krbsJ5yKBZQpn74WFkmLPx3',
    'Gu5t9xGARNpq86cd98joQYCN3',
    'ab+c/de==',
    'p$ssw0rd',
    '5678',
    'the-key',
    'id',
    '%41%42',
    'testBed9',
    'key=',
    'eyJhbGciOi.J9+/_-.ab==',
  ])('is not a secret such as %s', (text) => {
    expect(secretFlaw(text)).toBeUndefined();
  });
});

describe('what copying adds to a secret', () => {
  it.each([
    ['double quotes', '"abc"', /quotes/],
    ['single quotes', "'abc'", /quotes/],
    ['typographic quotes', '“abc”', /quotes/],
    ['one quote before it', '"abc', /quotes/],
    ['one quote after it', "abc'", /quotes/],
    ['angle quotes', '«abc»', /quotes/],
    ['a comma after it', 'abc,', /comma/],
    ['a semicolon after it', 'abc;', /semicolon/],
    ['a bracket', 'abc)', /bracket/],
    ['its name before it', 'TENCENTCLOUD_SECRET_KEY=abc', /NAME=value/],
    ['a letter that is not ASCII', 'abcé', /not ASCII/],
    ['a blank', 'abc def', /white space/],
    ['a non-breaking space', 'abc\u00a0def', /non-breaking space \(U\+00A0\)/],
    ['a zero-width space', 'abc\u200b', /zero-width space \(U\+200B\)/],
    ['a byte order mark', 'abc\ufeff', /byte order mark \(U\+FEFF\)/],
  ])('is found without showing it: %s', (_, secret, flaw) => {
    expect(secretFlaw(secret)).toMatch(flaw);
    expect(secretFlaw(secret)).not.toContain('abc');
  });
});

describe('a configured text', () => {
  it.each(['TENCENTCLOUD_SECRET_KEY', 'A_B', 'KEY_2'])('is shown as the name of a variable: %s', (text) => {
    expect(looksLikeVariable(text)).toBe(true);
  });

  it.each(['SECRET', 'AKIDz8krbsJ5yKBZQpn74WFkmLPx3', 'secret_key', 'A__B', '_A'])('is hidden as one: %s', (text) => {
    expect(looksLikeVariable(text)).toBe(false);
  });

  it.each([
    '/run/secrets/tencent-key',
    '/var/lib/kubelet/pods/8d3c1f2e-aaaa-4bbb-8ccc-123456789abc/key',
    './Secret.Key',
    '../secrets/id',
    '~/skey',
    'keyfile',
    'no-such-file',
    'secrets/key.txt',
    '..data/key',
    'C:\\secrets\\key.txt',
  ])('is shown as a path: %s', (text) => {
    expect(looksLikePath(text)).toBe(true);
  });

  it.each([
    'Gu5t9xGARNpq86cd98joQYCN3',
    'PLANTED-secret',
    'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
    'ab/cd+ef==',
    '/Gu5t9xGARNpq86cd98joQYCN3',
    'a'.repeat(32),
    'a\nb',
  ])('is hidden as one: %s', (text) => {
    expect(looksLikePath(text)).toBe(false);
  });
});
