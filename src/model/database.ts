// How a database is reached: its protocol, its address, and how the TLS probe connects to it.
import { isIPv6 } from 'node:net';
import type { CaBundle } from './ca-bundle.ts';
import type { Connect } from './connect.ts';

/** The usual port of each protocol that the TLS probe speaks. */
export const protocolPorts = { postgres: 5432, mysql: 3306 } as const;

/** A protocol that the TLS probe speaks. */
export type DatabaseProtocol = keyof typeof protocolPorts;

/** `HOST` or `HOST:PORT`; an IPv6 address with a port is in brackets. */
export interface DatabaseAddress {
  /** A name, or an IP address without brackets. */
  host: string;
  port?: number | undefined;
}

/** `tls_probe` of an instance, with what its account gives. */
export interface TlsProbe {
  /** Absent: the one that the API reports. */
  address?: DatabaseAddress | undefined;
  /** Absent: that of the provider. */
  protocol?: DatabaseProtocol | undefined;
  /** The name that the certificate must cover. Absent: the host of the address. */
  serverName?: string | undefined;
  /** Path of a PEM file with the CAs to trust. Absent: those that the API reports, else those of the system. */
  caFile?: string | undefined;
  /** PEM: the CAs themselves, where no file has them. */
  ca?: string | undefined;
  /** Whether a session without TLS is tried, too. */
  plaintext: boolean;
}

/** What a check can do with a database itself. */
export interface DatabaseAccess {
  /**
   * Waits until one more connection to this address may be opened.
   * @param address see addressKey: one connection at a time to each
   * @returns a function to call once the connection is closed
   */
  turn: (address: string) => Promise<() => void>;
  connect: Connect;
  /** The PEM certificates in a file. @throws {Failure} network */
  readCa: (file: string) => Promise<string>;
  /** The CA certificates behind a URL that the API reports. @throws {Failure} */
  downloadCa: (url: string) => Promise<CaBundle>;
}

const hostAndPort = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9](?:[\w.-]{0,251}[A-Za-z0-9.])?))(?::(\d{1,5}))?$/;
const bareIpv6 = /^[0-9A-Fa-f]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*$/;

/** @returns undefined for anything else than an address */
export function parseDatabaseAddress(text: string): DatabaseAddress | undefined {
  if (bareIpv6.test(text)) return isIPv6(text) ? { host: text } : undefined;
  const [, ipv6, name, digits] = hostAndPort.exec(text) ?? [];
  const host = ipv6 ?? name;
  if (host === undefined || (ipv6 !== undefined && !isIPv6(ipv6))) return undefined;
  const port = digits === undefined ? undefined : Number(digits);
  // Not `10.0.0.256` or `db.1`: a name whose last label is a number is an IPv4 address (WHATWG URL, section 3.5).
  if (!URL.canParse(`http://${addressText({ host, port: 1 })}`)) return undefined;
  return port === 0 || (port ?? 0) > 65_535 ? undefined : { host, port };
}

/** Equal for different spellings of one address, but for a name and an IP address. */
export function addressKey({ host, port }: Required<DatabaseAddress>): string {
  const { hostname } = new URL(`http://${addressText({ host, port })}`);
  return `${hostname.replace(/\.$/, '')}:${port}`;
}

/** E.g. `db.example.com:5432`, `[2001:db8::1]:5432`. */
export function addressText({ host, port }: Required<DatabaseAddress>): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}
