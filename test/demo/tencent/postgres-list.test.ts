// DescribeDBInstances of the simulated Tencent Cloud: pages, filters, fields, and each fault of a list.
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { SimulatedApi } from '../../../src/demo/simulated-api.ts';
import type { ListFaults } from '../../../src/demo/simulated-list.ts';
import {
  type PostgresApiOptions,
  type PostgresInstance,
  startPostgresApi,
} from '../../../src/demo/tencent/postgres-api.ts';
import { record } from '../raw-request.ts';
import { type Changes, credential, error, nowMs, response, signedCall } from './signed-call.ts';

const region = 'ap-guangzhou';
const instance = (id: string, changes: Partial<PostgresInstance> = {}): PostgresInstance => ({
  id,
  region,
  sslEnabled: true,
  keys: [],
  ...changes,
});
const numbered = (count: number) => Array.from({ length: count }, (_, n) => instance(`pg-${n}`));

let api: SimulatedApi;
afterEach(() => api.close());

async function start(instances: PostgresApiOptions['instances'], options: Partial<PostgresApiOptions> = {}) {
  api = await startPostgresApi({ ...credential, instances, now: () => nowMs, ...options });
}

const call = (parameters: object, changes: Changes = {}) =>
  signedCall(api.url, { action: 'DescribeDBInstances', body: JSON.stringify(parameters), ...changes });

/** The ids on a page and the total that is sent with it. */
async function page(parameters: object, changes: Changes = {}) {
  const { DBInstanceSet: set, TotalCount: total } = response(await call(parameters, changes));
  const ids = Array.isArray(set) ? set.map((entry) => record(entry)['DBInstanceId']) : set;
  return { ids, total };
}

const idsOf = (from: number, to: number) =>
  numbered(to)
    .slice(from)
    .map(({ id }) => id);

describe('simulated DescribeDBInstances', () => {
  it('describes an instance', async () => {
    const tags = { env: 'prod', team: 'data' };
    const named = { name: 'orders', status: 'isolating', version: '12.4', tags, connectAddress: '10.0.0.4' };
    await start([instance('pg-1', { ...named, listed: { DBEngine: 'mssql_compatible' } })]);
    expect(response(await call({}))).toMatchObject({
      TotalCount: 1,
      DBInstanceSet: [
        {
          Region: region,
          DBInstanceId: 'pg-1',
          DBInstanceName: 'orders',
          DBInstanceStatus: 'isolating',
          DBInstanceType: 'primary',
          DBEngine: 'mssql_compatible',
          DBMajorVersion: '12',
          DBVersion: '12.4',
          DBKernelVersion: 'v12.4_r1.3',
          DBInstanceNetInfo: [{ Ip: '10.0.0.4', Port: 5432, NetType: 'private', Status: 'opened' }],
          TagList: [
            { TagKey: 'env', TagValue: 'prod' },
            { TagKey: 'team', TagValue: 'data' },
          ],
        },
      ],
    });
  });

  it('has a name, a status and a version for each, and may have no tags', async () => {
    await start([instance('pg-1')]);
    const usual = { DBInstanceName: 'pg-1', DBInstanceStatus: 'running', DBVersion: '15.7', TagList: [] };
    expect(response(await call({}))['DBInstanceSet']).toMatchObject([usual]);
  });

  it.each<[parameters: object, from: number, to: number]>([
    [{}, 0, 10],
    [{ Limit: 0 }, 0, 10],
    [{ Limit: 7 }, 0, 7],
    [{ Limit: 100 }, 0, 100],
    [{ Limit: 100, Offset: 100 }, 100, 200],
    [{ Limit: 100, Offset: 200, OrderBy: 'CreateTime', OrderByType: 'asc' }, 200, 250],
    [{ Limit: 100, Offset: 250 }, 250, 250],
    [{ Limit: 100, Offset: 1000 }, 250, 250],
  ])('returns for %j the instances from %d to %d of 250', async (parameters, from, to) => {
    await start(numbered(250));
    expect(await page(parameters)).toEqual({ ids: idsOf(from, to), total: 250 });
  });

  it('lists one region', async () => {
    await start([instance('a'), instance('b', { region: 'ap-tokyo' }), instance('c')]);
    expect(await page({})).toEqual({ ids: ['a', 'c'], total: 2 });
    expect(await page({}, { headers: { 'x-tc-region': 'ap-tokyo' } })).toEqual({ ids: ['b'], total: 1 });
    expect(await page({}, { headers: { 'x-tc-region': 'eu-frankfurt' } })).toEqual({ ids: [], total: 0 });
  });

  it.each<[filters: object[], ids: string[]]>([
    [[{ Name: 'db-instance-id', Values: ['b', 'd'] }], ['b']],
    [[{ Name: 'db-instance-name', Values: ['order'] }], ['a', 'b']],
    [[{ Name: 'db-tag-key', Values: ['env', 'team'] }], ['b', 'c']],
    [
      [
        { Name: 'db-tag-key', Values: ['env'] },
        { Name: 'db-instance-name', Values: ['orders-2'] },
      ],
      ['b'],
    ],
    [[{ Name: 'db-instance-id', Values: [] }], []],
  ])('filters by %j', async (Filters, ids) => {
    await start([
      instance('a', { name: 'orders' }),
      instance('b', { name: 'orders-2', tags: { env: 'prod' } }),
      instance('c', { name: 'ledger', tags: { env: 'dev', team: 'data' } }),
    ]);
    expect(await page({ Filters })).toEqual({ ids, total: ids.length });
  });

  it.each<[parameters: object, code: string]>([
    [{ Limit: 101 }, 'InvalidParameterValue'],
    [{ Limit: -1 }, 'InvalidParameterValue'],
    [{ Limit: 1.5 }, 'InvalidParameterValue'],
    [{ Limit: 'all' }, 'InvalidParameterValue'],
    [{ Offset: -1 }, 'InvalidParameterValue'],
    [{ Filters: {} }, 'InvalidParameterValue'],
    [{ Filters: [null] }, 'InvalidParameterValue'],
    [{ Filters: [{ Name: 'db-instance-id', Values: 'a' }] }, 'InvalidParameterValue'],
    [{ Filters: [{ Name: 'constructor', Values: ['a'] }] }, 'InvalidParameterValue'],
    [{ DBInstanceId: 'a' }, 'UnknownParameter'],
  ])('refuses %j with %s', async (parameters, code) => {
    await start([]);
    expect(error(await call(parameters))?.Code).toBe(code);
  });

  it('is signed like the other actions', async () => {
    await start([]);
    expect(error(await call({}, { secretKey: 'wrong' }))?.Code).toBe('AuthFailure.SignatureFailure');
  });

  it('allows 1000 requests a second', async () => {
    vi.spyOn(performance, 'now').mockReturnValue(5000);
    await start([]);
    for (let sent = 0; sent < 999; sent += 1) await call({});
    expect(error(await call({}))).toBeUndefined();
    expect(error(await call({}))?.Code).toBe('RequestLimitExceeded');
  });
});

describe('simulated fleet', () => {
  it('can change between two requests', async () => {
    let instances = [instance('a'), instance('b')];
    await start(() => instances);
    expect(await page({})).toEqual({ ids: ['a', 'b'], total: 2 });
    instances = [instance('b'), instance('c')];
    expect(await page({})).toEqual({ ids: ['b', 'c'], total: 2 });
    const ssl = { action: 'DescribeDBInstanceSSLConfig' };
    expect(error(await call({ DBInstanceId: 'a' }, ssl))?.Code).toBe('ResourceNotFound.InstanceNotFoundError');
    expect(error(await call({ DBInstanceId: 'c' }, ssl))).toBeUndefined();
  });
});

describe('simulated DescribeDBInstances with faults', () => {
  const walk = (limit: number, offsets: readonly number[]) =>
    Promise.all(offsets.map((Offset) => page({ Limit: limit, Offset })));

  async function startFaulty(faults: ListFaults<string>, count = 25) {
    await start(numbered(count), { list: () => faults });
  }

  it('sends an error', async () => {
    await startFaulty({ error: 'InternalError' });
    expect(error(await call({}))?.Code).toBe('InternalError');
  });

  it('has a smaller page than requested', async () => {
    await startFaulty({ pageSize: 4 });
    expect(await walk(10, [0, 4])).toEqual([
      { ids: idsOf(0, 4), total: 25 },
      { ids: idsOf(4, 8), total: 25 },
    ]);
  });

  it('is cut, within a page and at its start', async () => {
    await startFaulty({ endsAfter: 13 });
    expect(await walk(10, [0, 10, 20])).toEqual([
      { ids: idsOf(0, 10), total: 25 },
      { ids: idsOf(10, 13), total: 25 },
      { ids: [], total: 25 },
    ]);
  });

  it('repeats the first page', async () => {
    await startFaulty({ repeats: true });
    expect(await walk(10, [0, 10, 30])).toEqual(Array.from({ length: 3 }, () => ({ ids: idsOf(0, 10), total: 25 })));
  });

  it('has another total on each page, and none', async () => {
    await startFaulty({ total: (correct, offset) => (offset === 20 ? undefined : correct - offset) });
    expect((await walk(10, [0, 10, 20])).map(({ total }) => total)).toEqual([25, 15, undefined]);
  });

  it('has null for an empty list', async () => {
    await startFaulty({ nullWhenEmpty: true }, 0);
    expect(await page({})).toEqual({ ids: null, total: 0 });
  });

  it('never responds', async () => {
    await startFaulty({ hangs: true });
    const lost = call({});
    await vi.waitUntil(() => api.arrivals.length === 1);
    await Promise.all([expect(lost).rejects.toThrow('socket hang up'), api.close()]);
    expect(api.arrivals[0]?.status).toBe(0);
  });

  it('differs by region and page, and from one request to the next', async () => {
    const fleet = [...numbered(25), instance('b', { region: 'ap-tokyo' })];
    let broken = true;
    await start(fleet, {
      list: ({ region: asked, offset }) =>
        broken && asked === region && offset > 0 ? { error: 'FailedOperation.FailedOperationError' } : undefined,
    });
    expect(await page({})).toEqual({ ids: idsOf(0, 10), total: 25 });
    expect(error(await call({ Offset: 10 }))?.Code).toBe('FailedOperation.FailedOperationError');
    expect(await page({}, { headers: { 'x-tc-region': 'ap-tokyo' } })).toEqual({ ids: ['b'], total: 1 });
    broken = false;
    expect(await page({ Offset: 10 })).toEqual({ ids: idsOf(10, 20), total: 25 });
  });

  it('does not affect the other actions', async () => {
    await startFaulty({ error: 'InternalError' });
    expect(error(await call({ DBInstanceId: 'pg-1' }, { action: 'DescribeEncryptionKeys' }))).toBeUndefined();
  });
});
