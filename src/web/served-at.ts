// Where the sender of a request reaches this server: directly, or through the reverse proxy of `--web.external-url`.
import type { IncomingHttpHeaders } from 'node:http';
import type { Socket } from 'node:net';
import { type BasePaths, defaultPorts, type Origin } from './base-path.ts';

/** Start of the URLs that the sender of a request can use. */
export interface ServedAt {
  scheme: Origin['scheme'];
  /** `HOST:PORT`; an IPv6 address is in brackets. */
  address: string;
  /** Without a slash at the end; empty for the root. */
  path: string;
}

/** The part of a request that this depends on. */
export interface Arrived {
  headers: IncomingHttpHeaders;
  socket: Pick<Socket, 'localAddress' | 'localPort'> & { encrypted?: unknown };
}

/**
 * A request has come through the proxy when it says so (Via, RFC 9110 section 7.6.3; Forwarded, RFC 7239; X-Forwarded-…), or
 * when it names the host of the external URL. @returns undefined where a header has no valid host
 */
export function servedAt({ headers, socket }: Arrived, { routePrefix, external }: BasePaths): ServedAt | undefined {
  const connection = socket.encrypted === true ? 'https' : 'http';
  const host = headers.host === undefined || headers.host === '' ? localHost(socket) : parseHost(headers.host);
  if (external === undefined || !isForwarded(headers, host, external.origin)) {
    return host && { scheme: connection, address: addressText(host, connection), path: routePrefix };
  }
  const { path, origin } = external;
  if (origin !== undefined) return { scheme: origin.scheme, address: addressText(origin, origin.scheme), path };
  const forwarded = forwardedOf(headers);
  const scheme = forwarded.scheme ?? connection;
  const other = forwarded.host === undefined ? host : parseHost(forwarded.host);
  return other && { scheme, address: addressText(other, scheme), path };
}

interface Host {
  hostname: string;
  /** Absent: that of the scheme. */
  port?: number;
}

function addressText({ hostname, port }: Host, scheme: Origin['scheme']): string {
  return `${hostname}:${port ?? defaultPorts[scheme]}`;
}

/** `HOST` or `HOST:PORT`, the host as Prometheus accepts it in an address. */
function parseHost(text: string): Host | undefined {
  const [, hostname = '', port] = /^(\[[\da-f:.]{2,45}\]|[\w.-]{1,253})(?::(\d{1,5}))?$/i.exec(text.trim()) ?? [];
  if (!URL.canParse(`http://${hostname}`) || Number(port) > 65_535 || Number(port) === 0) return undefined;
  return port === undefined ? { hostname } : { hostname, port: Number(port) };
}

/** Of a request of HTTP/1.0, which needs no Host. */
function localHost({ localAddress = '', localPort = 0 }: Arrived['socket']): Host | undefined {
  // IPv4 on a socket for both, and a zone, which has no meaning on another host.
  const address = localAddress.replace(/^::ffff:(?=[\d.]+$)/i, '').replace(/%.*$/, '');
  return parseHost(`${address.includes(':') ? `[${address}]` : address}:${localPort}`);
}

const forwardedHeaders = ['via', 'forwarded', 'x-forwarded-host', 'x-forwarded-proto'];

function isForwarded(headers: IncomingHttpHeaders, host: Host | undefined, origin: Origin | undefined): boolean {
  if (forwardedHeaders.some((name) => headers[name] !== undefined)) return true;
  if (host === undefined || host.hostname.toLowerCase() !== origin?.hostname) return false;
  // Some proxies forward the host without its port.
  return host.port === undefined || host.port === origin.port;
}

/** What the first proxy says, which is the one that the sender uses. */
function forwardedOf(headers: IncomingHttpHeaders): { host: string | undefined; scheme: Origin['scheme'] | undefined } {
  const first = (name: string) => String(headers[name] ?? '').split(',')[0] ?? '';
  const element = first('forwarded');
  const pair = (name: string) => new RegExp(`(?:^|;)\\s*${name}="?([^";]*)`, 'i').exec(element)?.[1] ?? '';
  const host = (first('x-forwarded-host') || pair('host')).trim();
  const scheme = (first('x-forwarded-proto') || pair('proto')).trim().toLowerCase();
  return {
    host: host === '' ? undefined : host,
    scheme: scheme === 'http' || scheme === 'https' ? scheme : undefined,
  };
}
