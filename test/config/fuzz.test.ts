// Whatever the file holds, the result is a configuration or a list of problems, and no problem contains a secret.
import * as fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { stringify } from 'yaml';
import type { Validation } from '../../src/config/validate.ts';
import { formatProblem } from '../../src/files/yaml-document.ts';
import { validate, validateSecrets } from './validation.ts';

const keys = [
  'scrape',
  'accounts',
  'instances',
  'refresh_interval',
  'max_stale',
  'concurrency',
  'request_timeout',
  'retries',
  'main',
  'other',
  'provider',
  'endpoint',
  'secret_id',
  'secret_id_env',
  'secret_id_file',
  'secret_key',
  'secret_key_env',
  'token',
  'access_key_id',
  'access_key_id_file',
  'access_key_secret',
  'access_key_secret_env',
  'project_id',
  'rate_limits',
  'DescribeEncryptionKeys',
  '*',
  'account',
  'id',
  'region',
  'name',
  'labels',
  'team',
  'checks',
  '',
  '<<',
  '0',
  'length',
  'toString',
  'constructor',
  '__proto__',
];

const words = [
  ...keys,
  'tencent_postgres',
  'oceanbase',
  'https://api.example.com',
  'http://127.0.0.1:1',
  'https://{region}.example.com',
  'ap-tokyo',
  'ssl',
  'kms',
  '5s',
  '1h30m',
  'ob1',
  '.nan',
  '.inf',
  '-1',
  '1e999',
  '0x10',
  'null',
  'true',
];

const scalar = fc.oneof(
  fc.constantFrom(...words),
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.double(),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
);

/** Values of any shape, with the keys of a configuration wherever there are keys. */
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'medium', withCrossShrink: true },
    scalar,
    fc.dictionary(fc.constantFrom(...keys), tie('value'), { maxKeys: 6 }),
    fc.array(tie('value'), { maxLength: 4 }),
  ),
}));

const some = <T>(arbitrary: fc.Arbitrary<T>) => fc.oneof({ weight: 4, arbitrary }, { weight: 1, arbitrary: value });
const partly = (model: Record<string, fc.Arbitrary<unknown>>) => fc.record(model, { requiredKeys: [] });

/** Configurations that are right in most places. */
const nearlyGood = fc.record({
  scrape: some(
    partly({
      refresh_interval: some(fc.constantFrom('0s', '5m')),
      concurrency: some(fc.integer({ min: 1, max: 100 })),
    }),
  ),
  accounts: some(
    fc.dictionary(
      fc.constantFrom('main', 'other', '__proto__', '123'),
      some(
        partly({
          provider: some(fc.constantFrom('tencent_postgres', 'oceanbase')),
          endpoint: some(fc.constantFrom('https://api.example.com', 'http://127.0.0.1:1')),
          secret_id: some(fc.constant('id')),
          secret_key: some(fc.constant('key')),
          access_key_id: some(fc.constant('id')),
          access_key_secret_env: some(fc.constantFrom('SET', 'UNSET')),
          rate_limits: some(fc.dictionary(fc.constantFrom('*', 'DescribeEncryptionKeys'), some(fc.constant(5)))),
        }),
      ),
      { maxKeys: 3 },
    ),
  ),
  instances: some(
    fc.array(
      some(
        partly({
          account: some(fc.constantFrom('main', 'other', 'nobody')),
          id: some(fc.constantFrom('ob1', 'postgres-1', '..')),
          region: some(fc.constantFrom('ap-tokyo', 'nowhere')),
          name: some(fc.string()),
          labels: some(fc.dictionary(fc.constantFrom('team', 'account', '__proto__'), some(fc.string()))),
          checks: some(fc.array(some(fc.constantFrom('ssl', 'kms', 'toString')))),
        }),
      ),
      { maxLength: 4 },
    ),
  ),
});

/** Texts made of what YAML is made of. */
const yamlish = fc
  .array(
    fc.oneof(
      fc.constantFrom('\n', '\n  ', '\n    ', '\n- ', ': ', ':', ' ', '\t', '\r\n', ', ', '# ', '---\n', '...\n'),
      fc.constantFrom('{', '}', '[', ']', '"', "'", '|', '>', '|-\n', '? ', '- ', '%YAML 1.2\n', '\uFEFF', '\u0000'),
      fc.constantFrom('&a ', '*a', '*b', '!tag ', '!!str ', '!!binary ', '!!set ', '!<x> ', '<<: ', '@', '`', '%', '~'),
      fc.constantFrom(...words),
      fc.string(),
    ),
    { maxLength: 60 },
  )
  .map((parts) => parts.join(''));

/** Faults of a result; empty if it is a configuration, or problems with a position in the text. */
function faultsOf(text: string, { config, problems }: Validation): unknown[] {
  if (config !== undefined) return problems === undefined ? [] : ['both a configuration and problems'];
  if (problems.length === 0) return ['neither a configuration nor problems'];
  const lines = text.split(/\r\n|\n|\r/).length;
  return problems.filter(({ line, column, message }) => line < 1 || line > lines || column < 1 || message === '');
}

const silentWarnings = () => vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);

describe('a configuration or problems, never a crash', () => {
  it.each([
    ['any text', fc.string({ unit: 'binary', size: 'medium' })],
    ['texts that look like YAML', yamlish],
    ['values of any shape', value.map((data) => stringify(data))],
    ['values of any shape as JSON', value.map((data) => JSON.stringify(data))],
    ['configurations that are nearly good', nearlyGood.map((data) => stringify(data))],
  ])('for %s', async (_, texts) => {
    silentWarnings();
    await fc.assert(
      fc.asyncProperty(texts, async (text) => {
        expect(faultsOf(text, await validateSecrets(text, '/nonexistent/config.yaml', { SET: 'secret' }))).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });

  it.each([
    ['a list that holds itself', 'instances: &a [*a]\naccounts: { main: { provider: oceanbase } }'],
    ['an account that holds itself', 'accounts: &a { main: *a, provider: oceanbase }'],
    [
      'labels that hold themselves',
      'accounts: { m: { provider: oceanbase } }\ninstances: [{ id: o, labels: &l { l: *l } }]',
    ],
    [
      'texts that claim a length',
      `accounts: { m: { provider: x } }\ninstances: [{ region: { length: { toString: 1 } } }]`,
    ],
    ['a thousand levels', `${'['.repeat(1000)}${']'.repeat(1000)}`],
    ['a hundred thousand levels', '['.repeat(100_000)],
    [
      'ten thousand copies of an instance',
      `accounts: { m: { provider: oceanbase } }\ninstances:\n${'- { id: o }\n'.repeat(10_000)}`,
    ],
  ])('for %s', async (_, text) => {
    expect(faultsOf(text, await validate(text))).toEqual([]);
  });
});

describe('no problem holds a value of the file', () => {
  const secret = 'PLANTED-secret';
  /** The same shape, every text in it replaced by the secret. */
  const plant = (data: unknown): unknown => {
    if (typeof data === 'string') return secret;
    if (Array.isArray(data)) return data.map(plant);
    if (typeof data !== 'object' || data === null) return data;
    return Object.fromEntries(Object.entries(data).map(([key, inner]) => [key, plant(inner)]));
  };
  /** The same with a known provider, so that the rest of the account is validated, too. */
  const plantAround = (data: unknown): string =>
    stringify(plant(data)).replaceAll(`provider: ${secret}`, 'provider: oceanbase');

  it.each([
    ['values of any shape', value.map((data) => stringify(plant(data)))],
    [
      'nearly good configurations',
      nearlyGood.chain((data) => fc.constantFrom(stringify(plant(data)), plantAround(data))),
    ],
  ])('in %s', async (_, texts) => {
    const warned = silentWarnings();
    await fc.assert(
      fc.asyncProperty(texts, async (text) => {
        const { problems = [], config } = await validateSecrets(text, '/nonexistent/config.yaml');
        expect(
          [...problems, ...(config?.warnings ?? [])]
            .flatMap((problem) => [formatProblem(problem), problem.excerpt])
            .join('\n'),
        ).not.toContain(secret);
      }),
      { numRuns: 150 },
    );

    expect(JSON.stringify(warned.mock.calls)).not.toContain(secret);
  });

  it('in broken YAML, where only a path may show it, as a key', async () => {
    const warned = silentWarnings();
    await fc.assert(
      fc.asyncProperty(yamlish, yamlish, async (before, after) => {
        const { problems = [] } = await validate(`${before} key: ${secret}${after}`);
        expect(problems.flatMap(({ message, excerpt }) => [message, excerpt]).join('\n')).not.toContain(secret);
      }),
      { numRuns: 150 },
    );

    expect(JSON.stringify(warned.mock.calls)).not.toContain(secret);
  });
});
