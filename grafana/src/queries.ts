// Building blocks of the dashboards' queries; metric names come from the catalogue only.
import { type Family, instanceFamilies, stateFamilies } from '../../src/metrics/catalogue.ts';

/** The accounts that the variables of the fleet dashboard select. */
export const ofAccounts = 'provider=~"$provider", account=~"$account"';

const ofInstances = `${ofAccounts}, cloud_region=~"$region", $team_label=~"$team", instance_name=~"$instance"`;

/** Labels that identify an instance and never change during its lifetime. */
export const identityLabels = 'provider, account, cloud_region, instance_id';

/**
 * The same as a variable of the dashboard, because they are in a thousand places: its ConfigMap has to fit into the 256 KiB
 * annotation of `kubectl apply`.
 */
export const identity = '$id';

/** Columns that say which instance a row of a table is about. */
export const columnsOfInstance = `${identity}, instance_name, team`;

/** Where the recording rules keep a fact, by what distinguishes its series; `instance` without an entry. */
const levels: Readonly<Record<string, string>> = {
  [instanceFamilies.kmsKeyEnabled.name]: 'key',
  [instanceFamilies.kmsKeyCreated.name]: 'key',
  [instanceFamilies.tenantAtRestEncryptionEnabled.name]: 'tenant',
  [instanceFamilies.certNotAfter.name]: 'certificate',
  [instanceFamilies.checkUnreadableField.name]: 'field',
  [instanceFamilies.findingAcceptedUntil.name]: 'finding',
  [stateFamilies.discoveryLastSuccess.name]: 'list',
};

/** What a recording rule last knew of a fact, also while the exporter reports it. */
export function recorded({ name }: Family, where = ''): string {
  return `${levels[name] ?? 'instance'}:${name}:last${where === '' ? '' : `{${where}}`}`;
}

/**
 * What the exporter reports of instances now, or while it does not, what a recording rule last knew. Without the rules it
 * is only the former. Not selected yet; an instance that several exporters watch is in it several times.
 */
export function lastKnown(family: Family, where = ''): string {
  const reported = where === '' ? family.name : `${family.name}{${where}}`;
  return `(${reported} or on (${identity}) ${recorded(family, where)})`;
}

/** The same in fewer words, where it does not matter that a change takes one evaluation of the rules. */
export function reportedOrRecorded(family: Family, where = ''): string {
  const names = `__name__=~"${family.name}|${recorded(family)}"`;
  return `{${where === '' ? names : `${names}, ${where}`}}`;
}

/** The selected instances; while an exporter is down, those of its last scrape. */
export const instances = reportedOrRecorded(instanceFamilies.instanceInfo, ofInstances);

/** Series of the selected instances. */
export function ofSelected(vector: string): string {
  return `(${vector} and on (${identity}) ${instances})`;
}

const labelsOfInstance = `${identity}, instance_name, $team_label`;

/** One series for each instance, with the labels of every series of an instance. @param by further ones */
export function perInstance(vector: string, by: readonly string[] = [], worst: 'min' | 'max' = 'max'): string {
  return `${worst} by (${[labelsOfInstance, ...by].join(', ')}) (${vector})`;
}

/** One row of a table for each selected instance, with its team. @param by further labels that distinguish rows */
export function rows(vector: string, by: readonly string[] = [], worst: 'min' | 'max' = 'max'): string {
  const columns = [columnsOfInstance, ...by].join(', ');
  return `${worst} by (${columns}) (${copied(ofSelected(vector), 'team', '$team_label')})`;
}

/** One series for each selected instance (key, certificate): the lower, which is the worse value, if exporters differ. */
export function distinct(vector: string, by: readonly string[] = []): string {
  return `min by (${[identity, 'instance_name', ...by].join(', ')}) (${ofSelected(vector)})`;
}

/** `vector`, restricted to instances with a value in `other`. */
export function andOf(vector: string, other: string, on = identity): string {
  return `(${vector} and on (${on}) ${other})`;
}

/** `vector`, without instances with a value in `other`. */
export function unlessOf(vector: string, other: string, on = identity): string {
  return `(${vector} unless on (${on}) ${other})`;
}

/** The first of these vectors that has a value, for each instance. */
export function firstOf(vectors: readonly string[]): string {
  return `(${vectors.join(`\nor on (${identity})\n`)})`;
}

/** Sets labels to fixed texts. */
export function labelled(vector: string, labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels).reduce(
    (inner, [name, text]) => `label_replace(${inner}, "${name}", "${text}", "", "")`,
    vector,
  );
}

/** Copies a label to one of another name; with `.+`, only where it is not empty. */
export function copied(vector: string, to: string, from: string, pattern = '.*'): string {
  return `label_replace(${vector}, "${to}", "$1", "${from}", "(${pattern})")`;
}

/** Puts labels together, with a colon between them. */
export function joined(vector: string, to: string, from: readonly string[]): string {
  return `label_join(${vector}, "${to}", ": ", ${from.map((label) => `"${label}"`).join(', ')})`;
}

/** The union of these vectors, one per line. */
export function together(vectors: readonly string[]): string {
  return vectors.join('\nor\n');
}
