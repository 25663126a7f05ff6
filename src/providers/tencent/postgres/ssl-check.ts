// Check `ssl` of TencentDB for PostgreSQL: DescribeDBInstanceSSLConfig
// (https://www.tencentcloud.com/document/product/409/78804, https://cloud.tencent.com/document/product/409/116172).
import * as z from 'zod';
import { readCaBundle } from '../../../ca-bundle/ca-text.ts';
import type { Check } from '../../../model/check.ts';
import { parseFields } from '../../../model/wire.ts';
import type { TencentSession } from '../session.ts';

const action = 'DescribeDBInstanceSSLConfig';

const responseSchema = z.object({
  SSLEnabled: z.boolean().nullable(),
  /** Since 2026-08-19 for cloud-disk instances; empty or missing elsewhere. */
  CACert: z.unknown(),
  /** The address that the certificate covers; empty while SSL is off. */
  ConnectAddress: z.string().nullish().catch(undefined),
  /** Where the CA certificates can be downloaded; empty while SSL is off. */
  CAUrl: z.string().nullish().catch(undefined),
});

/** Whether SSL is on, and when the CA certificates of the response expire. */
export const sslCheck: Check<TencentSession> = {
  name: 'ssl',
  action,
  // Per access region and sub-account, counted at arrival (page of the action;
  // https://cloud.tencent.com/document/product/1278/109059).
  perSecond: 20,
  permission: `postgres:${action}`,
  facts: { ssl_enabled: 'SSLEnabled', ca_certificate: 'CACert, where the edition returns it' },
  async run(context) {
    const response = await context.session.call(action, { DBInstanceId: context.instance.id }, context);
    const { fields, failure } = parseFields(responseSchema, response);
    const { certificates, pem, unreadable } = readCaBundle(fields.CACert);
    return {
      facts: {
        sslEnabled: fields.SSLEnabled ?? undefined,
        certificates: certificates.length === 0 ? undefined : certificates,
      },
      hints: {
        connectAddress: fields.ConnectAddress || undefined,
        caCertificates: pem || undefined,
        caUrl: fields.CAUrl || undefined,
      },
      failure,
      unreadable: unreadable ? ['CACert'] : undefined,
    };
  },
};
