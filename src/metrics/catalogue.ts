// All metric families as data: the source of names, types, labels, HELP texts and the reference page.
import { lastingFamilies, stateFamilies } from './exporter-families.ts';
import type { Family } from './family.ts';
import { instanceFamilies } from './instance-families.ts';

export { lastingFamilies, stateFamilies } from './exporter-families.ts';
export type { Family } from './family.ts';
export { instanceFamilies } from './instance-families.ts';

/** Labels of every series of an instance. */
export const identityLabels = ['provider', 'account', 'cloud_region', 'instance_id', 'instance_name'] as const;

/** Label names that an instance's own labels must not use: those of the exporter, and two that Prometheus reserves. */
export const reservedLabels: ReadonlySet<string> = new Set([
  'le',
  'quantile',
  ...identityLabels,
  ...[instanceFamilies, stateFamilies, lastingFamilies].flatMap((families) =>
    Object.values<Family>(families).flatMap(({ labels }) => labels),
  ),
]);
