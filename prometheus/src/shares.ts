// Rules of the group clouddb-encryption-shares.
import type { Group } from './rule.ts';

export const shares = (): Group => ({
  name: 'clouddb-encryption-shares',
  rules: [
    {
      record: 'provider_account_region:clouddb_instance_info:count',
      expr: `count by (provider, account, cloud_region) (
  max by (provider, account, cloud_region, instance_id) (clouddb_instance_info)
)`,
    },
    {
      record: 'provider_account_region:clouddb_ssl_enabled:ratio',
      expr: `avg by (provider, account, cloud_region) (
  min by (provider, account, cloud_region, instance_id) (clouddb_ssl_enabled)
)`,
    },
    {
      comment: 'Of the instances that can force it.',
      record: 'provider_account_region:clouddb_ssl_forced:ratio',
      expr: `avg by (provider, account, cloud_region) (
  min by (provider, account, cloud_region, instance_id) (
    clouddb_ssl_forced
    and on (provider, account, cloud_region, instance_id) (clouddb_ssl_force_supported == 1)
  )
)`,
    },
    {
      record: 'provider_account_region:clouddb_at_rest_encryption_enabled:ratio',
      expr: `avg by (provider, account, cloud_region) (
  min by (provider, account, cloud_region, instance_id) (clouddb_at_rest_encryption_enabled)
)`,
    },
    {
      comment: 'The server certificate and the CA certificate of each instance that expire first, as last known.',
      record: 'instance_certificate:clouddb_cert_valid_days_remaining:min',
      expr: `(
  min by (provider, account, cloud_region, instance_id, instance_name, certificate) (
    certificate:clouddb_cert_not_after_timestamp_seconds:current
  ) - time()
) / 86400`,
    },
    {
      comment:
        'The number of these in each band of days; 0 where the account and region have certificates in other bands.',
      record: 'provider_account_region_band:clouddb_cert_valid_days_remaining:count',
      expr: `sum by (provider, account, cloud_region, certificate) (
  instance_certificate:clouddb_cert_valid_days_remaining:min <= bool 0
)`,
      labels: { band: 'expired' },
    },
    {
      record: 'provider_account_region_band:clouddb_cert_valid_days_remaining:count',
      expr: `sum by (provider, account, cloud_region, certificate) (
  (instance_certificate:clouddb_cert_valid_days_remaining:min > bool 0)
  * (instance_certificate:clouddb_cert_valid_days_remaining:min < bool 7)
)`,
      labels: { band: '0-7d' },
    },
    {
      record: 'provider_account_region_band:clouddb_cert_valid_days_remaining:count',
      expr: `sum by (provider, account, cloud_region, certificate) (
  (instance_certificate:clouddb_cert_valid_days_remaining:min >= bool 7)
  * (instance_certificate:clouddb_cert_valid_days_remaining:min < bool 30)
)`,
      labels: { band: '7-30d' },
    },
    {
      record: 'provider_account_region_band:clouddb_cert_valid_days_remaining:count',
      expr: `sum by (provider, account, cloud_region, certificate) (
  (instance_certificate:clouddb_cert_valid_days_remaining:min >= bool 30)
  * (instance_certificate:clouddb_cert_valid_days_remaining:min < bool 180)
)`,
      labels: { band: '30-180d' },
    },
    {
      record: 'provider_account_region_band:clouddb_cert_valid_days_remaining:count',
      expr: `sum by (provider, account, cloud_region, certificate) (
  instance_certificate:clouddb_cert_valid_days_remaining:min >= bool 180
)`,
      labels: { band: '180d+' },
    },
  ],
});
