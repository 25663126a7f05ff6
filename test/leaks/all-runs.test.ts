// The last test: no run of any end-to-end test has shown a secret.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { secretMarker } from '../support/secret.ts';
import { findLeaks, leastLength } from './find-leaks.ts';
import { type RecordedRun, readRuns, recordsVariable } from './records.ts';
import { type Secret, secretsOf } from './secrets-of.ts';
import { shownOf } from './shown-of.ts';

interface SearchedRun extends RecordedRun {
  secrets: Secret[];
  shown: string;
}

let runs: SearchedRun[];

beforeAll(() => {
  const recorded = readRuns(process.env[recordsVariable] ?? '');
  runs = recorded.map((run) => ({ ...run, secrets: secretsOf(run), shown: shownOf(run) }));
}, 60_000);

const folder = join(import.meta.dirname, '../e2e');
const testFiles = readdirSync(folder).filter((name) => name.endsWith('.test.ts'));

describe('what is searched', () => {
  it.each(testFiles)('has runs of %s', (name) => {
    expect(runs.map(({ testFile }) => testFile)).toContain(`test/e2e/${name}`);
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
    ['files', /\/key$/],
    ['Authorization headers', /^an Authorization header sent/],
    ['challenges', /^a challenge/],
    ['cipher texts', /^DEKCipherTextBlob of an answer/],
  ])('is searched for the secrets of %s', (_, pattern) => {
    expect(runs.some(({ secrets }) => secrets.some(({ from }) => pattern.test(from)))).toBe(true);
  });
});

describe('all runs of the end-to-end tests', () => {
  it('are given no secret that cannot be told from other text: test/support/secret.ts makes good ones', () => {
    const indistinct = runs.flatMap(({ testFile, secrets }) =>
      secrets
        .filter(({ value }) => value.length < leastLength && !value.includes(secretMarker))
        .map(({ value, from }) => `${testFile}: "${value}", ${from}`),
    );
    expect([...new Set(indistinct)]).toEqual([]);
  });

  it('show no secret', () => {
    const secrets = runs.flatMap((run) => run.secrets);
    // Most lines are shown again and again.
    const lines = new Set(runs.flatMap(({ shown }) => shown.split('\n')));
    if (findLeaks([...lines].join('\n'), secrets).length === 0) return;
    // Something was found: now by run, so that it can be mended.
    const leaks = runs.flatMap(({ testFile, args, shown }) =>
      findLeaks(shown, secrets).map((leak) => ({ testFile, args, ...leak })),
    );
    expect(leaks).toEqual([]);
  }, 120_000);
});
