// Check `kms` of TencentDB for PostgreSQL: DescribeEncryptionKeys
// (https://www.tencentcloud.com/document/product/409/46989, https://cloud.tencent.com/document/product/409/73069).
import * as z from 'zod';
import type { Check } from '../../../model/check.ts';
import type { EncryptionKey } from '../../../model/facts.ts';
import type { Failure } from '../../../model/failure.ts';
import { parseFields } from '../../../model/wire.ts';
import { isNoTime, parseWireTime } from '../../../model/wire-time.ts';
import type { TencentSession } from '../session.ts';

const action = 'DescribeEncryptionKeys';

const responseSchema = z.object({
  /** null on older pages: "no valid value can be obtained". An instance without encryption has an empty list. */
  EncryptionKeys: z.array(z.record(z.string(), z.unknown())).max(10_000).nullable(),
});

// DEKCipherTextBlob is not read, so it cannot leak.
const keySchema = z.object({
  KeyId: z.string().nullish(),
  KeyAlias: z.string().nullish(),
  KeyRegion: z.string().nullish(),
  KMSClusterId: z.string().nullish(),
  /** An integer, not a boolean. */
  IsEnabled: z.union([z.literal(0), z.literal(1)]).nullish(),
  /** Zone-less, UTC+8; `0000-00-00 00:00:00` and "" for none. */
  CreateTime: z.string().nullish(),
});

/** The keys that encrypt the instance's data at rest. */
export const kmsCheck: Check<TencentSession> = {
  name: 'kms',
  action,
  // Per access region and sub-account, counted at arrival (page of the action;
  // https://cloud.tencent.com/document/product/1278/109059).
  perSecond: 1000,
  permission: `postgres:${action}`,
  facts: {
    kms_keys: 'EncryptionKeys (IsEnabled, CreateTime as UTC+8)',
    at_rest_encryption_enabled: 'EncryptionKeys (IsEnabled)',
  },
  async run(context) {
    const parameters = { DBInstanceId: context.instance.id };
    const response = await context.session.call(action, parameters, context);
    const { fields, failure } = parseFields(responseSchema, response);
    const keys = fields.EncryptionKeys?.map(readKey);
    return {
      facts: { keys: keys?.map(({ key }) => key) },
      failure: failure ?? keys?.find((entry) => entry.failure !== undefined)?.failure,
      unreadable: keys?.some((entry) => entry.isTimeUnreadable) ? ['CreateTime'] : undefined,
    };
  },
};

/** A key of the response. */
interface ReadKey {
  key: EncryptionKey;
  failure: Failure | undefined;
  isTimeUnreadable: boolean;
}

function readKey(raw: Record<string, unknown>): ReadKey {
  const { fields, failure } = parseFields(keySchema, raw);
  const created = parseWireTime(fields.CreateTime ?? '');
  const key = {
    id: fields.KeyId ?? '',
    alias: fields.KeyAlias ?? '',
    region: fields.KeyRegion ?? '',
    clusterId: fields.KMSClusterId ?? '',
    enabled: typeof fields.IsEnabled === 'number' ? fields.IsEnabled === 1 : undefined,
    createdSeconds: created?.seconds,
  };
  return { key, failure, isTimeUnreadable: created === undefined && !isNoTime(fields.CreateTime) };
}
