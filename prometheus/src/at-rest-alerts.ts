// Alerts on encryption at rest and its keys.
import { identity, notAccepted, secondsPerDay } from './promql.ts';
import type { Alert, Group, Parameters } from './rule.ts';
import { instance, lastKnown, name, unencryptedTenants } from './texts.ts';

const keyIdentity = `${identity}, key_id, key_region, kms_cluster_id`;
const disabled = 'key:clouddb_kms_key_enabled:last == 0';
const key =
  'Key {{ $labels.key_id }}{{ with $labels.key_alias }} ({{ . }}){{ end }}{{ with $labels.key_region }} in {{ . }}{{ end }}';

const otherKey = `on (${identity}) (key:clouddb_kms_key_enabled:last == 1)`;

const keyDisabled: Omit<Alert, 'expr' | 'severity' | 'description'> = {
  alert: 'CloudDBKMSKeyDisabled',
  for: '5m',
  about: 'instance',
  summary: `${name}: encryption key is disabled`,
};

/** Their group. */
export const atRestAlerts = ({ days }: Parameters): Group => ({
  name: 'clouddb-encryption-at-rest',
  rules: [
    {
      ...keyDisabled,
      expr: `${disabled}
unless ${otherKey}${notAccepted('key_disabled')}`,
      severity: 'critical',
      description: `${key} of ${instance} is disabled, and no key of the instance is enabled. Expect that a restart makes the instance unavailable.${lastKnown('clouddb_kms_key_enabled')}`,
    },
    {
      ...keyDisabled,
      comment: 'While another key is enabled, this one may have been replaced.',
      expr: `${disabled}
and ${otherKey}${notAccepted('key_disabled')}`,
      severity: 'info',
      description: `${key} of ${instance} is disabled, while another key is enabled. It may have been replaced.${lastKnown('clouddb_kms_key_enabled')}`,
    },
    {
      comment: 'An instance with keys is encrypted, even when the keys are disabled.',
      alert: 'CloudDBNotEncryptedAtRest',
      expr: `(
  instance:clouddb_kms_keys:last == 0
  or on (${identity})
  (
    instance:clouddb_at_rest_encryption_enabled:last == 0
    unless on (${identity}) (instance:clouddb_kms_keys:last or key:clouddb_kms_key_enabled:last)
  )
)${notAccepted('not_encrypted_at_rest')}`,
      for: '15m',
      severity: 'warning',
      about: 'instance',
      summary: `${name}: data is not encrypted at rest`,
      description: `The files and backups of ${instance} are not encrypted${unencryptedTenants}.${lastKnown('clouddb_at_rest_encryption_enabled')}`,
    },
    {
      comment: 'Not for a disabled key: it has its own alert.',
      alert: 'CloudDBKMSKeyOld',
      expr: `time() - key:clouddb_kms_key_created_timestamp_seconds:last > ${days.keyAge} * ${secondsPerDay}
unless on (${keyIdentity}) (${disabled})${notAccepted('key_old')}`,
      for: '15m',
      severity: 'info',
      about: 'instance',
      summary: `${name}: encryption key is older than ${days.keyAge} days`,
      description: `${key} of ${instance} was created {{ $value | humanizeDuration }} ago.${lastKnown('clouddb_kms_key_created_timestamp_seconds')}`,
    },
  ],
});
