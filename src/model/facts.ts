// What is known of an instance: plain facts, each true, false or not there, with no trace of a cloud or of a metric.

/** One certificate and when it ends. */
export interface Certificate {
  certificate: 'server' | 'ca';
  source: 'api' | 'ca_bundle';
  /** Common name of the subject; empty when the source does not tell. */
  subjectCn: string;
  /** Unix seconds. */
  notAfterSeconds: number;
}

/** One key that encrypts data at rest. Texts are empty when the API does not tell. */
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
  certificates?: Certificate[] | undefined;
  /** The complete list; an empty one says that there is no key. */
  keys?: EncryptionKey[] | undefined;
}

/** True when a key is enabled, false when all are known not to be; a key of unknown state leaves it open. */
export function isEncryptedAtRest({ keys }: Facts): boolean | undefined {
  if (keys?.some(({ enabled }) => enabled === true)) return true;
  return keys?.every(({ enabled }) => enabled === false) === true ? false : undefined;
}

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
export type FactName = (typeof factNames)[number];
