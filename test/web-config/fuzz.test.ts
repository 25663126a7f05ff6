// Whatever the file contains, the result is a configuration or a list of problems, and no problem contains a secret.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { Reading } from '../../src/files/reloadable.ts';
import { formatProblem } from '../../src/files/yaml-document.ts';
import { readWebConfig } from '../../src/web-config/read-web-config.ts';
import type { WebConfig } from '../../src/web-config/web-config.ts';
import { createFolder } from '../support/exporter-process.ts';
import { accepted, refused } from './verdicts.ts';
import { fillIn, hash, writeWebFiles } from './web-files.ts';

let read: (text: string | Uint8Array) => Promise<Reading<WebConfig>>;

beforeAll(async () => {
  const folder = await createFolder();
  const contents = await writeWebFiles(folder.path);
  const file = join(folder.path, 'web.yml');
  read = async (text) => {
    await writeFile(file, typeof text === 'string' ? fillIn(text, contents) : text);
    return readWebConfig(file);
  };
  return () => folder.remove();
});

const keys = [
  'tls_server_config http_server_config rate_limit basic_auth_users cert key client_ca cert_file key_file',
  'client_ca_file client_auth_type cipher_suites curve_preferences min_version client_allowed_sans http2 headers',
  'X-Frame-Options X-XSS-Protection burst interval << ~ __proto__ constructor length ',
].flatMap((names) => names.split(' '));

/** Values of any shape, with the keys of a web configuration. */
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

const known = fc.constantFrom(...[accepted, refused].flatMap((verdicts) => Object.values(verdicts).flat()));

/** Texts of the verdict table with one part replaced. */
const spoiled = fc
  .tuple(
    known,
    fc.nat(),
    fc.nat(10),
    fc.oneof(fc.constantFrom('\n', ' ', ':', '&a ', '*a', '<<: ', '"', '{', '~'), fc.string()),
  )
  .map(([text, at, length, part]) => {
    const start = at % (text.length + 1);
    return text.slice(0, start) + part + text.slice(start + length);
  });

describe('the result is a configuration or problems in the file', () => {
  it.each([
    ['any text', fc.string({ unit: 'binary', size: 'medium' })],
    ['any bytes', fc.uint8Array({ size: 'medium' })],
    ['almost valid configurations', spoiled],
    ['values of any shape', value.map((data) => stringify(data))],
  ])('for %s', async (_, texts: fc.Arbitrary<string | Uint8Array>) => {
    await fc.assert(
      fc.asyncProperty(texts, async (text) => {
        const { config, problems } = await read(text);
        expect((config === undefined) !== (problems === undefined)).toBe(true);
        expect(problems?.length).not.toBe(0);
        expect(problems?.filter(({ line, column, message }) => line < 0 || column < 0 || message === '') ?? []).toEqual(
          [],
        );
      }),
      { numRuns: 150 },
    );
  });
});

describe('no problem contains a value of the file', () => {
  const secret = 'PLANTED-secret';
  const messages = async (text: string) => (await read(text)).problems?.map(formatProblem).join('\n') ?? '';

  /** The same shape with every text replaced by the secret. */
  const plant = (data: unknown): unknown => {
    if (typeof data === 'string') return secret;
    if (Array.isArray(data)) return data.map(plant);
    if (typeof data !== 'object' || data === null) return data;
    return Object.fromEntries(Object.entries(data).map(([key, inner]): [string, unknown] => [key, plant(inner)]));
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
    ['hashes', spoiled.map((text) => text.replaceAll(hash.slice(10, 40), secret))],
  ])('in %s', async (_, texts) => {
    await fc.assert(
      fc.asyncProperty(texts, async (text) => {
        expect(await messages(text)).not.toContain(secret);
      }),
      { numRuns: 150 },
    );
  });

  it('in broken YAML, except that a path may show it as a key', async () => {
    await fc.assert(
      fc.asyncProperty(spoiled, spoiled, async (before, after) => {
        const { problems = [] } = await read(`${before}\n  key: ${secret}${after}`);
        expect(problems.map(({ message }) => message).join('\n')).not.toContain(secret);
      }),
      { numRuns: 150 },
    );
  });
});
