// GET /probe: the series of one instance, for the multi-target pattern of Prometheus.
import type { Instance } from '../model/instance.ts';
import { findInstance, type Lookup, notWatched } from './find-instance.ts';
import { probePath } from './paths.ts';
import type { Refusal, ScrapeKind } from './scrape-handler.ts';
import { listTexts, type Targets } from './targets.ts';

/** Updates and shows one instance. */
export function probeKind(targets: Targets): ScrapeKind {
  return {
    subjectOf: (query) => query.get('target') ?? '',
    async update(query, signal) {
      await targets.refresh(signal);
      const lookup = await findListed(targets, query, signal);
      if (lookup.status !== 200) return refusalOf(targets, query, lookup);
      const knowledge = await targets.probe(lookup.found, signal);
      // It was removed meanwhile.
      if (knowledge === undefined) return { status: 404, problem: notWatched.problem };
      return { exposition: (format) => targets.expositionOf(knowledge, format) };
    },
  };
}

/** Also an instance that is in the next list only. */
async function findListed(targets: Targets, query: URLSearchParams, signal: AbortSignal): Promise<Lookup> {
  const find = () => findInstance(targets.fleet().withId, query, `${probePath}?target`);
  const lookup = find();
  if (lookup.status !== 404) return lookup;
  await targets.list(signal, query.get('account') || undefined);
  return find();
}

function refusalOf(
  targets: Targets,
  query: URLSearchParams,
  { status, problem, candidates }: Exclude<Lookup, { status: 200 }>,
): Refusal {
  if (status === 400) return { status, problem: [problem, ...candidates.map(candidateText)].join('\n') };
  const [account, region] = [query.get('account'), query.get('region')];
  const unknown = targets
    .lists()
    .filter(
      (list) =>
        list.lastSuccessMs === undefined &&
        (!account || list.account === account) &&
        (!region || list.region === '' || list.region === region),
    );
  if (unknown.length === 0) return { status, problem };
  return {
    status: 503,
    problem: `No such instance is known yet. Lists of instances that have never been complete:\n${listTexts(unknown)}`,
  };
}

/** The parameters that name an instance. */
function candidateText({ account, region }: Instance): string {
  return new URLSearchParams({ account, ...(region === '' ? {} : { region }) }).toString();
}
