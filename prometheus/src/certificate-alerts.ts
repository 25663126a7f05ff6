// Alerts on certificates of servers and CAs.
import { accepted, identity, indent, lateRenewalDays, notAccepted, secondsPerDay } from './promql.ts';
import type { Alert, Group, Parameters } from './rule.ts';
import { instance, lastKnown, name, timeLeft } from './texts.ts';

const current = (certificate: 'server' | 'ca') =>
  `certificate:clouddb_cert_not_after_timestamp_seconds:current{certificate="${certificate}"}`;
const known = lastKnown(
  'clouddb_cert_not_after_timestamp_seconds',
  ' The certificate may have been renewed meanwhile.',
);

const renewed = `on (${identity}) (instance:clouddb_cert_auto_renew_enabled:last == 1)`;

/** Seconds for which an alert goes on when the next severity holds, longer than that waits before it fires. */
const overlap = 1200;
const left = (certificate: 'server' | 'ca') => `${current(certificate)} - time()`;
const within = (days: string | number) => `< ${days} * ${secondsPerDay}`;
/** Not yet within the days of the next severity. */
const until = (days: string) => `>= ${days} * ${secondsPerDay} - ${overlap}`;
const untilExpired = `> -${overlap}`;

const expiring: Omit<Alert, 'expr' | 'severity'> = {
  alert: 'CloudDBCertificateExpiring',
  for: '15m',
  about: 'instance',
  summary: `${name}: server certificate ${timeLeft}`,
  description: `The server certificate of ${instance} ${timeLeft}.{{ if query (printf "instance:clouddb_cert_auto_renew_enabled:last{provider=%q,account=%q,cloud_region=%q,instance_id=%q} == 1" $labels.provider $labels.account $labels.cloud_region $labels.instance_id) }} The provider renews it automatically, and that is late.{{ end }}${known}`,
};

const authority = (severity: Alert['severity'], range: string): Alert => ({
  alert: 'CloudDBCACertificateExpiring',
  expr: `${left('ca')} ${range}${notAccepted('ca_expiring')}`,
  for: '15m',
  severity,
  about: 'instance',
  summary: `${name}: CA certificate ${timeLeft}`,
  description: `The CA certificate{{ with $labels.subject_cn }} {{ . }}{{ end }} of ${instance} ${timeLeft}.${known}`,
});

/** Those on server certificates for which no days are set. */
const otherAlerts: readonly Alert[] = [
  {
    comment: 'Before the one that inhibits it: it resolves first.',
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
    alert: 'CloudDBCertificateExpired',
    expr: `${left('server')} <= 0${notAccepted('certificate_expired')}`,
    severity: 'critical',
    about: 'instance',
    summary: `${name}: server certificate has expired`,
    description: `The server certificate of ${instance} ${timeLeft}. Clients that verify it cannot connect.${known}`,
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
];

/** Their group. */
export const certificateAlerts = ({ days }: Parameters): Group => ({
  comment:
    'One severity at a time. Each goes on for 20 minutes when the next one holds, which inhibits it in Alertmanager: no early ' +
    'resolved message. None on a server certificate while SSL is off.',
  name: 'clouddb-encryption-certificates',
  rules: [
    {
      ...expiring,
      comment: 'Where the provider does not renew automatically, or it is unknown whether it does.',
      expr: `${left('server')} ${within(days.certificateWarning)} ${until(days.certificateCritical)}
unless ${renewed}${notAccepted('certificate_expiring')}`,
      severity: 'warning',
    },
    {
      ...expiring,
      comment:
        'Where the provider renews automatically, only a late renewal. Not after the expiry if that is accepted.',
      expr: `(
  ${left('server')} ${within(days.certificateCritical)} ${untilExpired}
  unless ${renewed}
  or
  ${left('server')} ${within(lateRenewalDays)} ${untilExpired}
  and ${renewed}
)
unless
  (
    ${left('server')} <= 0
    and ${indent(accepted('certificate_expired'), 4)}
  )${notAccepted('certificate_expiring')}`,
      severity: 'critical',
    },
    ...otherAlerts,
    {
      ...authority('warning', `${within(days.caWarning)} ${until(days.caCritical)}`),
      comment: 'Earlier than for a server: all clients need the new CA first.',
    },
    authority('critical', within(days.caCritical)),
  ],
});
