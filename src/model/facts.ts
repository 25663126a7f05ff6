// What is known about an instance: plain facts, each true, false or absent, independent of any cloud and any metric.
import type { Distrust } from './distrust.ts';

/** One certificate and when it expires. */
export interface Certificate {
  certificate: 'server' | 'ca';
  source: 'api' | 'ca_bundle' | 'tls_probe';
  /** Common name of the subject, without one OU, then O; empty when the source does not report it. */
  subjectCn: string;
  /** Unix seconds. */
  notAfterSeconds: number;
  /** Hexadecimal. This and the following are known of a certificate that is seen itself, see `seenCertificate`. */
  serial?: string | undefined;
  issuerCn?: string | undefined;
  /** Hexadecimal. */
  fingerprintSha256?: string | undefined;
  /** Unix seconds. */
  notBeforeSeconds?: number | undefined;
}

/** One key that encrypts data at rest. Texts are empty when the API does not report them. */
export interface EncryptionKey {
  id: string;
  alias: string;
  region: string;
  clusterId: string;
  enabled?: boolean | undefined;
  /** Unix seconds. */
  createdSeconds?: number | undefined;
}

/** One tenant of an instance whose tenants are encrypted at rest one by one. Texts are empty when the API does not report them. */
export interface Tenant {
  id: string;
  name: string;
  encrypted?: boolean | undefined;
}

/** What a TLS handshake agreed on. */
export interface TlsSession {
  /** For example `TLSv1.3`. */
  version: string;
  /** IANA name, for example `TLS_AES_256_GCM_SHA384`. */
  cipher: string;
}

/** What the TLS probe connected to. */
export interface Probed {
  /** `HOST:PORT` */
  address: string;
  /** The name that the certificate must cover. */
  serverName: string;
}

/** The facts of one check of one instance. Absent means unknown, never "no". */
export interface Facts {
  sslEnabled?: boolean | undefined;
  sslForced?: boolean | undefined;
  sslForceSupported?: boolean | undefined;
  certValid?: boolean | undefined;
  certAutoRenewEnabled?: boolean | undefined;
  certificates?: readonly Certificate[] | undefined;
  /** Whether the database speaks TLS. This and the following are what the database itself shows. */
  tlsAccepted?: boolean | undefined;
  /** Whether a session without TLS gets as far as authentication. */
  plaintextAccepted?: boolean | undefined;
  tlsSession?: TlsSession | undefined;
  /** Whether the served chain verifies, dates included and the name apart. */
  certTrusted?: boolean | undefined;
  /** Why it does not. */
  certDistrust?: Distrust | undefined;
  /** Whether the served certificate covers the name of the server. */
  certHostnameMatch?: boolean | undefined;
  /** What covers it: the common name counts only where there is no subjectAltName. */
  certNameSource?: 'san' | 'common_name' | undefined;
  /** The names that it covers, in one text. */
  certNames?: string | undefined;
  probed?: Probed | undefined;
  /** All keys; empty when the API reported that there are none. */
  keys?: EncryptionKey[] | undefined;
  /** All tenants; empty when the API reported that there are none. */
  tenants?: readonly Tenant[] | undefined;
  /** Set where the API reports encryption at rest itself, with or without a list of keys. */
  encryptedAtRest?: boolean | undefined;
}

/**
 * The facts of several checks together. Of a fact that two of them report, the worse value counts (false before true),
 * as in the exposition; lists are joined; of anything else the last value counts.
 */
export function mergeFacts(all: readonly (Facts | undefined)[]): Facts {
  const merged: Record<string, unknown> = {};
  for (const facts of all) {
    for (const [name, value] of Object.entries(facts ?? {}) as [string, unknown][]) {
      const known = merged[name];
      if (value === undefined) continue;
      if (Array.isArray(value)) merged[name] = Array.isArray(known) ? (known as unknown[]).concat(value) : value;
      else merged[name] = typeof value === 'boolean' ? value && known !== false : value;
    }
  }
  return merged;
}

/** Everything that a check can report, by the name that documents, findings and metrics use. */
export const factNames = [
  'ssl_enabled',
  'ssl_forced',
  'ssl_force_supported',
  'cert_valid',
  'cert_auto_renew_enabled',
  'server_certificate',
  'ca_certificate',
  'tls_accepted',
  'tls_version',
  'cert_trusted',
  'cert_hostname_match',
  'plaintext_accepted',
  'kms_keys',
  'tenants',
  'at_rest_encryption_enabled',
] as const;

/** Name of a fact. */
export type FactName = (typeof factNames)[number];

/**
 * Whether data at rest are encrypted: what the API reports of it; else true when all tenants are encrypted, false when one
 * is known not to be; else true when a key is enabled, false when all are known not to be. A tenant or key of unknown state
 * leaves it unknown, and so does a list without tenants: there is no data.
 */
export function isEncryptedAtRest({ encryptedAtRest, tenants, keys }: Facts): boolean | undefined {
  if (encryptedAtRest !== undefined) return encryptedAtRest;
  if (tenants !== undefined) {
    if (tenants.some(({ encrypted }) => encrypted === false)) return false;
    return tenants.length > 0 && tenants.every(({ encrypted }) => encrypted === true) ? true : undefined;
  }
  if (keys?.some(({ enabled }) => enabled === true)) return true;
  return keys?.every(({ enabled }) => enabled === false) === true ? false : undefined;
}
