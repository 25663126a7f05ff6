// What the search takes for secrets, wherever a run was given or met them.
import { describe, expect, it } from 'vitest';
import type { RunRecord } from './records.ts';
import { secretsOf } from './secrets-of.ts';

const run = { args: [], env: {}, testFile: '', records: [] };
const record = (kind: RunRecord['kind'], text: string, from = '') => ({ ...run, records: [{ kind, from, text }] });
const file = (path: string, text: string) => record('file', text, path);
const values = (given: Parameters<typeof secretsOf>[0]) => secretsOf(given).map(({ value }) => value);

const pem = (kind: string, ...lines: string[]) =>
  `-----BEGIN ${kind}-----\n${lines.join('\n')}\n-----END ${kind}-----\n`;
const line = 'MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgBg8R';

describe('secrets are taken from', () => {
  it.each([
    [
      'the usual variables',
      { ...run, env: { TENCENTCLOUD_SECRET_KEY: 's', OCEANBASE_ACCESS_KEY_ID: 'i' } },
      ['s', 'i'],
    ],
    ['a proxy', { ...run, env: { HTTPS_PROXY: 'http://user:p%40ss@proxy:3128' } }, ['p%40ss', 'p@ss']],
    [
      'settings',
      file('config.yaml', 'accounts: { a: { secret_key: s, token: "t", secret_id_env: NAME } }'),
      ['s', 't'],
    ],
    ['settings of a broken file', file('config.yaml', 'a:\n  access_key_secret: s\n  b: [\n'), ['s']],
    ['users of a web configuration', file('web.yml', 'basic_auth_users: { bob: $2y$10$hash }'), ['$2y$10$hash']],
    ['a file of one secret', file('key', 's\n'), ['s']],
    ['a profile', file('credentials', '[default]\nsecret_id = i\nsecret_key = k\nregion = r\n'), ['i', 'k']],
    ['a private key', file('key.pem', pem('PRIVATE KEY', line)), [line]],
    [
      'a TC3 signature',
      record('sent', 'POST / HTTP/1.1\r\nAuthorization: TC3-HMAC-SHA256 Credential=i/d, Signature=5\r\n'),
      ['i', '5'],
    ],
    ['a session token', record('sent', 'POST / HTTP/1.1\r\nX-TC-Token: t\r\n\r\n'), ['t']],
    [
      'a digest answer',
      record('sent', 'authorization: Digest nonce="n", cnonce="c", response="r"\r\n'),
      ['n', 'c', 'r'],
    ],
    ['basic authentication', record('asked', `Basic ${Buffer.from('bob:p:w').toString('base64')}`), ['p:w']],
    ['answers', record('received', '{"DEKCipherTextBlob":"d","TmpSecretKey":"k","CAUrl":"u"}'), ['d', 'k', 'u']],
    ['a challenge', record('received', 'WWW-Authenticate: Digest nonce="n", opaque="o"\r\n'), ['n', 'o']],
  ])('%s', (_, given, expected) => {
    expect(values(given)).toEqual(expect.arrayContaining(expected));
  });

  it.each([
    ['names of variables and files', file('config.yaml', 'secret_key_env: NAME\nsecret_key_file: path\n')],
    ['certificates', file('ca.pem', pem('CERTIFICATE', line))],
    ['other variables', { ...run, env: { PATH: '/bin', TENCENTCLOUD_REGION: 'ap-guangzhou', TOKEN_FILE: '/token' } }],
    ['other members of answers', record('received', '{"KeyId":"key","SSLEnabled":true}')],
  ])('none of %s', (_, given) => {
    expect(values(given)).toEqual([]);
  });
});
