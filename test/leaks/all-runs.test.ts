// The last test: no run of the program in any test has shown a secret.
import { beforeAll, describe, expect, it } from 'vitest';
import { secretMarker } from '../support/secret.ts';
import { findLeaks, leastLength } from './find-leaks.ts';
import { type SearchedRun, searchedRuns } from './searched-runs.ts';
import { givenSecretsOf } from './secrets-of.ts';

let runs: readonly SearchedRun[];
beforeAll(() => {
  runs = searchedRuns();
}, 300_000);

describe('all runs', () => {
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
