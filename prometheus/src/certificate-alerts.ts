// Rules of the group clouddb-encryption-certificates.
import type { Group, Parameters } from './rule.ts';

export const certificateAlerts = ({ days }: Parameters): Group => ({
  name: 'clouddb-encryption-certificates',
  rules: [
    {
      alert: 'CloudDBCertificateExpiring',
      expr: `certificate:clouddb_cert_not_after_timestamp_seconds:last{certificate="server"} - time() < ${days.certificateCritical} * 86400
or
(
  certificate:clouddb_cert_not_after_timestamp_seconds:last{certificate="server"} - time() < ${days.certificateWarning} * 86400
  unless on (provider, account, cloud_region, instance_id)
    (instance:clouddb_cert_auto_renew_enabled:last == 1)
)`,
      for: '15m',
      severity: 'warning',
      about: 'instance',
      summary:
        '{{ $labels.instance_name }}: server certificate {{ if gt $value 0.0 }}expires in {{ $value | humanizeDuration }}{{ else }}has expired{{ end }}',
      description:
        'The server certificate of {{ $labels.instance_name }} ({{ $labels.instance_id }}, {{ $labels.provider }} account {{ $labels.account }}) has {{ $value | humanizeDuration }} left. If the provider renews it automatically, the renewal is late.',
    },
    {
      alert: 'CloudDBCertificateExpiring',
      expr: `certificate:clouddb_cert_not_after_timestamp_seconds:last{certificate="server"} - time() < 2 * 86400
or
(
  certificate:clouddb_cert_not_after_timestamp_seconds:last{certificate="server"} - time() < ${days.certificateCritical} * 86400
  unless on (provider, account, cloud_region, instance_id)
    (instance:clouddb_cert_auto_renew_enabled:last == 1)
)`,
      for: '15m',
      severity: 'critical',
      about: 'instance',
      summary:
        '{{ $labels.instance_name }}: server certificate {{ if gt $value 0.0 }}expires in {{ $value | humanizeDuration }}{{ else }}has expired{{ end }}',
      description:
        'The server certificate of {{ $labels.instance_name }} ({{ $labels.instance_id }}, {{ $labels.provider }} account {{ $labels.account }}) has {{ $value | humanizeDuration }} left. If the provider renews it automatically, the renewal has failed.',
    },
    {
      comment:
        'Of a server or a CA, of each CA subject the certificate that expires last; by the last known expiry while the API does not respond.',
      alert: 'CloudDBCertificateExpired',
      expr: 'time() - certificate:clouddb_cert_not_after_timestamp_seconds:current >= 0',
      severity: 'critical',
      about: 'instance',
      summary:
        '{{ $labels.instance_name }}: {{ if eq $labels.certificate "ca" }}CA{{ else }}{{ $labels.certificate }}{{ end }} certificate has expired',
      description:
        'The {{ $labels.certificate }} certificate{{ with $labels.subject_cn }} {{ . }}{{ end }} of {{ $labels.instance_name }} ({{ $labels.instance_id }}, {{ $labels.provider }} account {{ $labels.account }}) expired {{ $value | humanizeDuration }} ago, by its last known expiry date. Clients that verify it cannot connect.',
    },
    {
      alert: 'CloudDBCertificateInvalid',
      expr: `clouddb_cert_valid == 0
unless on (provider, account, cloud_region, instance_id) (clouddb_ssl_enabled == 0)`,
      for: '15m',
      severity: 'critical',
      about: 'instance',
      summary: '{{ $labels.instance_name }}: provider reports an invalid certificate',
      description:
        'The provider reports the server certificate of {{ $labels.instance_name }} ({{ $labels.instance_id }}, {{ $labels.provider }} account {{ $labels.account }}) as invalid: clouddb_cert_valid is {{ $value }}.',
    },
    {
      comment:
        'Only where a check of the instance can report a server certificate: not where the API has no such field, and not where that check is unsupported.',
      alert: 'CloudDBCertificateUnknown',
      expr: `clouddb_ssl_enabled == 1
and on (provider, account, cloud_region, instance_id)
  (
    clouddb_check_success
    and on (provider, check) clouddb_exporter_fact_info{fact="server_certificate"}
    unless on (provider, account, cloud_region, instance_id, check) clouddb_check_unsupported
  )
unless on (provider, account, cloud_region, instance_id)
  certificate:clouddb_cert_not_after_timestamp_seconds:last{certificate="server"}`,
      for: '1h',
      severity: 'warning',
      about: 'instance',
      summary: '{{ $labels.instance_name }}: certificate expiry unknown (SSL is on)',
      description:
        'clouddb_ssl_enabled of {{ $labels.instance_name }} ({{ $labels.instance_id }}, {{ $labels.provider }} account {{ $labels.account }}) is {{ $value }}, but the API does not report when its server certificate expires: no alert can warn before it does.',
    },
    {
      comment: 'Earlier than for a server: all clients need the new CA first.',
      alert: 'CloudDBCACertificateExpiring',
      expr: `certificate:clouddb_cert_not_after_timestamp_seconds:current{certificate="ca"} - time() < ${days.caWarning} * 86400`,
      for: '15m',
      severity: 'warning',
      about: 'instance',
      summary:
        '{{ $labels.instance_name }}: CA certificate {{ if gt $value 0.0 }}expires in {{ $value | humanizeDuration }}{{ else }}has expired{{ end }}',
      description:
        'The CA certificate {{ $labels.subject_cn }} of {{ $labels.instance_name }} ({{ $labels.instance_id }}, {{ $labels.provider }} account {{ $labels.account }}) has {{ $value | humanizeDuration }} left.',
    },
    {
      alert: 'CloudDBCACertificateExpiring',
      expr: `certificate:clouddb_cert_not_after_timestamp_seconds:current{certificate="ca"} - time() < ${days.caCritical} * 86400`,
      for: '15m',
      severity: 'critical',
      about: 'instance',
      summary:
        '{{ $labels.instance_name }}: CA certificate {{ if gt $value 0.0 }}expires in {{ $value | humanizeDuration }}{{ else }}has expired{{ end }}',
      description:
        'The CA certificate {{ $labels.subject_cn }} of {{ $labels.instance_name }} ({{ $labels.instance_id }}, {{ $labels.provider }} account {{ $labels.account }}) has {{ $value | humanizeDuration }} left.',
    },
  ],
});
