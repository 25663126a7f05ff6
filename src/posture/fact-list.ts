// Every fact that the checks of an instance can report: its value, where it comes from, and how old it is.
import type { Check } from '../model/check.ts';
import { distrusts } from '../model/distrust.ts';
import {
  type Certificate,
  type EncryptionKey,
  type FactName,
  type Facts,
  isEncryptedAtRest,
  type Tenant,
  type TlsSession,
} from '../model/facts.ts';
import type { CheckKnowledge, Knowledge } from '../model/knowledge.ts';
import type { Provider } from '../model/provider.ts';
import { mismatchText } from './subject.ts';

/** A value of a fact. */
export type FactValue = boolean | TlsSession | readonly Certificate[] | readonly EncryptionKey[] | readonly Tenant[];

/**
 * `known`: reported by the last successful attempt, or within max_stale. `stale`: reported before that. `unknown`: not
 * reported, or empty. `unsupported`: this edition of the database does not have it.
 */
export type FactState = 'known' | 'stale' | 'unknown' | 'unsupported';

/** One fact of an instance, as one of its checks reports it. */
export interface ListedFact {
  fact: FactName;
  check: string;
  /** The field of the API that it comes from, or what else shows it. */
  source: string;
  state: FactState;
  /** Present when it is known or stale. */
  value?: FactValue | undefined;
  /** What explains the value, e.g. why a certificate is not trusted. */
  note?: string | undefined;
  /** Unix milliseconds at which it was reported. */
  atMs?: number | undefined;
}

type ReadFact = (facts: Facts) => FactValue | undefined;

const certificatesOf =
  (kind: Certificate['certificate']): ReadFact =>
  ({ certificates }) => {
    const found = certificates?.filter(({ certificate }) => certificate === kind) ?? [];
    return found.length === 0 ? undefined : found;
  };

const readers: Readonly<Record<FactName, ReadFact>> = {
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

const notes: Readonly<Partial<Record<FactName, (facts: Facts) => string | undefined>>> = {
  cert_trusted: ({ certTrusted, certDistrust }) =>
    certTrusted === false && certDistrust !== undefined ? distrusts[certDistrust] : undefined,
  cert_hostname_match(facts) {
    if (facts.certHostnameMatch !== true) return mismatchText(facts);
    const isOld = facts.certNameSource === 'common_name';
    return isOld ? 'by the common name only; current clients refuse that (RFC 9525)' : undefined;
  },
  plaintext_accepted: ({ plaintextAccepted }) =>
    plaintextAccepted === false ? 'by user clouddb_probe from this exporter; others may be accepted' : undefined,
};

/** The facts in the order of the checks. */
export function listFacts({ checks }: Knowledge, provider: Pick<Provider, 'checks'>): ListedFact[] {
  return checks.flatMap((known) => {
    const check = provider.checks.find(({ name }) => name === known.check);
    return check === undefined ? [] : factsOfCheck(known, check);
  });
}

function factsOfCheck(known: CheckKnowledge, check: Check): ListedFact[] {
  return (Object.entries(check.facts) as [FactName, string][]).map(([fact, source]) => ({
    fact,
    check: check.name,
    source,
    ...valueOf(known, fact),
  }));
}

function valueOf(
  { facts, factsAtMs, stale, last }: CheckKnowledge,
  fact: FactName,
): Pick<ListedFact, 'state' | 'value' | 'note' | 'atMs'> {
  const read = readers[fact];
  const value = facts && read(facts);
  if (value !== undefined) return { state: 'known', value, note: notes[fact]?.(facts ?? {}), atMs: factsAtMs };
  const staleValue = stale && read(stale.facts);
  if (staleValue !== undefined) {
    return { state: 'stale', value: staleValue, note: notes[fact]?.(stale?.facts ?? {}), atMs: stale?.atMs };
  }
  return { state: last?.failure?.reason === 'unsupported' ? 'unsupported' : 'unknown' };
}
