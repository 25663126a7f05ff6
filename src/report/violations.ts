// Which findings are violations, which make the exit status 4, and which certificates have too few days left.

import type { Certificate } from '../model/facts.ts';
import type { Finding, FindingKind } from '../model/finding.ts';
import { dayMs } from '../model/thresholds.ts';
import { acceptanceOf } from '../posture/findings.ts';
import { caCertificates, expiryText, type Subject, serverCertificates, timeLeftMs } from '../posture/subject.ts';

/** A finding that is a violation unless it is accepted. */
export interface WeighedFinding extends Finding {
  violation: boolean;
}

/**
 * `always`: something is not encrypted, or a certificate has expired. `critical`: only in its critical case.
 * `days`: only for a certificate that has fewer days left than required.
 */
const violationWhen: Readonly<Record<FindingKind, 'always' | 'critical' | 'days' | 'never'>> = {
  ssl_disabled: 'always',
  ssl_not_forced: 'never',
  plaintext_accepted: 'critical',
  tls_refused: 'always',
  tls_outdated: 'never',
  certificate_expired: 'always',
  certificate_expiring: 'days',
  certificate_invalid: 'critical',
  certificate_drift: 'never',
  certificate_unknown: 'never',
  ca_expiring: 'days',
  not_encrypted_at_rest: 'always',
  key_disabled: 'critical',
  key_old: 'never',
  check_failing: 'never',
  field_unreadable: 'never',
  unknown: 'never',
  account_blind: 'never',
  discovery_failing: 'never',
  nothing_watched: 'never',
};

/** A certificate with fewer days left than required. The kind is that of the finding whose acceptance applies. */
export interface ShortCertificate extends WeighedFinding {
  certificate: Certificate;
}

/**
 * The findings of an instance; and each certificate with too few days left that has none: it renews automatically, or the
 * thresholds are lower. It is no finding, because it is one only for this report.
 * @param minDays days for which a server or CA certificate must still be valid; of several server certificates the one
 * that expires first counts, of each CA the one that expires last
 */
export function weighFindings(
  findings: readonly Finding[],
  subject: Subject,
  minDays: number,
): { findings: WeighedFinding[]; short: ShortCertificate[] } {
  const isViolation = ({ kind, severity, expiresMs = Number.POSITIVE_INFINITY }: Finding) => {
    const when = violationWhen[kind];
    if (when === 'days') return expiresMs - subject.nowMs < minDays * dayMs;
    return when === 'always' || (when === 'critical' && severity === 'critical');
  };
  const isOfCa = ({ kind }: Finding) => kind === 'ca_expiring';
  const isShown = (short: ShortCertificate) =>
    findings.some((one) => one.expiresMs === short.expiresMs && isOfCa(one) === isOfCa(short));
  return {
    findings: findings.map((one) => ({ ...one, violation: one.accepted === undefined && isViolation(one) })),
    short: shortCertificates(subject, minDays).filter((one) => !isShown(one)),
  };
}

function shortCertificates(subject: Subject, minDays: number): ShortCertificate[] {
  const { nowMs } = subject;
  const facts = subject.lastKnown?.facts ?? subject.facts;
  return [...serverCertificates(facts).slice(0, 1), ...caCertificates(facts)]
    .filter((certificate) => timeLeftMs(certificate, nowMs) < minDays * dayMs)
    .map((certificate) => {
      const isCa = certificate.certificate === 'ca';
      const kind = isCa ? 'ca_expiring' : 'certificate_expiring';
      const accepted = acceptanceOf(kind, subject);
      return {
        kind,
        aspect: 'certificate',
        severity: 'info',
        title: `${isCa ? 'CA' : 'Server'} certificate below --min-days=${minDays}`,
        detail: expiryText(certificate, nowMs),
        advice: 'Renew the certificate, or lower --min-days.',
        alert: isCa ? 'CloudDBCACertificateExpiring' : 'CloudDBCertificateExpiring',
        expiresMs: certificate.notAfterSeconds * 1000,
        accepted,
        violation: accepted === undefined,
        certificate,
      };
    });
}
