// The description of a metric family: enough for its HELP line and for the reference page.
import type { FactName } from '../model/facts.ts';

/** A family before its HELP text is put together. */
interface FamilyText {
  name: string;
  type: 'gauge' | 'counter' | 'histogram';
  /** Label names; for families of an instance beside the identity labels and the instance's own. */
  labels: readonly string[];
  /** What the value says, in sentences. */
  meaning: string;
  /** The facts that it is written from. Which check reports them, and from which field, is data of the providers. */
  facts?: readonly FactName[];
  /** Where else it comes from, e.g. the configuration; without this and without facts: the exporter's own work. */
  source?: string;
  /** When the family has a series: of an instance, of an account, or at all. */
  present: string;
  /** A query that is of use. */
  example: string;
}

/** One metric family. */
export interface Family extends FamilyText {
  /** The HELP text: meaning and source. */
  help: string;
}

/** Completes families with their HELP text. */
export function describeFamilies<Key extends string>(families: Record<Key, FamilyText>): Record<Key, Family> {
  const described = Object.entries<FamilyText>(families).map(([key, family]) => [
    key,
    { ...family, help: family.source === undefined ? family.meaning : `${family.meaning} From ${family.source}.` },
  ]);
  return Object.fromEntries(described) as Record<Key, Family>;
}
