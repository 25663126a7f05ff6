// Queries of the facts of instances, and of what is not known of them; not selected yet.
import { instanceFamilies as family, stateFamilies } from '../../src/metrics/catalogue.ts';
import type { FactName } from '../../src/model/facts.ts';
import { andOf, identity, instances, lastKnown, perInstance, together, unlessOf } from './queries.ts';

/** Facts as last known. */
export const known = {
  sslEnabled: lastKnown(family.sslEnabled),
  certValid: lastKnown(family.certValid),
  autoRenewed: lastKnown(family.certAutoRenewEnabled),
  atRest: lastKnown(family.atRestEncryptionEnabled),
  keys: lastKnown(family.kmsKeys),
  keyEnabled: lastKnown(family.kmsKeyEnabled),
  keyCreated: lastKnown(family.kmsKeyCreated),
} as const;

const sslOff = `${known.sslEnabled} == 0`;

/** Whether SSL is forced, for instances that support it and have SSL on. */
export const sslForced = andOf(
  andOf(lastKnown(family.sslForced), `${lastKnown(family.sslForceSupported)} == 1`),
  `${known.sslEnabled} == 1`,
);

/** Whether the provider reports the certificate as valid; not with SSL off. */
export const certValid = unlessOf(known.certValid, sslOff);

/** Labels that distinguish the certificates of an instance; one that is renewed replaces the one of the same subject. */
export const certificateLabels = ['certificate', 'source', 'subject_cn'] as const;

const certificates = (kind: string) => lastKnown(family.certNotAfter, `certificate="${kind}"`);

/** When server certificates expire, in unix time; not with SSL off. */
export const serverExpiry = unlessOf(certificates('server'), sslOff);

/** When CA certificates expire. Of those of one subject the last counts: it has replaced the others. */
export const caExpiry = `(${perInstance(certificates('ca'), ['certificate', 'subject_cn', '__name__'])})`;

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

/** What is not known now although a check can report it; `whileSslIsOn`: an API leaves the field empty otherwise. */
const facts: readonly { fact: FactName; now: string; whileSslIsOn?: boolean }[] = [
  { fact: 'ssl_enabled', now: family.sslEnabled.name },
  { fact: 'ssl_forced', now: family.sslForced.name, whileSslIsOn: true },
  { fact: 'cert_valid', now: family.certValid.name, whileSslIsOn: true },
  { fact: 'server_certificate', now: `${family.certNotAfter.name}{certificate="server"}`, whileSslIsOn: true },
  { fact: 'at_rest_encryption_enabled', now: family.atRestEncryptionEnabled.name },
];

/** The instances of which something is not known now, or of which no check has finished yet. */
export const unknown = `(${together([
  ...facts.map(({ fact, now, whileSslIsOn = false }) => {
    const missing = unlessOf(reports(fact), now);
    return whileSslIsOn ? andOf(missing, sslOnNow) : missing;
  }),
  unlessOf(instances, family.checkSuccess.name),
])})`;
