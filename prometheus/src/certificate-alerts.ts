// Alerts on certificates of servers and CAs.
import { identity, indent, lateRenewalDays, notAccepted, secondsPerDay } from './promql.ts';
import type { Alert, Group, Parameters } from './rule.ts';
import { instance, lastKnown, name, timeLeft } from './texts.ts';

const current = (certificate: 'server' | 'ca') =>
  `certificate:clouddb_cert_not_after_timestamp_seconds:current{certificate="${certificate}"}`;
const known = lastKnown('clouddb_cert_not_after_timestamp_seconds');

const renewed = `on (${identity}) (instance:clouddb_cert_auto_renew_enabled:last == 1)`;

const expiring: Omit<Alert, 'expr' | 'severity'> = {
  alert: 'CloudDBCertificateExpiring',
  for: '15m',
  about: 'instance',
  summary: `${name}: server certificate ${timeLeft}`,
  description: `The server certificate of ${instance} ${timeLeft}.{{ if query (printf "instance:clouddb_cert_auto_renew_enabled:last{provider=%q,account=%q,cloud_region=%q,instance_id=%q} == 1" $labels.provider $labels.account $labels.cloud_region $labels.instance_id) }} The provider renews it automatically, and that is late.{{ end }}${known}`,
};

/** Where the provider does not renew automatically, or it is unknown whether it does. */
const manual = (days: string) => `${current('server')} - time() < ${days} * ${secondsPerDay}
unless ${renewed}`;

const authority = (severity: Alert['severity'], days: string): Alert => ({
  alert: 'CloudDBCACertificateExpiring',
  expr: `${current('ca')} - time() < ${days} * ${secondsPerDay}${notAccepted('ca_expiring')}`,
  for: '15m',
  severity,
  about: 'instance',
  summary: `${name}: CA certificate ${timeLeft}`,
  description: `The CA certificate{{ with $labels.subject_cn }} {{ . }}{{ end }} of ${instance} ${timeLeft}.${known}`,
});

/** Their group. */
export const certificateAlerts = ({ days }: Parameters): Group => ({
  comment:
    'Each keeps firing when the next severity starts, which inhibits it in Alertmanager: no early resolved message. None on a ' +
    'server certificate while SSL is off.',
  name: 'clouddb-encryption-certificates',
  rules: [
    {
      ...expiring,
      expr: manual(days.certificateWarning) + notAccepted('certificate_expiring'),
      severity: 'warning',
    },
    {
      ...expiring,
      comment: 'Where the provider renews automatically, only a late renewal.',
      expr: `(
  ${indent(manual(days.certificateCritical), 2)}
  or
  ${current('server')} - time() < ${lateRenewalDays} * ${secondsPerDay}
  and ${renewed}
)${notAccepted('certificate_expiring')}`,
      severity: 'critical',
    },
    {
      alert: 'CloudDBCertificateExpired',
      expr: `${current('server')} - time() <= 0${notAccepted('certificate_expired')}`,
      severity: 'critical',
      about: 'instance',
      summary: `${name}: server certificate has expired`,
      description: `The server certificate of ${instance} ${timeLeft}. Clients that verify it cannot connect.${known}`,
    },
    {
      alert: 'CloudDBCertificateInvalid',
      expr: `instance:clouddb_cert_valid:last == 0
unless on (${identity}) (instance:clouddb_ssl_enabled:last == 0)${notAccepted('certificate_invalid')}`,
      for: '15m',
      severity: 'critical',
      about: 'instance',
      summary: `${name}: provider reports an invalid certificate`,
      description: `The provider reports the server certificate of ${instance} as invalid.${lastKnown('clouddb_cert_valid')}`,
    },
    {
      alert: 'CloudDBCertificateUnknown',
      expr: `instance:clouddb_ssl_enabled:last == 1
unless on (${identity}) ${current('server')}${notAccepted('certificate_unknown')}`,
      for: '1h',
      severity: 'info',
      about: 'instance',
      summary: `${name}: expiry of the server certificate unknown (SSL is on)`,
      description: `No source reports when the server certificate of ${instance} expires. Track it elsewhere: no alert can warn before that day.`,
    },
    {
      ...authority('warning', days.caWarning),
      comment: 'Earlier than for a server: all clients need the new CA first.',
    },
    authority('critical', days.caCritical),
  ],
});
