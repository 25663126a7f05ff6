// All runs of `npm test` are searched for secrets, each kind of output and of secret among them.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { type SearchedRun, searchedRuns } from './searched-runs.ts';

let runs: readonly SearchedRun[];
beforeAll(() => {
  runs = searchedRuns();
}, 300_000);

const root = join(import.meta.dirname, '../..');
const testFiles = ['test/e2e', 'test/commands'].flatMap((folder) =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => `${folder}/${name}`),
);

describe('all runs', () => {
  it('are recorded: each test file starts the program by test/support', () => {
    const recorded = new Set(runs.map(({ testFile }) => testFile));
    expect(testFiles.filter((file) => !recorded.has(file))).toEqual([]);
    expect(testFiles.filter((file) => readFileSync(join(root, file), 'utf8').includes('dist/main.js'))).toEqual([]);
  });

  it('are recorded with everything that they show', () => {
    const kinds: Record<string, RegExp> = {
      'log lines at level debug': /^ts=\S+ level=debug /m,
      'problems of a configuration': /\.yaml:\d+:\d+: /,
      crashes: /^crashed; /m,
      'headers of answers': /^X-Content-Type-Options: nosniff\r$/m,
      expositions: /^clouddb_check_success\{.*\} [01]$/m,
      reports: /^SEVERITY {2}INSTANCE/m,
      'status pages': /<h1>clouddb-encryption-exporter<\/h1>/,
    };
    const missing = Object.entries(kinds).filter(([, pattern]) => !runs.some(({ shown }) => pattern.test(shown)));
    expect(missing.map(([kind]) => kind)).toEqual([]);
  });

  it('are recorded with every kind of secret', () => {
    const kinds = [
      /^access_key_secret in /,
      /^the environment variable /,
      /^the file key$/,
      /^an Authorization header sent/,
      /^a challenge/,
      /^DEKCipherTextBlob of an answer/,
    ];
    const sources = runs.flatMap(({ secrets }) => secrets.map(({ from }) => from));
    expect(kinds.filter((pattern) => !sources.some((from) => pattern.test(from)))).toEqual([]);
  });
});
