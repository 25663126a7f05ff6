// Check `tde` of OceanBase Cloud: GET /api/v2/instances/{instanceId}/security/tde
// (https://en.oceanbase.com/docs/common-oceanbase-cloud-10000000003355973).
import * as z from 'zod';
import type { Check, CheckContext } from '../../../model/check.ts';
import { cleanText } from '../../../model/clean-text.ts';
import type { Tenant } from '../../../model/facts.ts';
import { Failure } from '../../../model/failure.ts';
import { type Page, readAllPages, readTotal } from '../../../model/pages.ts';
import { parseFields } from '../../../model/wire.ts';
import type { OceanBaseSession } from '../client.ts';

/** The default is 10; an old revision of the page has "max 50". The API may return fewer. */
const pageSize = 50;
const maxPages = 100;

const listSchema = z.array(z.record(z.string(), z.unknown())).max(1000);

// `status` is a workflow state and makes no fact.
const tenantSchema = z.object({
  tenantId: z.string().regex(/\S/),
  tenantName: z.string().nullish(),
  enableEncryption: z.boolean().nullish(),
});

/** Which tenants have transparent data encryption (TDE). The API does not list the tenant `sys`. */
export const tdeCheck: Check<OceanBaseSession> = {
  name: 'tde',
  action: 'GetInstanceTDE',
  facts: {
    tenants: 'tenantEncryptionList (enableEncryption)',
    at_rest_encryption_enabled: 'tenantEncryptionList (enableEncryption of all tenants)',
  },
  async run(context) {
    const { items } = await readAllPages({
      read: (pageNumber) => readPage(pageNumber, context),
      idOf: ({ id }) => id,
      maxPages,
    });
    return {
      facts: { tenants: items.map(({ tenant }) => tenant) },
      failure: items.find((one) => one.failure !== undefined)?.failure,
    };
  },
};

/** A tenant of the response. */
interface ReadTenant {
  /** As it was sent. */
  id: string;
  tenant: Tenant;
  failure: Failure | undefined;
}

async function readPage(pageNumber: number, context: CheckContext<OceanBaseSession>): Promise<Page<ReadTenant>> {
  const id = encodeURIComponent(context.instance.id);
  const path = `/api/v2/instances/${id}/security/tde?pageNumber=${pageNumber}&pageSize=${pageSize}`;
  const data = await context.session.get(path, context);
  const total = readTotal(data['totalCount']);
  // An empty list may be null.
  const list = listSchema.safeParse(data['tenantEncryptionList'] ?? (total === 0 ? [] : undefined));
  if (!list.success) throw new Failure('bad_response', 'missing or invalid in the response: tenantEncryptionList');
  return { items: list.data.map(readTenant), total };
}

/** @throws {Failure} bad_response without an id: the list is then not known */
function readTenant(raw: Record<string, unknown>): ReadTenant {
  const { fields, failure } = parseFields(tenantSchema, raw);
  if (fields.tenantId === undefined) throw new Failure('bad_response', 'missing or invalid in the response: tenantId');
  const id = fields.tenantId;
  const tenant = {
    id: cleanText(id),
    name: cleanText(fields.tenantName ?? ''),
    encrypted: fields.enableEncryption ?? undefined,
  };
  return { id, tenant, failure };
}
