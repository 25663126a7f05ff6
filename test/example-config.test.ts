import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { configJsonSchema } from '../src/config/json-schema.ts';
import { validateConfig } from '../src/config/validate.ts';
import { reservedLabels } from '../src/metrics/catalogue.ts';
import { providers } from '../src/providers/index.ts';

const root = resolve(import.meta.dirname, '..');
const example = readFileSync(resolve(root, 'config.example.yaml'), 'utf8');
const schema: unknown = JSON.parse(readFileSync(resolve(root, 'config.schema.json'), 'utf8'));
const accepts = new Ajv({ strict: false, allErrors: true }).compile(schema as object);

/** Names of all properties anywhere in a JSON Schema. */
function settingsOf(node: unknown): string[] {
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).flatMap(([key, value]: [string, unknown]) => [
    ...(key === 'properties' ? Object.keys(value as object) : []),
    ...settingsOf(value),
  ]);
}

describe('the example configuration', () => {
  it('is valid', async () => {
    const { config, problems } = await validateConfig('config.example.yaml', example, {
      providers,
      reservedLabels,
      nowMs: Date.now(),
    });
    expect(problems).toBeUndefined();
    expect(config?.warnings).toEqual([]);
  });

  it('shows every setting, as such or in a comment; those of one provider here or on its page', () => {
    const pages = providers.map(({ id }) => readFileSync(resolve(root, `docs/providers/${id}.md`), 'utf8'));
    const shown = [example, ...pages].join('\n');
    const names = settingsOf(schema);
    expect(names.length).toBeGreaterThan(25);
    // One of the three ways to give a secret is enough.
    expect(names.filter((name) => !shown.includes(name.replace(/_(?:env|file)$/, '')))).toEqual([]);
  });

  it('points editors at the schema', () => {
    expect(example.split('\n')[0]).toBe('# yaml-language-server: $schema=./config.schema.json');
  });
});

describe('the JSON Schema', () => {
  it('is the one that the code gives: npm run generate', () => {
    expect(schema).toEqual(JSON.parse(JSON.stringify(configJsonSchema(providers))));
  });

  it('accepts the example', () => {
    expect(accepts(parse(example)), JSON.stringify(accepts.errors)).toBe(true);
  });

  const account = { provider: 'oceanbase', access_key_id: 'x', access_key_secret: 'y' };
  it.each<[string, unknown]>([
    ['an unknown key', { accounts: {}, scrapes: {} }],
    ['an unknown key of an account', { accounts: { a: { ...account, secret_id: 'x' } } }],
    ['an unknown provider', { accounts: { a: { provider: 'aws' } } }],
    ['a number for a duration', { scrape: { max_stale: 5 }, accounts: {} }],
    ['a duration with a fraction', { scrape: { max_stale: '1.5s' }, accounts: {} }],
    ['an unknown action', { accounts: { a: { ...account, rate_limits: { Describe: 1 } } } }],
    ['an unknown check', { accounts: { a: account }, instances: [{ id: 'x', checks: ['tde!'] }] }],
    ['an instance without id', { accounts: { a: account }, instances: [{ name: 'x' }] }],
    ['no accounts', { instances: [] }],
  ])('refuses %s', (_, value) => {
    expect(accepts(value)).toBe(false);
  });
});
