// The samples of each family of an instance. An unknown fact has no sample.
import { isEncryptedAtRest } from '../model/facts.ts';
import { isFailing } from '../model/knowledge.ts';
import { labelPair, labelPairs } from './encode.ts';
import { instanceFamilies } from './instance-families.ts';
import { type InstanceView, pairsOfCheck } from './instance-view.ts';

/**
 * Adds a sample to a family; undefined is unknown, and adds nothing.
 * @param pairs the encoded labels that the family declares, without those that all series of an instance share
 */
export type AddSample = (value: boolean | number | undefined, pairs?: string) => void;

/** Adds the samples that a family has for an instance. @param nowMs unix milliseconds of the scrape */
type Samples = (view: InstanceView, add: AddSample, nowMs: number) => void;

/** Key of an instance family. */
export type InstanceFamilyKey = keyof typeof instanceFamilies;

const secondsOfDay = 86_400;

/** The samples by family. */
export const instanceSamples: Readonly<Record<InstanceFamilyKey, Samples>> = {
  instanceInfo: ({ engine, knowledge: { instance } }, add) =>
    add(1, labelPairs(instanceFamilies.instanceInfo.labels, [engine, instance.version ?? ''])),
  sslEnabled: ({ knowledge: { facts } }, add) => add(facts.sslEnabled),
  sslForced: ({ knowledge: { facts } }, add) => add(facts.sslForced),
  sslForceSupported: ({ knowledge: { facts } }, add) => add(facts.sslForceSupported),
  certValid: ({ knowledge: { facts } }, add) => add(facts.certValid),
  certAutoRenewEnabled: ({ knowledge: { facts } }, add) => add(facts.certAutoRenewEnabled),
  certNotAfter({ labelled: { certificates } }, add) {
    for (const { notAfterSeconds, pairs } of certificates) add(notAfterSeconds, pairs);
  },
  certDaysRemaining({ labelled: { certificates } }, add, nowMs) {
    for (const { notAfterSeconds, pairs } of certificates) add((notAfterSeconds - nowMs / 1000) / secondsOfDay, pairs);
  },
  certNotBefore({ labelled: { certificates } }, add) {
    for (const { notBeforeSeconds, pairs } of certificates) add(notBeforeSeconds, pairs);
  },
  certInfo({ labelled: { seen } }, add) {
    for (const pairs of seen) add(1, pairs);
  },
  tlsAccepted: ({ knowledge: { facts } }, add) => add(facts.tlsAccepted),
  plaintextAccepted: ({ knowledge: { facts } }, add) => add(facts.plaintextAccepted),
  tlsInfo({ labelled: { session } }, add) {
    if (session !== undefined) add(1, session);
  },
  certTrusted: ({ knowledge: { facts } }, add) => add(facts.certTrusted),
  certHostnameMatch: ({ knowledge: { facts } }, add) => add(facts.certHostnameMatch),
  kmsKeyInfo({ labelled: { keys } }, add) {
    for (const { pairs } of keys) add(1, pairs);
  },
  kmsKeyEnabled({ labelled: { keys } }, add) {
    for (const { enabled, pairs } of keys) add(enabled, pairs);
  },
  kmsKeyCreated({ labelled: { keys } }, add) {
    for (const { createdSeconds, pairs } of keys) add(createdSeconds, pairs);
  },
  kmsKeys: ({ knowledge: { facts } }, add) => add(facts.keys?.length),
  tenantAtRestEncryptionEnabled({ labelled: { tenants } }, add) {
    for (const { encrypted, pairs } of tenants) add(encrypted, pairs);
  },
  tenants: ({ knowledge: { facts } }, add) => add(facts.tenants?.length),
  atRestEncryptionEnabled: ({ knowledge: { facts } }, add) => add(isEncryptedAtRest(facts)),
  checkSuccess({ knowledge: { checks } }, add) {
    for (const { check, last } of checks) add(last && !isFailing(last), pairsOfCheck(check));
  },
  checkUnsupported({ knowledge: { checks } }, add) {
    for (const { check, last } of checks) if (last?.failure?.reason === 'unsupported') add(1, pairsOfCheck(check));
  },
  checkFailureInfo({ knowledge: { checks } }, add) {
    for (const { check, last } of checks) {
      if (last?.failure === undefined || !isFailing(last)) continue;
      add(1, `${pairsOfCheck(check)},${labelPair('reason', last.failure.reason)}`);
    }
  },
  checkUnreadableField({ knowledge: { checks } }, add) {
    for (const { check, unreadable = [] } of checks) {
      for (const field of unreadable) add(1, `${pairsOfCheck(check)},${labelPair('field', field)}`);
    }
  },
  findingAcceptedUntil({ knowledge: { instance } }, add) {
    for (const { finding, untilMs } of instance.accept ?? []) add(untilMs / 1000, labelPair('finding', finding));
  },
  checkLastSuccess({ knowledge: { checks } }, add) {
    for (const { check, lastSuccessMs } of checks) add(lastSuccessMs && lastSuccessMs / 1000, pairsOfCheck(check));
  },
  checkDuration({ knowledge: { checks } }, add) {
    for (const { check, last } of checks) add(last && last.durationMs / 1000, pairsOfCheck(check));
  },
};
