// Check `ssl` of OceanBase Cloud: GET /api/v2/instances/{instanceId}/security/ssl
// (https://en.oceanbase.com/docs/common-oceanbase-cloud-10000000003236026).
import * as z from 'zod';
import type { Check, CheckContext } from '../../../model/check.ts';
import type { Certificate } from '../../../model/facts.ts';
import { parseFields } from '../../../model/wire.ts';
import { isNoTime, parseWireTime } from '../../../model/wire-time.ts';
import type { OceanBaseSession } from '../client.ts';

/** OPEN or CLOSE; empty and null count as not given. */
const openClose = z
  .string()
  .transform((text) => text.trim().toUpperCase())
  .pipe(z.enum(['OPEN', 'CLOSE', '']))
  .nullable();

// `status` is a workflow state and makes no fact.
const dataSchema = z.object({
  enableSSL: openClose,
  forceSSL: openClose.optional(),
  /** Whether this edition can force SSL; the page's "whether to enable" is a mistranslation. */
  forceSSLSupport: z.boolean().nullish(),
  certValid: z.boolean().nullish(),
  autoUpdate: openClose.optional(),
  validPeriod: z.string().nullish(),
  /** The same for every customer. */
  caUrl: z.string().nullish().catch(undefined),
});

/** Whether SSL is on, forced and forceable, and when the server certificate expires. */
export const sslCheck: Check<OceanBaseSession> = {
  name: 'ssl',
  action: 'GetInstanceSSL',
  facts: {
    ssl_enabled: 'enableSSL',
    ssl_forced: 'forceSSL',
    ssl_force_supported: 'forceSSLSupport',
    cert_valid: 'certValid',
    cert_auto_renew_enabled: 'autoUpdate',
    server_certificate: 'validPeriod',
  },
  async run(context) {
    const path = `/api/v2/instances/${encodeURIComponent(context.instance.id)}/security/ssl`;
    const { fields, failure } = parseFields(dataSchema, await context.session.get(path, context));
    const sslEnabled = isOpen(fields.enableSSL);
    const certificates = readExpiry(fields.validPeriod ?? '', context);
    // Where SSL is off, the field may hold anything.
    const isUnreadable = sslEnabled === true && certificates === undefined && !isNoTime(fields.validPeriod);
    return {
      facts: {
        sslEnabled,
        sslForced: isOpen(fields.forceSSL),
        sslForceSupported: fields.forceSSLSupport ?? undefined,
        certValid: fields.certValid ?? undefined,
        certAutoRenewEnabled: isOpen(fields.autoUpdate),
        certificates,
      },
      hints: { caUrl: fields.caUrl || undefined },
      failure,
      unreadable: isUnreadable ? ['validPeriod'] : undefined,
    };
  },
};

function isOpen(value: 'OPEN' | 'CLOSE' | '' | null | undefined): boolean | undefined {
  return value === 'OPEN' ? true : value === 'CLOSE' ? false : undefined;
}

function readExpiry(
  validPeriod: string,
  { instance, debug }: Pick<CheckContext, 'instance' | 'debug'>,
): Certificate[] | undefined {
  const time = parseWireTime(validPeriod);
  if (time?.assumedZone === true) debug('validPeriod has no time zone; UTC+8 is assumed', { instance_id: instance.id });
  return time && [{ certificate: 'server', source: 'api', subjectCn: '', notAfterSeconds: time.seconds }];
}
