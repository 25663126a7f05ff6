// HTTP Digest against the published test vectors, and the form of the Authorization header.
import { describe, expect, it } from 'vitest';
import { authorization, type Challenge, type DigestInput, nextNonce, pickChallenge } from '../../src/http/digest.ts';

/** The parameters of an Authorization header, quotes included. */
function parametersOf(header: string): Record<string, string> {
  expect(header).toMatch(/^Digest /);
  const matches = header.slice('Digest '.length).matchAll(/([a-z]+)=("(?:[^"\\]|\\.)*"|[^",\s]+)(?:, |$)/gy);
  const pairs = [...matches].map(([whole, name, value]) => ({ whole, name: name!, value: value! }));
  expect(pairs.map(({ whole }) => whole).join('')).toBe(header.slice('Digest '.length));
  expect(new Set(pairs.map(({ name }) => name)).size).toBe(pairs.length);
  return Object.fromEntries(pairs.map(({ name, value }) => [name, value]));
}

function challenge(header: string): Challenge {
  const picked = pickChallenge(header);
  if (picked === undefined) throw new Error(`no challenge in ${header}`);
  return picked;
}

const rfc2617 = {
  header:
    'Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41"',
  input: {
    username: 'Mufasa',
    password: 'Circle Of Life',
    method: 'GET',
    uri: '/dir/index.html',
    body: '',
    count: 1,
    cnonce: '0a4f113b',
  } satisfies DigestInput,
};

const rfc7616 = {
  header:
    'Digest realm="http-auth@example.org", nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", ' +
    'opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"',
  input: {
    ...rfc2617.input,
    password: 'Circle of Life',
    cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ',
  } satisfies DigestInput,
};

describe('Digest response', () => {
  it('equals the example of RFC 2617 section 3.5', () => {
    const header = authorization(challenge(`${rfc2617.header}, qop="auth,auth-int"`), rfc2617.input);
    expect(parametersOf(header)['response']).toBe('"6629fae49393a05397450978507c4ef1"');
  });

  it('without qop equals the example of RFC 2617 computed without qop', () => {
    const header = authorization(challenge(rfc2617.header), rfc2617.input);
    expect(parametersOf(header)['response']).toBe('"670fd8c2df070c60b045671b8b24ff02"');
  });

  it('equals the corrected example of RFC 2069', () => {
    const header = authorization(challenge(rfc2617.header), { ...rfc2617.input, password: 'CircleOfLife' });
    expect(parametersOf(header)['response']).toBe('"1949323746fe6a43ef61f9606e7febea"');
  });

  it.each([
    ['MD5', 'auth', '8ca523f5e9506fed4657c9700eebdbec'],
    ['SHA-256', 'auth', '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1'],
    ['SHA-512-256', 'auth', '430d05014cecc49cab6fbe03176d41a1da86cbfe24a16580e22aaad928d960d0'],
    ['MD5-sess', 'auth', 'e783283f46242139c486a698fec7211d'],
    ['SHA-256-sess', 'auth', '2fd51b3a77ad75bad6afad6003e818d767133c46d9e2749e7f5232ae1ea3efd7'],
    ['SHA-512-256-sess', 'auth', '3f2a34f923c38b0fb26dce2fdfc2ce326c23cecf86fbb1444f3e51fbbc2cb92e'],
    ['MD5', 'auth-int', '8804a53d3640a40a4f73cea12c5ba451'],
    ['SHA-256', 'auth-int', '8bdf6f15638e260831e905028de5450562816d093c9bfc5c13d3a46adcdde940'],
  ])('RFC 7616 3.9.1 %s %s %s', (algorithm, qop, response) => {
    const header = authorization(challenge(`${rfc7616.header}, algorithm=${algorithm}, qop="${qop}"`), rfc7616.input);
    expect(parametersOf(header)).toMatchObject({ response: `"${response}"`, algorithm, qop });
  });

  it('with userhash equals RFC 7616 section 3.9.2, erratum 4897', () => {
    const header = authorization(
      challenge(
        'Digest realm="api@example.org", qop="auth", algorithm=SHA-512-256, ' +
          'nonce="5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK", opaque="HRPCssKJSGjCrkzDg8OhwpzCiGPChXYjwrI2QmXDnsOS", ' +
          'charset=UTF-8, userhash=true',
      ),
      {
        username: 'Jäsøn Doe',
        password: 'Secret, or not?',
        method: 'GET',
        uri: '/doe.json',
        body: '',
        count: 1,
        cnonce: 'NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v',
      },
    );
    expect(parametersOf(header)).toMatchObject({
      username: '"793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b"',
      response: '"3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5"',
      userhash: 'true',
    });
  });

  it('with charset=UTF-8 is equal for a composed and a decomposed user name', () => {
    const input = challenge(`${rfc7616.header}, qop="auth", charset=UTF-8`);
    const [composed, decomposed] = ['NFC', 'NFD'].map((form) =>
      authorization(input, { ...rfc7616.input, username: 'Jäsøn'.normalize(form), password: 'é'.normalize(form) }),
    );
    expect(decomposed).toBe(composed);
  });

  it('with auth-int depends on the body', () => {
    const input = challenge(`${rfc7616.header}, qop="auth-int"`);
    expect(authorization(input, { ...rfc7616.input, body: 'x' })).not.toBe(authorization(input, rfc7616.input));
  });
});

describe('Digest Authorization header', () => {
  it('quotes exactly the parameters that RFC 7616 section 3.4 requires to be quoted', () => {
    const header = authorization(challenge(`${rfc7616.header}, algorithm=MD5, qop="auth"`), rfc7616.input);
    expect(parametersOf(header)).toEqual({
      username: '"Mufasa"',
      realm: '"http-auth@example.org"',
      nonce: '"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"',
      uri: '"/dir/index.html"',
      response: '"8ca523f5e9506fed4657c9700eebdbec"',
      cnonce: '"f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"',
      opaque: '"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"',
      algorithm: 'MD5',
      qop: 'auth',
      nc: '00000001',
    });
  });

  it('has no cnonce, nc or qop when the challenge has no qop', () => {
    const header = authorization(challenge(rfc2617.header), rfc2617.input);
    expect(Object.keys(parametersOf(header)).toSorted()).toEqual(
      ['nonce', 'opaque', 'realm', 'response', 'uri', 'username'].toSorted(),
    );
  });

  it('has an algorithm only when the challenge has one, in its spelling', () => {
    expect(parametersOf(authorization(challenge(rfc2617.header), rfc2617.input))).not.toHaveProperty('algorithm');
    const header = authorization(challenge(`${rfc2617.header}, algorithm=sha-256`), rfc2617.input);
    expect(parametersOf(header)['algorithm']).toBe('sha-256');
  });

  it('has an opaque only when the challenge has one, also when it is empty', () => {
    expect(authorization(challenge('Digest realm="r", nonce="n"'), rfc2617.input)).not.toContain('opaque');
    const header = authorization(challenge('Digest realm="r", nonce="n", opaque=""'), rfc2617.input);
    expect(parametersOf(header)['opaque']).toBe('""');
  });

  it('escapes quotes and backslashes in user name and realm, and hashes them unescaped', () => {
    const plain = challenge('Digest realm="x", nonce="n", qop="auth"');
    const input = { ...rfc2617.input, username: 'a"b\\c' };
    const header = authorization({ ...plain, realm: 'say "hi", \\o/' }, input);
    expect(parametersOf(header)).toMatchObject({ username: '"a\\"b\\\\c"', realm: '"say \\"hi\\", \\\\o/"' });
    const [response] = /response="[0-9a-f]{32}"/.exec(header) ?? [];
    // H(a"b\c:say "hi", \o/:Circle Of Life), computed with another implementation of MD5.
    expect(response).toBe('response="7d0ea679fb5993e96f8382fd4dced718"');
  });

  it('uses qop=auth when auth and auth-int are offered', () => {
    const header = authorization(challenge(`${rfc2617.header}, qop="auth-int, auth"`), rfc2617.input);
    expect(parametersOf(header)['qop']).toBe('auth');
  });

  it.each([
    [10, '0000000a'],
    [255, '000000ff'],
    [4_294_967_295, 'ffffffff'],
  ])('has nc for count %i: %s', (count, nc) => {
    const header = authorization(challenge(`${rfc2617.header}, qop="auth"`), { ...rfc2617.input, count });
    expect(parametersOf(header)['nc']).toBe(nc);
  });

  it('has the request target byte for byte', () => {
    const uri = '/api/v2/x%2Fy?a=%27&b=c%20d&e=é';
    const header = authorization(challenge(`${rfc2617.header}, qop="auth"`), { ...rfc2617.input, uri });
    expect(parametersOf(header)['uri']).toBe(`"${uri}"`);
  });
});

describe('nextNonce', () => {
  it.each([
    ['nextnonce="abc=="', 'abc=='],
    ['rspauth="6629", cnonce="0a4f", nc=00000001, qop=auth, nextnonce="x"', 'x'],
    ['qop=auth,nextnonce=bare==', 'bare=='],
    ['NextNonce = "n"', 'n'],
    ['nextnonce="a\\"b"', 'a"b'],
    ['nextnonce=""', undefined],
    ['qop=auth', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('of %s is %s', (header, nonce) => {
    expect(nextNonce(header)).toBe(nonce);
  });
});
