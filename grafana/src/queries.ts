// Building blocks of the dashboards' queries; metric names come from the catalogue only.
import type { Family } from '../../src/metrics/catalogue.ts';

/** The instances that the variables of the fleet dashboard select. */
export const selected = 'provider=~"$provider", account=~"$account", cloud_region=~"$region", $team_label=~"$team"';

/** What tells instances apart, and never changes while one lives. */
export const identity = 'provider, account, cloud_region, instance_id';

const shown = `${identity}, instance_name, $team_label`;

/** Labels of a family by which series stay apart, beside those of the instance; and matchers beside the variables'. */
interface Narrowing {
  by?: readonly string[];
  where?: string;
}

/** A fact of each instance, once however many exporters watch it: where they differ, the worse (lower) one. */
export function worst({ name }: Family, { by = [], where }: Narrowing = {}): string {
  const matchers = where === undefined ? selected : `${selected}, ${where}`;
  return `min by (${[shown, ...by].join(', ')}) (${name}{${matchers}})`;
}

/** How many values meet a condition such as `== bool 0`: 0 when none does, no value when nothing is known. */
export function howMany(vector: string, condition: string): string {
  return `sum((${vector}) ${condition})`;
}

/** `vector`, where the same instance has something in `other`. */
export function andOf(vector: string, other: string, on = identity): string {
  return `(${vector} and on (${on}) (${other}))`;
}

/** `vector`, but where the same instance has something in `other`. */
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

/** All of these vectors together, one a line. */
export function together(vectors: readonly string[]): string {
  return vectors.join('\nor\n');
}
