// Recording rules that count instances and certificates.
import type { Group, Recording } from './rule.ts';

const days = 'instance_certificate:clouddb_cert_valid_days_remaining:min';

const bands = Object.entries({
  expired: `${days} <= bool 0`,
  '0-7d': `(${days} > bool 0) * (${days} < bool 7)`,
  '7-30d': `(${days} >= bool 7) * (${days} < bool 30)`,
  '30-180d': `(${days} >= bool 30) * (${days} < bool 180)`,
  '180d+': `${days} >= bool 180`,
}).map(
  ([band, isIn]): Recording => ({
    comment:
      'Number of certificates in a band of days; 0 if the account and region have certificates only in other bands.',
    record: 'provider_account_region_band:clouddb_cert_valid_days_remaining:count',
    expr: `sum by (provider, account, cloud_region, certificate) (
  ${isIn}
)`,
    labels: { band },
  }),
);

const ratio = (fact: string): Recording => ({
  record: `provider_account_region:${fact}:ratio`,
  expr: `avg by (provider, account, cloud_region) (
  min by (provider, account, cloud_region, instance_id) (${fact})
)`,
});

/** Ratios count the instances with a known fact, each once even if several exporters watch it. */
export const shares = (): Group => ({
  name: 'clouddb-encryption-shares',
  rules: [
    {
      record: 'provider_account_region:clouddb_instance_info:count',
      expr: `count by (provider, account, cloud_region) (
  max by (provider, account, cloud_region, instance_id) (clouddb_instance_info)
)`,
    },
    ratio('clouddb_ssl_enabled'),
    {
      comment: 'Share of the instances that can force it.',
      record: 'provider_account_region:clouddb_ssl_forced:ratio',
      expr: `avg by (provider, account, cloud_region) (
  min by (provider, account, cloud_region, instance_id) (
    clouddb_ssl_forced
    and on (provider, account, cloud_region, instance_id) (clouddb_ssl_force_supported == 1)
  )
)`,
    },
    ratio('clouddb_at_rest_encryption_enabled'),
    {
      comment: 'The server certificate and the CA certificate of each instance that expire first, as last known.',
      record: days,
      expr: `(
  min by (provider, account, cloud_region, instance_id, instance_name, certificate) (
    certificate:clouddb_cert_not_after_timestamp_seconds:current
  ) - time()
) / 86400`,
    },
    ...bands,
  ],
});
