// The runs of one test run, ready to be searched.
import { type RecordedRun, readRuns, recordsVariable } from './records.ts';
import { type Secret, secretsOf } from './secrets-of.ts';
import { shownOf } from './shown-of.ts';

/** One run, what was secret in it, and all that it has shown. */
export interface SearchedRun extends RecordedRun {
  secrets: readonly Secret[];
  shown: string;
}

/** All that were recorded until now. */
export function searchedRuns(): SearchedRun[] {
  const recorded = readRuns(process.env[recordsVariable] ?? '');
  return recorded.map((run) => ({ ...run, secrets: secretsOf(run), shown: shownOf(run) }));
}
