// WWW-Authenticate as servers write it: which challenges are parsed, which one is picked, robustness.
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

describe('pickChallenge parses', () => {
  it.each<[string, string, Partial<Challenge>]>([
    ['only realm and nonce', 'Digest realm="r", nonce="n"', {}],
    ['a line without spaces', 'Digest realm="r",nonce="n",qop="auth",opaque="o"', { qop: 'auth', opaque: 'o' }],
    ['scheme and names in upper case', 'DIGEST Realm="r", NONCE="n", QOP="AUTH"', { qop: 'auth' }],
    ['spaces around "="', 'Digest realm = "r" , nonce= "n",opaque ="o"', { opaque: 'o' }],
    ['unquoted values', 'Digest realm=r, nonce=n, qop=auth, opaque=o', { qop: 'auth', opaque: 'o' }],
    ['an unquoted nonce that ends in "=="', 'Digest realm=r, nonce=YWJj==, qop=auth', { nonce: 'YWJj==', qop: 'auth' }],
    ['a quoted nonce that ends in "=="', 'Digest realm="r", nonce="YWJj=="', { nonce: 'YWJj==' }],
    ['a nonce in first position that ends in "=="', 'Digest nonce="YWJj==", realm="r"', { nonce: 'YWJj==' }],
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
    ['an unknown qop beside auth', 'Digest realm="r", nonce="n", qop="auth-conf, auth"', { qop: 'auth' }],
    ['stale=true', 'Digest realm="r", nonce="n", stale=true', { stale: true }],
    ['stale="true"', 'Digest realm="r", nonce="n", stale="true"', { stale: true }],
    ['stale=TRUE', 'Digest realm="r", nonce="n", stale=TRUE', { stale: true }],
    ['stale=false', 'Digest realm="r", nonce="n", stale=false', {}],
    [
      'charset and userhash',
      'Digest charset=utf-8, realm="r", nonce="n", userhash=true',
      { utf8: true, userhash: true },
    ],
    ['unknown parameters', 'Digest domain="/a, /b", x=y, realm="r", nonce="n", z="1=2"', {}],
    ['the first of a duplicate parameter', 'Digest realm="r", nonce="n", nonce="evil"', {}],
    ['a list with empty elements', ',, Digest realm="r",, ,nonce="n",', {}],
    [
      'an algorithm in mixed case',
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
      'Digest after Negotiate with token68',
      'Negotiate YIIJvwYGKwYBBQUCoIIJszCCCa+gMDAuBgk=, Digest realm="r", nonce="n"',
      {},
    ],
    ['Digest after Negotiate with "=="', 'Negotiate oRQwEqADCgEB==, Digest realm="r", nonce="n"', {}],
    ['Digest after schemes without parameters', 'NTLM, Negotiate, Digest realm="r", nonce="n"', {}],
    [
      'the second challenge after an unknown algorithm',
      'Digest realm="x", nonce="x", algorithm=SHA-1024, Digest realm="r", nonce="n"',
      {},
    ],
    [
      'the second challenge after SHA-512, which RFC 7616 does not define',
      'Digest realm="x", nonce="x", algorithm=SHA-512, Digest realm="r", nonce="n"',
      {},
    ],
    [
      'the second challenge after an unsupported qop',
      'Digest realm="x", nonce="x", qop="auth-conf", Digest realm="r", nonce="n"',
      {},
    ],
    ['the second challenge after one without a nonce', 'Digest realm="x", Digest realm="r", nonce="n"', {}],
  ])('%s', (_what, header, expected) => {
    expect(pickChallenge(header)).toEqual({ ...plain, ...expected });
  });
});

describe('pickChallenge returns undefined for', () => {
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

describe('pickChallenge of several', () => {
  const of = (algorithm: string) => `Digest realm="r", nonce="${algorithm}", qop="auth", algorithm=${algorithm}`;

  it.each([
    [['MD5', 'SHA-512-256', 'SHA-256'], 'SHA-256'],
    [['SHA-256', 'SHA-512-256', 'MD5'], 'SHA-256'],
    [['MD5', 'SHA-512-256'], 'SHA-512-256'],
    [['MD5', 'SHA-256'], 'SHA-256'],
    [['MD5', 'SHA-1024'], 'MD5'],
    [['MD5-sess', 'SHA-256-sess'], 'SHA-256-sess'],
    [['MD5-sess', 'SHA-512-256-sess', 'MD5'], 'SHA-512-256-sess'],
  ])('%j picks the strongest supported one: %s', (offered, taken) => {
    expect(pickChallenge(offered.map(of).join(', '))?.nonce).toBe(taken);
  });

  it('picks the first of equal strength', () => {
    expect(pickChallenge('Digest realm="r", nonce="1", Digest realm="r", nonce="2"')?.nonce).toBe('1');
  });

  it('parseChallenges lists each with its own parameters', () => {
    const header = 'Basic realm="a, b", Digest realm="c", nonce="=", Bearer, Negotiate abc==';
    expect(parseChallenges(header).map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)])).toEqual([
      ['basic', { realm: 'a, b' }],
      ['digest', { realm: 'c', nonce: '=' }],
      ['bearer', {}],
      ['negotiate', {}],
    ]);
  });
});

describe('parseChallenges', () => {
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

  it('never throws and always terminates', () => {
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

  it('returns any correctly quoted text unchanged', () => {
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

  // Node accepts headers of 16 kB. At 16 times that, a quadratic algorithm would take minutes.
  const size = 256 * 1024;
  it.each([
    ['commas', ','],
    ['quotes', '"'],
    ['backslashes', '\\'],
    ['equals signs', '='],
    ['spaces', ' '],
    ['letters', 'a'],
    ['schemes', 'a '],
    ['parameters', 'a=b,'],
    ['empty parameters', 'a=,'],
    ['unterminated quotes', 'a="\\"'],
    ['empty quotes', 'a="",'],
    ['escapes outside quotes', 'a=\\",'],
    ['unterminated token68', 'a b=='],
    ['token68 and spaces', 'a b=   '],
    ['names and spaces', 'a   ='],
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
