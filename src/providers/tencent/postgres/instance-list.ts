// The instances of TencentDB for PostgreSQL in a region: DescribeDBInstances
// (https://cloud.tencent.com/document/product/409/16773).
import * as z from 'zod';
import type { CheckContext } from '../../../model/check.ts';
import { cleanText } from '../../../model/clean-text.ts';
import { type InstanceList, type ListEntry, readInstances } from '../../../model/discovery.ts';
import { Failure } from '../../../model/failure.ts';
import { instanceIdPattern } from '../../../model/instance.ts';
import { type Page, readTotal } from '../../../model/pages.ts';
import { parseEntry } from '../../../model/wire.ts';
import type { TencentSession } from '../session.ts';

const action = 'DescribeDBInstances';

/** The most that the API returns. */
const pageSize = 100;

/** Those of instances that no longer run, and on the way there. */
const goneStatuses = ['isolating', 'isolated', 'recycling', 'recycled', 'offlining', 'offline'];

const entrySchema = z.object({
  DBInstanceId: z.string().regex(instanceIdPattern),
  DBInstanceName: z.string().nullish(),
  DBInstanceStatus: z.string().nullish(),
  /** Such as 15.7. */
  DBVersion: z.string().nullish().catch(undefined),
  TagList: z.array(z.object({ TagKey: z.string(), TagValue: z.string().nullish() })).nullish(),
});

/** In the default order of the action, by time of creation: what is created meanwhile does not move the others. */
export const instanceList: InstanceList<TencentSession> = {
  action,
  // Per access region and sub-account, counted at arrival (page of the action;
  // https://cloud.tencent.com/document/product/1278/109059).
  perSecond: 1000,
  permission: `postgres:${action}`,
  read: (context) => readInstances((_page, offset) => readPage(offset, context)),
};

async function readPage(offset: number, context: CheckContext<TencentSession>): Promise<Page<ListEntry>> {
  const response = await context.session.call(action, { Limit: pageSize, Offset: offset }, context);
  const { DBInstanceSet: set, TotalCount } = response;
  const total = readTotal(TotalCount);
  // null as in other lists of the API: "no valid value can be obtained".
  if (total === undefined || !(Array.isArray(set) || (set === null && total === 0))) {
    throw new Failure('bad_response', 'missing or invalid in the response: TotalCount or DBInstanceSet');
  }
  return { items: (set ?? []).map(readEntry), total };
}

function readEntry(value: unknown): ListEntry {
  const entry = parseEntry(entrySchema, value);
  return {
    id: entry.DBInstanceId,
    name: entry.DBInstanceName ?? '',
    version: cleanText(entry.DBVersion ?? ''),
    tags: Object.fromEntries((entry.TagList ?? []).map(({ TagKey, TagValue }) => [TagKey, TagValue ?? ''])),
    isGone: goneStatuses.includes((entry.DBInstanceStatus ?? '').trim().toLowerCase()),
  };
}
