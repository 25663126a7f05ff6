// The families of an instance. Each exposition writes them from current knowledge, so no series outlives its fact.
import { checkTexts } from './check-families.ts';
import { describeFamilies } from './family.ts';

/** Labels that distinguish the certificates of an instance. */
export const certificateLabels = ['certificate', 'source', 'subject_cn', 'serial'] as const;
/** Further labels of a certificate that is seen itself. */
export const seenLabels = ['issuer_cn', 'fingerprint_sha256'] as const;
/** Labels of a TLS session. */
export const sessionLabels = ['version', 'cipher'] as const;
/** Labels that distinguish its encryption keys. */
export const keyLabels = ['key_id', 'key_alias', 'key_region', 'kms_cluster_id'] as const;
/** Labels that distinguish its tenants. */
export const tenantLabels = ['tenant_id', 'tenant_name'] as const;
const gauge = 'gauge' as const;

/** Families of an instance. */
export const instanceFamilies = describeFamilies({
  instanceInfo: {
    name: 'clouddb_instance_info',
    type: gauge,
    labels: ['engine', 'engine_version'],
    meaning: 'An instance that is watched, with the version of its database if discovery reports it; always 1.',
    source: 'the configuration, and the list of instances of the provider',
    present: 'for each instance that is configured or discovered',
    example: 'count by (provider, account, cloud_region) (clouddb_instance_info)',
  },
  sslEnabled: {
    name: 'clouddb_ssl_enabled',
    type: gauge,
    labels: [],
    meaning: 'Whether connections can be encrypted.',
    facts: ['ssl_enabled'],
    present: 'while the fact is known',
    example: 'clouddb_ssl_enabled == 0',
  },
  sslForced: {
    name: 'clouddb_ssl_forced',
    type: gauge,
    labels: [],
    meaning: 'Whether unencrypted connections are refused.',
    facts: ['ssl_forced'],
    present: 'while the fact is known',
    example: 'clouddb_ssl_forced == 0 and on (account, instance_id) clouddb_ssl_enabled == 1',
  },
  sslForceSupported: {
    name: 'clouddb_ssl_force_supported',
    type: gauge,
    labels: [],
    meaning: 'Whether the edition can refuse unencrypted connections.',
    facts: ['ssl_force_supported'],
    present: 'while the fact is known',
    example: 'clouddb_ssl_force_supported == 1 and on (account, instance_id) clouddb_ssl_forced == 0',
  },
  certValid: {
    name: 'clouddb_cert_valid',
    type: gauge,
    labels: [],
    meaning: 'Whether the provider reports the server certificate as valid.',
    facts: ['cert_valid'],
    present: 'while the fact is known; also while SSL is off',
    example: 'clouddb_cert_valid == 0 unless on (account, instance_id) clouddb_ssl_enabled == 0',
  },
  certAutoRenewEnabled: {
    name: 'clouddb_cert_auto_renew_enabled',
    type: gauge,
    labels: [],
    meaning: 'Whether the provider renews the server certificate automatically.',
    facts: ['cert_auto_renew_enabled'],
    present: 'while the fact is known',
    example: 'clouddb_cert_auto_renew_enabled == 0',
  },
  certNotAfter: {
    name: 'clouddb_cert_not_after_timestamp_seconds',
    type: gauge,
    labels: certificateLabels,
    meaning: 'When a certificate expires, in unix time.',
    facts: ['server_certificate', 'ca_certificate'],
    present: 'for each certificate whose expiry is known',
    example: '(clouddb_cert_not_after_timestamp_seconds - time()) / 86400 < 30',
  },
  certNotBefore: {
    name: 'clouddb_cert_not_before_timestamp_seconds',
    type: gauge,
    labels: certificateLabels,
    meaning: 'When a certificate becomes valid, in unix time.',
    facts: ['server_certificate', 'ca_certificate'],
    present: 'for each certificate that the exporter reads itself',
    example: 'clouddb_cert_not_before_timestamp_seconds > time()',
  },
  certInfo: {
    name: 'clouddb_cert_info',
    type: gauge,
    labels: [...certificateLabels, ...seenLabels],
    meaning:
      'A certificate, with the name of its issuer (CN, without one OU, then O) and its SHA-256 fingerprint; always 1.',
    facts: ['server_certificate', 'ca_certificate'],
    present: 'for each certificate that the exporter reads itself',
    example: 'count by (fingerprint_sha256, subject_cn, serial) (clouddb_cert_info)',
  },
  certDaysRemaining: {
    name: 'clouddb_cert_valid_days_remaining',
    type: gauge,
    labels: certificateLabels,
    meaning:
      'Days from the scrape until the certificate expires, negative once expired. Prefer alerts on clouddb_cert_not_after_timestamp_seconds.',
    facts: ['server_certificate', 'ca_certificate'],
    present: 'together with clouddb_cert_not_after_timestamp_seconds, from which it is computed',
    example: 'sort(clouddb_cert_valid_days_remaining)',
  },
  tlsAccepted: {
    name: 'clouddb_tls_accepted',
    type: gauge,
    labels: [],
    meaning: 'Whether the database itself offers TLS and completes the handshake.',
    facts: ['tls_accepted'],
    present: 'while the fact is known',
    example: 'clouddb_tls_accepted == 0 and on (account, instance_id) clouddb_ssl_enabled == 1',
  },
  plaintextAccepted: {
    name: 'clouddb_plaintext_accepted',
    type: gauge,
    labels: [],
    meaning: 'Whether a connection without TLS gets as far as authentication.',
    facts: ['plaintext_accepted'],
    present: 'while the fact is known; needs plaintext: true in tls_probe',
    example: 'clouddb_plaintext_accepted == 1',
  },
  tlsInfo: {
    name: 'clouddb_tls_info',
    type: gauge,
    labels: sessionLabels,
    meaning: 'The TLS version and cipher suite that the database negotiates; always 1.',
    facts: ['tls_version'],
    present: 'while the fact is known',
    example: 'count by (version, cipher) (clouddb_tls_info)',
  },
  certTrusted: {
    name: 'clouddb_cert_trusted',
    type: gauge,
    labels: [],
    meaning:
      'Whether the certificate chain that the database serves can be verified. Dates are checked, the name is not.',
    facts: ['cert_trusted'],
    present: 'while the fact is known',
    example: 'clouddb_cert_trusted == 0',
  },
  certHostnameMatch: {
    name: 'clouddb_cert_hostname_match',
    type: gauge,
    labels: [],
    meaning: 'Whether the certificate that the database serves covers the name of the server.',
    facts: ['cert_hostname_match'],
    present: 'while the fact is known',
    example: 'clouddb_cert_hostname_match == 0',
  },
  kmsKeyInfo: {
    name: 'clouddb_kms_key_info',
    type: gauge,
    labels: keyLabels,
    meaning: 'A key that encrypts data at rest; always 1.',
    facts: ['kms_keys'],
    present: 'for each key, while the keys are known',
    example:
      'clouddb_kms_key_info unless on (account, cloud_region, instance_id, key_id, key_region) clouddb_kms_key_enabled',
  },
  kmsKeyEnabled: {
    name: 'clouddb_kms_key_enabled',
    type: gauge,
    labels: keyLabels,
    meaning: 'Whether a key that encrypts data at rest is enabled.',
    facts: ['kms_keys'],
    present: 'for each key whose state is known',
    example: 'clouddb_kms_key_enabled == 0',
  },
  kmsKeyCreated: {
    name: 'clouddb_kms_key_created_timestamp_seconds',
    type: gauge,
    labels: keyLabels,
    meaning: 'When the key was created, in unix time.',
    facts: ['kms_keys'],
    present: 'for each key whose creation date is known',
    example: 'time() - clouddb_kms_key_created_timestamp_seconds > 365 * 86400',
  },
  kmsKeys: {
    name: 'clouddb_kms_keys',
    type: gauge,
    labels: [],
    meaning: 'Number of keys that encrypt data at rest; 0 when the provider reports that there is none.',
    facts: ['kms_keys'],
    present: 'while the keys are known',
    example: 'clouddb_kms_keys == 0',
  },
  tenantAtRestEncryptionEnabled: {
    name: 'clouddb_tenant_at_rest_encryption_enabled',
    type: gauge,
    labels: tenantLabels,
    meaning: 'Whether the data of a tenant is encrypted at rest.',
    facts: ['tenants'],
    present: 'for each tenant whose state is known',
    example: 'clouddb_tenant_at_rest_encryption_enabled == 0',
  },
  tenants: {
    name: 'clouddb_tenants',
    type: gauge,
    labels: [],
    meaning: 'Number of tenants, each encrypted at rest or not; 0 when the provider reports that there is none.',
    facts: ['tenants'],
    present: 'while the tenants are known',
    example: 'clouddb_tenants == 0',
  },
  atRestEncryptionEnabled: {
    name: 'clouddb_at_rest_encryption_enabled',
    type: gauge,
    labels: [],
    meaning:
      'Whether data at rest is encrypted. If the keys are known: whether at least one is enabled. If the tenants are known: whether all are encrypted.',
    facts: ['at_rest_encryption_enabled'],
    present: 'while the fact is known',
    example: 'avg by (provider, account, cloud_region) (clouddb_at_rest_encryption_enabled)',
  },
  ...checkTexts,
});
