// The flags of `probe`, with its exit statuses in the help text.
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type DatabaseProtocol, parseDatabaseAddress, protocolPorts } from '../model/database.ts';
import { parseFlagDuration } from '../model/duration.ts';
import type { ProbeFlags } from './probe.ts';
import { days, path } from './report-flags.ts';

const statusText = `
Exit status:
  0  all is well
  1  invalid flags, the CA file cannot be used, or interrupted
  3  no answer, or not all of it: what is known is printed
  4  something is wrong: TLS refused or older than 1.2, the certificate is not
     trusted, does not cover the name, is not yet valid, expired or below
     --min-days, or a session without TLS is accepted. If 3 applies, too: 4

The probe sends no password. MySQL, and with --plaintext PostgreSQL, may log a
denied login of the user clouddb_probe.`;

/** What commander returns of them. */
export type ProbeOptions = Pick<ProbeFlags, 'format' | 'minDays'> &
  Partial<Pick<ProbeFlags, 'protocol' | 'serverName' | 'caFile' | 'plaintext'>> & { timeout: number };

const maxTimeoutMs = 3_600_000;

/** Ports at which a protocol is usual: databases, and their proxies. */
const protocolOf: Readonly<Record<number, DatabaseProtocol>> = {
  [protocolPorts.postgres]: 'postgres',
  // PgBouncer
  6432: 'postgres',
  [protocolPorts.mysql]: 'mysql',
  // Servers and proxies of other vendors that speak the protocol of MySQL
  2881: 'mysql',
  2883: 'mysql',
};

/** Adds argument and flags. */
export function withProbeFlags(command: Command): Command {
  return command
    .argument('<host:port>', 'address of the database; without a port the usual one of its protocol')
    .addOption(
      new Option('--protocol <protocol>', 'protocol of the database (default: by the port)').choices(
        Object.keys(protocolPorts),
      ),
    )
    .option('--server-name <name>', 'name or IP address that the certificate must cover (default: the host)')
    .option('--ca-file <file>', 'PEM file with the CA certificates to trust (default: those of the system)', path)
    .option('--plaintext', 'also try a session without TLS')
    .addOption(new Option('--timeout <duration>', 'time limit of the probe').argParser(timeout).default(5000, '5s'))
    .addOption(new Option('--format <format>', 'format of the result').choices(['text', 'json']).default('text'))
    .option('--min-days <days>', 'status 4 when a server or CA certificate has fewer days left', days, 30)
    .addHelpText('after', statusText);
}

/**
 * The values of what `withProbeFlags` added; exits with a message when they are invalid. It repeats no address: people
 * paste URLs with passwords.
 */
export function probeFlags(text: string, options: ProbeOptions, command: Command): ProbeFlags {
  const address = parseDatabaseAddress(text);
  if (address === undefined) {
    return command.error(
      'error: the address is invalid: give HOST:PORT alone, e.g. db.example.com:5432 or [2001:db8::1]:5432, with a port up to 65535, without scheme, user, password or database',
    );
  }
  const { host } = address;
  const protocol = options.protocol ?? protocolOf[address.port ?? 0];
  if (protocol === undefined) {
    const names = Object.keys(protocolPorts).join(' or --protocol=');
    const cause = address.port === undefined ? 'without a port, it is unknown' : 'the port does not show';
    const ipv6 =
      address.port === undefined && host.includes(':') ? '; an IPv6 address with a port is [ADDRESS]:PORT' : '';
    return command.error(`error: ${cause} which protocol the database speaks: give --protocol=${names}${ipv6}`);
  }
  const { port = protocolPorts[protocol] } = address;
  const name = parseDatabaseAddress(options.serverName ?? host);
  if (name === undefined || name.port !== undefined) {
    return command.error('error: --server-name is invalid: give a host name or an IP address, without a port');
  }
  const { caFile, plaintext = false, timeout: timeoutMs, format, minDays } = options;
  return { host, port, protocol, serverName: name.host, caFile, plaintext, timeoutMs, format, minDays };
}

function timeout(text: string): number {
  const ms = parseFlagDuration(text) ?? 0;
  if (ms < 1 || ms > maxTimeoutMs) throw new InvalidArgumentError('Give a duration from 1ms to 1h, such as 5s.');
  return ms;
}
