// Rules of the group clouddb-encryption-exporter.
import type { Group } from './rule.ts';

export const exporterAlerts = (): Group => ({
  name: 'clouddb-encryption-exporter',
  rules: [
    {
      alert: 'CloudDBClockSkew',
      expr: 'abs(clouddb_exporter_provider_clock_skew_seconds) > 60',
      for: '10m',
      severity: 'warning',
      about: 'exporter',
      summary: 'Exporter {{ $labels.instance }}: clock skew',
      description:
        'The clocks of exporter {{ $labels.instance }} and of the API of {{ $labels.provider }} account {{ $labels.account }} are {{ $value | humanizeDuration }} apart.',
    },
    {
      alert: 'CloudDBConfigReloadFailed',
      expr: `clouddb_exporter_config_last_reload_successful == 0
  or clouddb_exporter_web_config_last_reload_successful == 0`,
      for: '5m',
      severity: 'warning',
      about: 'exporter',
      summary: 'Exporter {{ $labels.instance }}: invalid configuration',
      description:
        'Exporter {{ $labels.instance }} keeps using the last valid configuration: clouddb_exporter_config_last_reload_successful, or for TLS and users clouddb_exporter_web_config_last_reload_successful, is {{ $value }}.',
    },
    {
      alert: 'CloudDBExporterDown',
      expr: 'up{job="clouddb-encryption"} == 0',
      for: '5m',
      severity: 'critical',
      about: 'exporter',
      summary: 'Exporter {{ $labels.instance }} is down',
      description:
        'Prometheus cannot scrape exporter {{ $labels.instance }} of job {{ $labels.job }}: up is {{ $value }}. Its databases are not monitored.',
    },
    {
      alert: 'CloudDBShardMissing',
      expr: `# Exporters without shards, and other services of the same job, are counted separately.
max by (job, namespace, service) (clouddb_exporter_total_shards)
  - count by (job, namespace, service) (
    count_values by (job, namespace, service) (
      "shard",
      clouddb_exporter_shard_ordinal and on (job, instance) clouddb_exporter_total_shards > 1
    )
  )
  > 0`,
      for: '10m',
      severity: 'critical',
      about: 'exporter',
      summary: 'Some databases are not monitored',
      description:
        '{{ $value }} of the shards of job {{ $labels.job }} have no exporter instance that is scraped: their databases are not monitored.',
    },
    {
      alert: 'CloudDBExporterAbsent',
      expr: 'absent(up{job="clouddb-encryption"})',
      for: '10m',
      severity: 'critical',
      about: 'exporter',
      summary: 'No clouddb-encryption-exporter is scraped',
      description:
        'Prometheus has no target for job {{ $labels.job }} (absent is {{ $value }}): there is no exporter instance, and no database is monitored.',
    },
  ],
});
