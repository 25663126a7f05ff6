// Check `ssl` of TencentDB for PostgreSQL: DescribeDBInstanceSSLConfig (intl 409/78804, cn 409/116172).
import { z } from 'zod';
import type { Check } from '../../../model/provider.ts';
import { understand } from '../../../model/wire.ts';
import { readCaBundle } from '../ca-certificates.ts';
import type { CallAction } from '../client.ts';

export const sslAction = 'DescribeDBInstanceSSLConfig';

const answerSchema = z.object({
  SSLEnabled: z.boolean().nullable(),
  /** Since 2026-08-19 for cloud-disk instances; empty or missing elsewhere. */
  CACert: z.unknown(),
});

/** Whether SSL is on, and when the CA certificates of the answer end. */
export function createSslCheck(call: CallAction): Check {
  return async (context) => {
    const { fields, failure } = understand(answerSchema, await call(sslAction, context));
    const given = typeof fields.CACert === 'string' ? fields.CACert.trim() : (fields.CACert ?? '');
    const { certificates, odd } = given === '' ? { certificates: [], odd: false } : readCaBundle(given);
    if (odd) {
      context.debug('CACert, or a part of it, is neither PEM, base64 of PEM nor base64 DER', {
        instance_id: context.instance.id,
      });
    }
    return {
      facts: {
        sslEnabled: fields.SSLEnabled ?? undefined,
        certificates: certificates.length === 0 ? undefined : certificates,
      },
      failure,
    };
  };
}
