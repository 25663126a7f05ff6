// Queries of the facts of instances, and of what is not known of them.
import { instanceFamilies as family, stateFamilies } from '../../src/metrics/catalogue.ts';
import { keyLabels } from '../../src/metrics/instance-families.ts';
import type { FactName } from '../../src/model/facts.ts';
import { andOf, current, firstOf, identity, lastKnown, perInstance, selector, together, unlessOf } from './queries.ts';

/** The configured instances; while an exporter is down, those of its last scrape. */
export const instances = lastKnown(family.instanceInfo);

const perKey = { by: keyLabels, rule: `key:${family.kmsKeyEnabled.name}:last` };

/** Facts as last known. */
export const known = {
  sslEnabled: lastKnown(family.sslEnabled),
  sslForced: lastKnown(family.sslForced),
  sslForceSupported: lastKnown(family.sslForceSupported),
  certValid: lastKnown(family.certValid),
  autoRenewed: lastKnown(family.certAutoRenewEnabled),
  atRest: lastKnown(family.atRestEncryptionEnabled),
  keys: lastKnown(family.kmsKeys),
  keyEnabled: lastKnown(family.kmsKeyEnabled, perKey),
  keyCreated: lastKnown(family.kmsKeyCreated, { ...perKey, rule: `key:${family.kmsKeyCreated.name}:last` }),
} as const;

/** What the exporter reports of each check. */
export const checkSuccess = current(family.checkSuccess, { by: ['check'] });

const sslOff = `${known.sslEnabled} == 0`;

/** Whether SSL is forced, for instances that support it and have SSL on. */
export const sslForced = andOf(
  andOf(known.sslForced, `${known.sslForceSupported} == 1`),
  `${known.sslEnabled} == 1`,
);

/** Whether the provider reports the certificate as valid; not with SSL off. */
export const certValid = unlessOf(known.certValid, sslOff);

const expiryRule = `certificate:${family.certNotAfter.name}:last`;

/** When server certificates expire, in unix time; not with SSL off. */
export const serverExpiry = unlessOf(
  lastKnown(family.certNotAfter, {
    by: ['certificate', 'source', 'subject_cn'],
    where: 'certificate="server"',
    rule: expiryRule,
  }),
  sslOff,
);

/** When CA certificates expire. Of those of one subject the last counts: it has replaced the others. */
export const caExpiry = lastKnown(family.certNotAfter, {
  by: ['certificate', 'subject_cn'],
  where: 'certificate="ca"',
  rule: expiryRule,
  worst: 'max',
});

/** Days from now until these times. */
export function daysUntil(expiry: string): string {
  return `((${expiry}) - time()) / 86400`;
}

/** Remaining days of all certificates. */
export const daysLeft = daysUntil(`${serverExpiry} or ${caExpiry}`);

/** The instances with a configured check that can report a fact in this edition of the database. */
export function reports(fact: FactName): string {
  const source = `${stateFamilies.factInfo.name}{fact="${fact}"}`;
  const unsupported = selector(family.checkUnsupported.name);
  return perInstance(
    unlessOf(andOf(selector(family.checkSuccess.name), source, 'provider, check'), unsupported, `${identity}, check`),
  );
}

/** The instances that have SSL on now. */
export const sslOnNow = `${current(family.sslEnabled)} == 1`;

/** What is not known now although a check can report it; `whileSslIsOn`: an API leaves the field empty otherwise. */
const notKnown: readonly { fact: FactName; now: string; whileSslIsOn?: boolean }[] = [
  { fact: 'ssl_enabled', now: selector(family.sslEnabled.name) },
  { fact: 'ssl_forced', now: selector(family.sslForced.name), whileSslIsOn: true },
  { fact: 'cert_valid', now: selector(family.certValid.name), whileSslIsOn: true },
  {
    fact: 'server_certificate',
    now: selector(family.certNotAfter.name, { where: 'certificate="server"' }),
    whileSslIsOn: true,
  },
  { fact: 'at_rest_encryption_enabled', now: selector(family.atRestEncryptionEnabled.name) },
];

/** Each instance of which something is not known now, or of which no check has finished yet. */
export const unknown = `0 * ${perInstance(
  together([
    ...notKnown.map(({ fact, now, whileSslIsOn = false }) => {
      const missing = unlessOf(reports(fact), now);
      return whileSslIsOn ? andOf(missing, sslOnNow) : missing;
    }),
    unlessOf(instances, selector(family.checkSuccess.name)),
  ]),
)}`;

/** Seconds since the last success of the check of an instance for which it is longest; -1 if one never succeeded. */
export const ageOfFacts = (() => {
  const success = family.checkLastSuccess.name;
  const newest = (range: string) =>
    `time() - min without (check) (max by (provider, account, cloud_region, instance_id, instance_name, $team_label, check) (${range}))`;
  return andOf(
    `(${firstOf([
      `0 * ${perInstance(unlessOf(checkSuccess, selector(success), `${identity}, check`))} - 1`,
      newest(selector(success)),
      newest(`last_over_time(${selector(success)}[$__range])`),
    ])})`,
    instances,
  );
})();
