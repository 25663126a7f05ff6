// Rules of the group clouddb-encryption-at-rest.
import type { Group, Parameters } from './rule.ts';

export const atRestAlerts = ({ days }: Parameters): Group => ({
  name: 'clouddb-encryption-at-rest',
  rules: [
    {
      alert: 'CloudDBKMSKeyDisabled',
      expr: 'clouddb_kms_key_enabled == 0',
      for: '5m',
      severity: 'critical',
      about: 'instance',
      summary: '{{ $labels.instance_name }}: encryption key is disabled',
      description:
        'Key {{ $labels.key_id }} ({{ $labels.key_alias }}, {{ $labels.key_region }}) of {{ $labels.instance_name }} ({{ $labels.instance_id }}, {{ $labels.provider }} account {{ $labels.account }}) is disabled: clouddb_kms_key_enabled is {{ $value }}.',
    },
    {
      alert: 'CloudDBNotEncryptedAtRest',
      expr: 'clouddb_at_rest_encryption_enabled == 0',
      for: '15m',
      severity: 'warning',
      about: 'instance',
      summary: '{{ $labels.instance_name }}: data is not encrypted at rest',
      description:
        '{{ $labels.instance_name }} ({{ $labels.instance_id }}, {{ $labels.provider }} account {{ $labels.account }}) has no encryption at rest, or no enabled key: clouddb_at_rest_encryption_enabled is {{ $value }}.',
    },
    {
      comment: 'Not for a disabled key: it has its own alert, or has been replaced.',
      alert: 'CloudDBKMSKeyOld',
      expr: `time() - clouddb_kms_key_created_timestamp_seconds > ${days.keyAge} * 86400
unless on (provider, account, cloud_region, instance_id, key_id, key_region, kms_cluster_id)
  (clouddb_kms_key_enabled == 0)`,
      for: '15m',
      severity: 'info',
      about: 'instance',
      summary: `{{ $labels.instance_name }}: encryption key is older than ${days.keyAge} days`,
      description:
        'Key {{ $labels.key_id }} ({{ $labels.key_alias }}, {{ $labels.key_region }}) of {{ $labels.instance_name }} ({{ $labels.instance_id }}, {{ $labels.provider }} account {{ $labels.account }}) was created {{ $value | humanizeDuration }} ago.',
    },
  ],
});
