// The last test: no run of the program in any test has shown a secret, and all of them were searched.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { secretMarker } from '../support/secret.ts';
import { findLeaks, leastLength } from './find-leaks.ts';
import { type RecordedRun, readRuns, recordsVariable } from './records.ts';
import { givenSecretsOf, type Secret, secretsOf } from './secrets-of.ts';
import { shownOf } from './shown-of.ts';

/** One run, what was secret in it, and all that it has shown. */
interface SearchedRun extends RecordedRun {
  secrets: readonly Secret[];
  shown: string;
}

let runs: readonly SearchedRun[];
beforeAll(() => {
  const recorded = readRuns(process.env[recordsVariable] ?? '');
  runs = recorded.map((run) => ({ ...run, secrets: secretsOf(run), shown: shownOf(run) }));
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

  it('use only secrets that differ from other text (test/support/secret.ts generates them)', () => {
    const indistinct = runs.flatMap((run) =>
      givenSecretsOf(run)
        .filter(({ value }) => value.length < leastLength && !value.includes(secretMarker))
        .map(({ value, from }) => `${run.testFile}: "${value}", ${from}`),
    );
    expect([...new Set(indistinct)]).toEqual([]);
  });

  it('show no secret', () => {
    const secrets = runs.flatMap((run) => run.secrets);
    // Most lines are shown again and again.
    const lines = new Set(runs.flatMap(({ shown }) => shown.split('\n')));
    if (findLeaks([...lines].join('\n'), secrets).length === 0) return;
    // Something was found: now by run, so that it can be fixed.
    const leaks = runs.flatMap(({ testFile, args, shown }) =>
      findLeaks(shown, secrets).map((leak) => ({ testFile, args, ...leak })),
    );
    expect(leaks).toEqual([]);
  }, 300_000);
});
