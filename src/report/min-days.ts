// Which findings make the exit status 4, and which certificates have fewer days left than `--min-days` allows.
import type { Finding, FindingKind } from '../model/finding.ts';
import { caCertificates, expiryText, type Subject, serverCertificates, timeLeftMs } from '../posture/subject.ts';

const dayMs = 86_400_000;

/** Not encrypted, or no longer with a valid certificate, whatever the days. */
const alwaysViolations: ReadonlySet<FindingKind> = new Set([
  'ssl_disabled',
  'not_encrypted_at_rest',
  'certificate_expired',
  'certificate_invalid',
]);

/**
 * A finding that is a violation unless it is accepted: something is not encrypted, or a certificate is invalid, expired or
 * below the limit.
 */
export interface WeighedFinding extends Finding {
  violation: boolean;
}

/**
 * The findings of an instance with those that only `--min-days` causes: a certificate below it is shown even if it renews
 * automatically or the configuration has a lower threshold.
 * @param minDays days that a server or CA certificate has to be valid; of each CA the certificate that expires last counts
 */
export function weighFindings(findings: readonly Finding[], subject: Subject, minDays: number): WeighedFinding[] {
  const below = expiriesBelow(subject, minDays);
  const isBelow = ({ aspect, detail }: Finding) =>
    aspect === 'certificate' && below.some(({ text }) => detail.startsWith(text));
  const weighed = findings.map((finding) => {
    const { kind, severity, accepted } = finding;
    const noKey = kind === 'key_disabled' && severity === 'critical';
    return {
      ...finding,
      violation: accepted === undefined && (alwaysViolations.has(kind) || noKey || isBelow(finding)),
    };
  });
  const shown = (text: string) =>
    findings.some(({ aspect, detail }) => aspect === 'certificate' && detail.startsWith(text));
  const added = below.flatMap(({ kind, text }): WeighedFinding[] => {
    if (shown(text)) return [];
    const accepted = subject.accept.find(({ finding, untilMs }) => finding === kind && untilMs >= subject.nowMs);
    return [
      {
        kind,
        aspect: 'certificate',
        severity: 'warning',
        title: `${kind === 'ca_expiring' ? 'CA' : 'Server'} certificate below the minimum of ${minDays} days`,
        detail: text,
        advice: 'Renew the certificate, or lower --min-days.',
        alert: kind === 'ca_expiring' ? 'CloudDBCACertificateExpiring' : 'CloudDBCertificateExpiring',
        accepted,
        violation: accepted === undefined,
      },
    ];
  });
  return [...weighed, ...added];
}

function expiriesBelow(subject: Subject, minDays: number) {
  const { nowMs } = subject;
  const facts = subject.lastKnown?.facts ?? subject.facts;
  const server = serverCertificates(facts).map((certificate) => ({
    kind: 'certificate_expiring' as const,
    certificate,
  }));
  const ca = caCertificates(facts).map((certificate) => ({ kind: 'ca_expiring' as const, certificate }));
  return [...server, ...ca]
    .filter(({ certificate }) => timeLeftMs(certificate, nowMs) < minDays * dayMs)
    .map(({ kind, certificate }) => ({ kind, text: expiryText(certificate, nowMs) }));
}
