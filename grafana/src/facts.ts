// Queries of the facts of instances, and of what is not known of them; not selected yet.

import { instanceFamilies as family, stateFamilies } from '../../src/metrics/catalogue.ts';
import type { FactName } from '../../src/model/facts.ts';
import { dayMs, lateRenewalMs } from '../../src/model/thresholds.ts';
import { outdatedTls as outdatedVersions } from '../../src/posture/fact-rows.ts';
import { andOf, identity, instances, lastKnown, perInstance, together, unlessOf } from './queries.ts';

/** Facts as last known. */
export const known = {
  sslEnabled: lastKnown(family.sslEnabled),
  sslForced: lastKnown(family.sslForced),
  tlsAccepted: lastKnown(family.tlsAccepted),
  tls: lastKnown(family.tlsInfo),
  plaintextAccepted: lastKnown(family.plaintextAccepted),
  certValid: lastKnown(family.certValid),
  autoRenewed: lastKnown(family.certAutoRenewEnabled),
  atRest: lastKnown(family.atRestEncryptionEnabled),
  keys: lastKnown(family.kmsKeys),
  keyEnabled: lastKnown(family.kmsKeyEnabled),
  keyCreated: lastKnown(family.kmsKeyCreated),
  tenants: lastKnown(family.tenantAtRestEncryptionEnabled),
} as const;

/** Whether the provider renews the certificate automatically. */
export const renewed = `(${known.autoRenewed} == 1)`;
/** Days before the expiry from which such a renewal is late. */
export const lateDays = lateRenewalMs / dayMs;

const sslOff = `${known.sslEnabled} == 0`;

/** Whether SSL is forced, for instances that support it and have SSL on. */
export const sslForced = andOf(
  andOf(known.sslForced, `${lastKnown(family.sslForceSupported)} == 1`),
  `${known.sslEnabled} == 1`,
);

/** Whether the provider reports the certificate as valid; not with SSL off. */
export const certValid = unlessOf(known.certValid, sslOff);

/** Labels that distinguish the certificates of an instance; one that is renewed replaces the one of the same subject. */
export const certificateLabels = ['certificate', 'source', 'subject_cn'] as const;

/** By source: what is not reported of one is taken as last known, whatever the other reports. */
const [byApi, byProbe] = ['!=', '='].map(
  (is) => (kind: string) => lastKnown(family.certNotAfter, `certificate="${kind}", source${is}"tls_probe"`),
) as [(kind: string) => string, (kind: string) => string];
const certificates = (kind: string) => together([byApi(kind), byProbe(kind)]);

/** When the server certificates expire by the API and by the TLS probe, in unix time; not with SSL off. */
const serverByApi = unlessOf(byApi('server'), sslOff);
export const serverByProbe = unlessOf(byProbe('server'), sslOff);

/** When server certificates expire: of several of an instance the one that expires first. */
export const serverExpiry = `bottomk by (${identity}) (1, ${unlessOf(`(${byApi('server')} or ${byProbe('server')})`, sslOff)})`;

/** Seconds between the expiry of the server certificate by the API and by the TLS probe. */
const difference = `abs(${perInstance(serverByApi, [], 'min')} - ${perInstance(serverByProbe, [], 'min')})`;

/** The served certificates of which they differ by more than a day. */
export const drift = andOf(serverByProbe, `(${difference} > 86400)`);

/**
 * The server certificates of all sources; one of the API is left out where the database serves one with the same
 * expiry.
 */
export const allServerExpiries = `(${unlessOf(serverByApi, `(${difference} <= 86400)`)} or ${serverByProbe})`;

/** When CA certificates expire. Of those of one subject the last counts: it has replaced the others. */
export const caExpiry = `(${perInstance(certificates('ca'), ['certificate', 'subject_cn', '__name__'])})`;

/** Whether the chain that the database serves is trusted, and covers its name; not with SSL off. */
export const certTrusted = unlessOf(lastKnown(family.certTrusted), sslOff);
export const certHostnameMatch = unlessOf(lastKnown(family.certHostnameMatch), sslOff);

/** The databases that negotiate an outdated version (RFC 8996). */
export const outdatedTls = lastKnown(family.tlsInfo, `version=~"${outdatedVersions.join('|')}"`);

/** The days from now until these times. */
export function daysUntil(expiry: string): string {
  return `((${expiry}) - time()) / 86400`;
}

/** The instances with a configured check that can report a fact in this edition of the database. */
export function reports(fact: FactName): string {
  const reporting = andOf(
    family.checkSuccess.name,
    `${stateFamilies.factInfo.name}{fact="${fact}"}`,
    'provider, check',
  );
  return unlessOf(reporting, family.checkUnsupported.name, `${identity}, check`);
}

/** The instances that have SSL on now. */
export const sslOnNow = `(${family.sslEnabled.name} == 1)`;

/** The instances whose database does not serve TLS now. */
const withoutTls = `(${family.tlsAccepted.name} == 0 or ${family.sslEnabled.name} == 0)`;

/**
 * What is not known now although a check can report it. `whileSslIsOn`: an API leaves the field empty otherwise.
 * `whileTlsIsServed`: a database has none otherwise. That plaintext was to be tried is not in the metrics.
 */
const facts: readonly { fact: FactName; now: string; whileSslIsOn?: boolean; whileTlsIsServed?: boolean }[] = [
  { fact: 'ssl_enabled', now: family.sslEnabled.name },
  { fact: 'ssl_forced', now: family.sslForced.name, whileSslIsOn: true },
  { fact: 'tls_accepted', now: family.tlsAccepted.name },
  { fact: 'tls_version', now: family.tlsInfo.name, whileTlsIsServed: true },
  { fact: 'cert_valid', now: family.certValid.name, whileSslIsOn: true },
  {
    fact: 'server_certificate',
    now: `${family.certNotAfter.name}{certificate="server"}`,
    whileSslIsOn: true,
    whileTlsIsServed: true,
  },
  { fact: 'cert_trusted', now: family.certTrusted.name, whileTlsIsServed: true },
  { fact: 'cert_hostname_match', now: family.certHostnameMatch.name, whileTlsIsServed: true },
  // An instance without tenants has no data.
  {
    fact: 'at_rest_encryption_enabled',
    now: `(${family.atRestEncryptionEnabled.name} or ${family.tenants.name} == 0)`,
  },
];

/** The instances of which something is not known now, or of which no check has finished yet. */
export const unknown = `(${together([
  ...facts.map(({ fact, now, whileSslIsOn = false, whileTlsIsServed = false }) => {
    const unreported = unlessOf(reports(fact), now);
    const missing = whileTlsIsServed ? unlessOf(unreported, withoutTls) : unreported;
    return whileSslIsOn ? andOf(missing, sslOnNow) : missing;
  }),
  unlessOf(instances, family.checkSuccess.name),
])})`;
