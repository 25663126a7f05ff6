// The list of instances: pages with either name of the total or none, which instances are in it, and what fails it.
import { describe, expect, it } from 'vitest';
import type { CheckContext } from '../../../../src/model/check.ts';
import { Failure } from '../../../../src/model/failure.ts';
import type { OceanBaseSession } from '../../../../src/providers/oceanbase/client.ts';
import { instanceList } from '../../../../src/providers/oceanbase/cloud/instance-list.ts';
import { oceanbase } from '../../../../src/providers/oceanbase/cloud/provider.ts';
import { contextOf, instanceOf } from '../../check-context.ts';
import { credentials, responseOf } from './responses.ts';

const account = instanceOf(oceanbase.id, { id: '' });

/** Reads the list from these responses, one for each page; further pages are empty. */
async function read(pages: readonly Record<string, unknown>[]) {
  let page = 0;
  const context = contextOf(account, credentials, () => responseOf(pages[page++] ?? { dataList: [] }));
  context.session = oceanbase.connect(
    { endpoint: oceanbase.defaultEndpoint },
    { now: () => 0, randomBytes: (size) => Buffer.alloc(size) },
  );
  const list = await instanceList
    .read(context as typeof context & CheckContext<OceanBaseSession>)
    .catch((error: unknown) => {
      if (error instanceof Failure) return error;
      throw error;
    });
  const numbers = context.requests.map(({ url }) => new URL(url).searchParams.get('pageNumber'));
  return { list, numbers, ids: list instanceof Failure ? [] : list.items.map(({ id }) => id) };
}

const one = (id: string, more: Record<string, unknown> = {}) => ({
  instanceId: id,
  instanceName: `name of ${id}`,
  status: 'ONLINE',
  version: '4.2.1',
  ...more,
});
const [a, b, c] = [one('ob-a'), one('ob-b'), one('ob-c')];

describe('GET /api/v2/instances', () => {
  it.each<[string, Record<string, unknown>]>([
    ['total', { total: 3 }],
    ['totalCount', { totalCount: 3 }],
    ['the total as text', { total: '3' }],
  ])('is read until %s is reached, with fewer instances on a page than requested', async (_name, total) => {
    const { ids, numbers } = await read([
      { dataList: [a, b], ...total },
      { dataList: [c], ...total },
    ]);
    expect(ids).toEqual(['ob-a', 'ob-b', 'ob-c']);
    expect(numbers).toEqual(['1', '2']);
  });

  it('without a total is read until a page is empty', async () => {
    const { list, ids, numbers } = await read([{ dataList: [a, b] }, { dataList: [c] }]);
    expect(ids).toEqual(['ob-a', 'ob-b', 'ob-c']);
    expect(numbers).toEqual(['1', '2', '3']);
    expect(list).toMatchObject({ pages: 2 });
  });

  it.each([[{ dataList: [], total: 0 }], [{ dataList: null, total: 0 }], [{ dataList: [] }]])(
    'may be empty: %j',
    async (page) => {
      expect((await read([page])).list).toEqual({ items: [], pages: 0 });
    },
  );

  it('has names, versions and tags', async () => {
    const tags = [{ key: 'team', value: 'pay' }, { tagKey: 'env', tagValue: 'prod' }, { key: 7 }];
    const { list } = await read([
      { dataList: [one('ob-a', { tags }), one('ob-b', { tagList: { env: 'dev' } }), { instanceId: 'ob-c' }], total: 3 },
    ]);
    expect(list).toMatchObject({
      items: [
        { id: 'ob-a', name: 'name of ob-a', version: '4.2.1', tags: { team: 'pay', env: 'prod' } },
        { id: 'ob-b', tags: { env: 'dev' } },
        { id: 'ob-c', name: '', version: '', tags: undefined },
      ],
    });
  });

  it.each<[string, unknown, unknown]>([
    ['not known in another form', 'env=prod', undefined],
    ['not known in a list of another form', ['env=prod'], undefined],
    ['none where they are null', null, {}],
    ['none where the list is empty', [], {}],
  ])('has tags that are %s', async (_, tags, expected) => {
    const { list } = await read([{ dataList: [one('ob-a', { tags })], total: 1 }]);
    expect(list).toHaveProperty('items.0.tags', expected);
  });

  it.each(['PREPAID_EXPIRE_CLOSED', 'ARREARS_CLOSED', 'PENDING_DELETE', 'CLOSED', 'DELETED'])(
    'leaves out instances that are %s',
    async (status) => {
      expect((await read([{ dataList: [a, one('ob-b', { status })], total: 2 }])).ids).toEqual(['ob-a']);
    },
  );

  it('reads the status by its older name, too', async () => {
    const closed = { instanceId: 'ob-b', state: 'ARREARS_CLOSED' };
    expect((await read([{ dataList: [a, closed], total: 2 }])).ids).toEqual(['ob-a']);
  });

  it.each(['PENDING_CREATE', 'SSL_MODIFYING', 'TENANT_CREATING', 'A_NEW_ONE', '', null])(
    'has instances that are "%s"',
    async (status) => {
      expect((await read([{ dataList: [one('ob-b', { status })], total: 1 }])).ids).toEqual(['ob-b']);
    },
  );

  it.each<[string, Record<string, unknown>[]]>([
    ['has no list', [{ total: 1 }]],
    ['has a list that is none', [{ dataList: 'ob-a', total: 1 }]],
    ['has an entry that is no object', [{ dataList: [a, 7], total: 2 }]],
    ['has an instance without an id', [{ dataList: [a, { instanceName: 'x' }], total: 2 }]],
    ['has an id that would change the path', [{ dataList: [one('../x')], total: 1 }]],
    ['has a total that is no number', [{ dataList: [a], total: 'many' }]],
    [
      'repeats a page',
      [
        { dataList: [a, b], total: 4 },
        { dataList: [a, b], total: 4 },
      ],
    ],
    ['repeats a page without a total', [{ dataList: [a] }, { dataList: [a] }]],
    [
      'is cut',
      [
        { dataList: [a, b], total: 3 },
        { dataList: [], total: 3 },
      ],
    ],
    [
      'changes its total',
      [
        { dataList: [a, b], total: 4 },
        { dataList: [c], total: 3 },
      ],
    ],
  ])('fails where it %s', async (_what, pages) => {
    expect((await read(pages)).list).toMatchObject({ reason: 'bad_response' });
  });
});
