// Every provider in the list has a folder, and a test folder here that runs the suite of contract.ts.
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { providers } from '../../src/providers/index.ts';

/** `vendor/product` of each product folder below a folder. */
function productsIn(path: string, file: string): string[] {
  const root = new URL(path, import.meta.url);
  return readdirSync(root, { recursive: true })
    .map((name) => String(name))
    .filter((name) => name.endsWith(`/${file}`))
    .map((name) => name.slice(0, -file.length - 1));
}

const products = productsIn('../../src/providers', 'provider.ts');

describe('list of providers', () => {
  it('has each id once', () => {
    expect(new Set(providers.map(({ id }) => id)).size).toBe(providers.length);
  });

  it('contains every product folder of every vendor', () => {
    const list = readFileSync(new URL('../../src/providers/index.ts', import.meta.url), 'utf8');
    expect(products).toHaveLength(providers.length);
    for (const product of products) {
      expect(product).toMatch(/^[a-z0-9-]+\/[a-z0-9-]+$/);
      expect(list).toContain(`'./${product}/provider.ts'`);
    }
  });

  it('has a contract test for each product, which calls describeProvider', () => {
    expect(productsIn('.', 'contract.test.ts').toSorted()).toEqual(products.toSorted());
    for (const product of products) {
      const source = readFileSync(new URL(`${product}/contract.test.ts`, import.meta.url), 'utf8');
      expect(source).toContain('describeProvider(');
      expect(source).toContain(`/src/providers/${product}/provider.ts`);
    }
  });

  it('has no environment variable with two meanings', () => {
    const meanings = new Map<string, string>();
    for (const { name, env } of providers.flatMap(({ credentials }) => credentials)) {
      expect([env, meanings.get(env) ?? name]).toEqual([env, name]);
      meanings.set(env, name);
    }
  });
});
