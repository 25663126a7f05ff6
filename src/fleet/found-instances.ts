// Merges a list of the provider with the configured instances, which keep what is written in the configuration.
import { cleanText } from '../model/clean-text.ts';
import type { Discovery, ListedInstance } from '../model/discovery.ts';
import type { Instance } from '../model/instance.ts';

/** The instances of an account with those that a list adds. */
export interface Merged {
  instances: readonly Instance[];
  /** Those of the list that are watched, added or configured. */
  found: readonly Instance[];
}

/**
 * Adds a list. A configured instance only gets its version from it.
 * @param region empty where the provider has none: then an id belongs to the same instance in whatever region
 */
export function foundInstances(
  known: readonly Instance[],
  discovery: Discovery,
  region: string,
  list: readonly ListedInstance[],
): Merged {
  const listed = new Map(list.map((one) => [one.id, one]));
  const configured = new Set<string>();
  const found: Instance[] = [];
  const instances = known.map((instance) => {
    const twin = region === '' || instance.region === region ? listed.get(instance.id) : undefined;
    if (twin === undefined) return instance;
    configured.add(instance.id);
    const merged = { ...instance, version: twin.version };
    if (isWanted(twin, discovery)) found.push(merged);
    return merged;
  });
  for (const [id, one] of listed) {
    if (configured.has(id) || !isWanted(one, discovery)) continue;
    const instance = createInstance(one, discovery, region);
    found.push(instance);
    instances.push(instance);
  }
  return { instances, found };
}

function isWanted({ id, tags = {} }: ListedInstance, { tags: wanted, exclude }: Discovery): boolean {
  return (
    !exclude.has(id) && Object.entries(wanted).every(([tag, value]) => Object.hasOwn(tags, tag) && tags[tag] === value)
  );
}

function createInstance(
  { id, name, version, tags = {} }: ListedInstance,
  { template, tagLabels }: Discovery,
  region: string,
): Instance {
  const labels: Record<string, string> = {};
  for (const { tag, label } of tagLabels) if (Object.hasOwn(tags, tag)) labels[label] = cleanText(tags[tag] ?? '');
  return { ...template, id, region, name: cleanText(name) || id, labels, version };
}
