// Building blocks of the dashboards' queries; metric names come from the catalogue only.
import type { Family } from '../../src/metrics/catalogue.ts';

/** The instances that the variables of the fleet dashboard select. */
export const selected = 'provider=~"$provider", account=~"$account", cloud_region=~"$region", $team_label=~"$team"';

/** Labels that identify an instance and never change during its lifetime. */
export const identity = 'provider, account, cloud_region, instance_id';

const shown = `${identity}, instance_name, $team_label`;

/** Additional labels that distinguish series of an instance, and additional matchers. */
interface Narrowing {
  by?: readonly string[];
  where?: string;
}

/** A fact of each instance, once even if several exporters report it: the lower (worse) value if they differ. */
export function worst(family: Family, narrowing: Narrowing = {}): string {
  return aggregated('min', family, narrowing);
}

/** The same with the higher value. */
export function highest(family: Family, narrowing: Narrowing): string {
  return aggregated('max', family, narrowing);
}

function aggregated(operator: 'min' | 'max', { name }: Family, { by = [], where }: Narrowing): string {
  const matchers = where === undefined ? selected : `${selected}, ${where}`;
  return `${operator} by (${[shown, ...by].join(', ')}) (${name}{${matchers}})`;
}

/** Number of values that satisfy a condition such as `== bool 0`: 0 if none does, no value if none is known. */
export function howMany(vector: string, condition: string): string {
  return `sum((${vector}) ${condition})`;
}

/** `vector`, restricted to instances with a value in `other`. */
export function andOf(vector: string, other: string, on = identity): string {
  return `(${vector} and on (${on}) (${other}))`;
}

/** `vector`, without instances with a value in `other`. */
export function unlessOf(vector: string, other: string, on = identity): string {
  return `(${vector} unless on (${on}) (${other}))`;
}

/** Sets labels to fixed texts. */
export function labelled(vector: string, labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels).reduce(
    (inner, [name, text]) => `label_replace(${inner}, "${name}", "${text}", "", "")`,
    vector,
  );
}

/** Copies a label to one of another name. */
export function copied(vector: string, to: string, from: string): string {
  return `label_replace(${vector}, "${to}", "$1", "${from}", "(.*)")`;
}

/** The union of these vectors, one per line. */
export function together(vectors: readonly string[]): string {
  return vectors.join('\nor\n');
}
