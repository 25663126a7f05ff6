// Derives the findings of the exporter: accounts of which every check of the API fails, and a fleet without instances.
import type { Finding } from '../model/finding.ts';
import type { Knowledge, ListState } from '../model/knowledge.ts';
import { fleetRows } from './fleet-rows.ts';
import { blindAccount, createOutageCount, isLasting } from './outages.ts';

/** Lists that fail or have not been read are separate findings, see listFindings. */
export function fleetFindings(fleet: readonly Knowledge[], nowMs: number, lists: readonly ListState[] = []): Finding[] {
  const accounts = createOutageCount();
  for (const knowledge of fleet) accounts.add(knowledge);
  const lasting = accounts.outages().filter((outage) => isLasting(outage, nowMs));
  return [...nothingWatched(fleet.length, lists), ...lasting.map(blindAccount)];
}

/** The finding of a fleet without instances, once all lists are complete. */
export function nothingWatched(instances: number, lists: readonly ListState[]): Finding[] {
  if (instances > 0 || !lists.every(isComplete)) return [];
  const { title, severity, alerts } = fleetRows.nothing_watched;
  const discovers = lists.length > 0;
  return [
    {
      kind: 'nothing_watched',
      aspect: 'checks',
      severity,
      title,
      detail: discovers ? 'no instance is configured or discovered' : 'no instance is configured',
      advice: discovers
        ? 'Check regions, tags and exclude of discovery.'
        : 'Add instances or discovery to the configuration.',
      alert: alerts[0],
    },
  ];
}

const isComplete = ({ last }: ListState) => last !== undefined && last.failure === undefined;
