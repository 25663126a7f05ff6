// `tls_probe:` of an account and of an instance.
import * as z from 'zod';
import type { Report } from '../files/parse-part.ts';
import type { Path } from '../files/yaml-document.ts';
import { tlsCheckName } from '../model/check.ts';
import { type DatabaseProtocol, parseDatabaseAddress, protocolPorts, type TlsProbe } from '../model/database.ts';
import type { Provider } from '../model/provider.ts';

const protocols = Object.keys(protocolPorts) as (keyof typeof protocolPorts)[];

const wrongAddress = 'must be HOST or HOST:PORT such as 10.0.0.4:5432 or [2001:db8::1]:5432, without user and scheme';
const wrongName = 'must be a host name or an IP address, without a port';

const address = z
  .string()
  .regex(/^[^@/]*$/, wrongAddress)
  .meta({ examples: ['10.0.0.4'] })
  .transform((text, context) => {
    const parsed = parseDatabaseAddress(text);
    if (parsed === undefined) context.addIssue({ code: 'custom', message: wrongAddress });
    return parsed ?? z.NEVER;
  })
  .describe('HOST or HOST:PORT of the database. Default: what the API reports, with the port of the protocol.');

/** Whether it is a name or an address alone; an address has no brackets. */
function isHost(text: string): boolean {
  const parsed = parseDatabaseAddress(text);
  return parsed !== undefined && parsed.port === undefined && !text.startsWith('[');
}

/** What an account can set for all its instances. */
const common = z.strictObject({
  protocol: z.enum(protocols).optional().describe('Protocol of the database. Default: that of the provider.'),
  server_name: z
    .string()
    .refine(isHost, wrongName)
    .optional()
    .meta({
      description: 'Name that the certificate must cover, sent as SNI. Default: the host of the address.',
      examples: ['db.example.com'],
    }),
  ca_file: z
    .string()
    .min(1, 'must not be empty')
    .optional()
    .meta({
      description:
        'PEM file of the CAs that clients of the database trust. Default: those that the API reports, else those of the system.',
      examples: ['database-ca.pem'],
    }),
  plaintext: z
    .boolean()
    .optional()
    .meta({
      description: 'Also try whether a session without TLS is accepted. Default: false. The database logs the attempt.',
      examples: [true],
    }),
});

type Settings = z.output<typeof common> & { address?: TlsProbe['address'] };

/** In an account. @param usual the protocol of its provider */
export function accountProbeSchema(usual: DatabaseProtocol) {
  return common
    .extend({ protocol: common.shape.protocol.meta({ examples: [usual] }) })
    .nullable()
    .optional()
    .describe('Probes all databases of the account over TLS, except those whose `checks` do not list tls.');
}

/** In an instance. */
export const instanceProbeSchema = common
  .extend({ address: address.optional() })
  .nullable()
  .optional()
  .describe('Reads what the database itself serves over TLS; settings that are missing here come from its account.');

/** `tls_probe` as written in the file: undefined where it is absent, null where it is empty. */
export type GivenProbe = Settings | null | undefined;

/** One instance and its account, as far as they decide on the probe. */
export interface ProbeInput {
  own: GivenProbe;
  account: GivenProbe;
  /** `checks` of the instance; undefined: all. */
  checks: readonly string[] | undefined;
  provider: Provider;
}

/** The settings of an instance together with those of its account; undefined: it is not probed. */
export function readTlsProbe(
  { own, account, checks, provider: { id, checks: known, database } }: ProbeInput,
  path: Path,
  { report, warn }: { report: Report; warn: Report },
): TlsProbe | undefined {
  const at = [...path, 'tls_probe'];
  const isListed = checks?.includes(tlsCheckName);
  if (database === undefined) {
    if (own !== undefined) report(at, `the probe does not support the databases of ${id}; remove tls_probe`, 'key');
    return undefined;
  }
  if (isListed === false) {
    if (own !== undefined)
      report(at, `has no effect, because checks does not list ${tlsCheckName}; add it to checks`, 'key');
    return undefined;
  }
  if (isListed !== true && own === undefined && account === undefined) return undefined;
  const { server_name: serverName, ca_file: caFile, plaintext = false, ...others } = { ...account, ...own };
  if (others.address === undefined && !database.reportsAddress) {
    warn(
      own === undefined ? path : at,
      `the API of ${id} reports no address of the database; set tls_probe.address`,
      'key',
    );
  }
  const { after = [] } = known.find(({ name }) => name === tlsCheckName) ?? {};
  const sources = after.filter((name) => known.some((check) => check.name === name && check.optIn === undefined));
  if (others.address === undefined && checks?.some((name) => sources.includes(name)) === false) {
    const how = `set tls_probe.address, or add ${sources.join(' or ')} here, which reports it`;
    warn([...path, 'checks'], `no check reports the address to probe; ${how}`);
  }
  return { ...others, serverName, caFile, plaintext };
}
