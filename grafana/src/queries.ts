// Building blocks of the dashboards' queries; metric names come from the catalogue only.
import type { Family } from '../../src/metrics/catalogue.ts';

/** The accounts that the variables of the fleet dashboard select. */
export const ofAccounts = 'provider=~"$provider", account=~"$account"';

/** The instances that they select. */
export const selected = `${ofAccounts}, cloud_region=~"$region", $team_label=~"$team", instance_name=~"$instance_name"`;

/** Labels that identify an instance and never change during its lifetime. */
export const identity = 'provider, account, cloud_region, instance_id';

const shown = `${identity}, instance_name, $team_label`;

/** Columns that say which instance a row of a table is about. */
export const columnsOfInstance = `${identity}, instance_name, team`;

/** Additional labels that distinguish series of an instance, and additional matchers. */
export interface Narrowing {
  by?: readonly string[];
  where?: string;
}

/** What the exporter reports now, once even if several exporters report it: the lower (worse) value if they differ. */
export function current(family: Family, narrowing: Narrowing = {}): string {
  return aggregated('min', selector(family.name, narrowing), narrowing);
}

/**
 * The same; while the exporter does not report it, what the recording rule `rule` last knew, with the label `known`.
 * Without the rules it is the same as `current`.
 */
export function lastKnown(
  family: Family,
  narrowing: Narrowing & { rule?: string; worst?: 'min' | 'max' } = {},
): string {
  const { by = [], rule = `instance:${family.name}:last`, worst = 'min' } = narrowing;
  const kept = labelled(selector(rule, narrowing), { known: 'last known' });
  return aggregated(worst, `${selector(family.name, narrowing)} or on (${identity}) ${kept}`, {
    by: ['known', ...by],
  });
}

/** What the recording rule last knew of a fact of each instance. */
export function ruleOf({ name }: Family): string {
  return aggregated('min', selector(`instance:${name}:last`), {});
}

/** Series of a metric for the selected instances. */
export function selector(name: string, { where }: Narrowing = {}): string {
  return `${name}{${where === undefined ? selected : `${selected}, ${where}`}}`;
}

function aggregated(operator: 'min' | 'max', vector: string, { by = [] }: Narrowing): string {
  return `${operator} by (${[shown, ...by].join(', ')}) (${vector})`;
}

/** One series for each instance. */
export function perInstance(vector: string): string {
  return `max by (${shown}) (${vector})`;
}

/** One row of a table for each instance, with its team. */
export function rowPerInstance(vector: string, by: readonly string[] = []): string {
  return `max by (${[columnsOfInstance, ...by].join(', ')}) (${copied(vector, 'team', '$team_label')})`;
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

/** The first of these vectors that has a value, for each instance. */
export function firstOf(vectors: readonly string[], on = identity): string {
  return vectors.join(`\nor on (${on})\n`);
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
