// The families of the checks of an instance, and of the findings that are accepted.
import type { FamilyText } from './family.ts';

const gauge = 'gauge' as const;

/** Before their HELP texts are composed. */
export const checkTexts = {
  checkSuccess: {
    name: 'clouddb_check_success',
    type: gauge,
    labels: ['check'],
    meaning: 'Whether the last attempt of a check succeeded. Facts of a failing check are kept up to max_stale.',
    present: 'for every configured check, once it has finished once',
    example: 'clouddb_check_success == 0',
  },
  checkUnsupported: {
    name: 'clouddb_check_unsupported',
    type: gauge,
    labels: ['check'],
    meaning: 'The edition or version of the database does not support what the check reads; always 1.',
    present: 'while the API reports the check as unsupported',
    example: 'count by (provider, account, check) (clouddb_check_unsupported)',
  },
  checkFailureInfo: {
    name: 'clouddb_check_failure_info',
    type: gauge,
    labels: ['check', 'reason'],
    meaning: 'Why the last attempt of a check failed; always 1.',
    present: 'while the check fails',
    example: 'count by (provider, account, check, reason) (clouddb_check_failure_info)',
  },
  checkUnreadableField: {
    name: 'clouddb_check_unreadable_field',
    type: gauge,
    labels: ['check', 'field'],
    meaning:
      'A field of the API that is present but cannot be read, or only in part, while the check succeeds; always 1.',
    present: 'while the last answer to the check has such a field',
    example: 'count by (provider, account, check, field) (clouddb_check_unreadable_field)',
  },
  findingAcceptedUntil: {
    name: 'clouddb_finding_accepted_until_timestamp_seconds',
    type: gauge,
    labels: ['finding'],
    meaning: 'Until when a finding of the instance is accepted, in unix time: the end of the day in UTC.',
    source: 'the configuration',
    present: 'for each entry of `accept`, also after its day',
    example: 'clouddb_finding_accepted_until_timestamp_seconds > time()',
  },
  checkLastSuccess: {
    name: 'clouddb_check_last_success_timestamp_seconds',
    type: gauge,
    labels: ['check'],
    meaning: 'When the check last succeeded, in unix time.',
    present: 'for every configured check, once it has succeeded once',
    example: 'time() - clouddb_check_last_success_timestamp_seconds > 3600',
  },
  checkDuration: {
    name: 'clouddb_check_duration_seconds',
    type: gauge,
    labels: ['check'],
    meaning: 'Duration of the last attempt of the check, without the wait for the rate limit.',
    present: 'for every configured check, once it has finished once',
    example: 'max by (provider, account, check) (clouddb_check_duration_seconds)',
  },
} satisfies Record<string, FamilyText>;
