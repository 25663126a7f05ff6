// The facts of GET .../security/tde: one page, several pages, and lists that are not complete.
import { describe, expect, it } from 'vitest';
import { oceanbase } from '../../../../src/providers/oceanbase/cloud/provider.ts';
import { checkOf, contextOf, known, outcomeOf, samplesOf } from '../../check-context.ts';
import { credentials, instance } from './responses.ts';

/** A tenant with all fields of the page. */
const tenant = (id: string, enableEncryption: unknown, other: Record<string, unknown> = {}) => ({
  tenantId: id,
  tenantName: `name of ${id}`,
  tenantMode: 'MySQL',
  tenantStatus: 'ONLINE',
  enableEncryption,
  status: enableEncryption === true ? 'OPEN' : 'CLOSE',
  ...other,
});

type Data = Record<string, unknown>;

const page = (list: unknown, totalCount?: unknown): Data => ({ tenantEncryptionList: list, totalCount });

/** Runs the check against these pages; after the last one it gets that one again. */
async function run(...pages: Data[]) {
  let count = 0;
  const context = contextOf(instance, credentials, () => {
    const data = pages[Math.min(count++, pages.length - 1)];
    return { status: 200, headers: {}, body: Buffer.from(JSON.stringify({ success: true, data })) };
  });
  const session = oceanbase.connect(
    { endpoint: oceanbase.defaultEndpoint },
    { now: Date.now, randomBytes: (size) => Buffer.alloc(size) },
  );
  const outcome = await outcomeOf(checkOf(oceanbase, session, 'tde'), context);
  return { ...outcome, samples: samplesOf(instance, outcome.facts, 0), requests: context.requests };
}

const series = (id: string, value: number) =>
  `clouddb_tenant_at_rest_encryption_enabled{tenant_id="${id}",tenant_name="name of ${id}"} ${value}`;

describe('OceanBase tde check', () => {
  it('with all tenants encrypted is encrypted', async () => {
    const { samples, failure, requests } = await run(page([tenant('t1', true), tenant('t2', true)], 2));
    expect(failure).toBeUndefined();
    expect(samples).toEqual([
      series('t1', 1),
      series('t2', 1),
      'clouddb_tenants 2',
      'clouddb_at_rest_encryption_enabled 1',
    ]);
    const [first] = requests.map(({ url }) => new URL(url));
    expect(requests).toHaveLength(1);
    expect(first?.pathname).toBe('/api/v2/instances/obxxx/security/tde');
    expect(Object.fromEntries(first?.searchParams ?? [])).toMatchObject({ pageNumber: '1', pageSize: '50' });
  });

  it('with one tenant that is not encrypted is not encrypted', async () => {
    const { samples } = await run(page([tenant('t1', true), tenant('t2', false)], 2));
    expect(samples).toEqual([
      series('t1', 1),
      series('t2', 0),
      'clouddb_tenants 2',
      'clouddb_at_rest_encryption_enabled 0',
    ]);
  });

  it.each([
    ['an empty list', page([], 0)],
    ['an empty list without a total', page([])],
    ['a list that is null with a total of 0', page(null, 0)],
    ['no list with a total of 0', page(undefined, '0')],
  ])('with %s is neither', async (_what, data) => {
    const { samples, failure, facts } = await run(data);
    expect(failure).toBeUndefined();
    expect(facts?.tenants).toEqual([]);
    expect(samples).toEqual(['clouddb_tenants 0']);
  });

  it.each([undefined, null])('does not know a tenant with a state of %j, nor then the instance', async (state) => {
    const { samples, failure } = await run(page([tenant('t1', true), tenant('t2', state)], 2));
    expect(failure).toBeUndefined();
    expect(samples).toEqual([series('t1', 1), 'clouddb_tenants 2']);
  });

  it('is not encrypted with one tenant that is not, whatever is not known of another', async () => {
    const { samples } = await run(page([tenant('t1', undefined), tenant('t2', false)], 2));
    expect(samples).toEqual([series('t2', 0), 'clouddb_tenants 2', 'clouddb_at_rest_encryption_enabled 0']);
  });

  it.each(['true', 'OPEN', 1, 0, '', {}, []])(
    'fails for a state of %j and keeps the other tenants',
    async (enableEncryption) => {
      const { samples, failure } = await run(page([tenant('t1', enableEncryption), tenant('t2', true)], 2));
      expect(failure).toMatchObject({ reason: 'bad_response' });
      expect(failure?.message).toContain('enableEncryption');
      expect(samples).toEqual([series('t2', 1), 'clouddb_tenants 2']);
    },
  );

  it('takes no workflow state for a fact', async () => {
    const { samples } = await run(page([tenant('t1', false, { status: 'OPEN' })], 1));
    expect(samples).toContain('clouddb_at_rest_encryption_enabled 0');
  });

  it('makes one series of tenants whose labels become equal, with the worse state', async () => {
    const { samples } = await run(
      page([tenant('t1', true, { tenantName: 'a' }), tenant(' t1', false, { tenantName: 'a\u0007 ' })], 2),
    );
    expect(samples.filter((sample) => sample.startsWith('clouddb_tenant_'))).toEqual([
      'clouddb_tenant_at_rest_encryption_enabled{tenant_id="t1",tenant_name="a"} 0',
    ]);
  });

  it('knows a tenant without a name', async () => {
    const { samples, failure } = await run(page([tenant('t1', true, { tenantName: null })], 1));
    expect(failure).toBeUndefined();
    expect(samples[0]).toBe('clouddb_tenant_at_rest_encryption_enabled{tenant_id="t1",tenant_name=""} 1');
  });
});

describe('OceanBase tde check, pages', () => {
  const numbered = (from: number, to: number) =>
    Array.from({ length: to - from + 1 }, (_, index) => tenant(`t${from + index}`, true));

  it.each([
    ['a total as a number', 23, 3],
    ['a total as a text', '23', 3],
    ['no total, until a page is empty', undefined, 4],
  ])('fewer per page than requested are read, with %s', async (_what, total, count) => {
    const { facts, failure, requests } = await run(
      page(numbered(1, 10), total),
      page(numbered(11, 20), total),
      page(numbered(21, 23), total),
      page([], total),
    );
    expect(failure).toBeUndefined();
    expect(facts?.tenants?.map(({ id }) => id)).toEqual(numbered(1, 23).map(({ tenantId }) => tenantId));
    expect(requests.map(({ url }) => new URL(url).searchParams.get('pageNumber'))).toEqual(
      Array.from({ length: count }, (_, index) => String(index + 1)),
    );
  });

  it.each([
    ['a page is repeated', [page(numbered(1, 10), 30)]],
    ['a page is repeated without a total', [page(numbered(1, 10))]],
    ['a tenant is on two pages', [page(numbered(1, 10), 20), page(numbered(10, 19), 20)]],
    ['a page is empty before the total is reached', [page(numbered(1, 10), 20), page([], 20)]],
    ['the first page is empty and the total is not 0', [page([], 3)]],
    ['the total shrinks', [page(numbered(1, 10), 20), page(numbered(11, 19), 19)]],
    ['the total grows', [page(numbered(1, 10), 20), page(numbered(11, 20), 21)]],
    ['there are more tenants than the total', [page(numbered(1, 10), 9)]],
    ['a later page has no list', [page(numbered(1, 10), 20), page(null, 20)]],
    ['the list is an object', [page({ t1: true }, 1)]],
    ['a tenant is no object', [page(['t1'], 1)]],
    ['a tenant has no id', [page([tenant('t1', true, { tenantId: undefined })], 1)]],
    ['a tenant has a blank id', [page([tenant(' ', true)], 1)]],
    ['the total is no number', [page(numbered(1, 10), 'many')]],
    ['the total is negative', [page(numbered(1, 10), -1)]],
    ['a page has more tenants than any request asks for', [page(numbered(1, 1001), 1001)]],
  ])('are a failure without facts when %s', async (_what, pages) => {
    const { facts, failure } = await run(...pages);
    expect(failure).toMatchObject({ reason: 'bad_response' });
    expect(known(facts)).toEqual({});
  });

  it('that do not end are a failure after 100 of them', async () => {
    const { failure, requests } = await run(
      ...Array.from({ length: 200 }, (_, index) => page([tenant(`t${index}`, true)])),
    );
    expect(failure).toMatchObject({ reason: 'bad_response' });
    expect(requests).toHaveLength(100);
  });
});
