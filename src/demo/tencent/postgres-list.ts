// DescribeDBInstances of the simulated TencentDB for PostgreSQL: parameters, filters and the fields of an instance.
import { type ListFaults, listPage } from '../simulated-list.ts';
import type { PostgresInstance } from './postgres-api.ts';
import { type TencentFailure, tencentFailure, unknownParameter } from './tencent-failures.ts';
import type { Outcome } from './tencent-server.ts';

/** What the list reports of an instance; each has a default. */
export interface PostgresListing {
  /** Default: the id. */
  name?: string;
  /** Default: `running`. */
  status?: string;
  /** Default: 15.7. */
  version?: string;
  tags?: Readonly<Record<string, string>>;
  /** Fields that are sent unchanged, instead of those that follow from the others. */
  listed?: Readonly<Record<string, unknown>>;
}

const defaultLimit = 10;
const maxLimit = 100;

/** The values by which a filter compares an instance; a name is compared in part, anything else completely. */
const filters: Readonly<Record<string, { part?: boolean; of: (instance: PostgresInstance) => readonly string[] }>> = {
  'db-instance-id': { of: ({ id }) => [id] },
  'db-instance-name': { part: true, of: ({ id, name = id }) => [name] },
  'db-tag-key': { of: ({ tags = {} }) => Object.keys(tags) },
};

/**
 * https://cloud.tencent.com/document/product/409/16773: the instances of one region in the order of their creation,
 * which is that of the fleet. OrderBy and OrderByType are accepted and do not change it.
 */
export function listPostgres(
  parameters: Record<string, unknown>,
  all: readonly PostgresInstance[],
  faultsAt: (offset: number) => ListFaults<string> | undefined,
): Outcome {
  const {
    Limit: given = 0,
    Offset: offset = 0,
    Filters: wanted = [],
    OrderBy: _,
    OrderByType: __,
    ...others
  } = parameters;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) return { failure: unknownParameter(unknown) };
  const matches = readFilters(wanted);
  if (!isCount(given) || given > maxLimit || !isCount(offset) || matches === undefined) return { failure: invalid };
  const faults = faultsAt(offset);
  if (faults?.hangs) return 'hangs';
  if (faults?.error !== undefined) return { failure: tencentFailure(faults.error) };
  const selected = matches.length === 0 ? all : all.filter((instance) => matches.every((match) => match(instance)));
  const { instances, total } = listPage(selected, { offset, limit: given || defaultLimit }, faults);
  return { content: { TotalCount: total, DBInstanceSet: instances?.map(described) ?? null } };
}

const invalid: TencentFailure = tencentFailure('InvalidParameterValue');

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

/** One test per filter, of which all must hold; undefined for filters of another form or an unknown name. */
function readFilters(given: unknown): ((instance: PostgresInstance) => boolean)[] | undefined {
  if (!Array.isArray(given)) return undefined;
  const tests = given.map((filter: { Name?: unknown; Values?: unknown } | null) => {
    const name = String(filter?.Name);
    const known = Object.hasOwn(filters, name) ? filters[name] : undefined;
    const values: unknown = filter?.Values;
    if (known === undefined || !Array.isArray(values)) return undefined;
    return (instance: PostgresInstance) =>
      known
        .of(instance)
        .some((own) => values.some((value) => (known.part ? own.includes(String(value)) : own === value)));
  });
  return tests.every((test) => test !== undefined) ? tests : undefined;
}

function described(instance: PostgresInstance): Record<string, unknown> {
  const {
    id,
    region,
    name = id,
    status = 'running',
    version = '15.7',
    tags = {},
    connectAddress = '',
    listed,
  } = instance;
  const [ip = '', port = '5432'] = connectAddress.split(':');
  return {
    Region: region,
    Zone: `${region}-2`,
    DBInstanceId: id,
    DBInstanceName: name,
    DBInstanceStatus: status,
    DBInstanceType: 'primary',
    DBInstanceVersion: 'standard',
    DBEngine: 'postgresql',
    DBMajorVersion: version.split('.')[0],
    DBVersion: version,
    DBKernelVersion: `v${version}_r1.3`,
    DBInstanceNetInfo: [
      { Address: '', Ip: ip, Port: Number(port), NetType: 'private', Status: 'opened', ProtocolType: 'postgresql' },
    ],
    TagList: Object.entries(tags).map(([TagKey, TagValue]) => ({ TagKey, TagValue })),
    ...listed,
  };
}
