// GET /api/v2/instances of the simulated OceanBase Cloud: the pages and the fields of an instance.
import { type ListFaults, listPage } from '../simulated-list.ts';

/** What the list reports of an instance; each has a default. */
export interface OceanBaseListing {
  /** Default: the id. */
  name?: string;
  /** Default: `ONLINE`. */
  status?: string;
  /** Of the build; default 4.2.1.8-108000022024072217. */
  version?: string;
  tags?: Readonly<Record<string, string>>;
  /** Fields that are sent unchanged, instead of those that follow from the others. */
  listed?: Readonly<Record<string, unknown>>;
}

/** A failure in the envelope of the API. */
export interface OceanBaseFailure {
  status: number;
  errorCode: string;
  errorMessage: string;
}

/** Faults of the list. */
export interface OceanBaseListFaults extends ListFaults<OceanBaseFailure> {
  /** Name of the field with the total, which the documentation does not give; default `total`. */
  totalField?: string;
}

export const listPath = '/api/v2/instances';
const maxPageSize = 100;
const defaultPageSize = '10';

/**
 * The `data` of a page, a failure, or no response at all. A larger page size than the maximum is lowered to it, and so
 * are the first instances of the pages.
 */
export function listOceanBase(
  query: URLSearchParams,
  all: readonly (OceanBaseListing & { id: string })[],
  faultsOf: (pageNumber: number) => OceanBaseListFaults | undefined,
): { data: Record<string, unknown> } | OceanBaseFailure | 'hangs' {
  for (const name of query.keys()) {
    if (!['pageNumber', 'pageSize', 'requestId'].includes(name)) return invalid(`${name} is not supported here`);
  }
  const pageNumber = Number(query.get('pageNumber') ?? '1');
  const pageSize = Math.min(Number(query.get('pageSize') ?? defaultPageSize), maxPageSize);
  if (!isPositive(pageNumber) || !isPositive(pageSize)) return invalid('pageNumber and pageSize must be 1 or more');
  const faults = faultsOf(pageNumber) ?? {};
  if (faults.hangs) return 'hangs';
  if (faults.error !== undefined) return faults.error;
  const limit = Math.min(pageSize, faults.pageSize ?? pageSize);
  const { instances, total } = listPage(all, { offset: (pageNumber - 1) * limit, limit }, faults);
  return { data: { dataList: instances?.map(described) ?? null, [faults.totalField ?? 'total']: total } };
}

function isPositive(value: number): boolean {
  return Number.isSafeInteger(value) && value > 0;
}

function invalid(errorMessage: string): OceanBaseFailure {
  return { status: 400, errorCode: 'InvalidParameter', errorMessage };
}

function described(instance: OceanBaseListing & { id: string }): Record<string, unknown> {
  const { id, name = id, status = 'ONLINE', version = '4.2.1.8-108000022024072217', tags = {}, listed } = instance;
  return {
    instanceId: id,
    instanceName: name,
    status,
    version: version.split('-')[0],
    obRpmVersion: version,
    tags: Object.entries(tags).map(([key, value]) => ({ key, value })),
    ...listed,
  };
}
