// Selects the proxy for an API, by the environment variables that curl and Go use.
import { BlockList, isIP } from 'node:net';
import { Failure } from '../model/failure.ts';
import { isLinkLocal, isLoopback } from './endpoint.ts';

/** An HTTP proxy that opens tunnels. */
export interface Proxy {
  /** Without user and password. */
  url: URL;
  /** Value of Proxy-Authorization; undefined when the setting has no user and no password. */
  authorization: string | undefined;
  /** The environment variable that names it. */
  variable: string;
}

/** The proxy for a URL, or undefined for a direct connection. @throws {Failure} network, when the setting is invalid */
export type FindProxy = (url: URL) => Proxy | undefined;

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * HTTPS_PROXY, else ALL_PROXY, unless NO_PROXY matches the host; the lower-case name of each takes precedence. Only
 * this machine and its metadata service are called over plain http, so http URLs never use a proxy, nor do other
 * loopback and link-local addresses.
 */
export function readProxies(env: Environment): FindProxy {
  const variable = ['https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY'].find((name) => textOf(env, name) !== '');
  if (variable === undefined) return () => undefined;
  const proxy = parseProxy(textOf(env, variable), variable);
  const isExempt = readExemptions(textOf(env, 'no_proxy') || textOf(env, 'NO_PROXY'));
  return (url) => {
    const isLocal = isLoopback(url.hostname) || isLinkLocal(url.hostname);
    if (url.protocol !== 'https:' || isLocal || isExempt(url)) return undefined;
    if (proxy !== undefined) return proxy;
    // The message does not quote the value, which may contain a password.
    const form = 'http://HOST:PORT, or http://USER:PASSWORD@HOST:PORT with special characters as %XX';
    throw new Failure('network', `${variable} is not a valid HTTP proxy; write ${form}`);
  };
}

const textOf = (env: Environment, name: string) => env[name]?.trim() ?? '';

function parseProxy(text: string, variable: string): Proxy | undefined {
  const full = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  if (!URL.canParse(full)) return undefined;
  const url = new URL(full);
  // A path here means an unescaped `/`, `?` or `#` in the password, whose start would be taken for the port: reject.
  const rest = `${url.pathname}${url.search}${url.hash}`;
  if (!['http:', 'https:'].includes(url.protocol) || rest !== '/') return undefined;
  const user = decode(url.username);
  const password = decode(url.password);
  if (user === undefined || password === undefined) return undefined;
  const basic = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  return {
    url: new URL(`${url.protocol}//${url.host}`),
    authorization: user === '' && password === '' ? undefined : basic,
    variable,
  };
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/**
 * NO_PROXY: host names (subdomains included), addresses and networks (10.0.0.0/8), each with an optional port; `*`
 * matches everything. Not proxy-from-env 2.1.0, which, unlike curl and Go, does not match subdomains or networks.
 */
function readExemptions(list: string): (url: URL) => boolean {
  const rules = list
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .map(readExemption);
  return ({ hostname, port }) => {
    const host = hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
    return rules.some((rule) => (rule.port === '' || rule.port === (port || '443')) && rule.matches(host));
  };
}

interface Exemption {
  /** Empty for any. */
  port: string;
  /** Takes a host without brackets. */
  matches: (host: string) => boolean;
}

function readExemption(entry: string): Exemption {
  if (entry === '*') return { port: '', matches: () => true };
  const [, host = entry, port = ''] = /^\[([^\]]*)\](?::(\d+))?$/.exec(entry) ?? /^([^:]*):(\d+)$/.exec(entry) ?? [];
  const [address = '', bits = ''] = host.split('/');
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
  if (isIP(address) === 0) {
    const name = host.replace(/^\*?\.?/, '').replace(/\.$/, '');
    return { port, matches: (other) => name !== '' && (other === name || other.endsWith(`.${name}`)) };
  }
  const net = new BlockList();
  const maxBits = family === 'ipv6' ? 128 : 32;
  if (bits === '') net.addAddress(address, family);
  else if (/^\d{1,3}$/.test(bits) && Number(bits) <= maxBits) net.addSubnet(address, Number(bits), family);
  return {
    port,
    matches: (other) => isIP(other) !== 0 && net.check(other, isIP(other) === 6 ? 'ipv6' : 'ipv4'),
  };
}
