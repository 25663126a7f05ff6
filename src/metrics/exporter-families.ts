// The families of the exporter's own work and state.
import { describeFamilies } from './family.ts';

const gauge = 'gauge' as const;
const counter = 'counter' as const;
/** Labels of a list of instances. */
const listLabels = ['provider', 'account', 'cloud_region'] as const;

/** Families of the exporter's state: written for each exposition. */
export const stateFamilies = describeFamilies({
  sweepDuration: {
    name: 'clouddb_exporter_sweep_duration_seconds',
    type: gauge,
    labels: [],
    meaning: 'Duration of the last finished sweep; the longest of all accounts.',
    present: 'once a sweep has finished',
    example: 'max_over_time(clouddb_exporter_sweep_duration_seconds[1h])',
  },
  sweepPending: {
    name: 'clouddb_exporter_sweep_pending_checks',
    type: gauge,
    labels: [],
    meaning: 'Number of checks that are due and have not finished.',
    present: 'always',
    example: 'min_over_time(clouddb_exporter_sweep_pending_checks[15m]) > 0',
  },
  instances: {
    name: 'clouddb_exporter_instances',
    type: gauge,
    labels: ['provider', 'account'],
    meaning: 'Number of instances in this shard, configured or discovered.',
    present: 'for every configured account',
    example: 'sum by (provider, account) (clouddb_exporter_instances)',
  },
  discoveryInfo: {
    name: 'clouddb_discovery_info',
    type: gauge,
    labels: listLabels,
    meaning: 'A list of instances that the exporter reads; always 1.',
    present: 'for each region of each account with discovery',
    example: 'clouddb_discovery_info unless on (account, cloud_region) clouddb_discovery_instances',
  },
  discoverySuccess: {
    name: 'clouddb_discovery_success',
    type: gauge,
    labels: listLabels,
    meaning:
      'Whether the last attempt to list the instances succeeded. If it failed, the instances of the last complete list are still watched.',
    present: 'for each list, once it has finished once',
    example: 'clouddb_discovery_success == 0',
  },
  discoveryFailureInfo: {
    name: 'clouddb_discovery_failure_info',
    type: gauge,
    labels: [...listLabels, 'reason'],
    meaning: 'Why the last attempt to list the instances failed; always 1.',
    present: 'while a list fails',
    example: 'count by (provider, account, reason) (clouddb_discovery_failure_info)',
  },
  discoveryLastSuccess: {
    name: 'clouddb_discovery_last_success_timestamp_seconds',
    type: gauge,
    labels: listLabels,
    meaning: 'When the instances were last listed completely, in unix time.',
    present: 'for each list, once it has succeeded once',
    example: 'time() - clouddb_discovery_last_success_timestamp_seconds > 3600',
  },
  discoveryInstances: {
    name: 'clouddb_discovery_instances',
    type: gauge,
    labels: listLabels,
    meaning:
      'Number of watched instances of the last complete list that have the tags and are not excluded, in this shard; also those that are configured too.',
    present: 'for each list, once it has succeeded once',
    example: 'sum by (provider, account) (clouddb_discovery_instances)',
  },
  factInfo: {
    name: 'clouddb_exporter_fact_info',
    type: gauge,
    labels: ['provider', 'check', 'fact'],
    meaning: 'A fact that a check of a provider can report; always 1.',
    present: 'for each fact of each check of a provider with a configured account',
    example: 'count by (provider, fact) (clouddb_exporter_fact_info)',
  },
  shardOrdinal: {
    name: 'clouddb_exporter_shard_ordinal',
    type: gauge,
    labels: [],
    meaning: 'Number of the shard of this exporter, from 0 (--shard).',
    present: 'always',
    example: 'count_values("shard", clouddb_exporter_shard_ordinal)',
  },
  totalShards: {
    name: 'clouddb_exporter_total_shards',
    type: gauge,
    labels: [],
    meaning: 'Number of exporters that share the instances (--total-shards).',
    present: 'always',
    example: 'max(clouddb_exporter_total_shards) - count(count_values("shard", clouddb_exporter_shard_ordinal)) > 0',
  },
  reloadSuccessful: {
    name: 'clouddb_exporter_config_last_reload_successful',
    type: gauge,
    labels: [],
    meaning: 'Whether the configuration file was valid when it was last read.',
    present: 'always',
    example: 'clouddb_exporter_config_last_reload_successful == 0',
  },
  reloadSuccessTime: {
    name: 'clouddb_exporter_config_last_reload_success_timestamp_seconds',
    type: gauge,
    labels: [],
    meaning: 'When the configuration in use was read, in unix time.',
    present: 'always',
    example: 'time() - clouddb_exporter_config_last_reload_success_timestamp_seconds',
  },
  webReloadSuccessful: {
    name: 'clouddb_exporter_web_config_last_reload_successful',
    type: gauge,
    labels: [],
    meaning: 'Whether the web configuration and its certificates were valid when they were last read.',
    present: 'with --web.config.file',
    example: 'clouddb_exporter_web_config_last_reload_successful == 0',
  },
  webReloadSuccessTime: {
    name: 'clouddb_exporter_web_config_last_reload_success_timestamp_seconds',
    type: gauge,
    labels: [],
    meaning: 'When the web configuration in use was read, in unix time.',
    present: 'with --web.config.file',
    example: 'time() - clouddb_exporter_web_config_last_reload_success_timestamp_seconds',
  },
});

/** Families that are kept for the lifetime of the process. */
export const lastingFamilies = describeFamilies({
  checkFailures: {
    name: 'clouddb_check_failures_total',
    type: counter,
    labels: ['provider', 'account', 'check', 'reason'],
    meaning: 'Checks that failed, by reason.',
    present: 'for every check of a configured account and every reason, from 0',
    example: 'sum by (account, check, reason) (increase(clouddb_check_failures_total[15m])) > 0',
  },
  requests: {
    name: 'clouddb_exporter_api_requests_total',
    type: counter,
    labels: ['provider', 'account', 'action'],
    meaning: 'HTTP requests sent to the API.',
    present: 'for every action of a configured account, from 0',
    example: 'sum by (account, action) (rate(clouddb_exporter_api_requests_total[5m]))',
  },
  requestFailures: {
    name: 'clouddb_exporter_api_request_failures_total',
    type: counter,
    labels: ['provider', 'account', 'action', 'reason'],
    meaning: 'API calls that failed, by reason; a retry counts again.',
    present: 'for every action of a configured account and every reason, from 0',
    example: 'increase(clouddb_exporter_api_request_failures_total{reason="rate_limited"}[10m]) > 0',
  },
  requestDuration: {
    name: 'clouddb_exporter_api_request_duration_seconds',
    type: 'histogram',
    labels: ['provider', 'action'],
    meaning: 'Duration of HTTP requests to the API.',
    present: 'for every action, once a request has finished',
    example:
      'histogram_quantile(0.95, sum by (le, provider, action) (rate(clouddb_exporter_api_request_duration_seconds_bucket[5m])))',
  },
  rateLimitWait: {
    name: 'clouddb_exporter_api_rate_limit_wait_seconds_total',
    type: counter,
    labels: ['provider', 'account', 'action'],
    meaning: 'Time that requests waited for the rate limit and the concurrency limit.',
    present: 'for every action of a configured account, from 0',
    example: 'rate(clouddb_exporter_api_rate_limit_wait_seconds_total[5m])',
  },
  clockSkew: {
    name: 'clouddb_exporter_provider_clock_skew_seconds',
    type: gauge,
    labels: ['provider', 'account'],
    meaning: 'Date header of the latest API response minus the clock of the exporter; the header has whole seconds.',
    present: 'for every configured account, once its API has responded',
    example: 'abs(clouddb_exporter_provider_clock_skew_seconds) > 60',
  },
  credentialsRefresh: {
    name: 'clouddb_exporter_credentials_last_refresh_successful',
    type: gauge,
    labels: ['provider', 'account'],
    meaning: 'Whether the last attempt to read or renew the credentials of the account succeeded.',
    present: 'for every configured account, after the first attempt',
    example: 'clouddb_exporter_credentials_last_refresh_successful == 0',
  },
  credentialsExpiration: {
    name: 'clouddb_exporter_credentials_expiration_timestamp_seconds',
    type: gauge,
    labels: ['provider', 'account'],
    meaning: 'When the temporary credentials in use expire, in unix time.',
    present: 'for every account with temporary credentials of a role',
    example: 'clouddb_exporter_credentials_expiration_timestamp_seconds - time()',
  },
  buildInfo: {
    name: 'clouddb_exporter_build_info',
    type: gauge,
    labels: ['version', 'revision', 'node_version'],
    meaning: 'Version of the exporter; always 1.',
    present: 'always',
    example: 'count by (version) (clouddb_exporter_build_info)',
  },
});
