// Simulates GET /api/v2/instances/{instanceId}/security/tde: the tenants of an instance in pages
// (https://en.oceanbase.com/docs/common-oceanbase-cloud-10000000003355973).

/** One tenant of an instance, without `sys`, which the API does not list. */
export interface OceanBaseTenant {
  id: string;
  name: string;
  /** Sent as `enableEncryption`. */
  encrypted?: boolean | undefined;
}

/** The default size of a page, and the largest one. */
const pageSizes = { default: 10, max: 50 };

/** The `data` object of the response; a page beyond the last one is empty. */
export function tdeData(tenants: readonly OceanBaseTenant[], query: URLSearchParams): Record<string, unknown> {
  const name = query.get('tenantName') ?? '';
  const found = tenants.filter((tenant) => name === '' || tenant.name === name);
  const size = Math.min(positive(query.get('pageSize')) ?? pageSizes.default, pageSizes.max);
  const start = ((positive(query.get('pageNumber')) ?? 1) - 1) * size;
  return {
    tenantEncryptionList: found.slice(start, start + size).map(({ id, name: tenantName, encrypted }) => ({
      tenantId: id,
      tenantName,
      tenantMode: 'MySQL',
      tenantStatus: 'ONLINE',
      enableEncryption: encrypted,
      status: encrypted === true ? 'OPEN' : 'CLOSE',
    })),
    totalCount: found.length,
  };
}

function positive(text: string | null): number | undefined {
  return text !== null && /^[1-9]\d{0,8}$/.test(text) ? Number(text) : undefined;
}
