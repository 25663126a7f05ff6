// The instances of an OceanBase Cloud account: GET /api/v2/instances
// (https://en.oceanbase.com/docs/common-oceanbase-cloud-10000000001021619).
import * as z from 'zod';
import type { CheckContext } from '../../../model/check.ts';
import { cleanText } from '../../../model/clean-text.ts';
import { type InstanceList, type ListEntry, readInstances } from '../../../model/discovery.ts';
import { Failure } from '../../../model/failure.ts';
import { instanceIdPattern } from '../../../model/instance.ts';
import { type Page, readTotal } from '../../../model/pages.ts';
import { isObject, parseEntry } from '../../../model/wire.ts';
import type { OceanBaseSession } from '../client.ts';

/** The most that the older API of the same cloud returns; a page may have fewer. */
const pageSize = 100;

/** PREPAID_EXPIRE_CLOSED, ARREARS_CLOSED and PENDING_DELETE of the older API; the list of values is open. */
const isClosed = (status: string) => /CLOSED$|DELETE|DELETING|RELEASED/.test(status.trim().toUpperCase());

const text = z.string().nullish();

const entrySchema = z.object({
  instanceId: z.string().regex(instanceIdPattern),
  instanceName: text,
  /** The older API of the same cloud names it State. */
  status: text,
  state: text,
  version: text.catch(undefined),
  tags: z.unknown(),
  tagList: z.unknown(),
});

/** The list call: all pages, without instances that are closed or being deleted. */
export const instanceList: InstanceList<OceanBaseSession> = {
  action: 'ListInstances',
  read: (context) => readInstances((page) => readPage(page, context)),
};

async function readPage(page: number, context: CheckContext<OceanBaseSession>): Promise<Page<ListEntry>> {
  const data = await context.session.get(`/api/v2/instances?pageNumber=${page}&pageSize=${pageSize}`, context);
  const { dataList, total, totalCount } = data;
  if (!Array.isArray(dataList) && !(dataList === null)) {
    throw new Failure('bad_response', 'missing or invalid in the response: dataList');
  }
  // Which of the names the API uses is not documented.
  return { items: (dataList ?? []).map(readEntry), total: readTotal(total ?? totalCount) };
}

function readEntry(value: unknown): ListEntry {
  const { instanceId, instanceName, status, state, version, tags, tagList } = parseEntry(entrySchema, value);
  return {
    id: instanceId,
    name: instanceName ?? '',
    version: cleanText(version ?? ''),
    tags: readTags(tags ?? (tagList === undefined ? tags : tagList)),
    isGone: isClosed(status || state || ''),
  };
}

/**
 * A mapping, or a list of objects with a key and a value: the form is not documented. null: none; undefined: not known.
 */
function readTags(given: unknown): Record<string, string> | undefined {
  if (given === null) return {};
  if (!Array.isArray(given) && !isObject(given)) return undefined;
  const pairs = Array.isArray(given) ? given.map(readTag) : Object.entries(given);
  const tags = pairs.filter(([key, value]) => typeof key === 'string' && typeof value === 'string');
  return pairs.length > 0 && tags.length === 0 ? undefined : Object.fromEntries(tags);
}

function readTag(tag: unknown): [unknown, unknown] {
  if (!isObject(tag)) return [undefined, undefined];
  return [tag['key'] ?? tag['tagKey'], tag['value'] ?? tag['tagValue']];
}
