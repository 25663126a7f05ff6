// Check `ssl` of OceanBase Cloud: GET /api/v2/instances/{instanceId}/security/ssl (page 10000000003236026).
import { z } from 'zod';
import type { Certificate } from '../../../model/facts.ts';
import type { Check, CheckContext } from '../../../model/provider.ts';
import { understand } from '../../../model/wire.ts';
import { parseWireTime } from '../../../model/wire-time.ts';
import type { Get } from '../client.ts';

export const sslAction = 'GetInstanceSSL';

/** OPEN or CLOSE; empty and null count as not given. */
const openClose = z
  .string()
  .transform((text) => text.trim().toUpperCase())
  .pipe(z.enum(['OPEN', 'CLOSE', '']))
  .nullable();

// `status` is a workflow state and `caUrl` the same for every customer: neither makes a fact.
const dataSchema = z.object({
  enableSSL: openClose,
  forceSSL: openClose.optional(),
  /** Whether this edition can force SSL; the page's "whether to enable" is a slip of translation. */
  forceSSLSupport: z.boolean().nullish(),
  certValid: z.boolean().nullish(),
  autoUpdate: openClose.optional(),
  validPeriod: z.string().nullish(),
});

/** Whether SSL is on, forced and forceable, and when the server certificate ends. */
export function createSslCheck(get: Get): Check {
  return async (context) => {
    const data = await get(`/api/v2/instances/${encodeURIComponent(context.instance.id)}/security/ssl`, context);
    const { fields, failure } = understand(dataSchema, data);
    return {
      facts: {
        sslEnabled: isOpen(fields.enableSSL),
        sslForced: isOpen(fields.forceSSL),
        sslForceSupported: fields.forceSSLSupport ?? undefined,
        certValid: fields.certValid ?? undefined,
        certAutoRenewEnabled: isOpen(fields.autoUpdate),
        certificates: readExpiry(fields.validPeriod ?? '', context),
      },
      failure,
    };
  };
}

function isOpen(value: 'OPEN' | 'CLOSE' | '' | null | undefined): boolean | undefined {
  return value === 'OPEN' ? true : value === 'CLOSE' ? false : undefined;
}

function readExpiry(validPeriod: string, { instance, debug }: CheckContext): Certificate[] | undefined {
  if (validPeriod.trim() === '') return undefined;
  const time = parseWireTime(validPeriod);
  if (time === undefined)
    debug('validPeriod is not a time that is known; no expiry from it', { instance_id: instance.id });
  if (time?.assumedZone === true) debug('validPeriod names no zone; taken as UTC+8', { instance_id: instance.id });
  return time && [{ certificate: 'server', source: 'api', subjectCn: '', notAfterSeconds: time.seconds }];
}
