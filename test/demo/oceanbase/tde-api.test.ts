// The simulated list of tenants: its fields and its pages.
import { describe, expect, it } from 'vitest';
import { type OceanBaseTenant, tdeData } from '../../../src/demo/oceanbase/tde-api.ts';

const tenants = (count: number): OceanBaseTenant[] =>
  Array.from({ length: count }, (_, index) => ({ id: `t${index}`, name: `name ${index}`, encrypted: index > 0 }));

/** The ids on a page, and the total. */
function pageOf(count: number, query: string) {
  const { tenantEncryptionList: list, totalCount } = tdeData(tenants(count), new URLSearchParams(query));
  return { ids: (list as { tenantId: string }[]).map(({ tenantId }) => tenantId), totalCount };
}

const idsFrom = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => `t${from + index}`);

describe('simulated list of tenants', () => {
  it('has the documented fields', () => {
    expect(tdeData([...tenants(2), { id: 't9', name: 'new' }], new URLSearchParams())).toEqual({
      tenantEncryptionList: [
        ['t0', 'name 0', false, 'CLOSE'],
        ['t1', 'name 1', true, 'OPEN'],
        ['t9', 'new', undefined, 'CLOSE'],
      ].map(([tenantId, tenantName, enableEncryption, status]) => ({
        tenantId,
        tenantName,
        tenantMode: 'MySQL',
        tenantStatus: 'ONLINE',
        enableEncryption,
        status,
      })),
      totalCount: 3,
    });
  });

  it.each([
    ['', 0, 10],
    ['pageNumber=2', 10, 20],
    ['pageNumber=3&pageSize=7', 14, 21],
    ['pageNumber=1&pageSize=50', 0, 50],
    ['pageNumber=2&pageSize=500', 50, 60],
    ['pageNumber=9', 60, 60],
  ])('with the query %j has those from %i to %i of 60', (query, from, to) => {
    expect(pageOf(60, query)).toEqual({ ids: idsFrom(from, to), totalCount: 60 });
  });

  it('can be limited to one name', () => {
    expect(pageOf(3, 'tenantName=name 1')).toEqual({ ids: ['t1'], totalCount: 1 });
  });

  it('is empty for an instance without tenants', () => {
    expect(pageOf(0, '')).toEqual({ ids: [], totalCount: 0 });
  });
});
