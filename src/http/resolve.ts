// Resolves one host name: the hosts file, then DNS without a thread, then the system's resolver where DNS has no address.
import dns, { type RecordWithTtl } from 'node:dns';
import { readFileSync, statSync } from 'node:fs';
import { isIP } from 'node:net';
import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';

/** The addresses of a name, in the order in which to try them, or why there are none. */
export type Resolution =
  | { addresses: readonly string[]; ttlSeconds: number }
  /** `definite`: the name has no address; otherwise the look-up itself failed. */
  | { code: string; definite: boolean };

/** Where names are looked up; each has a default. */
export interface ResolveOptions {
  /** `HOST:PORT` of the name servers; default: those of resolv.conf, which is read for each look-up. */
  servers?: readonly string[];
  hostsFile?: string;
  /** The resolver of the system. */
  askSystem?: (host: string) => Promise<readonly string[]>;
}

/** How long a name server has to answer. */
const maxQueryMs = 10_000;
/**
 * c-ares does not accept the answer to a query that it has repeated. So one query goes to the next name server, or is
 * repeated, after 0.5, 1.5, 3.5 and 7.5 s, and another one waits.
 */
const queryOptions = [
  { timeout: 500, tries: 5 },
  { timeout: maxQueryMs, tries: 1 },
];
/** How long the addresses of one family wait for those of the other (RFC 8305 section 3, with a longer delay). */
const otherFamilyMs = 500;
/** A system resolver has longer timeouts than c-ares: it is not used when a name server did not answer within this. */
const promptMs = 1000;
const maxHostsBytes = 4 * 1024 * 1024;

/**
 * Looks a host name up. Never throws.
 *
 * `getaddrinfo` occupies one of the few threads of the process until its own timeouts have passed, and other look-ups
 * and files wait for it. It is therefore used only where DNS answered promptly and has no address: search domains and
 * the other sources of nsswitch.conf need it.
 */
export async function resolveName(
  host: string,
  { servers, hostsFile = '/etc/hosts', askSystem = getaddrinfo }: ResolveOptions = {},
): Promise<Resolution> {
  const local = localAddresses(host, hostsFile);
  if (local.length > 0) return { addresses: local, ttlSeconds: 0 };
  const startedAt = performance.now();
  const found = await queryDns(host, servers);
  if ('addresses' in found || found.code === 'ETIMEOUT' || performance.now() - startedAt > promptMs) return found;
  try {
    return { addresses: await askSystem(host), ttlSeconds: 0 };
  } catch (error) {
    const code = codeOf(error);
    return { code, definite: code === 'ENOTFOUND' };
  }
}

/** Those of the hosts file; `localhost` and names below it are this machine also without it (RFC 6761 section 6.3). */
function localAddresses(host: string, hostsFile: string): string[] {
  const name = host.replace(/\.$/, '').toLowerCase();
  const found: string[] = [];
  const hosts = readHosts(hostsFile);
  // Most names are not in it, and a file that blocks advertisers has 100,000 lines.
  for (const line of hosts.toLowerCase().includes(name) ? hosts.split('\n') : []) {
    const [address = '', ...names] = line.replace(/#.*/, '').trim().split(/\s+/);
    if (isIP(address) !== 0 && names.some((one) => one.toLowerCase() === name)) found.push(address);
  }
  if (found.length > 0) return found;
  return name === 'localhost' || name.endsWith('.localhost') ? ['127.0.0.1', '::1'] : [];
}

/** Without a thread, which could be busy; the file is small, local, and read at most once in a few seconds per name. */
function readHosts(file: string): string {
  try {
    const { size } = statSync(file);
    return size > maxHostsBytes ? '' : readFileSync(file, 'utf8');
  } catch {
    // As for getaddrinfo, a file that cannot be read is an empty one.
    return '';
  }
}

async function queryDns(host: string, servers: readonly string[] | undefined): Promise<Resolution> {
  // New ones each time: they read resolv.conf.
  const resolvers = queryOptions.map((options) => new dns.promises.Resolver(options));
  if (servers !== undefined) for (const resolver of resolvers) resolver.setServers(servers);
  const cancel = () => {
    for (const resolver of resolvers) resolver.cancel();
  };
  const timer = setTimeout(cancel, maxQueryMs);
  const records: RecordWithTtl[][] = [[], []];
  const queries = [
    firstAnswer(resolvers.map((resolver) => resolver.resolve6(host, { ttl: true }))),
    firstAnswer(resolvers.map((resolver) => resolver.resolve4(host, { ttl: true }))),
  ].map(async (query, family) => void (records[family] = await query));
  try {
    await Promise.any(queries);
    await Promise.race([Promise.allSettled(queries), delay(otherFamilyMs, undefined, { ref: false })]);
  } catch (error) {
    const codes = (error as AggregateError).errors.map(codeOf);
    if (codes.some(isTimeout)) return { code: 'ETIMEOUT', definite: false };
    return { code: codes.find((code) => !isAbsent(code)) ?? 'ENOTFOUND', definite: codes.every(isAbsent) };
  } finally {
    clearTimeout(timer);
    cancel();
  }
  return {
    addresses: interleave(records).map(({ address }) => address),
    ttlSeconds: Math.min(...records.flat().map(({ ttl }) => ttl)),
  };
}

/** The first answer, also one that there is no address; a timeout only when all have timed out. */
function firstAnswer<T>(queries: readonly Promise<T>[]): Promise<T> {
  let waiting = queries.length;
  return new Promise((resolve, reject) => {
    for (const query of queries) {
      query.then(resolve, (error: Error) => {
        waiting--;
        if (waiting === 0 || !isTimeout(codeOf(error))) reject(error);
      });
    }
  });
}

/** IPv6 and IPv4 in turn (RFC 8305 section 4). */
function interleave<T>([one = [], other = []]: readonly T[][]): T[] {
  const length = Math.max(one.length, other.length);
  return Array.from({ length }, (_, index) => [
    ...one.slice(index, index + 1),
    ...other.slice(index, index + 1),
  ]).flat();
}

async function getaddrinfo(host: string): Promise<string[]> {
  const found = await dns.promises.lookup(host, { all: true });
  return found.map(({ address }) => address);
}

const isTimeout = (code: string) => code === 'ETIMEOUT' || code === 'ECANCELLED';
const isAbsent = (code: string) => code === 'ENOTFOUND' || code === 'ENODATA';

function codeOf(error: unknown): string {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code : 'unknown error';
}
