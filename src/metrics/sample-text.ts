// The lines of samples, grouped by family: what one instance, or the exporter, adds to each family.
import type { Instance } from '../model/instance.ts';
import { type Family, identityLabels } from './catalogue.ts';
import { labelPair, sampleLine } from './encode.ts';
import type { Sample } from './samples.ts';

/** The lines of each family that has a sample. All are gauges, which both formats write in the same way. */
export type FamilyText = ReadonlyMap<Family, string>;

/**
 * Writes the lines of samples. Two facts that an API distinguishes can have the same labels, e.g. after blanks are
 * trimmed; then the lower, worse value is written.
 * @param commonPairs the encoded labels of every sample; may be empty
 */
export function familyText(samples: readonly Sample[], commonPairs: string): FamilyText {
  const valuesOf = new Map<Family, Map<string, number>>();
  for (const { family, labels, value } of samples) {
    let values = valuesOf.get(family);
    if (values === undefined) valuesOf.set(family, (values = new Map()));
    const pairs = family.labels.map((name) => labelPair(name, labels[name] ?? '')).join(',');
    const known = values.get(pairs);
    if (known === undefined || value < known) values.set(pairs, value);
  }
  const texts = new Map<Family, string>();
  for (const [family, values] of valuesOf) {
    let lines = '';
    for (const [pairs, value] of values) lines += sampleLine(family.name, joined(commonPairs, pairs), value);
    texts.set(family, lines);
  }
  return texts;
}

/**
 * The encoded labels of every series of an instance.
 * @param ownLabels names of the own labels of all instances; labels that this instance does not set are empty
 */
export function commonPairs(instance: Instance, ownLabels: readonly string[]): string {
  const { provider, account, region, id, name, labels } = instance;
  const identity = [provider, account, region, id, name];
  return [
    ...identityLabels.map((label, index) => labelPair(label, identity[index] ?? '')),
    // hasOwn: a label can have the name of an inherited property, such as `constructor`.
    ...ownLabels.map((label) => labelPair(label, Object.hasOwn(labels, label) ? (labels[label] ?? '') : '')),
  ].join(',');
}

function joined(first: string, second: string): string {
  return first === '' || second === '' ? first + second : `${first},${second}`;
}
