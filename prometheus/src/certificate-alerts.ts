// Alerts on certificates of servers and CAs.
import {
  accepted,
  identity,
  indent,
  lateRenewalDays,
  notAccepted,
  notProbed,
  probed,
  secondsPerDay,
} from './promql.ts';
import type { Alert, Group, Parameters } from './rule.ts';
import { instance, lastKnown, name, timeLeft } from './texts.ts';

const current = (certificate: 'server' | 'ca') =>
  `certificate:clouddb_cert_not_after_timestamp_seconds:current{certificate="${certificate}"}`;
const known = lastKnown(
  'clouddb_cert_not_after_timestamp_seconds',
  ' The certificate may have been renewed in the meantime.',
  ['certificate', 'source'],
);
/** Which one of the server certificates it is, where it is not the one that the API reports. */
const asServed = '{{ if eq $labels.source "tls_probe" }}, as the database serves it,{{ end }}';
const whileOn = `unless on (${identity}) (instance:clouddb_ssl_enabled:last == 0)`;

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
  description: `The server certificate of ${instance}${asServed} ${timeLeft}.{{ if query (printf "instance:clouddb_cert_auto_renew_enabled:last{provider=%q,account=%q,cloud_region=%q,instance_id=%q} == 1" $labels.provider $labels.account $labels.cloud_region $labels.instance_id) }} The provider renews it automatically, but the renewal is late.{{ end }}${known}`,
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

const notAfter = (source: string) =>
  `certificate:clouddb_cert_not_after_timestamp_seconds:last{certificate="server", ${source}}`;

/** Those on what the TLS probe finds. */
const probeAlerts: readonly Alert[] = [
  {
    comment: 'Listed before the alert that inhibits it, so that it resolves first.',
    alert: 'CloudDBCertificateNotTrusted',
    expr: `instance:clouddb_cert_trusted:last == 0
${whileOn}${notAccepted('certificate_invalid')}`,
    for: '15m',
    severity: 'warning',
    about: 'instance',
    summary: `${name}: server certificate is not trusted`,
    description: `The certificate chain that ${instance} serves cannot be verified. The status page of the exporter has the reason.${lastKnown('clouddb_cert_trusted')}`,
  },
  {
    alert: 'CloudDBCertificateNameMismatch',
    expr: `instance:clouddb_cert_hostname_match:last == 0
${whileOn}${notAccepted('certificate_invalid')}`,
    for: '15m',
    severity: 'warning',
    about: 'instance',
    summary: `${name}: server certificate is for another name`,
    description: `The certificate that ${instance} serves does not cover the name of the server: \`server_name\` of its TLS probe, or else the host.${lastKnown('clouddb_cert_hostname_match')}`,
  },
  {
    comment: 'The value is positive if the database serves a certificate that expires later than the one of the API.',
    alert: 'CloudDBCertificateDrift',
    expr: `(
  ${notAfter(probed)}
  - on (${identity}) group_left ()
    min by (${identity}) (${notAfter(notProbed)})
  > ${secondsPerDay}
  or
  ${notAfter(probed)}
  - on (${identity}) group_left ()
    min by (${identity}) (${notAfter(notProbed)})
  < -${secondsPerDay}
)
${whileOn}${notAccepted('certificate_drift')}`,
    for: '15m',
    severity: 'warning',
    about: 'instance',
    summary: `${name}: API and database show different certificates`,
    description: `The server certificate that ${instance} serves expires {{ $value | humanizeDuration | reReplaceAll "^-" "" }} {{ if gt $value 0.0 }}after{{ else }}before{{ end }} the one that the API reports.${known}`,
  },
];

/** Those on server certificates for which no days are set. */
const otherAlerts: readonly Alert[] = [
  {
    comment: 'Listed before the alert that inhibits it, so that it resolves first.',
    alert: 'CloudDBCertificateInvalid',
    expr: `instance:clouddb_cert_valid:last == 0
${whileOn}${notAccepted('certificate_invalid')}`,
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
    description: `The server certificate of ${instance}${asServed} ${timeLeft}. Clients that verify it cannot connect.${known}`,
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
    'One severity at a time. Each alert continues for 20 minutes after the next one has started, which inhibits it in ' +
    'Alertmanager: so no resolved message is sent too early. No alert on a server certificate while SSL is off.',
  name: 'clouddb-encryption-certificates',
  rules: [
    {
      ...expiring,
      comment: 'If the provider does not renew automatically, or it is unknown whether it does.',
      expr: `${left('server')} ${within(days.certificateWarning)} ${until(days.certificateCritical)}
unless ${renewed}${notAccepted('certificate_expiring')}`,
      severity: 'warning',
    },
    {
      ...expiring,
      comment:
        'If the provider renews automatically, only for a late renewal. Not after the expiry if that is accepted.',
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
    ...probeAlerts,
    ...otherAlerts,
    {
      ...authority('warning', `${within(days.caWarning)} ${until(days.caCritical)}`),
      comment: 'Earlier than for a server certificate, because all clients need the new CA first.',
    },
    authority('critical', within(days.caCritical)),
  ],
});
