// Turns facts and outcomes into samples. Unknown is absent: what is not known makes no sample.
import { cleanText } from '../model/clean-text.ts';
import { type Facts, isEncryptedAtRest } from '../model/facts.ts';
import type { Instance } from '../model/instance.ts';
import { type Family, instanceFamilies as family } from './catalogue.ts';

/** One sample of a family. */
export interface Sample {
  family: Family;
  labels: Readonly<Record<string, string>>;
  value: number;
}

/** What is known of one check, as far as the exposition shows it. */
export interface KnownCheck {
  check: string;
  facts: Facts | undefined;
  succeeded: boolean;
  /** Unix milliseconds. */
  lastSuccessMs: number | undefined;
  durationMs: number;
}

/** All samples of one instance. @param nowMs unix milliseconds of the scrape, for the days that remain */
export function instanceSamples(
  instance: Instance,
  engine: string,
  checks: readonly KnownCheck[],
  nowMs: number,
): Sample[] {
  const identity = {
    ...instance.labels,
    provider: instance.provider,
    account: instance.account,
    cloud_region: instance.region,
    instance_id: instance.id,
    instance_name: instance.name,
  };
  const samples: Sample[] = [];
  function add(family: Family, value: boolean | number | undefined, labels: Record<string, string> = {}): void {
    if (value !== undefined) samples.push({ family, labels: { ...identity, ...labels }, value: Number(value) });
  }

  add(family.instanceInfo, 1, { engine });
  for (const { check, facts, succeeded, lastSuccessMs, durationMs } of checks) {
    if (facts !== undefined) addFacts(facts, nowMs, add);
    add(family.checkSuccess, succeeded, { check });
    add(family.checkLastSuccess, lastSuccessMs === undefined ? undefined : lastSuccessMs / 1000, { check });
    add(family.checkDuration, durationMs / 1000, { check });
  }
  return samples;
}

function addFacts(
  facts: Facts,
  nowMs: number,
  add: (family: Family, value: boolean | number | undefined, labels?: Record<string, string>) => void,
): void {
  add(family.sslEnabled, facts.sslEnabled);
  add(family.sslForced, facts.sslForced);
  add(family.sslForceSupported, facts.sslForceSupported);
  add(family.certValid, facts.certValid);
  add(family.certAutoRenewEnabled, facts.certAutoRenewEnabled);
  for (const { certificate, source, subjectCn, notAfterSeconds } of facts.certificates ?? []) {
    const labels = { certificate, source, subject_cn: cleanText(subjectCn) };
    add(family.certNotAfter, notAfterSeconds, labels);
    add(family.certDaysRemaining, (notAfterSeconds - nowMs / 1000) / 86_400, labels);
  }
  for (const { id, alias, region, clusterId, enabled, createdSeconds } of facts.keys ?? []) {
    const labels = {
      key_id: cleanText(id),
      key_alias: cleanText(alias),
      key_region: cleanText(region),
      kms_cluster_id: cleanText(clusterId),
    };
    add(family.kmsKeyEnabled, enabled, labels);
    add(family.kmsKeyCreated, createdSeconds, labels);
  }
  add(family.kmsKeys, facts.keys?.length);
  add(family.atRestEncryptionEnabled, isEncryptedAtRest(facts));
}
