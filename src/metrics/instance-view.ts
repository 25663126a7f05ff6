// What an exposition shows of one instance, with all labels encoded. What did not change is encoded once, not per scrape.
import { cleanText } from '../model/clean-text.ts';
import type { Certificate, EncryptionKey, Facts } from '../model/facts.ts';
import type { Instance } from '../model/instance.ts';
import type { CheckKnowledge, Knowledge } from '../model/knowledge.ts';
import { identityLabels } from './catalogue.ts';
import { labelPair, labelPairs } from './encode.ts';
import { certificateLabels, keyLabels } from './instance-families.ts';

/** Something with the labels that distinguish it from others of the same instance, encoded. */
type Labelled<T> = T & { pairs: string };

/** The facts of an instance that have labels of their own. */
interface LabelledFacts {
  certificates: readonly Labelled<{ notAfterSeconds: number }>[];
  keys: readonly Labelled<Pick<EncryptionKey, 'enabled' | 'createdSeconds'>>[];
}

/** One instance in the exposition. */
export interface InstanceView extends LabelledFacts {
  /** The encoded labels of every series of the instance. */
  pairs: string;
  engine: string;
  facts: Facts;
  checks: readonly CheckKnowledge[];
}

/** @param ownLabels names of the own labels of all instances; labels that this instance does not set are empty */
export function viewOf(
  { instance, facts, checks }: Knowledge,
  engine: string,
  ownLabels: readonly string[],
): InstanceView {
  const { certificates, keys } = labelledFacts(facts);
  return { pairs: commonPairs(instance, ownLabels), engine, facts, certificates, keys, checks };
}

// Facts, instances and lists of labels are never changed but replaced, so the objects themselves are the keys.
const knownFacts = new WeakMap<Facts, LabelledFacts>();
const knownPairs = new WeakMap<readonly string[], WeakMap<Instance, string>>();

const nothingLabelled: LabelledFacts = { certificates: [], keys: [] };

function labelledFacts(facts: Facts): LabelledFacts {
  if (facts.certificates === undefined && facts.keys === undefined) return nothingLabelled;
  let known = knownFacts.get(facts);
  if (known === undefined) {
    const { certificates = [], keys = [] } = facts;
    known = { certificates: distinct(certificates.map(labelledCertificate)), keys: distinct(keys.map(labelledKey)) };
    knownFacts.set(facts, known);
  }
  return known;
}

function commonPairs(instance: Instance, ownLabels: readonly string[]): string {
  let ofInstances = knownPairs.get(ownLabels);
  if (ofInstances === undefined) knownPairs.set(ownLabels, (ofInstances = new WeakMap()));
  let pairs = ofInstances.get(instance);
  if (pairs === undefined) ofInstances.set(instance, (pairs = encodeCommonPairs(instance, ownLabels)));
  return pairs;
}

function encodeCommonPairs(instance: Instance, ownLabels: readonly string[]): string {
  const { provider, account, region, id, name, labels } = instance;
  // hasOwn: a label can have the name of an inherited property, such as `constructor`.
  const own = ownLabels.map((label) => (Object.hasOwn(labels, label) ? (labels[label] ?? '') : ''));
  return labelPairs([...identityLabels, ...ownLabels], [provider, account, region, id, name, ...own]);
}

function labelledCertificate({ certificate, source, subjectCn, notAfterSeconds }: Certificate) {
  return { pairs: labelPairs(certificateLabels, [certificate, source, cleanText(subjectCn)]), notAfterSeconds };
}

function labelledKey({ id, alias, region, clusterId, enabled, createdSeconds }: EncryptionKey) {
  const pairs = labelPairs(keyLabels, [id, alias, region, clusterId].map(cleanText));
  return { pairs, enabled, createdSeconds };
}

const checkPairs = new Map<string, string>();

/** The encoded label of a check. */
export function pairsOfCheck(check: string): string {
  let pairs = checkPairs.get(check);
  if (pairs === undefined) checkPairs.set(check, (pairs = labelPair('check', check)));
  return pairs;
}

/**
 * Two things that an API distinguishes can have the same labels, e.g. after blanks are trimmed. Of each of their values
 * the lower, worse one counts.
 */
function distinct<T extends Record<string, unknown> & { pairs: string }>(all: readonly T[]): readonly T[] {
  if (all.length < 2) return all;
  const byPairs = new Map<string, T>();
  for (const one of all) {
    const known = byPairs.get(one.pairs);
    byPairs.set(one.pairs, known === undefined ? one : lower(known, one));
  }
  return [...byPairs.values()];
}

function lower<T extends Record<string, unknown>>(a: T, b: T): T {
  const values = Object.entries(b).map(([name, value]) => {
    const other = a[name];
    return [name, value === undefined || Number(other) <= Number(value) ? other : value];
  });
  return { ...b, ...Object.fromEntries(values) } as T;
}
