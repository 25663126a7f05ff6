// Check `ssl` of TencentDB for PostgreSQL: DescribeDBInstanceSSLConfig (intl 409/78804, cn 409/116172).
import { z } from 'zod';
import type { Check } from '../../core/provider.ts';
import { understand } from '../../core/wire.ts';
import { readCaCertificates } from './ca-certificates.ts';
import type { CallAction } from './client.ts';

export const sslAction = 'DescribeDBInstanceSSLConfig';

const answerSchema = z.object({
  SSLEnabled: z.boolean().nullable(),
  /** Since 2026-08-19 for cloud-disk instances; empty or missing elsewhere. */
  CACert: z.string().nullish(),
});

/** Whether SSL is on, and when the CA certificates of the answer end. */
export function createSslCheck(call: CallAction): Check {
  return async (context) => {
    const { fields, failure } = understand(answerSchema, await call(sslAction, context));
    const caCert = fields.CACert ?? '';
    const certificates = caCert.trim() === '' ? undefined : readCaCertificates(caCert);
    if (caCert.trim() !== '' && certificates === undefined) {
      context.debug('CACert is neither PEM, base64 of PEM nor base64 DER; no CA expiry from it', {
        instance_id: context.instance.id,
        length: caCert.length,
      });
    }
    return { facts: { sslEnabled: fields.SSLEnabled ?? undefined, certificates }, failure };
  };
}
