// The list of a region: what is requested, which instances are in it, and what fails it.
import { describe, expect, it } from 'vitest';
import type { CheckContext } from '../../../../src/model/check.ts';
import { Failure } from '../../../../src/model/failure.ts';
import { instanceList } from '../../../../src/providers/tencent/postgres/instance-list.ts';
import { tencentPostgres } from '../../../../src/providers/tencent/postgres/provider.ts';
import type { TencentSession } from '../../../../src/providers/tencent/session.ts';
import { contextOf, instanceOf } from '../../check-context.ts';
import { credentials } from './responses.ts';

const region = instanceOf(tencentPostgres.id, { id: '', region: 'ap-guangzhou' });

/** Reads the list from these responses, one for each page. */
async function read(pages: readonly Record<string, unknown>[]) {
  let page = 0;
  const context = contextOf(region, credentials, () => {
    const fields = pages[page++] ?? { TotalCount: 0, DBInstanceSet: [] };
    return { status: 200, headers: {}, body: Buffer.from(JSON.stringify({ Response: { RequestId: 'r', ...fields } })) };
  });
  const session = tencentPostgres.connect(
    { endpoint: tencentPostgres.defaultEndpoint },
    { now: () => 0, randomBytes: (size) => Buffer.alloc(size) },
  );
  context.session = session;
  const list = await instanceList
    .read(context as typeof context & CheckContext<TencentSession>)
    .catch((error: unknown) => {
      if (error instanceof Failure) return error;
      throw error;
    });
  return { list, requests: context.requests };
}

const one = (id: string, more: Record<string, unknown> = {}) => ({
  DBInstanceId: id,
  DBInstanceName: `name of ${id}`,
  DBInstanceStatus: 'running',
  DBVersion: '15.7',
  TagList: [],
  ...more,
});
const page = (total: number, ...entries: unknown[]) => ({ TotalCount: total, DBInstanceSet: entries });

describe('DescribeDBInstances', () => {
  it('is requested in pages of 100, with the region in its header, until the total is reached', async () => {
    const first = Array.from({ length: 100 }, (_, i) => one(`postgres-${i}`));
    const { list, requests } = await read([page(101, ...first), page(101, one('postgres-last'))]);
    expect(list).toMatchObject({ pages: 2 });
    expect(list instanceof Failure || list.items.map(({ id }) => id)).toEqual([
      ...first.map(({ DBInstanceId }) => DBInstanceId),
      'postgres-last',
    ]);
    expect(requests.map(({ body }) => JSON.parse(body ?? '') as unknown)).toEqual([
      { Limit: 100, Offset: 0 },
      { Limit: 100, Offset: 100 },
    ]);
    expect(requests.map(({ headers }) => [headers['X-TC-Action'], headers['X-TC-Region']])).toEqual([
      ['DescribeDBInstances', 'ap-guangzhou'],
      ['DescribeDBInstances', 'ap-guangzhou'],
    ]);
  });

  it('continues after a page with fewer instances than requested', async () => {
    const { list, requests } = await read([page(3, one('a'), one('b')), page(3, one('c'))]);
    expect(list).toMatchObject({ items: [{ id: 'a' }, { id: 'b' }, { id: 'c' }] });
    expect(requests.map(({ body }) => (JSON.parse(body ?? '') as { Offset: number }).Offset)).toEqual([0, 2]);
  });

  it('has names, versions and tags', async () => {
    const tags = [
      { TagKey: 'team', TagValue: 'pay' },
      { TagKey: 'empty', TagValue: null },
    ];
    const { list } = await read([
      page(2, one('a', { TagList: tags }), { DBInstanceId: 'b', DBInstanceName: null, TagList: null, DBVersion: 7 }),
    ]);
    expect(list).toEqual({
      items: [
        { id: 'a', name: 'name of a', version: '15.7', tags: { team: 'pay', empty: '' } },
        { id: 'b', name: '', version: '', tags: {} },
      ],
      pages: 1,
    });
  });

  it.each(['isolating', 'isolated', 'recycling', 'recycled', 'offlining', 'offline', 'Isolated'])(
    'leaves out instances that are %s',
    async (status) => {
      const { list } = await read([page(2, one('a'), one('b', { DBInstanceStatus: status }))]);
      expect(list).toMatchObject({ items: [{ id: 'a' }], pages: 1 });
    },
  );

  it.each([
    'applying',
    'init',
    'running',
    'limited run',
    'disisolating',
    'job running',
    'readonly',
    'restoring',
    'a new one',
    '',
  ])('has instances that are "%s"', async (status) => {
    expect((await read([page(1, one('a', { DBInstanceStatus: status }))])).list).toMatchObject({
      items: [{ id: 'a' }],
    });
  });

  it.each([
    ['an empty list', page(0)],
    ['no list and no instance', { TotalCount: 0, DBInstanceSet: null }],
  ])('may be %s', async (_what, response) => {
    expect((await read([response])).list).toEqual({ items: [], pages: 0 });
  });

  it.each<[string, Record<string, unknown>[]]>([
    ['has no list although there are instances', [{ TotalCount: 1, DBInstanceSet: null }]],
    ['has no list', [{ TotalCount: 1 }]],
    ['has a list that is none', [{ TotalCount: 1, DBInstanceSet: { a: 1 } }]],
    ['has no total', [{ DBInstanceSet: [one('a')] }]],
    ['has a total that is no number', [{ TotalCount: 'many', DBInstanceSet: [one('a')] }]],
    ['has a negative total', [{ TotalCount: -1, DBInstanceSet: [one('a')] }]],
    ['has an entry that is no object', [page(2, one('a'), 'b')]],
    ['has an instance without an id', [page(2, one('a'), { DBInstanceStatus: 'running' })]],
    ['has an id that is none', [page(1, one('a b'))]],
    ['has tags that are not understood', [page(1, one('a', { TagList: 'env=prod' }))]],
    ['has an instance twice', [page(2, one('a'), one('a'))]],
    ['repeats a page', [page(4, one('a'), one('b')), page(4, one('a'), one('b'))]],
    ['is cut', [page(4, one('a'), one('b')), page(4)]],
    ['has more instances than its total', [page(1, one('a'), one('b'))]],
    ['shrinks between pages', [page(4, one('a'), one('b')), page(3, one('c'))]],
    ['grows between pages', [page(3, one('a'), one('b')), page(4, one('c'), one('d'))]],
  ])('fails where it %s', async (_what, pages) => {
    expect((await read(pages)).list).toMatchObject({ reason: 'bad_response' });
  });

  it('fails with the reason of the error code, also on a later page', async () => {
    const refused = { Error: { Code: 'AuthFailure.UnauthorizedOperation', Message: 'no' } };
    expect((await read([refused])).list).toMatchObject({ reason: 'permission' });
    expect(
      (await read([page(2, one('a')), { Error: { Code: 'InternalError.SystemError', Message: 'x' } }])).list,
    ).toMatchObject({
      reason: 'unavailable',
    });
  });

  it('does not end: fails after 1000 pages', async () => {
    const pages = Array.from({ length: 1001 }, (_, i) => page(2000, one(`p-${i}`)));
    const { list, requests } = await read(pages);
    expect(list).toMatchObject({ reason: 'bad_response' });
    expect(requests).toHaveLength(1000);
  });
});
