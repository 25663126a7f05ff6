// Rules of the group clouddb-encryption-ssl.
import type { Group } from './rule.ts';

export const sslAlerts = (): Group => ({
  name: 'clouddb-encryption-ssl',
  rules: [
    {
      alert: 'CloudDBSSLDisabled',
      expr: 'clouddb_ssl_enabled == 0',
      for: '5m',
      severity: 'critical',
      about: 'instance',
      summary: 'SSL is off for {{ $labels.instance_name }}',
      description:
        '{{ $labels.instance_name }} ({{ $labels.instance_id }}, {{ $labels.provider }} account {{ $labels.account }}) accepts only unencrypted connections: clouddb_ssl_enabled is {{ $value }}.',
    },
    {
      alert: 'CloudDBSSLNotForced',
      expr: `clouddb_ssl_forced == 0
and on (provider, account, cloud_region, instance_id) (clouddb_ssl_force_supported == 1)
and on (provider, account, cloud_region, instance_id) (clouddb_ssl_enabled == 1)`,
      for: '15m',
      severity: 'warning',
      about: 'instance',
      summary: 'SSL is on but not forced for {{ $labels.instance_name }}',
      description:
        '{{ $labels.instance_name }} ({{ $labels.instance_id }}, {{ $labels.provider }} account {{ $labels.account }}) accepts unencrypted connections although it can refuse them: clouddb_ssl_forced is {{ $value }}.',
    },
  ],
});
