// Every provider in the list keeps the contract, has a folder, and has its twin here, which runs the suite of contract.ts.
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { providers } from '../../src/providers/index.ts';

const foldersOf = (path: string) =>
  readdirSync(new URL(path, import.meta.url), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);

const folders = providers.map(({ id }) => id.replaceAll('_', '-'));

describe('the list of providers', () => {
  it('has each id once', () => {
    expect(new Set(providers.map(({ id }) => id)).size).toBe(providers.length);
  });

  it('has a folder in kebab-case for each, and each folder is in the list', () => {
    expect(foldersOf('../../src/providers').toSorted()).toEqual(folders.toSorted());
  });

  it('has a twin here for each', () => {
    expect(foldersOf('.').toSorted()).toEqual(folders.toSorted());
  });

  it.each(folders)('has %s run the suite of all providers', (folder) => {
    const source = readFileSync(new URL(`${folder}/contract.test.ts`, import.meta.url), 'utf8');
    expect(source).toContain('describeProvider(');
    expect(source).toContain(`/src/providers/${folder}/provider.ts`);
  });

  it('has no environment variable that means two things', () => {
    const variables = providers.flatMap(({ credentials }) => credentials.map(({ env }) => env));
    expect(new Set(variables).size).toBe(variables.length);
  });
});
