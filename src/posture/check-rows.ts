// Findings that follow from how the checks went, and from facts that they did not report.
import { type FactName, type Facts, isEncryptedAtRest } from '../model/facts.ts';
import { reasons } from '../model/failure.ts';
import type { CheckKnowledge } from '../model/knowledge.ts';
import type { Case, Row } from './row.ts';
import { lastingFailure, type Subject, serverCertificates } from './subject.ts';

const unreportedAdvice = 'The API answered without this field: look it up in the console of the provider.';
const unshownAdvice =
  'The database closed the handshake before it sent this: it may require a client certificate. Check with openssl s_client. ' +
  'Trust is unknown, too, while the CA certificates cannot be downloaded.';
const unknownAdvice = 'If its check fails, see the reason; otherwise look it up in the console of the provider.';

type ReadFact = (facts: Facts) => unknown;

const shownByDatabase: ReadonlySet<FactName> = new Set(['tls_version', 'cert_trusted', 'cert_hostname_match']);

/** The facts that a check can report, but that are not known. */
function unknownOf({ facts, available, withoutResult }: Subject, read: Partial<Record<FactName, ReadFact>>): Case[] {
  const byAdvice = new Map<string, string[]>();
  for (const [name, of] of Object.entries(read)) {
    if (!available.has(name as FactName) || of(facts) !== undefined) continue;
    const advice = adviceFor(name as FactName, withoutResult.get(name as FactName));
    byAdvice.set(advice, [...(byAdvice.get(advice) ?? []), name]);
  }
  return [...byAdvice].map(([advice, names]) => ({ severity: 'unknown', detail: names.join(', '), advice }));
}

function adviceFor(name: FactName, waiting: CheckKnowledge | undefined): string {
  if (waiting === undefined) return shownByDatabase.has(name) ? unshownAdvice : unreportedAdvice;
  if (waiting.last === undefined) return `Wait: check ${waiting.check} has not finished yet.`;
  return `Unknown because check ${waiting.check} fails: see its reason.`;
}

/** Nothing is unknown while SSL is not on: an API then leaves these fields empty. */
const whileSslIsOn =
  (read: ReadFact): ReadFact =>
  (facts) =>
    facts.sslEnabled === true ? read(facts) : false;

/** Nor while the database does not serve TLS. */
const whileTlsIsServed =
  (read: ReadFact): ReadFact =>
  (facts) =>
    facts.tlsAccepted === false || facts.sslEnabled === false ? false : read(facts);

/** Nor of an instance that has no tenants. */
const whileThereIsData =
  (read: ReadFact): ReadFact =>
  (facts) =>
    facts.tenants?.length === 0 ? false : read(facts);

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
      checks.flatMap((one): Case[] => {
        const reason = lastingFailure(one, nowMs);
        if (reason === undefined) return [];
        const severity = reason === 'instance_state' ? 'info' : 'warning';
        return [{ severity, title: `Check ${one.check} fails (${reason})`, detail: reasons[reason] }];
      }),
  },
  {
    kind: 'field_unreadable',
    alert: 'CloudDBFieldUnreadable',
    aspect: 'checks',
    title: 'Field of the API not readable',
    holds: 'The API returned a field that the exporter cannot read, or can read only in part.',
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
    holds:
      'It is not known whether SSL is on or forced, although the provider reports it; or what the database accepts, although the TLS probe is configured.',
    severities: ['unknown'],
    advice: unknownAdvice,
    cases: (subject) =>
      unknownOf(subject, {
        ssl_enabled: ({ sslEnabled }) => sslEnabled,
        ssl_forced: whileSslIsOn(({ sslForced }) => sslForced),
        tls_accepted: ({ tlsAccepted }) => tlsAccepted,
        tls_version: whileTlsIsServed(({ tlsSession }) => tlsSession),
        plaintext_accepted: ({ plaintextAccepted }) => plaintextAccepted,
      }),
  },
  {
    kind: 'unknown',
    alert: 'CloudDBCheckFailing',
    aspect: 'certificate',
    title: 'Server certificate unknown',
    holds:
      'It is not known whether the certificate is valid, trusted and for the right name, or when it expires, although the provider or the TLS probe reports it.',
    severities: ['unknown'],
    advice: unknownAdvice,
    cases: (subject) =>
      unknownOf(subject, {
        cert_valid: whileSslIsOn(({ certValid }) => certValid),
        server_certificate: whileTlsIsServed(whileSslIsOn((facts) => serverCertificates(facts)[0])),
        cert_trusted: whileTlsIsServed(({ certTrusted }) => certTrusted),
        cert_hostname_match: whileTlsIsServed(({ certHostnameMatch }) => certHostnameMatch),
      }),
  },
  {
    kind: 'unknown',
    alert: 'CloudDBCheckFailing',
    aspect: 'at_rest',
    title: 'Encryption at rest unknown',
    holds:
      'It is not known whether data is encrypted at rest, although the provider reports it. Not for an instance without tenants.',
    severities: ['unknown'],
    advice: unknownAdvice,
    cases: (subject) => unknownOf(subject, { at_rest_encryption_enabled: whileThereIsData(isEncryptedAtRest) }),
  },
];
