// `ca_bundle:` of an account.
import { isIP } from 'node:net';
import * as z from 'zod';
import type { Report } from '../files/parse-part.ts';
import type { Path } from '../files/yaml-document.ts';
import type { CaBundleSettings } from '../model/ca-bundle.ts';

const wrongHost = 'must be a host such as ca.example.com, *.example.com or 203.0.113.4, without scheme, port and path';

/** A host as `URL.hostname` writes it, without brackets. */
const host = z
  .string()
  .meta({ examples: ['ca.example.com'] })
  .transform((text, context) => {
    const parsed = parseHost(text);
    if (parsed === undefined) context.addIssue({ code: 'custom', message: wrongHost });
    return parsed ?? z.NEVER;
  })
  .describe('A name, an IP address, or *.example.com for all names below example.com.');

function parseHost(text: string): string | undefined {
  const [, wildcard = '', name = ''] = /^(\*\.)?([^\s*/@?#\\%]+)$/.exec(text) ?? [];
  if (isIP(name) === 6 && wildcard === '') return new URL(`https://[${name}]`).hostname.slice(1, -1);
  if (name === '' || name.includes(':') || !URL.canParse(`https://${name}`)) return undefined;
  const hostname = new URL(`https://${name}`).hostname.replace(/\.$/, '');
  // All names of a top-level domain are too many.
  const isTooWide = wildcard !== '' && (isIP(hostname) !== 0 || !hostname.includes('.'));
  return isTooWide ? undefined : wildcard + hostname;
}

const settings = z.strictObject({
  fetch: z
    .boolean()
    .default(false)
    .meta({
      description: 'Whether to download the CA certificates from the URL that the API reports, where it has only that.',
      examples: [true],
    }),
  allowed_hosts: z
    .array(host)
    .max(100, 'must have at most 100 hosts')
    .prefault([])
    .describe('Hosts that they may be downloaded from; required with fetch.'),
  allow_private: z.boolean().default(false).describe('Whether the name of an allowed host may have a private address.'),
});

/** In an account. */
export const caBundleSchema = settings
  .superRefine(({ fetch, allowed_hosts }, context) => {
    if (!fetch || allowed_hosts.length > 0) return;
    const message = 'is required with fetch: the hosts that CA certificates may be downloaded from';
    context.addIssue({ code: 'custom', path: ['allowed_hosts'], message });
  })
  .optional()
  .describe('CA certificates that the API reports only as a URL.');

/** `ca_bundle` as written in the file. */
export type GivenCaBundle = z.output<typeof caBundleSchema>;

/** @returns undefined where nothing is downloaded */
export function readCaBundleSettings(given: GivenCaBundle, path: Path, warn: Report): CaBundleSettings | undefined {
  if (given === undefined) return undefined;
  if (given.fetch) return { allowedHosts: given.allowed_hosts, allowPrivate: given.allow_private };
  if (given.allowed_hosts.length > 0) warn([...path, 'ca_bundle'], 'has no effect without fetch: true', 'key');
  return undefined;
}
