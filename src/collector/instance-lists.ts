// The lists of instances of an account, one for each region: each is a record with one check, in its own group.
import type { Check, CheckContext } from '../model/check.ts';
import { type InstanceList, type ListedInstance, listCheckName } from '../model/discovery.ts';
import { Failure } from '../model/failure.ts';
import { createGroup, type Group } from './group.ts';
import { type CheckRecord, createCheckRecord, createInstanceRecord } from './records.ts';

/** The list of one region. */
export interface RegionList {
  group: Group;
  entry: CheckRecord;
}

/** What a list belongs to. */
interface ListOwner {
  account: string;
  provider: string;
  region: string;
  list: InstanceList;
  /** Whether only instances with certain tags are watched. */
  needsTags: () => boolean;
  /** Called with each complete list, in the order of the ids. */
  adopt: (list: readonly ListedInstance[]) => Promise<void>;
}

/** A list that has not been read yet. @param shared what the lists of an account have in common */
export function createRegionList(
  listOwner: ListOwner,
  { seat, outcomes }: Pick<Group, 'seat' | 'outcomes'>,
): RegionList {
  const { account, provider, region } = listOwner;
  const owner = createInstanceRecord({
    account,
    provider,
    id: '',
    region,
    name: '',
    labels: {},
    checks: [listCheckName],
  });
  const group = createGroup({ seat, outcomes, isList: true });
  const entry = createCheckRecord(owner, listCheck(listOwner), group);
  owner.checks = [entry];
  return { group, entry };
}

/** The check that reads a list. */
function listCheck({ list, needsTags, adopt }: ListOwner): Check {
  let last: readonly ListedInstance[] | undefined;
  return {
    name: listCheckName,
    action: list.action,
    facts: {},
    async run(context) {
      const found = await readTwiceIfShorter(list, context, last ?? []);
      context.signal.throwIfAborted();
      if (needsTags() && found.length > 0 && found.every(({ tags }) => tags === undefined)) {
        throw new Failure('bad_response', 'the list reports no tags: remove tags from discovery');
      }
      last = found.toSorted((a, b) => (a.id < b.id ? -1 : 1));
      await adopt(last);
      return { facts: {} };
    },
  };
}

/**
 * Reads the list, and a list in several pages once more if an instance is missing: one that is deleted while pages are read
 * moves the others, so that one of them can be on no page. What only one of the readings has exists.
 */
async function readTwiceIfShorter(
  list: InstanceList,
  context: CheckContext,
  last: readonly ListedInstance[],
): Promise<ListedInstance[]> {
  const { items, pages } = await list.read(context);
  const found = new Map(items.map((one) => [one.id, one]));
  if (pages < 2 || last.every(({ id }) => found.has(id))) return items;
  for (const one of (await list.read(context)).items) found.set(one.id, one);
  return [...found.values()];
}
