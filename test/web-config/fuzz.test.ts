// Whatever stands in the file, the answer is a configuration or a list of problems, and no problem holds a secret.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { formatProblem } from '../../src/files/yaml-document.ts';
import { readWebConfig, type WebConfigReading } from '../../src/web-config/read-web-config.ts';
import { createFolder } from '../support/exporter-process.ts';
import { webConfigTexts } from './random-texts.ts';
import { fillIn, hash, writeWebFiles } from './web-files.ts';

let read: (text: string | Uint8Array) => Promise<WebConfigReading>;
let filled: (text: string) => string;

beforeAll(async () => {
  const folder = await createFolder();
  const contents = await writeWebFiles(folder.path);
  const file = join(folder.path, 'web.yml');
  filled = (text) => fillIn(text, contents);
  read = async (text) => {
    await writeFile(file, text);
    return readWebConfig(file);
  };
  return () => folder.remove();
});

/** What is wrong with an answer; empty when it is a configuration, or problems that a user can find in the text. */
function faultsOf(text: string | Uint8Array, { config, problems }: WebConfigReading): unknown[] {
  if (config !== undefined) return problems === undefined ? [] : ['both a configuration and problems'];
  if (problems.length === 0) return ['neither a configuration nor problems'];
  const lines = Buffer.from(text)
    .toString()
    .split(/\r\n|[\n\r\u0085\u2028\u2029]/).length;
  return problems.filter(({ line, column, message }) => line < 0 || line > lines || column < 0 || message === '');
}

const keys = [
  'tls_server_config',
  'http_server_config',
  'rate_limit',
  'basic_auth_users',
  'cert',
  'key',
  'client_ca',
  'cert_file',
  'key_file',
  'client_ca_file',
  'client_auth_type',
  'cipher_suites',
  'curve_preferences',
  'min_version',
  'client_allowed_sans',
  'http2',
  'headers',
  'X-Frame-Options',
  'X-XSS-Protection',
  'burst',
  'interval',
  '<<',
  '~',
  '',
  '__proto__',
  'constructor',
  'length',
];

/** Values of any shape, with the keys of a web configuration wherever there are keys. */
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'medium', withCrossShrink: true },
    fc.oneof(
      fc.constantFrom(hash, 'TLS12', 'deny', 'server.crt', 'server.key', '1s'),
      fc.string(),
      fc.double(),
      fc.boolean(),
      fc.constant(null),
    ),
    fc.dictionary(fc.constantFrom(...keys), tie('value'), { maxKeys: 6 }),
    fc.array(tie('value'), { maxLength: 4 }),
  ),
}));

describe('a configuration or problems, never a crash', () => {
  it.each([
    ['any text', fc.string({ unit: 'binary', size: 'medium' })],
    ['any bytes', fc.uint8Array({ size: 'medium' })],
    ['web configurations that are nearly good', webConfigTexts],
    ['values of any shape', value.map((data) => stringify(data))],
  ])('for %s', async (_, texts: fc.Arbitrary<string | Uint8Array>) => {
    await fc.assert(
      fc.asyncProperty(texts, async (sample) => {
        const text = typeof sample === 'string' ? filled(sample) : sample;
        expect(faultsOf(text, await read(text))).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    ['a list that holds itself', 'rate_limit: &a [*a]'],
    ['a merge of itself', 'rate_limit: &a { <<: *a }'],
    ['a merge of merges', `a: &a { <<: &b { <<: *a } }\n<<: [${'*b, '.repeat(1000)}*a]`],
    ['a thousand levels', `${'<<: {'.repeat(1000)}${'}'.repeat(1000)}`],
    ['a hundred thousand levels', '['.repeat(100_000)],
    ['a million blanks and tabs', `rate_limit:\n${' \t'.repeat(500_000)}`],
    [
      'a certificate of dashes',
      `tls_server_config: { cert: "${'-----BEGIN \\n'.repeat(50_000)}", key: "${'\\n-----END '.repeat(50_000)}" }`,
    ],
    [
      'aliases of aliases',
      `tls_server_config: { client_allowed_sans: [&a0 [x]${Array.from({ length: 9 }, (_, index) => `, &a${index + 1} [${`*a${index},`.repeat(10)}]`).join('')}] }`,
    ],
  ])('for %s', async (_, text) => {
    expect(faultsOf(text, await read(text))).toEqual([]);
  });
});

describe('no problem holds a value of the file', () => {
  const secret = 'PLANTED-secret';
  const told = async (text: string) => (await read(filled(text))).problems?.map(formatProblem).join('\n') ?? '';

  /** The same shape, every text in it replaced by the secret, and every user called so. */
  const plant = (data: unknown): unknown => {
    if (typeof data === 'string') return secret;
    if (Array.isArray(data)) return data.map(plant);
    if (typeof data !== 'object' || data === null) return data;
    const planted = Object.entries(data).map(([key, inner]): [string, unknown] => [key, plant(inner)]);
    return Object.fromEntries(planted);
  };

  it.each([
    ['values of any shape', value.map((data) => stringify(plant(data)))],
    ['values of any shape as TLS', value.map((data) => stringify({ tls_server_config: plant(data) }))],
    [
      'names and hashes of users',
      value.map((data) => stringify({ basic_auth_users: { [secret]: plant(data), [`${secret}2`]: secret } })),
    ],
    [
      'PEM',
      value.map((data) =>
        stringify({
          tls_server_config: { cert: secret, key: `-----BEGIN ${secret} PRIVATE KEY-----\n`, client_ca: plant(data) },
        }),
      ),
    ],
    ['hashes', webConfigTexts.map((text) => text.replaceAll(hash.slice(10, 40), secret))],
  ])('in %s', async (_, texts) => {
    await fc.assert(
      fc.asyncProperty(texts, async (text) => {
        expect(await told(text)).not.toContain(secret);
      }),
      { numRuns: 300 },
    );
  });

  it('in broken YAML, where it may have become anything: only a path may show it, as a key', async () => {
    await fc.assert(
      fc.asyncProperty(webConfigTexts, webConfigTexts, async (before, after) => {
        const { problems = [] } = await read(filled(`${before}\n  key: ${secret}${after}`));
        expect(problems.map(({ message }) => message).join('\n')).not.toContain(secret);
      }),
      { numRuns: 300 },
    );
  });
});
