// Converts the knowledge of an instance into samples. An unknown fact has no sample.
import { cleanText } from '../model/clean-text.ts';
import { type Facts, isEncryptedAtRest } from '../model/facts.ts';
import { isFailing, type Knowledge } from '../model/knowledge.ts';
import { type Family, instanceFamilies as families } from './catalogue.ts';

/** One sample of a family. */
export interface Sample {
  family: Family;
  /** Values of the labels that the family declares, without the labels that all series of an instance share. */
  labels: Readonly<Record<string, string>>;
  value: number;
}

type Add = (family: Family, value: boolean | number | undefined, labels?: Sample['labels']) => void;

const noLabels: Sample['labels'] = {};

/** All samples of one instance. @param nowMs unix milliseconds of the scrape, for the days that remain */
export function instanceSamples({ checks }: Knowledge, engine: string, nowMs: number): Sample[] {
  const samples: Sample[] = [];
  const add: Add = (family, value, labels = noLabels) => {
    if (value !== undefined) samples.push({ family, labels, value: Number(value) });
  };

  add(families.instanceInfo, 1, { engine });
  for (const { check, facts, lastSuccessMs, last } of checks) {
    if (facts !== undefined) addFacts(facts, nowMs, add);
    const labels = { check };
    if (last !== undefined) {
      add(families.checkSuccess, !isFailing(last), labels);
      if (last.failure?.reason === 'unsupported') add(families.checkUnsupported, 1, labels);
      add(families.checkDuration, last.durationMs / 1000, labels);
    }
    add(families.checkLastSuccess, lastSuccessMs === undefined ? undefined : lastSuccessMs / 1000, labels);
  }
  return samples;
}

function addFacts(facts: Facts, nowMs: number, add: Add): void {
  add(families.sslEnabled, facts.sslEnabled);
  add(families.sslForced, facts.sslForced);
  add(families.sslForceSupported, facts.sslForceSupported);
  add(families.certValid, facts.certValid);
  add(families.certAutoRenewEnabled, facts.certAutoRenewEnabled);
  for (const { certificate, source, subjectCn, notAfterSeconds } of facts.certificates ?? []) {
    const labels = { certificate, source, subject_cn: cleanText(subjectCn) };
    add(families.certNotAfter, notAfterSeconds, labels);
    add(families.certDaysRemaining, (notAfterSeconds - nowMs / 1000) / 86_400, labels);
  }
  for (const { id, alias, region, clusterId, enabled, createdSeconds } of facts.keys ?? []) {
    const labels = {
      key_id: cleanText(id),
      key_alias: cleanText(alias),
      key_region: cleanText(region),
      kms_cluster_id: cleanText(clusterId),
    };
    add(families.kmsKeyInfo, 1, labels);
    add(families.kmsKeyEnabled, enabled, labels);
    add(families.kmsKeyCreated, createdSeconds, labels);
  }
  add(families.kmsKeys, facts.keys?.length);
  add(families.atRestEncryptionEnabled, isEncryptedAtRest(facts));
}
