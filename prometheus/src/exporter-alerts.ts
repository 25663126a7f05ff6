// Alerts on exporters.
import { list, missingShards, service } from './promql.ts';
import type { Alert, Group } from './rule.ts';
import { exporter } from './texts.ts';

/** Lists that fail or have not been complete. */
const unlisted = `(clouddb_discovery_success == 0 or (clouddb_discovery_info unless on (job, instance, ${list}) clouddb_discovery_instances))`;

/** The job of docs/multi-target.md. */
const targetsJob = 'clouddb-encryption-targets';

const rules: Alert[] = [
  {
    alert: 'CloudDBClockSkew',
    expr: 'abs(clouddb_exporter_provider_clock_skew_seconds) > 60',
    for: '10m',
    keepFiringFor: '15m',
    severity: 'warning',
    about: 'exporter',
    summary: 'Exporter {{ $labels.instance }}: clock skew',
    description: `The clocks of exporter ${exporter} and of the API of {{ $labels.provider }} account {{ $labels.account }} are {{ $value | humanizeDuration }} apart.`,
  },
  {
    alert: 'CloudDBConfigReloadFailed',
    expr: `clouddb_exporter_config_last_reload_successful == 0
  or clouddb_exporter_web_config_last_reload_successful == 0`,
    for: '5m',
    keepFiringFor: '15m',
    severity: 'warning',
    about: 'exporter',
    summary: 'Exporter {{ $labels.instance }}: invalid configuration',
    description: `The configuration of exporter ${exporter}, or that of its TLS and users, has changed and is invalid. It keeps using the last valid one.`,
  },
  {
    comment:
      'With several shards, only if none of them has an instance. Not if a list of instances fails or has not been read yet, which ' +
      'has its own alerts. Fires after the same time as CloudDBInstanceVanished, which it inhibits in Alertmanager.',
    alert: 'CloudDBNothingWatched',
    expr: `(
  sum without (provider, account) (clouddb_exporter_instances) == 0
  or on (job, instance)
    max without (version, revision, node_version) (clouddb_exporter_build_info)
    unless on (job, instance) clouddb_exporter_instances
)
unless on (job, instance) (clouddb_instance_info or ${unlisted})
unless on (${service})
  (
    (clouddb_exporter_instances > 0 or ${unlisted})
    and on (job, instance) clouddb_exporter_total_shards > 1
  )`,
    for: '5m',
    keepFiringFor: '15m',
    severity: 'warning',
    about: 'exporter',
    summary: 'Exporter {{ $labels.instance }}: nothing is watched',
    description: `Exporter ${exporter} has no instances, configured or discovered: it monitors no database.`,
  },
  {
    alert: 'CloudDBExporterDown',
    expr: 'up{job="clouddb-encryption"} == 0',
    for: '5m',
    severity: 'critical',
    about: 'exporter',
    summary: 'Exporter {{ $labels.instance }} is down',
    description: `Prometheus cannot scrape exporter ${exporter}. Databases that no other exporter watches are not monitored; alerts on them show what was last known.`,
  },
  {
    comment: 'One alert for all targets of /sd, because one exporter serves many of them.',
    alert: 'CloudDBTargetsDown',
    expr: `count by (${service}) (up{job="${targetsJob}"} == 0)`,
    for: '5m',
    severity: 'critical',
    about: 'exporter',
    summary: 'Some databases cannot be scraped',
    description:
      'Prometheus cannot scrape {{ $value }} of the databases of job {{ $labels.job }} through the exporter. They are not monitored; alerts on them show what was last known.',
  },
  {
    comment: 'Exporters without shards, and other services of the same job, are counted separately.',
    alert: 'CloudDBShardMissing',
    expr: missingShards,
    for: '10m',
    severity: 'critical',
    about: 'exporter',
    summary: 'Some databases are not monitored',
    description:
      '{{ $value }} of the shards of job {{ $labels.job }} have no exporter instance that is scraped: their databases are not monitored.',
  },
  {
    alert: 'CloudDBExporterAbsent',
    expr: `absent(up{job="clouddb-encryption"}) unless on () up{job="${targetsJob}"}`,
    for: '10m',
    severity: 'critical',
    about: 'exporter',
    summary: 'No clouddb-encryption-exporter is scraped',
    description:
      'Prometheus has no target for job {{ $labels.job }}: there is no exporter instance, and no database is monitored.',
  },
];

/** Their group. */
export const exporterAlerts = (): Group => ({ name: 'clouddb-encryption-exporter', rules });
