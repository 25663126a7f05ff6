// Findings that follow from facts: on the wire, of certificates, at rest.
import { cleanText } from '../model/clean-text.ts';
import type { EncryptionKey } from '../model/facts.ts';
import { lateRenewalMs } from '../model/thresholds.ts';
import { type Case, type Row, when } from './row.ts';
import { caCertificates, expiryText, type Subject, serverCertificates, timeLeftMs } from './subject.ts';

const wire: Row[] = [
  {
    kind: 'ssl_disabled',
    alert: 'CloudDBSSLDisabled',
    aspect: 'wire',
    title: 'SSL is off',
    holds: 'SSL is off.',
    severities: ['critical'],
    advice: 'Enable SSL. Passwords and data cross the network unencrypted until then.',
    cases: ({ facts }) => when(facts.sslEnabled === false, 'critical'),
  },
  {
    kind: 'ssl_not_forced',
    alert: 'CloudDBSSLNotForced',
    aspect: 'wire',
    title: 'SSL is not forced',
    holds: 'SSL is on and not forced, though this edition can force it.',
    severities: ['warning'],
    advice: 'Force SSL once all clients use it: unencrypted connections are accepted until then.',
    cases: ({ facts }) =>
      when(facts.sslEnabled === true && facts.sslForced === false && facts.sslForceSupported === true, 'warning'),
  },
];

const certificates: Row[] = [
  {
    kind: 'certificate_expired',
    alert: 'CloudDBCertificateExpired',
    aspect: 'certificate',
    title: 'Server certificate expired',
    holds: 'The server certificate has expired, and SSL is not off.',
    severities: ['critical'],
    advice: 'Renew the certificate. Clients that verify it cannot connect.',
    cases: ({ facts, nowMs }) =>
      serverCertificates(facts).flatMap((certificate) =>
        when(timeLeftMs(certificate, nowMs) <= 0, 'critical', expiryText(certificate, nowMs)),
      ),
  },
  {
    kind: 'certificate_expiring',
    alert: 'CloudDBCertificateExpiring',
    aspect: 'certificate',
    title: 'Server certificate expires soon',
    holds:
      'It expires within `certificate_warning` (warning) or `certificate_critical` (critical). Where the provider renews it automatically: only within 2 days (critical).',
    severities: ['critical', 'warning'],
    advice: 'Renew the certificate before that day. Where renewal is automatic, it is late: check why.',
    cases: (subject) => serverCertificates(subject.facts).flatMap((certificate) => expiringSoon(certificate, subject)),
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
    kind: 'certificate_unknown',
    alert: 'CloudDBCertificateUnknown',
    aspect: 'certificate',
    title: 'Expiry of the server certificate unknown',
    holds: 'SSL is on, and no expiry of a server certificate is known.',
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
      'Of each subject the certificate that expires last: within `ca_warning` (warning) or `ca_critical` (critical), or it has expired.',
    severities: ['critical', 'warning'],
    advice: 'Distribute the new CA certificate to all clients before that day.',
    cases: ({ facts, thresholds, nowMs }) =>
      caCertificates(facts).flatMap((certificate) => {
        const left = timeLeftMs(certificate, nowMs);
        const severity = left < thresholds.caCritical ? 'critical' : 'warning';
        return when(left < thresholds.caWarning, severity, expiryText(certificate, nowMs));
      }),
  },
];

function expiringSoon(certificate: Parameters<typeof timeLeftMs>[0], { facts, thresholds, nowMs }: Subject): Case[] {
  const left = timeLeftMs(certificate, nowMs);
  const detail = expiryText(certificate, nowMs);
  if (left <= 0) return [];
  if (facts.certAutoRenewEnabled === true) return when(left < lateRenewalMs, 'critical', `${detail}, renewal is late`);
  const severity = left < thresholds.certificateCritical ? 'critical' : 'warning';
  return when(left < thresholds.certificateWarning, severity, detail);
}

const keyName = ({ id, alias }: EncryptionKey) => `key ${cleanText(alias) || cleanText(id) || 'without a name'}`;

const atRest: Row[] = [
  {
    kind: 'not_encrypted_at_rest',
    alert: 'CloudDBNotEncryptedAtRest',
    aspect: 'at_rest',
    title: 'Not encrypted at rest',
    holds: 'The list of keys is empty; or, where there is no such list, the provider reports no encryption.',
    severities: ['warning'],
    advice: 'Most clouds can encrypt only a new instance: plan a migration, or accept the finding.',
    cases: ({ facts: { keys, encryptedAtRest } }) =>
      when(keys?.length === 0 || (keys === undefined && encryptedAtRest === false), 'warning'),
  },
  {
    kind: 'key_disabled',
    alert: 'CloudDBKMSKeyDisabled',
    aspect: 'at_rest',
    title: 'Encryption key disabled',
    holds: 'A key is disabled: critical when no key of the instance is enabled, else information.',
    severities: ['critical', 'info'],
    advice:
      'Enable the key, unless it was replaced: data encrypted with a disabled key cannot be read after a restart.',
    cases({ facts: { keys = [] } }) {
      const disabled = keys.filter(({ enabled }) => enabled === false);
      const severity = keys.some(({ enabled }) => enabled === true) ? 'info' : 'critical';
      return disabled.map((key) => ({ severity, detail: keyName(key) }));
    },
  },
  {
    kind: 'key_old',
    alert: 'CloudDBKMSKeyOld',
    aspect: 'at_rest',
    title: 'Encryption key is old',
    holds: 'An enabled key is older than `key_age`.',
    severities: ['info'],
    advice: 'Rotate the key if your policy requires it.',
    cases: ({ facts: { keys = [] }, thresholds, nowMs }) =>
      keys.flatMap((key) => {
        const { enabled, createdSeconds } = key;
        const old = createdSeconds !== undefined && nowMs - createdSeconds * 1000 > thresholds.keyAge;
        return when(old && enabled !== false, 'info', keyName(key));
      }),
  },
];

/** All of them. */
export const factRows: readonly Row[] = [...wire, ...certificates, ...atRest];
