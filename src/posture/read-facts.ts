// Reads each fact by its name.
import {
  type Certificate,
  type EncryptionKey,
  type FactName,
  type Facts,
  isEncryptedAtRest,
  type Tenant,
  type TlsSession,
} from '../model/facts.ts';

/** A value of a fact. */
export type FactValue = boolean | TlsSession | readonly Certificate[] | readonly EncryptionKey[] | readonly Tenant[];

type ReadFact = (facts: Facts) => FactValue | undefined;

const certificatesOf =
  (kind: Certificate['certificate']): ReadFact =>
  ({ certificates }) => {
    const found = certificates?.filter(({ certificate }) => certificate === kind) ?? [];
    return found.length === 0 ? undefined : found;
  };

/** By name; undefined where it is not known. */
export const factReaders: Readonly<Record<FactName, ReadFact>> = {
  ssl_enabled: ({ sslEnabled }) => sslEnabled,
  ssl_forced: ({ sslForced }) => sslForced,
  ssl_force_supported: ({ sslForceSupported }) => sslForceSupported,
  cert_valid: ({ certValid }) => certValid,
  cert_auto_renew_enabled: ({ certAutoRenewEnabled }) => certAutoRenewEnabled,
  server_certificate: certificatesOf('server'),
  ca_certificate: certificatesOf('ca'),
  tls_accepted: ({ tlsAccepted }) => tlsAccepted,
  tls_version: ({ tlsSession }) => tlsSession,
  cert_trusted: ({ certTrusted }) => certTrusted,
  cert_hostname_match: ({ certHostnameMatch }) => certHostnameMatch,
  plaintext_accepted: ({ plaintextAccepted }) => plaintextAccepted,
  kms_keys: ({ keys }) => keys,
  tenants: ({ tenants }) => tenants,
  at_rest_encryption_enabled: isEncryptedAtRest,
};
