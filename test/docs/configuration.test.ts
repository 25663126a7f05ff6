// The reference page of the configuration: complete, and its examples are valid.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { validateConfig } from '../../src/config/validate.ts';
import { reservedLabels } from '../../src/metrics/catalogue.ts';
import { isObject } from '../../src/model/wire.ts';
import { providers } from '../../src/providers/index.ts';

const root = resolve(import.meta.dirname, '../..');
const page = readFileSync(resolve(root, 'docs/configuration.md'), 'utf8');
const schema: unknown = JSON.parse(readFileSync(resolve(root, 'config.schema.json'), 'utf8'));

/** Every key with a fixed name, anywhere in the schema, by its path: `[]` is an entry of a list, `ACCOUNT` a free key. */
function keysIn(node: unknown, path: string): string[] {
  if (!isObject(node)) return [];
  const { properties, items, additionalProperties, anyOf } = node;
  return [
    ...Object.entries(isObject(properties) ? properties : {}).flatMap(([name, value]) => {
      const at = path === '' ? name : `${path}.${name}`;
      return [at, ...keysIn(value, at)];
    }),
    ...keysIn(items, `${path}[]`),
    ...keysIn(additionalProperties, `${path}.ACCOUNT`),
    ...(Array.isArray(anyOf) ? (anyOf as unknown[]).flatMap((one) => keysIn(one, path)) : []),
  ];
}

const keys = [...new Set(keysIn(schema, ''))];
/** The cells of the rows, by the path in the first one: key, type, default, example, meaning. */
const rows = page
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .map((line) => line.slice(2, -2).split(' | '));
const rowsOf = (key: string) => rows.filter(([first]) => first === `\`${key}\``);
const hasKeysBelow = (key: string) => keys.some((other) => other.startsWith(`${key}.`) || other.startsWith(`${key}[]`));

describe('docs/configuration.md', () => {
  it('has every key of the schema, and no other', () => {
    expect(keys.length).toBeGreaterThan(60);
    expect(rows.map(([key]) => key?.replaceAll('`', '')).filter((key) => !keys.includes(key ?? ''))).toEqual([]);
    expect(keys.filter((key) => rowsOf(key).length === 0)).toEqual([]);
  });

  it('says of each what it means and of which type it is, with an example', () => {
    for (const [key = '', type, , example, meaning] of rows) {
      expect(meaning, key).toMatch(/\w.*\.$|https?:\S+$/);
      expect(type, key).toMatch(/\w/);
      if (!hasKeysBelow(key.replaceAll('`', ''))) expect(example, key).toMatch(/^`.+`$/);
    }
  });

  it('shows defaults, of durations as they are written', () => {
    const defaults = Object.fromEntries(
      rows.map(([key = '', , usual = '']) => [key.replaceAll('`', ''), usual] as const),
    );
    expect(defaults).toMatchObject({
      'scrape.max_stale': '`1h`',
      'scrape.request_timeout': '`5s`',
      'thresholds.ca_warning': '`180d`',
      'accounts.ACCOUNT.discovery.refresh_interval': '`5m`',
      'accounts.ACCOUNT.provider': 'required',
      'instances[].id': 'required',
    });
  });

  const examples = [...page.matchAll(/<!-- config -->\n```yaml\n(.*?)```/gs)].map(([, text = '']) => text);

  it('has a short example of each provider, and one with every setting', () => {
    expect(examples).toHaveLength(providers.length + 1);
    const whole = examples.at(-1) ?? '';
    const names = keys.map((key) => key.split('.').at(-1) ?? '');
    // Of the three ways to give a secret, one.
    const missing = names.filter((name) => !whole.includes(name.replace(/_(?:env|file)$/, '')));
    expect(missing).toEqual([]);
  });

  it.each(examples.slice(0, providers.length))('has a short example without a warning: %j', async (text) => {
    const { config } = await validateConfig('c.yaml', text, { providers, reservedLabels, nowMs: Date.now() });
    expect(config?.warnings).toEqual([]);
  });

  it.each(examples.map((text, index) => [index, text] as const))('has a valid example %i', async (_, text) => {
    const { problems } = await validateConfig('c.yaml', text, { providers, reservedLabels, nowMs: Date.now() });
    expect(problems).toBeUndefined();
  });
});
