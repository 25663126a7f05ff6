// Input of the findings: the facts of all checks of an instance, and which facts its checks can report.

import { cleanText } from '../model/clean-text.ts';
import { type Certificate, type FactName, type Facts } from '../model/facts.ts';
import type { Reason } from '../model/failure.ts';
import type { Acceptance } from '../model/finding.ts';
import { type CheckKnowledge, isFailing, type Knowledge, type StaleFacts } from '../model/knowledge.ts';
import type { Provider } from '../model/provider.ts';
import { failingMs, type Thresholds } from '../model/thresholds.ts';
import { dayText } from '../model/wording.ts';

/** One instance as the table of findings sees it. */
export interface Subject {
  facts: Facts;
  /** Where some facts are stale: all of them, the stale ones included. */
  lastKnown?: StaleFacts | undefined;
  accept: readonly Acceptance[];
  /** The facts that its configured checks can report in this edition of the database. */
  available: ReadonlySet<FactName>;
  /** The checks that fail or have not finished, by the facts that they can report. */
  withoutResult: ReadonlyMap<FactName, CheckKnowledge>;
  checks: readonly CheckKnowledge[];
  thresholds: Thresholds;
  /** Unix milliseconds. */
  nowMs: number;
}

/** What the table needs of an instance. */
export function subjectOf(
  { instance, checks, facts, lastKnown }: Knowledge,
  provider: Pick<Provider, 'checks'>,
  nowMs: number,
  thresholds: Thresholds,
): Subject {
  const supported = new Set(
    checks.filter(({ last }) => last?.failure?.reason !== 'unsupported').map(({ check }) => check),
  );
  const available = new Set(
    provider.checks.flatMap((check) => (supported.has(check.name) ? (Object.keys(check.facts) as FactName[]) : [])),
  );
  if (instance.tlsProbe?.plaintext !== true) available.delete('plaintext_accepted');
  return {
    facts,
    lastKnown,
    accept: instance.accept ?? [],
    available,
    withoutResult: withoutResult(checks, provider),
    checks,
    thresholds,
    nowMs,
  };
}

const none: ReadonlyMap<FactName, CheckKnowledge> = new Map();

function withoutResult(
  checks: readonly CheckKnowledge[],
  provider: Pick<Provider, 'checks'>,
): ReadonlyMap<FactName, CheckKnowledge> {
  const waiting = checks.filter(({ last }) => last === undefined || isFailing(last));
  if (waiting.length === 0) return none;
  return new Map(
    waiting.flatMap((known) => {
      const facts = provider.checks.find(({ name }) => name === known.check)?.facts ?? {};
      return (Object.keys(facts) as FactName[]).map((fact) => [fact, known] as const);
    }),
  );
}

/** The server certificates, soonest expiry first; none while SSL is off. */
export function serverCertificates({ certificates, sslEnabled }: Facts): Certificate[] {
  if (sslEnabled === false) return [];
  return (certificates ?? [])
    .filter(({ certificate }) => certificate === 'server')
    .toSorted((a, b) => a.notAfterSeconds - b.notAfterSeconds);
}

/** When the server certificate expires, in unix milliseconds: by the API, and by the TLS probe. */
export function serverExpiries(facts: Facts): { api?: number | undefined; probed?: number | undefined } {
  const certificates = serverCertificates(facts);
  const first = (isProbed: boolean) => {
    const found = certificates.find(({ source }) => (source === 'tls_probe') === isProbed);
    return found && found.notAfterSeconds * 1000;
  };
  return { api: first(false), probed: first(true) };
}

/** Of each subject the CA certificate that expires last: the others have been renewed. */
export function caCertificates({ certificates }: Facts): Certificate[] {
  const latest = new Map<string, Certificate>();
  for (const certificate of certificates ?? []) {
    if (certificate.certificate !== 'ca') continue;
    const known = latest.get(certificate.subjectCn);
    if (known === undefined || known.notAfterSeconds < certificate.notAfterSeconds) {
      latest.set(certificate.subjectCn, certificate);
    }
  }
  return [...latest.values()].toSorted((a, b) => a.notAfterSeconds - b.notAfterSeconds);
}

/** The reason for which a check has failed for 15 minutes or longer; most failures pass sooner. */
export function lastingFailure({ last, failingSinceMs }: CheckKnowledge, nowMs: number): Reason | undefined {
  if (last === undefined || !isFailing(last) || failingSinceMs === undefined) return undefined;
  return nowMs - failingSinceMs >= failingMs ? last.failure?.reason : undefined;
}

/** Which name a served certificate must cover, and which ones it does; empty where that is not known. */
export function mismatchText({ probed, certNames = '' }: Facts): string {
  return probed === undefined
    ? ''
    : `${probed.serverName} is not covered; the certificate is for ${certNames || 'no name'}`;
}

/** Milliseconds until a certificate expires; negative once it has. */
export function timeLeftMs({ notAfterSeconds }: Certificate, nowMs: number): number {
  return notAfterSeconds * 1000 - nowMs;
}

/** E.g. `CA NAME expires 2027-01-31`, `expired 2026-01-31`. */
export function expiryText({ certificate, subjectCn, notAfterSeconds }: Certificate, nowMs: number): string {
  const what = certificate === 'ca' ? `CA ${cleanText(subjectCn)} ` : '';
  const verb = notAfterSeconds * 1000 <= nowMs ? 'expired' : 'expires';
  return `${what}${verb} ${dayText(notAfterSeconds * 1000)}`;
}
