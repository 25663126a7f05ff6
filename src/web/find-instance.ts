// Finds the instance that the query of a URL names.
import type { FindById, Instance } from '../model/instance.ts';

/** The instance, or why there is none. */
export type Lookup =
  | { status: 200; found: Instance }
  | { status: 400 | 404; problem: string; candidates: readonly Instance[] };

/** Instances that are proposed where several have the id. */
const maxCandidates = 50;

/** The answer for an instance that is not watched. */
export const notWatched: Exclude<Lookup, { status: 200 }> = refused(
  404,
  'This exporter does not watch this instance: it was removed, belongs to another shard, or was never configured.',
);

/**
 * Finds by an id, and by `account` and `region` where they are given: these may be left out where one instance has the id.
 * @param path with the id as its last parameter, such as `/instance?id`: for the message
 */
export function findInstance(withId: FindById, query: URLSearchParams, path: string): Lookup {
  const name = path.slice(path.indexOf('?') + 1);
  const given = [name, 'account', 'region'].map((parameter) => query.getAll(parameter));
  const [[id = ''] = [], [account = ''] = [], [region = ''] = []] = given;
  if (id === '' || given.some(({ length }) => length > 1)) {
    return refused(400, `Name one instance by its id, such as ${path}=ID&account=ACCOUNT&region=REGION.`);
  }
  const named = account === '' ? withId(id) : withId(id, account);
  const candidates = region === '' ? named : named.filter((one) => one.region === region);
  const [first, second] = candidates;
  if (first === undefined) return notWatched;
  if (second === undefined) return { status: 200, found: first };
  // Of an account, one can be named in no other way than without a region.
  const without = account === '' ? undefined : candidates.find((one) => one.region === '');
  if (without !== undefined) return { status: 200, found: without };
  return {
    status: 400,
    problem: 'Several instances have this id: add account and region.',
    candidates: candidates.slice(0, maxCandidates),
  };
}

function refused(status: 400 | 404, problem: string): Exclude<Lookup, { status: 200 }> {
  return { status, problem, candidates: [] };
}
