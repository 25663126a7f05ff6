// Findings on certificates, as the API reports them and as the database serves them.
import { distrusts } from '../model/distrust.ts';
import type { Certificate, Facts } from '../model/facts.ts';
import type { Severity } from '../model/finding.ts';
import { dayMs, lateRenewalMs } from '../model/thresholds.ts';
import { dayText } from '../model/wording.ts';
import { type Case, type Row, when } from './row.ts';
import {
  caCertificates,
  expiryText,
  mismatchText,
  type Subject,
  serverCertificates,
  serverExpiries,
  timeLeftMs,
} from './subject.ts';

const renewAdvice = 'Renew the certificate before that day.';
const lateAdvice = 'Renewal is automatic, but it is late: check why.';

export const certificateRows: readonly Row[] = [
  {
    kind: 'certificate_expired',
    alert: 'CloudDBCertificateExpired',
    aspect: 'certificate',
    title: 'Server certificate expired',
    holds:
      'The server certificate has expired, according to the API or the TLS probe, and SSL is not off. If there are several certificates, the one that expires first counts.',
    severities: ['critical'],
    advice: 'Renew the certificate. Clients that verify it cannot connect.',
    cases: ({ facts, nowMs }) =>
      firstToExpire(facts).flatMap((certificate) =>
        expiryCase(timeLeftMs(certificate, nowMs) <= 0, 'critical', certificate, nowMs),
      ),
  },
  {
    kind: 'certificate_expiring',
    alert: 'CloudDBCertificateExpiring',
    aspect: 'certificate',
    title: 'Server certificate expires soon',
    holds:
      'It expires within `certificate_warning` (warning) or `certificate_critical` (critical). If the provider renews it automatically: only within 2 days (critical).',
    severities: ['critical', 'warning'],
    advice: `${renewAdvice} If renewal is automatic, it is late: check why.`,
    cases: (subject) => firstToExpire(subject.facts).flatMap((certificate) => expiringSoon(certificate, subject)),
  },
  {
    kind: 'certificate_invalid',
    alert: 'CloudDBCertificateInvalid',
    aspect: 'certificate',
    title: 'Server certificate invalid',
    holds: 'The provider reports the certificate as invalid, and SSL is not off.',
    severities: ['critical'],
    advice: 'The provider reports the certificate as invalid. Renew it.',
    cases: ({ facts }) => when(facts.certValid === false && facts.sslEnabled !== false, 'critical'),
  },
  {
    kind: 'certificate_invalid',
    alert: 'CloudDBCertificateNotTrusted',
    aspect: 'certificate',
    title: 'Server certificate not trusted',
    holds:
      'The certificate chain that the database serves cannot be verified, and SSL is not off. The name is not checked here.',
    severities: ['warning'],
    advice:
      'Clients that verify the certificate cannot connect. If the database uses a private CA, set `tls_probe.ca_file` to it.',
    cases: ({ facts: { certTrusted, certDistrust = 'invalid', sslEnabled } }) =>
      when(certTrusted === false && sslEnabled !== false, 'warning', distrusts[certDistrust]),
  },
  {
    kind: 'certificate_invalid',
    alert: 'CloudDBCertificateNameMismatch',
    aspect: 'certificate',
    title: 'Server certificate for another name',
    holds: 'The certificate that the database serves does not cover its name, and SSL is not off.',
    severities: ['warning'],
    advice:
      'Set `tls_probe.server_name` to the name that clients use. If it already is, request a certificate with the name as subjectAltName.',
    cases: ({ facts }) =>
      when(facts.certHostnameMatch === false && facts.sslEnabled !== false, 'warning', mismatchText(facts)),
  },
  {
    kind: 'certificate_drift',
    alert: 'CloudDBCertificateDrift',
    aspect: 'certificate',
    title: 'API and database show different certificates',
    holds:
      'The API and the TLS probe report expiry dates of the server certificate that differ by more than a day, and SSL is not off.',
    severities: ['warning'],
    advice:
      'After a renewal, restart or reload the database so that it serves the new certificate. Check that the probed address is that of the database.',
    cases: ({ facts }) => drift(facts),
  },
  {
    kind: 'certificate_unknown',
    alert: 'CloudDBCertificateUnknown',
    aspect: 'certificate',
    title: 'Expiry of the server certificate unknown',
    holds: 'SSL is on, but no expiry of a server certificate is known.',
    severities: ['info'],
    advice: 'SSL is on, but no source reports when the server certificate expires. Track it elsewhere.',
    cases: ({ facts }) => when(facts.sslEnabled === true && serverCertificates(facts).length === 0, 'info'),
  },
  {
    kind: 'ca_expiring',
    alert: 'CloudDBCACertificateExpiring',
    aspect: 'certificate',
    title: 'CA certificate expires',
    holds:
      'For each subject, the certificate that expires last has less than `ca_warning` (warning) or `ca_critical` (critical) left, or has expired (critical).',
    severities: ['critical', 'warning'],
    advice: 'Distribute the new CA certificate to all clients before that day.',
    cases: ({ facts, thresholds, nowMs }) =>
      caCertificates(facts).flatMap((certificate) => {
        const left = timeLeftMs(certificate, nowMs);
        const severity = left < thresholds.caCritical ? 'critical' : 'warning';
        return expiryCase(left < thresholds.caWarning, severity, certificate, nowMs);
      }),
  },
];

/** The server certificate that expires first, if one is known. */
const firstToExpire = (facts: Facts): Certificate[] => serverCertificates(facts).slice(0, 1);

function drift(facts: Facts): Case[] {
  const { api, probed } = serverExpiries(facts);
  if (api === undefined || probed === undefined || Math.abs(api - probed) <= dayMs) return [];
  return [{ severity: 'warning', detail: `API: expires ${dayText(api)}; database: ${dayText(probed)}` }];
}

/** A case about the expiry of a certificate, or none. */
function expiryCase(holds: boolean, severity: Severity, certificate: Certificate, nowMs: number): Case[] {
  if (!holds) return [];
  return [{ severity, detail: expiryText(certificate, nowMs), expiresMs: certificate.notAfterSeconds * 1000 }];
}

function expiringSoon(certificate: Certificate, { facts, thresholds, nowMs }: Subject): Case[] {
  const left = timeLeftMs(certificate, nowMs);
  if (left <= 0) return [];
  if (facts.certAutoRenewEnabled === true) {
    const late = expiryCase(left < lateRenewalMs, 'critical', certificate, nowMs);
    return late.map((one) => ({ ...one, detail: `${one.detail}, renewal is late`, advice: lateAdvice }));
  }
  const severity = left < thresholds.certificateCritical ? 'critical' : 'warning';
  const soon = expiryCase(left < thresholds.certificateWarning, severity, certificate, nowMs);
  return soon.map((one) => ({ ...one, advice: renewAdvice }));
}
