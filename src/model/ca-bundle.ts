// The CA certificates with which clients verify a database.
import type { Certificate } from './facts.ts';

/** What a bundle holds. */
export interface CaBundle {
  /** Distinct, in order; the first 64 of a larger bundle. */
  certificates: readonly Certificate[];
  /** The same as PEM. */
  pem: string;
  /** Whether a part of it could not be read. */
  unreadable: boolean;
}

/** `ca_bundle` of an account that fetches bundles. */
export interface CaBundleSettings {
  /** In lower case: names, IP addresses without brackets, and `*.example.com` for all names below one. */
  allowedHosts: readonly string[];
  /** Whether a name may have a private address. */
  allowPrivate: boolean;
}
