// The Digest formula against RFC 7616, and the grammar of an Authorization header.
import { describe, expect, it } from 'vitest';
import { digestResponse, verifyDigest } from '../../../src/demo/oceanbase/digest-verification.ts';
import { createNonceBook } from '../../../src/demo/oceanbase/nonce-book.ts';

const rfc = {
  username: 'Mufasa',
  realm: 'http-auth@example.org',
  password: 'Circle of Life',
  method: 'GET',
  uri: '/dir/index.html',
  nonce: '7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v',
  nc: '00000001',
  cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ',
};

describe('digestResponse', () => {
  it.each([
    ['MD5', '8ca523f5e9506fed4657c9700eebdbec'],
    ['SHA-256', '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1'],
  ] as const)('equals the %s example of RFC 7616 section 3.9.1', (algorithm, response) => {
    expect(digestResponse({ ...rfc, algorithm })).toBe(response);
  });
});

describe('verifyDigest', () => {
  const { username, password, realm, method, uri } = rfc;
  const nonces = createNonceBook({ lifetimeMs: 1000, now: () => 0 });
  const expected = {
    method,
    target: uri,
    username,
    password,
    realm,
    opaque: 'op,=',
    algorithms: ['MD5' as const],
    nonces,
  };

  /** A valid header with a new nonce, then modified. */
  const verify = (modify: (header: string) => string) => {
    const nonce = nonces.issue();
    const response = digestResponse({ ...rfc, algorithm: 'MD5', nonce });
    return verifyDigest(
      modify(
        `Digest username="${username}", realm="${realm}", nonce="${nonce}", uri="${uri}", response="${response}", ` +
          `qop=auth, nc=00000001, cnonce="${rfc.cnonce}", opaque="op,=", algorithm=MD5`,
      ),
      expected,
    );
  };

  it.each([
    ['as RFC 7616 writes it', (header: string) => header],
    ['without spaces after commas', (header: string) => header.replaceAll(', ', ',')],
    ['without the algorithm, by default MD5', (header: string) => header.replace(', algorithm=MD5', '')],
    ['with an unknown parameter', (header: string) => `${header}, userhash=false`],
    ['with backslashes', (header: string) => header.replace('"Mufasa"', String.raw`"M\ufasa"`)],
    ['with names in any case', (header: string) => header.replace('Digest username', 'digest UserName')],
  ])('accepts a header %s', (_case, modify) => {
    expect(verify(modify)).toMatchObject({ accepted: true });
  });

  it.each([
    ['another scheme', (header: string) => header.replace('Digest', 'Basic')],
    ['an empty list', () => 'Digest '],
    ['a semicolon between parameters', (header: string) => header.replace(', qop', '; qop')],
    ['a parameter twice', (header: string) => `${header}, nc=00000001`],
    ['a quoted nc', (header: string) => header.replace('nc=00000001', 'nc="00000001"')],
    ['a quoted qop', (header: string) => header.replace('qop=auth', 'qop="auth"')],
    ['an unquoted user name', (header: string) => header.replace('"Mufasa"', 'Mufasa')],
    ['another realm', (header: string) => header.replace(realm, 'elsewhere')],
    ['another opaque', (header: string) => header.replace('op,=', 'op')],
    ['another qop', (header: string) => header.replace('qop=auth', 'qop=auth-int')],
    ['a decimal nc of one digit', (header: string) => header.replace('00000001', '1')],
    ['an nc of zero', (header: string) => header.replace('00000001', '00000000')],
    ['an empty cnonce', (header: string) => header.replace(rfc.cnonce, '')],
    ['another user', (header: string) => header.replace('Mufasa', 'Scar')],
    ['an algorithm that was not offered', (header: string) => header.replace('algorithm=MD5', 'algorithm=SHA-256')],
    ['an upper-case response', (header: string) => header.replace(/response="(\w+)"/, (text) => text.toUpperCase())],
    ['a short response', (header: string) => header.replace(/(response="\w+)\w"/, '$1"')],
  ])('refuses %s without stale', (_case, modify) => {
    expect(verify(modify)).toMatchObject({ accepted: false, status: 401, stale: false });
  });

  it('returns 400 for a uri that is not the request target', () => {
    expect(verify((header) => header.replace(uri, `${uri}?`))).toMatchObject({ accepted: false, status: 400 });
  });
});
