// The path below which the HTTP surface is served, and the one that browsers see behind a reverse proxy.
import { posix } from 'node:path';

/** The base paths of the HTTP surface. */
export interface BasePaths {
  /** Prefix of all paths of this server, such as `/clouddb`; empty: none. */
  routePrefix: string;
  /** Start of the links on a page: `./`, or the path of the external URL with a slash at the end. */
  linkBase: string;
  /** Where clients behind the proxy reach this server. Absent: no external URL is given. */
  external?: ExternalUrl;
}

/** The external URL. */
export interface ExternalUrl {
  /** Without a slash at the end; empty for the root. */
  path: string;
  /** Absent where only the path is given. */
  origin?: Origin;
}

/** Scheme, host and port of a URL. */
export interface Origin {
  scheme: 'http' | 'https';
  /** An IPv6 address is in brackets. */
  hostname: string;
  port: number;
}

/** The ports of URLs without one. */
export const defaultPorts = { http: 80, https: 443 } as const;

/**
 * The base paths from `--web.external-url` and `--web.route-prefix`, as in Prometheus: the path of the external URL is
 * the default of the prefix, and slashes at both ends do not matter. Empty texts count as not given.
 * @param externalUrl an absolute URL, or only its path
 * @throws an error that names the flag, without its value, which may contain a password
 */
export function resolveBasePaths(externalUrl: string, routePrefix: string): BasePaths {
  const external = parseExternalUrl(externalUrl);
  if (external === undefined) {
    throw new Error(
      '--web.external-url: give a URL such as https://monitoring.example/clouddb/, or only its path, without user, query, fragment or quotes',
    );
  }
  const prefix = normalizePath(routePrefix);
  if (prefix === undefined) {
    throw new Error('--web.route-prefix: give a path such as /clouddb, without query, fragment, spaces or quotes');
  }
  return {
    routePrefix: routePrefix === '' ? external.path : prefix,
    ...(externalUrl === '' ? { linkBase: './' } : { linkBase: `${external.path}/`, external }),
  };
}

function parseExternalUrl(text: string): ExternalUrl | undefined {
  const isPath = text === '' || text.startsWith('/');
  const path = normalizePath(isPath ? text : text.replace(/^[^:]+:\/\/[^/?#]+/, ''));
  if (path === undefined) return undefined;
  if (isPath) return { path };
  const url = /^https?:\/\/[^/]/i.test(text) && URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || url.username !== '' || url.password !== '') return undefined;
  const scheme = url.protocol === 'https:' ? 'https' : 'http';
  const port = url.port === '' ? defaultPorts[scheme] : Number(url.port);
  return { path, origin: { scheme, hostname: url.hostname, port } };
}

/** Percent-encoded, with a slash at the start and none at the end; empty for the root. */
function normalizePath(text: string): string | undefined {
  if (/[?#\\\s"'<>]/.test(text)) return undefined;
  const { pathname } = new URL(posix.normalize(`/${text}`), 'http://localhost');
  return pathname.replace(/\/$/, '');
}
