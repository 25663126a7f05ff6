// All recorded runs of the program, with what was secret in each and what it has shown.
import { type RecordedRun, readRuns, recordsVariable } from './records.ts';
import { type Secret, secretsOf } from './secrets-of.ts';
import { shownOf } from './shown-of.ts';

/** One run, what was secret in it, and all that it has shown. */
export interface SearchedRun extends RecordedRun {
  secrets: readonly Secret[];
  shown: string;
}

/** Reads all runs of this test run. */
export function searchedRuns(): readonly SearchedRun[] {
  const recorded = readRuns(process.env[recordsVariable] ?? '');
  return recorded.map((run) => ({ ...run, secrets: secretsOf(run), shown: shownOf(run) }));
}
