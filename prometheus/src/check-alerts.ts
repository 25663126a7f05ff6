// Rules of the group clouddb-encryption-checks.
import type { Group } from './rule.ts';

export const checkAlerts = (): Group => ({
  name: 'clouddb-encryption-checks',
  rules: [
    {
      alert: 'CloudDBFieldUnreadable',
      expr: 'clouddb_check_unreadable_field == 1',
      for: '15m',
      severity: 'info',
      about: 'instance',
      summary: '{{ $labels.instance_name }}: field {{ $labels.field }} of the API is not understood',
      description:
        'The API returns {{ $labels.field }} to check {{ $labels.check }} of {{ $labels.instance_name }} ({{ $labels.instance_id }}, {{ $labels.provider }} account {{ $labels.account }}) in a form that is not understood, or only in part: clouddb_check_unreadable_field is {{ $value }}. No alert can be derived from what it contains.',
    },
    {
      comment: 'The reason comes from the counters of the account: as a label it would restart `for` with each change.',
      alert: 'CloudDBCheckFailing',
      expr: 'clouddb_check_success == 0',
      for: '15m',
      severity: 'warning',
      about: 'instance',
      summary: '{{ $labels.instance_name }}: check {{ $labels.check }} fails',
      description:
        'Check {{ $labels.check }} of {{ $labels.instance_name }} ({{ $labels.instance_id }}, {{ $labels.provider }} account {{ $labels.account }}) fails: clouddb_check_success is {{ $value }}. Failures of this check in the account in 15 minutes, by reason: {{- range query (printf "provider_account_check_reason:clouddb_check_failures_total:increase15m{provider=%q,account=%q,check=%q} > 0" $labels.provider $labels.account $labels.check) | sortByLabel "reason" }} {{ .Labels.reason }} {{ .Value | humanize }} {{- else }} none {{- end }}.',
    },
    {
      alert: 'CloudDBCheckFailing',
      expr: 'clouddb_check_success == 0',
      for: '1h',
      severity: 'critical',
      about: 'instance',
      summary: '{{ $labels.instance_name }}: check {{ $labels.check }} has failed for an hour',
      description:
        'Check {{ $labels.check }} of {{ $labels.instance_name }} ({{ $labels.instance_id }}, {{ $labels.provider }} account {{ $labels.account }}) has failed for an hour: clouddb_check_success is {{ $value }}. Failures of this check in the account in 15 minutes, by reason: {{- range query (printf "provider_account_check_reason:clouddb_check_failures_total:increase15m{provider=%q,account=%q,check=%q} > 0" $labels.provider $labels.account $labels.check) | sortByLabel "reason" }} {{ .Labels.reason }} {{ .Value | humanize }} {{- else }} none {{- end }}.',
    },
    {
      alert: 'CloudDBCredentialsRefused',
      expr: `increase(clouddb_check_failures_total{reason=~"auth|credentials"}[10m]) > 0
and on (provider, account, check) (clouddb_check_success == 0)`,
      for: '2m',
      severity: 'critical',
      about: 'account',
      summary: 'Account {{ $labels.account }}: credentials are refused or missing',
      description:
        'Check {{ $labels.check }} of {{ $labels.provider }} account {{ $labels.account }} failed {{ $value | humanize }} times in 10 minutes with reason {{ $labels.reason }} (exporter {{ $labels.instance }}). No instance in this account can be checked, and it will not recover on its own.',
    },
    {
      comment:
        'The value is the remaining time. Once they have expired the series is absent, and CloudDBCredentialsRefused fires.',
      alert: 'CloudDBCredentialsNotRenewed',
      expr: `clouddb_exporter_credentials_expiration_timestamp_seconds - time()
and clouddb_exporter_credentials_last_refresh_successful == 0`,
      for: '1m',
      severity: 'warning',
      about: 'account',
      summary: 'Account {{ $labels.account }}: temporary credentials cannot be renewed',
      description:
        'The temporary credentials of {{ $labels.provider }} account {{ $labels.account }} (exporter {{ $labels.instance }}) cannot be renewed and expire in {{ $value | humanizeDuration }}. Until then they work.',
    },
    {
      comment: 'The exporter retries single throttled calls: only throttling that lasts longer than the window.',
      alert: 'CloudDBThrottled',
      expr: 'increase(clouddb_exporter_api_request_failures_total{reason="rate_limited"}[10m]) > 0',
      for: '15m',
      severity: 'warning',
      about: 'account',
      summary: 'The API throttles account {{ $labels.account }}',
      description:
        '{{ $value | humanize }} calls of {{ $labels.action }} in 10 minutes were throttled for {{ $labels.provider }} account {{ $labels.account }} (exporter {{ $labels.instance }}).',
    },
    {
      alert: 'CloudDBDataStale',
      expr: 'time() - clouddb_check_last_success_timestamp_seconds > 3600',
      for: '5m',
      severity: 'warning',
      about: 'instance',
      summary: '{{ $labels.instance_name }}: data is stale',
      description:
        'Check {{ $labels.check }} of {{ $labels.instance_name }} ({{ $labels.instance_id }}, {{ $labels.provider }} account {{ $labels.account }}) last succeeded {{ $value | humanizeDuration }} ago.',
    },
    {
      comment: 'For an hour. Not while its exporter or all exporters of the job are down.',
      alert: 'CloudDBInstanceVanished',
      expr: `last_over_time(clouddb_instance_info[1h])
unless on (provider, account, cloud_region, instance_id) clouddb_instance_info
unless on (job, instance) (up == 0)
and on (job) (up == 1)`,
      for: '5m',
      severity: 'warning',
      about: 'instance',
      summary: '{{ $labels.instance_name }} is no longer monitored',
      description:
        '{{ $labels.instance_name }} ({{ $labels.instance_id }}, {{ $labels.provider }} account {{ $labels.account }}) was in the metrics within the last hour (clouddb_instance_info was {{ $value }}) and is no longer, although the exporter is running.',
    },
  ],
});
