// What is known of an instance: plain facts, each true, false or absent, independent of any cloud and any metric.

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

/** The facts of one check of one instance. Absent means unknown, never "no". */
export interface Facts {
  sslEnabled?: boolean | undefined;
  sslForced?: boolean | undefined;
  sslForceSupported?: boolean | undefined;
  certValid?: boolean | undefined;
  certAutoRenewEnabled?: boolean | undefined;
  certificates?: readonly Certificate[] | undefined;
  /** All keys; empty when the API reported that there are none. */
  keys?: EncryptionKey[] | undefined;
  /** Set where the API reports encryption at rest itself, with or without a list of keys. */
  encryptedAtRest?: boolean | undefined;
}

/**
 * The facts of several checks together. Of a fact that two of them report, the worse value counts (false before true),
 * as in the exposition; lists are joined.
 */
export function mergeFacts(all: readonly (Facts | undefined)[]): Facts {
  const merged: Record<string, boolean | unknown[]> = {};
  for (const facts of all) {
    for (const [name, value] of Object.entries(facts ?? {}) as [string, boolean | unknown[] | undefined][]) {
      const known = merged[name];
      if (value === undefined) continue;
      if (Array.isArray(value)) merged[name] = Array.isArray(known) ? [...known, ...value] : value;
      else merged[name] = value && known !== false;
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
  'kms_keys',
  'at_rest_encryption_enabled',
] as const;

/** Name of a fact. */
export type FactName = (typeof factNames)[number];

/**
 * Whether data at rest are encrypted: what the API reports of it; else true when a key is enabled, false when all are
 * known not to be. A key of unknown state leaves it unknown.
 */
export function isEncryptedAtRest({ encryptedAtRest, keys }: Facts): boolean | undefined {
  if (encryptedAtRest !== undefined) return encryptedAtRest;
  if (keys?.some(({ enabled }) => enabled === true)) return true;
  return keys?.every(({ enabled }) => enabled === false) === true ? false : undefined;
}
