// The search for leaks is worth as much as what it searches, and what it searches for.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { type SearchedRun, searchedRuns } from './searched-runs.ts';

const folder = join(import.meta.dirname, '../e2e');
const testFiles = readdirSync(folder).filter((name) => name.endsWith('.test.ts'));

let runs: readonly SearchedRun[];
beforeAll(() => {
  runs = searchedRuns();
}, 60_000);

describe('what is searched', () => {
  it.each(testFiles)('has runs of %s', (name) => {
    expect(runs.map(({ testFile }) => testFile)).toContain(`test/e2e/${name}`);
  });

  it.each(testFiles)('has all runs of %s: the program is started by test/support/exporter-process.ts alone', (name) => {
    expect(readFileSync(join(folder, name), 'utf8')).not.toContain('dist/main.js');
  });

  it.each([
    ['logs at level debug', /^ts=\S+ level=debug /m],
    ['problems of a configuration', /\.yaml:\d+:\d+: /],
    ['crashes', /^crashed; /m],
    ['headers of answers', /^X-Content-Type-Options: nosniff\r$/m],
    ['expositions', /^clouddb_check_success\{.*\} [01]$/m],
    ['status pages', /<h1>clouddb-encryption-exporter<\/h1>/],
  ])('has %s', (_, pattern) => {
    expect(runs.some(({ shown }) => pattern.test(shown))).toBe(true);
  });

  it.each([
    ['settings', /^access_key_secret in /],
    ['environment variables', /^the environment variable /],
    ['files', /^the file key$/],
    ['Authorization headers', /^an Authorization header sent/],
    ['challenges', /^a challenge/],
    ['cipher texts', /^DEKCipherTextBlob of an answer/],
  ])('is searched for the secrets of %s', (_, pattern) => {
    expect(runs.some(({ secrets }) => secrets.some(({ from }) => pattern.test(from)))).toBe(true);
  });
});
