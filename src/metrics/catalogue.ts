// Every metric family of the exporter as data: the single source of names, types, labels and help texts.

/** One metric family. */
export interface Family {
  name: string;
  type: 'gauge' | 'counter' | 'histogram';
  help: string;
  /** Label names; for families of an instance beside the identity labels and the instance's own. */
  labels: readonly string[];
}

/** Labels of every series of an instance. */
export const identityLabels = ['provider', 'account', 'cloud_region', 'instance_id', 'instance_name'] as const;

const certificateLabels = ['certificate', 'source', 'subject_cn'] as const;
const keyLabels = ['key_id', 'key_alias', 'key_region', 'kms_cluster_id'] as const;
const gauge = 'gauge' as const;
const counter = 'counter' as const;

/** Families of an instance: built afresh for each exposition from what is known, so that what is gone is gone. */
export const instanceFamilies = {
  instanceInfo: {
    name: 'clouddb_instance_info',
    type: gauge,
    help: 'A configured instance; always 1. From the configuration.',
    labels: ['engine'],
  },
  sslEnabled: {
    name: 'clouddb_ssl_enabled',
    type: gauge,
    help: 'Whether connections can be encrypted. From Tencent SSLEnabled, OceanBase enableSSL.',
    labels: [],
  },
  sslForced: {
    name: 'clouddb_ssl_forced',
    type: gauge,
    help: 'Whether unencrypted connections are refused. From OceanBase forceSSL.',
    labels: [],
  },
  sslForceSupported: {
    name: 'clouddb_ssl_force_supported',
    type: gauge,
    help: 'Whether the edition can refuse unencrypted connections. From OceanBase forceSSLSupport.',
    labels: [],
  },
  certValid: {
    name: 'clouddb_cert_valid',
    type: gauge,
    help: 'Whether the provider calls the server certificate valid. From OceanBase certValid.',
    labels: [],
  },
  certAutoRenewEnabled: {
    name: 'clouddb_cert_auto_renew_enabled',
    type: gauge,
    help: 'Whether the provider renews the server certificate by itself. From OceanBase autoUpdate.',
    labels: [],
  },
  certNotAfter: {
    name: 'clouddb_cert_not_after_timestamp_seconds',
    type: gauge,
    help: 'End of the validity of a certificate, in unix time. From OceanBase validPeriod, Tencent CACert.',
    labels: certificateLabels,
  },
  certDaysRemaining: {
    name: 'clouddb_cert_valid_days_remaining',
    type: gauge,
    help: 'Days from the scrape to the end of the validity, negative once expired. Alert on the timestamp rather.',
    labels: certificateLabels,
  },
  kmsKeyEnabled: {
    name: 'clouddb_kms_key_enabled',
    type: gauge,
    help: 'Whether a key that encrypts data at rest is enabled. From Tencent IsEnabled.',
    labels: keyLabels,
  },
  kmsKeyCreated: {
    name: 'clouddb_kms_key_created_timestamp_seconds',
    type: gauge,
    help: 'When the key was created, in unix time. From Tencent CreateTime, read as UTC+8.',
    labels: keyLabels,
  },
  kmsKeys: {
    name: 'clouddb_kms_keys',
    type: gauge,
    help: 'Number of keys that encrypt data at rest; 0 when the provider says that there is none. From Tencent EncryptionKeys.',
    labels: [],
  },
  atRestEncryptionEnabled: {
    name: 'clouddb_at_rest_encryption_enabled',
    type: gauge,
    help: 'Whether at least one key that encrypts data at rest is enabled. From Tencent EncryptionKeys.',
    labels: [],
  },
  checkSuccess: {
    name: 'clouddb_check_success',
    type: gauge,
    help: 'Whether the last attempt of a check succeeded. Facts of a failing check are kept up to max_stale.',
    labels: ['check'],
  },
  checkLastSuccess: {
    name: 'clouddb_check_last_success_timestamp_seconds',
    type: gauge,
    help: 'When the check last succeeded, in unix time.',
    labels: ['check'],
  },
  checkDuration: {
    name: 'clouddb_check_duration_seconds',
    type: gauge,
    help: 'Duration of the last attempt of the check, without the wait for the rate limit.',
    labels: ['check'],
  },
} as const satisfies Record<string, Family>;

/** Families of the exporter's state: built afresh for each exposition. */
export const stateFamilies = {
  sweepDuration: {
    name: 'clouddb_exporter_sweep_duration_seconds',
    type: gauge,
    help: 'Duration of the last finished sweep, of the account where it took longest.',
    labels: [],
  },
  sweepPending: {
    name: 'clouddb_exporter_sweep_pending_checks',
    type: gauge,
    help: 'Checks that were due and had not ended when this was written.',
    labels: [],
  },
  instances: {
    name: 'clouddb_exporter_instances',
    type: gauge,
    help: 'Configured instances.',
    labels: ['provider', 'account'],
  },
  reloadSuccessful: {
    name: 'clouddb_exporter_config_last_reload_successful',
    type: gauge,
    help: 'Whether the configuration file was good when it was last read.',
    labels: [],
  },
  reloadSuccessTime: {
    name: 'clouddb_exporter_config_last_reload_success_timestamp_seconds',
    type: gauge,
    help: 'When the configuration in force was read, in unix time.',
    labels: [],
  },
} as const satisfies Record<string, Family>;

/** Families that count and last as long as the process. */
export const lastingFamilies = {
  checkFailures: {
    name: 'clouddb_check_failures_total',
    type: counter,
    help: 'Checks that failed, by reason.',
    labels: ['provider', 'account', 'check', 'reason'],
  },
  requests: {
    name: 'clouddb_exporter_api_requests_total',
    type: counter,
    help: 'HTTP requests sent to the API.',
    labels: ['provider', 'account', 'action'],
  },
  requestFailures: {
    name: 'clouddb_exporter_api_request_failures_total',
    type: counter,
    help: 'API calls that failed, by reason; a retry counts again.',
    labels: ['provider', 'account', 'action', 'reason'],
  },
  requestDuration: {
    name: 'clouddb_exporter_api_request_duration_seconds',
    type: 'histogram' as const,
    help: 'Duration of HTTP requests to the API.',
    labels: ['provider', 'action'],
  },
  rateLimitWait: {
    name: 'clouddb_exporter_api_rate_limit_wait_seconds_total',
    type: counter,
    help: 'Time that requests waited for the rate limit and for a free place.',
    labels: ['provider', 'account', 'action'],
  },
  clockSkew: {
    name: 'clouddb_exporter_provider_clock_skew_seconds',
    type: gauge,
    help: 'Date header of the newest answer of the API minus our clock; the header has whole seconds.',
    labels: ['provider', 'account'],
  },
  buildInfo: {
    name: 'clouddb_exporter_build_info',
    type: gauge,
    help: 'Version of the exporter; always 1.',
    labels: ['version', 'revision', 'node_version'],
  },
} as const satisfies Record<string, Family>;

/** Label names that an instance's own labels may not use: ours, and two that mean something to Prometheus. */
export const reservedLabels: ReadonlySet<string> = new Set([
  'le',
  'quantile',
  ...identityLabels,
  ...[instanceFamilies, stateFamilies, lastingFamilies].flatMap((families) =>
    Object.values<Family>(families).flatMap(({ labels }) => labels),
  ),
]);
