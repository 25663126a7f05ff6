// Findings that follow from how the checks went, and from facts that they did not report.
import { type FactName, type Facts, isEncryptedAtRest } from '../model/facts.ts';
import { reasons } from '../model/failure.ts';
import { type Case, type Row, when } from './row.ts';
import { lastingFailure, type Subject, serverCertificates } from './subject.ts';

const unknownAdvice = 'Check why the API did not report it: unknown is not fine.';

type ReadFact = (facts: Facts) => unknown;

/** The facts that a check can report, but that are not known. */
function unknownOf({ facts, available }: Subject, read: Partial<Record<FactName, ReadFact>>): Case[] {
  const names = Object.entries(read).filter(([name, of]) => available.has(name as FactName) && of(facts) === undefined);
  return when(names.length > 0, 'unknown', names.map(([name]) => name).join(', '));
}

/** Nothing is unknown while SSL is not on: an API then leaves these fields empty. */
const whileSslIsOn =
  (read: ReadFact): ReadFact =>
  (facts) =>
    facts.sslEnabled === true ? read(facts) : false;

/** All of them. */
export const checkRows: readonly Row[] = [
  {
    kind: 'check_failing',
    alert: 'CloudDBCheckFailing',
    aspect: 'checks',
    title: 'Check fails',
    holds:
      'A check has failed for 15 minutes: a warning; information when the state of the instance does not allow it (`instance_state`).',
    severities: ['warning', 'info'],
    advice: 'See the reason. Facts of a failing check are dropped after max_stale.',
    cases: ({ checks, nowMs }) =>
      checks.flatMap((one) => {
        const reason = lastingFailure(one, nowMs);
        if (reason === undefined) return [];
        const severity = reason === 'instance_state' ? 'info' : 'warning';
        return when(true, severity, `${one.check}: ${reason}: ${reasons[reason]}`);
      }),
  },
  {
    kind: 'field_unreadable',
    alert: 'CloudDBFieldUnreadable',
    aspect: 'checks',
    title: 'Field of the API not understood',
    holds: 'A field is there, and is not understood, or only in part.',
    severities: ['info'],
    advice: 'Compare the field with the page of the API. No finding can be derived from what it contains.',
    cases: ({ checks }) =>
      checks.flatMap(({ check, unreadable = [] }) =>
        unreadable.map((field): Case => ({ severity: 'info', detail: `${check}: ${field}` })),
      ),
  },
  {
    kind: 'unknown',
    alert: 'CloudDBCheckFailing',
    aspect: 'wire',
    title: 'SSL state unknown',
    holds: 'It is not known whether SSL is on or forced, though the provider reports it.',
    severities: ['unknown'],
    advice: unknownAdvice,
    cases: (subject) =>
      unknownOf(subject, {
        ssl_enabled: ({ sslEnabled }) => sslEnabled,
        ssl_forced: whileSslIsOn(({ sslForced }) => sslForced),
      }),
  },
  {
    kind: 'unknown',
    alert: 'CloudDBCheckFailing',
    aspect: 'certificate',
    title: 'Server certificate unknown',
    holds: 'It is not known whether the certificate is valid or when it expires, though the provider reports it.',
    severities: ['unknown'],
    advice: unknownAdvice,
    cases: (subject) =>
      unknownOf(subject, {
        cert_valid: whileSslIsOn(({ certValid }) => certValid),
        server_certificate: whileSslIsOn((facts) => serverCertificates(facts)[0]),
      }),
  },
  {
    kind: 'unknown',
    alert: 'CloudDBCheckFailing',
    aspect: 'at_rest',
    title: 'Encryption at rest unknown',
    holds: 'It is not known whether data is encrypted at rest, though the provider reports it.',
    severities: ['unknown'],
    advice: unknownAdvice,
    cases: (subject) => unknownOf(subject, { at_rest_encryption_enabled: isEncryptedAtRest }),
  },
];
