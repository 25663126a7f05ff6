// WWW-Authenticate as servers really write it: which challenge is read, which is taken, and that nothing breaks it.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Challenge, nextNonce, parseChallenges, pickChallenge } from '../../src/http/digest.ts';

const plain: Challenge = {
  realm: 'r',
  nonce: 'n',
  opaque: undefined,
  algorithm: 'MD5',
  algorithmName: undefined,
  qop: undefined,
  stale: false,
  userhash: false,
  utf8: false,
};

describe('a challenge is read from', () => {
  it.each<[string, string, Partial<Challenge>]>([
    ['the least that is possible', 'Digest realm="r", nonce="n"', {}],
    ['a line without blanks', 'Digest realm="r",nonce="n",qop="auth",opaque="o"', { qop: 'auth', opaque: 'o' }],
    ['a scheme and names in other case', 'DIGEST Realm="r", NONCE="n", QOP="AUTH"', { qop: 'auth' }],
    ['blanks around "="', 'Digest realm = "r" , nonce= "n",opaque ="o"', { opaque: 'o' }],
    ['unquoted values', 'Digest realm=r, nonce=n, qop=auth, opaque=o', { qop: 'auth', opaque: 'o' }],
    ['an unquoted nonce that ends in "=="', 'Digest realm=r, nonce=YWJj==, qop=auth', { nonce: 'YWJj==', qop: 'auth' }],
    ['a quoted nonce that ends in "=="', 'Digest realm="r", nonce="YWJj=="', { nonce: 'YWJj==' }],
    ['a nonce first that ends in "=="', 'Digest nonce="YWJj==", realm="r"', { nonce: 'YWJj==' }],
    [
      'a realm with an escaped quote and a comma',
      'Digest realm="a \\"b\\", c=\\\\", nonce="n"',
      { realm: 'a "b", c=\\' },
    ],
    [
      'a realm that looks like a challenge',
      'Digest realm="Digest nonce=x, Basic", nonce="n"',
      { realm: 'Digest nonce=x, Basic' },
    ],
    ['qop="auth, auth-int"', 'Digest realm="r", nonce="n", qop="auth, auth-int"', { qop: 'auth' }],
    ['qop="auth-int,auth"', 'Digest realm="r", nonce="n", qop="auth-int,auth"', { qop: 'auth' }],
    ['qop="auth-int"', 'Digest realm="r", nonce="n", qop="auth-int"', { qop: 'auth-int' }],
    ['a qop that nobody knows beside auth', 'Digest realm="r", nonce="n", qop="auth-conf, auth"', { qop: 'auth' }],
    ['stale=true', 'Digest realm="r", nonce="n", stale=true', { stale: true }],
    ['stale="true"', 'Digest realm="r", nonce="n", stale="true"', { stale: true }],
    ['stale=TRUE', 'Digest realm="r", nonce="n", stale=TRUE', { stale: true }],
    ['stale=false', 'Digest realm="r", nonce="n", stale=false', {}],
    [
      'charset and userhash',
      'Digest charset=utf-8, realm="r", nonce="n", userhash=true',
      { utf8: true, userhash: true },
    ],
    ['parameters that nobody knows', 'Digest domain="/a, /b", x=y, realm="r", nonce="n", z="1=2"', {}],
    ['the first of a name that is there twice', 'Digest realm="r", nonce="n", nonce="evil"', {}],
    ['a list with empty elements', ',, Digest realm="r",, ,nonce="n",', {}],
    [
      'an algorithm in other case',
      'Digest realm="r", nonce="n", algorithm=md5-SESS',
      { algorithm: 'MD5-SESS', algorithmName: 'md5-SESS' },
    ],
    [
      'a quoted algorithm',
      'Digest realm="r", nonce="n", algorithm="SHA-256"',
      { algorithm: 'SHA-256', algorithmName: 'SHA-256' },
    ],
    ['Basic before Digest in one line', 'Basic realm="b", charset="UTF-8", Digest realm="r", nonce="n"', {}],
    ['Digest before Basic in one line', 'Digest realm="r", nonce="n", Basic realm="b"', {}],
    [
      'Negotiate with token68 before it',
      'Negotiate YIIJvwYGKwYBBQUCoIIJszCCCa+gMDAuBgk=, Digest realm="r", nonce="n"',
      {},
    ],
    ['Negotiate with "==" before it', 'Negotiate oRQwEqADCgEB==, Digest realm="r", nonce="n"', {}],
    ['schemes without anything before it', 'NTLM, Negotiate, Digest realm="r", nonce="n"', {}],
    ['an unknown algorithm first', 'Digest realm="x", nonce="x", algorithm=SHA-1024, Digest realm="r", nonce="n"', {}],
    [
      'plain SHA-512, which RFC 7616 has not, first',
      'Digest realm="x", nonce="x", algorithm=SHA-512, Digest realm="r", nonce="n"',
      {},
    ],
    [
      'a qop that cannot be answered first',
      'Digest realm="x", nonce="x", qop="auth-conf", Digest realm="r", nonce="n"',
      {},
    ],
    ['a challenge without nonce first', 'Digest realm="x", Digest realm="r", nonce="n"', {}],
  ])('%s', (_what, header, expected) => {
    expect(pickChallenge(header)).toEqual({ ...plain, ...expected });
  });
});

describe('there is no challenge in', () => {
  it.each([
    [undefined],
    [''],
    ['Basic realm="r"'],
    ['Digest'],
    ['Digest realm="r"'],
    ['Digest realm="r", nonce="n", algorithm=SHA-512'],
    ['Digest realm="r", nonce="n", qop="auth-conf"'],
    ['DigestX realm="r", nonce="n"'],
    ['realm="r", nonce="n"'],
  ])('%s', (header) => {
    expect(pickChallenge(header)).toBeUndefined();
  });
});

describe('of several challenges', () => {
  const of = (algorithm: string) => `Digest realm="r", nonce="${algorithm}", qop="auth", algorithm=${algorithm}`;

  it.each([
    [['MD5', 'SHA-512-256', 'SHA-256'], 'SHA-256'],
    [['SHA-256', 'SHA-512-256', 'MD5'], 'SHA-256'],
    [['MD5', 'SHA-512-256'], 'SHA-512-256'],
    [['MD5', 'SHA-256'], 'SHA-256'],
    [['MD5', 'SHA-1024'], 'MD5'],
    [['MD5-sess', 'SHA-256-sess'], 'SHA-256-sess'],
    [['MD5-sess', 'SHA-512-256-sess', 'MD5'], 'SHA-512-256-sess'],
  ])('%j the strongest known is taken: %s', (offered, taken) => {
    expect(pickChallenge(offered.map(of).join(', '))?.nonce).toBe(taken);
  });

  it('the first of the same strength is taken', () => {
    expect(pickChallenge('Digest realm="r", nonce="1", Digest realm="r", nonce="2"')?.nonce).toBe('1');
  });

  it('each is listed with its own parameters', () => {
    const header = 'Basic realm="a, b", Digest realm="c", nonce="=", Bearer, Negotiate abc==';
    expect(parseChallenges(header).map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)])).toEqual([
      ['basic', { realm: 'a, b' }],
      ['digest', { realm: 'c', nonce: '=' }],
      ['bearer', {}],
      ['negotiate', {}],
    ]);
  });
});

describe('the parser', () => {
  const fragments = [
    'Digest ',
    'realm=',
    'nonce="',
    '"',
    '\\',
    '\\"',
    '=',
    '==',
    ',',
    ', ',
    ' ',
    '\t',
    '\n',
    'é',
    'a',
    'qop=',
  ];
  const hostile = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc.array(fc.constantFrom(...fragments), { maxLength: 200 }).map((parts) => parts.join('')),
  );

  it('never throws, and ends, whatever it is given', () => {
    fc.assert(
      fc.property(hostile, (header) => {
        const found = parseChallenges(header);
        expect(found.length).toBeLessThanOrEqual(header.length);
        pickChallenge(header);
        nextNonce(header);
      }),
      { numRuns: 3000 },
    );
  });

  it('gives back any text that was quoted by the rules', () => {
    const quote = (text: string) => `"${text.replaceAll(/["\\]/g, '\\$&')}"`;
    const text = fc.string({ unit: fc.integer({ min: 0x20, max: 0x2ff }).map((code) => String.fromCodePoint(code)) });
    fc.assert(
      fc.property(text, text, text, (realm, nonce, opaque) => {
        const header = `Basic realm=${quote(opaque)}, Digest realm=${quote(realm)},nonce=${quote(nonce)}, opaque=${quote(opaque)}`;
        expect(pickChallenge(header)).toEqual({ ...plain, realm, nonce, opaque });
      }),
      { numRuns: 1000 },
    );
  });

  // Node lets a header have 16 kB. At 16 times that, what grows with the square of the input takes minutes.
  const size = 256 * 1024;
  it.each([
    ['commas', ','],
    ['quotes', '"'],
    ['backslashes', '\\'],
    ['equals signs', '='],
    ['blanks', ' '],
    ['letters', 'a'],
    ['schemes', 'a '],
    ['parameters', 'a=b,'],
    ['empty parameters', 'a=,'],
    ['quotes that never close', 'a="\\"'],
    ['quotes that close at once', 'a="",'],
    ['escapes outside of quotes', 'a=\\",'],
    ['token68 that does not end', 'a b=='],
    ['token68 and blanks', 'a b=   '],
    ['names and blanks', 'a   ='],
    ['tabs before a letter', '\t\t\t\ta'],
    ['line breaks in quotes', 'a="\\\n'],
    ['Digest challenges', 'Digest realm="r", nonce="n", qop="auth", '],
  ])('reads %s in time that grows as the input does', (_what, unit) => {
    for (const head of ['', 'Digest ', 'Digest realm="', 'Digest realm="r", nonce=']) {
      const header = head + unit.repeat(size / unit.length);
      expect(() => [pickChallenge(header), nextNonce(header)]).not.toThrow();
    }
  });
});
