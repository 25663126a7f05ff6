// Which instances the status page shows: those of its filter, the worst first, one page of them, and how many there are.
import type { Finding } from '../model/finding.ts';
import type { Instance } from '../model/instance.ts';
import type { Knowledge } from '../model/knowledge.ts';
import { createPace } from '../model/pace.ts';
import { nothingWatched } from '../posture/fleet-findings.ts';
import { createOutageCount, type Outage } from '../posture/outages.ts';
import { type InstanceState, type Level, levels, stateOf } from './instance-state.ts';
import { standingOf } from './standing.ts';
import { createMatcher, type Filter } from './status-filter.ts';
import type { StatusModel } from './status-model.ts';

/** Instances on one page. */
export const pageSize = 100;

/** Content of the status page. */
export interface Overview {
  /** Instances of the fleet. */
  total: number;
  /** Those that pass the filter, its severity apart. */
  matching: number;
  /** Of these, the number of each level; `accepted` counts all that have an accepted finding. */
  counts: Readonly<Record<Level, number>>;
  /** Those that pass the complete filter. */
  selected: number;
  /** From 1. */
  page: number;
  pages: number;
  /** Those of the page. */
  shown: readonly InstanceState[];
  /** Values that instances of the fleet have. */
  choices: Readonly<Record<'provider' | 'account' | 'region', readonly string[]>>;
  /** Findings about the exporter itself. */
  findings: readonly Finding[];
  outages: readonly Outage[];
}

/** What a row is sorted by; its other content is derived again when it is shown. */
interface Entry {
  knowledge: Knowledge;
  rank: number;
  expiryMs: number;
}

/** Derives the content. Lets the event loop run in between. */
export async function overviewOf(model: StatusModel, filter: Filter): Promise<Overview> {
  const { fleet, lists } = model;
  const pace = createPace();
  // What is known about the fleet has just been put together, which is a separate slice.
  await pace.rest();
  const accounts = createOutageCount();
  const choices = createChoices();
  const counts = Object.fromEntries(levels.map((level) => [level, 0])) as Record<Level, number>;
  const matches = createMatcher(filter);
  const entries: Entry[] = [];
  let matching = 0;
  for (const knowledge of fleet) {
    choices.add(knowledge.instance);
    accounts.add(knowledge);
    if (matches(knowledge.instance)) {
      const { level, hasAccepted, firstExpiryMs: expiryMs } = standingOf(knowledge, model);
      matching++;
      counts[level]++;
      const alsoAccepted = hasAccepted && level !== 'accepted';
      if (alsoAccepted) counts.accepted++;
      const { severity } = filter;
      if (severity === undefined || severity === level || (alsoAccepted && severity === 'accepted')) {
        entries.push({ knowledge, rank: levels.indexOf(level), expiryMs });
      }
    }
    if (pace.isDue()) await pace.rest();
  }
  // The order takes 10 ms for 10,000 rows, so it is a separate slice.
  await pace.rest();
  const sorted = entries.toSorted(compare);
  await pace.rest();
  const pages = Math.max(1, Math.ceil(sorted.length / pageSize));
  const page = Math.min(filter.page, pages);
  return {
    total: fleet.length,
    matching,
    counts,
    selected: sorted.length,
    page,
    pages,
    shown: sorted.slice((page - 1) * pageSize, page * pageSize).map(({ knowledge }) => stateOf(knowledge, model)),
    choices: choices.sorted(),
    findings: nothingWatched(fleet.length, lists),
    outages: accounts.outages(),
  };
}

function compare(a: Entry, b: Entry): number {
  return a.rank - b.rank || a.expiryMs - b.expiryMs || (a.knowledge.instance.name < b.knowledge.instance.name ? -1 : 1);
}

function createChoices() {
  const values = { provider: new Set<string>(), account: new Set<string>(), region: new Set<string>() };
  return {
    add({ provider, account, region }: Instance) {
      values.provider.add(provider);
      values.account.add(account);
      if (region !== '') values.region.add(region);
    },
    sorted: () => ({
      provider: [...values.provider].toSorted(),
      account: [...values.account].toSorted(),
      region: [...values.region].toSorted(),
    }),
  };
}
