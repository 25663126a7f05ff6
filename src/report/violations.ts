// Which findings are violations, which make the exit status 4, and which certificates have too few days left.
import type { Finding, FindingKind } from '../model/finding.ts';
import { acceptanceOf } from '../posture/findings.ts';
import { caCertificates, expiryText, type Subject, serverCertificates, timeLeftMs } from '../posture/subject.ts';

const dayMs = 86_400_000;

/** A finding that is a violation unless it is accepted. */
export interface WeighedFinding extends Finding {
  violation: boolean;
}

/**
 * `always`: something is not encrypted, or a certificate is invalid or expired. `critical`: only in its critical case.
 * `days`: only for a certificate that has fewer days left than required.
 */
const violationWhen: Readonly<Record<FindingKind, 'always' | 'critical' | 'days' | 'never'>> = {
  ssl_disabled: 'always',
  ssl_not_forced: 'never',
  certificate_expired: 'always',
  certificate_expiring: 'days',
  certificate_invalid: 'always',
  certificate_unknown: 'never',
  ca_expiring: 'days',
  not_encrypted_at_rest: 'always',
  key_disabled: 'critical',
  key_old: 'never',
  check_failing: 'never',
  field_unreadable: 'never',
  unknown: 'never',
  account_blind: 'never',
  nothing_watched: 'never',
};

/**
 * The findings of an instance, and one for each certificate with too few days left that has none: it renews automatically,
 * or the thresholds are lower.
 * @param minDays days that a server or CA certificate has to be valid; of each CA the certificate that expires last counts
 */
export function weighFindings(findings: readonly Finding[], subject: Subject, minDays: number): WeighedFinding[] {
  const short = shortCertificates(subject, minDays);
  const holds = ({ kind, severity, detail }: Finding) => {
    const when = violationWhen[kind];
    if (when === 'days') return short.some((one) => one.kind === kind && detail.startsWith(one.detail));
    return when === 'always' || (when === 'critical' && severity === 'critical');
  };
  const shown = (text: string) =>
    findings.some(({ aspect, detail }) => aspect === 'certificate' && detail.startsWith(text));
  const added = short.filter(({ detail }) => !shown(detail));
  return [...findings, ...added].map((finding) => ({
    ...finding,
    violation: finding.accepted === undefined && holds(finding),
  }));
}

/** A finding for each certificate that has fewer days left. */
function shortCertificates(subject: Subject, minDays: number): Finding[] {
  const { nowMs } = subject;
  const facts = subject.lastKnown?.facts ?? subject.facts;
  return [...serverCertificates(facts), ...caCertificates(facts)]
    .filter((certificate) => timeLeftMs(certificate, nowMs) < minDays * dayMs)
    .map((certificate) => {
      const isCa = certificate.certificate === 'ca';
      const kind = isCa ? 'ca_expiring' : 'certificate_expiring';
      return {
        kind,
        aspect: 'certificate',
        severity: 'warning',
        title: `${isCa ? 'CA' : 'Server'} certificate below the minimum of ${minDays} days`,
        detail: expiryText(certificate, nowMs),
        advice: 'Renew the certificate, or lower --min-days.',
        alert: isCa ? 'CloudDBCACertificateExpiring' : 'CloudDBCertificateExpiring',
        accepted: acceptanceOf(kind, subject),
      };
    });
}
