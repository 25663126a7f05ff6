// The description of a metric family, for its HELP line and for the reference page.
import type { FactName } from '../model/facts.ts';

/** A family before its HELP text is composed. */
export interface FamilyText {
  name: string;
  /** Default: a gauge. */
  type?: 'counter' | 'histogram';
  /** Label names, default none; for families of an instance in addition to the identity labels and its own labels. */
  labels?: readonly string[];
  /** What the value means, in sentences. */
  meaning: string;
  /** The facts that it shows. Which check reports them, from which field, is data of the providers. */
  facts?: readonly FactName[];
  /** Another source, e.g. the configuration; without this and without facts: the exporter itself. */
  source?: string;
  /** When the family has series. */
  present: string;
  /** A useful query. */
  example: string;
}

/** One metric family. */
export interface Family extends Omit<FamilyText, 'type'> {
  type: 'gauge' | 'counter' | 'histogram';
  labels: readonly string[];
  /** The HELP text: meaning and source. */
  help: string;
}

/** Completes families with their HELP text. */
export function describeFamilies<Key extends string>(families: Record<Key, FamilyText>): Record<Key, Family> {
  const described = Object.entries<FamilyText>(families).map(([key, family]): [string, Family] => [
    key,
    {
      type: 'gauge',
      labels: [],
      ...family,
      help: family.source === undefined ? family.meaning : `${family.meaning} From ${family.source}.`,
    },
  ]);
  return Object.fromEntries(described) as Record<Key, Family>;
}
