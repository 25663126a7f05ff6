// Finds the instance that the query of a URL names.
import type { Instance } from '../model/instance.ts';
import type { Knowledge } from '../model/knowledge.ts';

/** The instance, or why there is none. */
export type Lookup =
  | { status: 200; found: Knowledge }
  | { status: 400 | 404; problem: string; candidates: readonly Instance[] };

/** Instances that are proposed where several have the id. */
const maxCandidates = 50;

/** Finds by `id`, and by `account` and `region` where they are given: these may be left out where one has the id. */
export function findInstance(fleet: readonly Knowledge[], query: URLSearchParams): Lookup {
  const [id = '', ...others] = query.getAll('id');
  if (id === '' || others.length > 0) {
    return refused(400, 'Name one instance by its id, such as /instance?account=ACCOUNT&region=REGION&id=ID.');
  }
  const [account, region] = [query.get('account'), query.get('region')];
  const named = fleet.filter(({ instance }) => instance.id === id && (!account || instance.account === account));
  const inRegion = named.filter(({ instance }) => instance.region === region);
  const [found, second] = inRegion.length > 0 || region ? inRegion : named;
  if (found === undefined) {
    return refused(
      404,
      'This exporter watches no such instance: it was removed, belongs to another shard, or never was.',
    );
  }
  if (second === undefined) return { status: 200, found };
  const candidates = named.slice(0, maxCandidates).map(({ instance }) => instance);
  return { status: 400, problem: 'Several instances have this id: add account and region.', candidates };
}

function refused(status: 400 | 404, problem: string): Lookup {
  return { status, problem, candidates: [] };
}
