// Web configurations that are right in most places: for finding where our judgement crashes, leaks or differs.
import * as fc from 'fast-check';
import { accepted, refused } from './verdicts.ts';
import { hash } from './web-files.ts';

const odd = fc.constantFrom(
  '',
  '~',
  'NULL',
  'yes',
  '"true"',
  '1',
  '-1',
  '0x10',
  '017',
  '1_000',
  '.5',
  '1e999',
  '-.inf',
  '"5"',
  '1s',
  '1d',
  '-1s',
  '!!str 5',
  '!!int "5"',
  '!!bool x',
  '!custom 5s',
  '! 5',
  '!!binary MXM=',
  '[]',
  '{}',
  '[a]',
  '{a: b}',
  '*a',
  '&a 5',
  '*b',
  '|\n    abc',
  '>-\n    abc',
  '"\\x41"',
  "'it''s'",
  'x#y',
  'x #y',
  '"x"#y',
  '\tx',
  '@x',
  '%x',
  '&',
  '*',
  'a: b',
  '- a',
  '? x',
  ': x',
  '<<',
  '[a,]',
  '[,]',
  '{a}',
  '{a:1}',
  '[a: b]',
  "'unclosed",
  '"unclosed',
  '[unclosed',
  'é',
  '\u0085',
  '\u2028',
  'TLS12',
  'deny',
  hash,
  hash.slice(0, 58),
  `$2a$04$${hash.slice(7)}`,
  'server.crt',
  'RequestClientCert',
  '<<: *a',
);

const mostly = (...good: string[]) =>
  fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...good) }, { weight: 1, arbitrary: odd });

const listOf = (...good: string[]) =>
  fc
    .tuple(fc.array(mostly(...good), { maxLength: 3 }), fc.boolean())
    .map(([items, flow]) => (flow ? `[${items.join(', ')}]` : items.map((item) => `\n    - ${item}`).join('')));

type Line = fc.Arbitrary<string>;
const line = (key: string, value: Line): Line =>
  fc
    .tuple(fc.oneof({ weight: 30, arbitrary: fc.constant(key) }, { weight: 1, arbitrary: odd }), value)
    .map((parts) => parts.join(': '));
const indented = (lines: readonly Line[], by = '  ') =>
  fc.array(fc.oneof(...lines), { maxLength: 3 }).map((found) => found.map((text) => `\n${by}${text}`).join(''));

const files = ['server.crt', 'server.key', 'rsa.crt', 'rsa.key', 'junk', 'empty', 'missing', 'folder'];
const tls = indented([
  line('cert_file', mostly(...files)),
  line('key_file', mostly(...files)),
  line('client_ca_file', mostly(...files)),
  line('cert', mostly('""', 'x')),
  line('key', mostly('""', 'x')),
  line('client_ca', mostly('""', 'x')),
  line('client_auth_type', mostly('NoClientCert', 'RequestClientCert', 'RequireClientCert', '""')),
  line('min_version', mostly('TLS10', 'TLS12', 'TLS13')),
  line('max_version', mostly('TLS10', 'TLS13')),
  line('cipher_suites', listOf('TLS_AES_128_GCM_SHA256', 'TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA', '~')),
  line('curve_preferences', listOf('CurveP256', 'X25519', 'X448')),
  line('prefer_server_cipher_suites', mostly('true', 'no')),
  line('client_allowed_sans', listOf('a', '127.0.0.1')),
  line('<<', mostly('*a', '{}', '{ min_version: TLS10 }', '[{ min_version: TLS10 }, { cert_file: x }]')),
]);
const headers = indented(
  ['X-Frame-Options', 'X-XSS-Protection', 'Content-Security-Policy', 'x-frame-options'].map((name) =>
    line(name, mostly('deny', 'nosniff', '1')),
  ),
  '    ',
);
const users = indented([
  ...['alice', 'bob', '1', '"1"'].map((name) => line(name, mostly(hash, `"${hash}"`))),
  line('<<', mostly('*a', `{ alice: ${hash} }`)),
]);

const part = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.oneof(
      fc
        .tuple(
          fc.constantFrom('', ' &a', ' !!map'),
          fc.constantFrom('', '\n  cert_file: server.crt\n  key_file: server.key'),
          tls,
        )
        .map((found) => `tls_server_config:${found.join('')}`),
      fc
        .tuple(mostly('true', 'off'), headers)
        .map(([http2, found]) => `http_server_config:\n  http2: ${http2}\n  headers:${found}`),
      indented([line('interval', mostly('1s', '5', '0')), line('burst', mostly('1', '-1'))]).map(
        (found) => `rate_limit:${found}`,
      ),
      users.map((found) => `basic_auth_users:${found}`),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.oneof(
      line('rate_limit', odd),
      fc.constantFrom(
        '---',
        '...',
        '# c',
        '',
        '%YAML 1.1',
        '%YAML 1.2',
        '%FOO',
        '\t',
        '{}',
        '<<: { rate_limit: { burst: 1 } }',
        '? rate_limit\n: burst: 1',
      ),
    ),
  },
);

const scraps = [
  '\t',
  ' ',
  '\n',
  '#',
  ':',
  '-',
  ',',
  '[',
  ']',
  '{',
  '}',
  '"',
  "'",
  '&a',
  '*a',
  '!',
  '|',
  '>',
  '%',
  '@',
  '?',
  '\n---\n',
  '\n...\n',
  '\r',
  '\u0085',
  '\ufeff',
  '\u0001',
  '<<',
];

/** Texts with one scrap put in, or some characters cut out, or as they are. */
const damaged = (texts: Line): Line =>
  fc
    .tuple(texts, fc.constantFrom('', '', ...scraps), fc.nat(), fc.constantFrom(0, 0, 0, 1, 3))
    .map(([text, scrap, at, cut]) => {
      const place = at % (text.length + 1);
      return text.slice(0, place) + scrap + text.slice(place + cut);
    });

/** Web configurations, most of them with something wrong. */
export const webConfigTexts: Line = damaged(
  fc.oneof(
    { weight: 3, arbitrary: fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('\n')) },
    { weight: 1, arbitrary: fc.constantFrom(...Object.values({ ...accepted, ...refused }).flat()) },
  ),
);
