// GET /api/v2/instances of the simulated OceanBase Cloud: pages, fields, and each fault of a list.
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type OceanBaseApiOptions, startOceanBaseApi } from '../../../src/demo/oceanbase/oceanbase-api.ts';
import type { OceanBaseListFaults } from '../../../src/demo/oceanbase/oceanbase-list.ts';
import type { SimulatedApi } from '../../../src/demo/simulated-api.ts';
import { parse, record, send } from '../raw-request.ts';
import { type Changes, challengeOf, credential, failure, sendDigest } from './digest-call.ts';

const numbered = (count: number) => Array.from({ length: count }, (_, n) => ({ id: `ob-${n}`, ssl: {} }));
const idsOf = (from: number, to: number) =>
  numbered(to)
    .slice(from)
    .map(({ id }) => id);

let api: SimulatedApi;
afterEach(() => api.close());

async function start(instances: OceanBaseApiOptions['instances'], options: Partial<OceanBaseApiOptions> = {}) {
  api = await startOceanBaseApi({ ...credential, instances, ...options });
}

/** An authenticated request. */
async function call(query: string, changes: Changes = {}) {
  const path = `/api/v2/instances?requestId=1${query}`;
  return sendDigest(api.url, challengeOf(await send(api.url, { path })), { path, ...changes });
}

const dataOf = async (query = '') => record(parse(await call(query))['data']);

/** The ids on a page and the other fields of the data. */
async function page(query = '') {
  const { dataList: list, ...rest } = await dataOf(query);
  return { ids: Array.isArray(list) ? list.map((entry) => record(entry)['instanceId']) : list, ...rest };
}

describe('simulated list of OceanBase instances', () => {
  it('describes an instance', async () => {
    const version = '4.3.5.2-102000032025032718';
    const named = {
      name: 'risk',
      status: 'SSL_MODIFYING',
      version,
      tags: { env: 'prod' },
      listed: { deployMode: '1-1' },
    };
    await start([{ id: 'ob1', ssl: {}, ...named }]);
    expect(await dataOf()).toEqual({
      dataList: [
        {
          instanceId: 'ob1',
          instanceName: 'risk',
          status: 'SSL_MODIFYING',
          version: '4.3.5.2',
          obRpmVersion: version,
          tags: [{ key: 'env', value: 'prod' }],
          deployMode: '1-1',
        },
      ],
      total: 1,
    });
  });

  it('has a name, a status and a version for each', async () => {
    await start(numbered(1));
    const usual = { instanceId: 'ob-0', instanceName: 'ob-0', status: 'ONLINE', version: '4.2.1.8', tags: [] };
    expect((await dataOf())['dataList']).toMatchObject([usual]);
  });

  it.each<[query: string, from: number, to: number]>([
    ['', 0, 10],
    ['&pageNumber=2', 10, 20],
    ['&pageSize=7&pageNumber=3', 14, 21],
    ['&pageSize=100&pageNumber=3', 200, 250],
    ['&pageSize=500', 0, 100],
    ['&pageSize=500&pageNumber=2', 100, 200],
    ['&pageSize=100&pageNumber=4', 250, 250],
  ])('returns for %j the instances from %d to %d of 250', async (query, from, to) => {
    await start(numbered(250));
    expect(await page(query)).toEqual({ ids: idsOf(from, to), total: 250 });
  });

  it.each(['&pageNumber=0', '&pageNumber=x', '&pageSize=0', '&pageSize=1.5', '&pageSize=', '&instanceName=a'])(
    'refuses %j',
    async (query) => {
      await start([]);
      const response = await call(query);
      expect(response.status).toBe(400);
      expect(failure(response)).toBe('InvalidParameter');
    },
  );

  it('needs authentication, GET, a requestId, and the project id where one is configured', async () => {
    await start(numbered(1), { projectId: '1234' });
    const headers = { 'x-ob-project-id': '1234' };
    expect((await call('', { headers, secret: 'wrong' })).status).toBe(401);
    expect((await call('', { headers, method: 'POST' })).status).toBe(405);
    expect((await call('', { headers, path: '/api/v2/instances' })).status).toBe(400);
    expect((await call('')).status).toBe(404);
    expect((await call('', { headers })).status).toBe(200);
    expect(api.arrivals.at(-1)).toMatchObject({ action: 'instances', instanceId: '', status: 200 });
  });

  it('can change between two requests', async () => {
    let instances = numbered(2);
    await start(() => instances);
    expect(await page()).toEqual({ ids: ['ob-0', 'ob-1'], total: 2 });
    instances = numbered(3).slice(1);
    expect(await page()).toEqual({ ids: ['ob-1', 'ob-2'], total: 2 });
    expect((await call('', { path: '/api/v2/instances/ob-0/security/ssl?requestId=1' })).status).toBe(404);
    expect((await call('', { path: '/api/v2/instances/ob-2/security/ssl?requestId=1' })).status).toBe(200);
  });
});

describe('simulated list of OceanBase instances with faults', () => {
  const walk = (...pages: readonly number[]) => Promise.all(pages.map((number) => page(`&pageNumber=${number}`)));

  async function startFaulty(faults: OceanBaseListFaults, count = 25) {
    await start(numbered(count), { list: () => faults });
  }

  it('sends an error', async () => {
    await startFaulty({ error: { status: 503, errorCode: 'ServiceUnavailable', errorMessage: 'later' } });
    const response = await call('');
    expect(response.status).toBe(503);
    expect(failure(response)).toBe('ServiceUnavailable');
  });

  it('has a smaller page than requested, from which the next one goes on', async () => {
    await startFaulty({ pageSize: 4 });
    expect(await walk(1, 2, 7)).toEqual([
      { ids: idsOf(0, 4), total: 25 },
      { ids: idsOf(4, 8), total: 25 },
      { ids: idsOf(24, 25), total: 25 },
    ]);
  });

  it('is cut, within a page and at its start', async () => {
    await startFaulty({ endsAfter: 13 });
    expect(await walk(1, 2, 3)).toEqual([
      { ids: idsOf(0, 10), total: 25 },
      { ids: idsOf(10, 13), total: 25 },
      { ids: [], total: 25 },
    ]);
  });

  it('repeats the first page', async () => {
    await startFaulty({ repeats: true });
    expect(await walk(1, 2, 9)).toEqual(Array.from({ length: 3 }, () => ({ ids: idsOf(0, 10), total: 25 })));
  });

  it('has another name for the total, another total on each page, and none', async () => {
    await startFaulty({
      totalField: 'totalCount',
      total: (correct, offset) => (offset === 20 ? undefined : correct - offset),
    });
    expect(await walk(1, 2, 3)).toEqual([
      { ids: idsOf(0, 10), totalCount: 25 },
      { ids: idsOf(10, 20), totalCount: 15 },
      { ids: idsOf(20, 25) },
    ]);
  });

  it('has null for an empty list', async () => {
    await startFaulty({ nullWhenEmpty: true }, 0);
    expect(await page()).toEqual({ ids: null, total: 0 });
  });

  it('never responds', async () => {
    await startFaulty({ hangs: true });
    const lost = call('');
    await vi.waitUntil(() => api.arrivals.length === 2);
    await Promise.all([expect(lost).rejects.toThrow('socket hang up'), api.close()]);
    expect(api.arrivals[1]?.status).toBe(0);
  });

  it('differs by page, and from one request to the next', async () => {
    let broken = true;
    const error = { status: 500, errorCode: 'InternalError', errorMessage: 'failed' };
    await start(numbered(25), { list: ({ pageNumber }) => (broken && pageNumber === 2 ? { error } : undefined) });
    expect(await page()).toEqual({ ids: idsOf(0, 10), total: 25 });
    expect((await call('&pageNumber=2')).status).toBe(500);
    broken = false;
    expect(await page('&pageNumber=2')).toEqual({ ids: idsOf(10, 20), total: 25 });
  });
});
