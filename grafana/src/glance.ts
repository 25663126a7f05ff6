// The numbers at the top of the fleet dashboard: open problems, what is not known, what is accepted.

import { instanceFamilies as family } from '../../src/metrics/catalogue.ts';
import type { FactName } from '../../src/model/facts.ts';
import { ageOfFacts } from './age.ts';
import { caExpiry, certValid, known, reports, serverExpiry, sslForced } from './facts.ts';
import { goodAtZero, type Steps, stat } from './panels.ts';
import { accepted, open, openProblems, openUnknown, withProblems } from './problems.ts';
import { distinct, identity, instances, ofSelected } from './queries.ts';

/** Colours of tiles. */
export const orange = goodAtZero('orange');
export const red = goodAtZero('red');

const countInstances = `count(count by (${identity}) (${instances}))`;

/** Counts what is found among what is known: 0 if nothing is found, no value if nothing is known. */
const count = (found: string, among: string) => `count(${found})\nor\n0 * count(${among})`;

/** The same among the selected instances; -1 where no check of them can report the fact. */
export const countOf = (found: string, among: string, fact: FactName) =>
  `${count(found, ofSelected(among))}\nor\n(0 * ${countInstances} - 1 unless on () ${ofSelected(reports(fact))})`;

const notCompliant = `count by (${identity}) (${ofSelected(`(${withProblems('critical')} or ${withProblems('warning')} or ${openUnknown})`)})`;

/** Share of the instances without an open critical problem or warning, of which everything is known. */
export const compliant = `1 - (${count(notCompliant, instances)}) / ${countInstances}`;

/** A number in a row of six. */
export function tile(title: string, description: string, expr: string, steps: Steps, unit = 'short') {
  return stat({ title, description, expr, steps, unit, width: 4, height: 3 });
}

const summary = [
  tile(
    'Critical',
    'Open critical problems, see "What to do". It counts findings; the status page counts instances.',
    count(openProblems(['critical']), instances),
    red,
  ),
  tile('Warnings', 'Open warnings, see "What to do".', count(openProblems(['warning']), instances), orange),
  tile(
    'Unknown',
    'Instances for which a fact is unknown although a check can report it. See "?" in "Each instance".',
    count(distinct(openUnknown), instances),
    goodAtZero('purple'),
  ),
  tile('Accepted', 'Accepted findings do not count as problems.', count(accepted, instances), ['blue']),
  tile(
    'Compliant',
    'Share of all instances that have no open critical problem or warning, and no unknown fact. Accepted findings do not count against it.',
    compliant,
    ['red', [0.8, 'orange'], [1, 'green']],
    'percentunit',
  ).decimals(0),
  tile('Instances', 'Watched instances of all exporters, configured or discovered.', countInstances, ['blue']),
];

const settings = [
  tile(
    'SSL off',
    'Instances whose connections cannot be encrypted.',
    countOf(open('ssl_disabled'), known.sslEnabled, 'ssl_enabled'),
    red,
  ),
  tile(
    'Not forced',
    'Instances with SSL on that accept unencrypted connections although they can refuse them.',
    countOf(open('ssl_not_forced'), sslForced, 'ssl_forced'),
    orange,
  ),
  tile(
    'Plain at rest',
    'Instances whose data is not encrypted at rest.',
    countOf(open('not_encrypted_at_rest'), `(${known.keys} or ${known.atRest})`, 'at_rest_encryption_enabled'),
    orange,
  ),
  tile(
    'Keys off',
    'Disabled keys of instances without an enabled key: their data cannot be read after a restart.',
    countOf(open('key_disabled', { severity: 'critical' }), known.keys, 'kms_keys'),
    red,
  ),
  tile(
    'Invalid',
    'Instances with SSL on whose certificate the provider reports as invalid.',
    countOf(open('certificate_invalid', { severity: 'critical' }), certValid, 'cert_valid'),
    red,
  ),
  tile(
    'Failing',
    'Checks that have failed for 15 minutes. An account of which every check fails is one critical problem instead.',
    count(open('check_failing'), ofSelected(family.checkSuccess.name)),
    orange,
  ),
];

const expiry = [
  tile(
    'Expired',
    'Expired server certificates. If API and TLS probe differ, the one that expires first counts.',
    countOf(open('certificate_expired'), serverExpiry, 'server_certificate'),
    red,
  ),
  tile(
    '< $crit_days days',
    'Server certificates that expire within the days of "Critical"; with automatic renewal only within 2 days. Expired ones are not included.',
    countOf(open('certificate_expiring', { severity: 'critical' }), serverExpiry, 'server_certificate'),
    red,
  ),
  tile(
    '$crit_days–$warn_days days',
    'Server certificates that expire within the days of "Warning", but not of "Critical"; without automatic renewal.',
    countOf(open('certificate_expiring', { severity: 'warning' }), serverExpiry, 'server_certificate'),
    orange,
  ),
  tile(
    'CA < $ca_warn_days d',
    'CA certificates that expire within the days of "CA warning", or have expired.',
    countOf(open('ca_expiring'), caExpiry, 'ca_certificate'),
    orange,
  ),
  tile(
    'No expiry',
    'Instances with SSL on for which no source reports when the server certificate expires.',
    countOf(open('certificate_unknown'), known.sslEnabled, 'ssl_enabled'),
    goodAtZero('blue'),
  ),
  tile(
    'Oldest facts',
    'Time since the last success, of the check that succeeded longest ago. Checks that never succeeded count as "Unknown".',
    `max(${ageOfFacts} >= 0)`,
    ['green', [900, 'orange'], [3600, 'red']],
    's',
  ).decimals(0),
];

/** Three rows of six. */
export const glance = [...summary, ...settings, ...expiry];
