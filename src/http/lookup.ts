// Host names to addresses: one look-up of a name at a time, kept for some seconds, the last good one while it fails.
import { isIP } from 'node:net';
import { performance } from 'node:perf_hooks';
import { Failure } from '../model/failure.ts';
import { type Resolution, resolveName } from './resolve.ts';

/** The addresses of a host name, or of an address itself, in the order to try them. @throws {Failure} network */
export type Lookup = (host: string) => Promise<readonly string[]>;

/** Bounds of the time that an answer is kept, whatever its TTL. */
const minKeepMs = 5000;
const maxKeepMs = 60_000;
/** How long a failure is kept: the checks of an account do not repeat it, and a recovery is soon noticed. */
const failureMs = 1000;
/** After this a renewal is not waited for: the last valid answer is used. */
const patienceMs = 1000;
/** How long the last valid answer is used while no name server answers (RFC 8767 section 5 allows a day). */
const maxStaleMs = 3_600_000;
const maxNames = 1000;
const maxAddresses = 16;

interface Entry {
  answer: Promise<readonly string[]>;
  /** Monotonic milliseconds; infinite while the look-up is in progress. */
  renewAt: number;
  good: { addresses: readonly string[]; until: number } | undefined;
}

/** @param now monotonic milliseconds */
export function createLookup(
  resolve: (host: string) => Promise<Resolution> = resolveName,
  now: () => number = () => performance.now(),
): Lookup {
  const entries = new Map<string, Entry>();

  function start(host: string, good: Entry['good']): Entry {
    const fresh = resolve(host).then((result) => settle(host, entry, result));
    const usable = lastGood(good);
    const entry: Entry = {
      answer: usable === undefined ? fresh : Promise.race([fresh, after(patienceMs, usable)]),
      renewAt: Number.POSITIVE_INFINITY,
      good,
    };
    const use = () => void (entry.answer = fresh);
    fresh.then(use, use);
    return entry;
  }

  function lastGood(good: Entry['good']): readonly string[] | undefined {
    return good !== undefined && now() < good.until ? good.addresses : undefined;
  }

  function settle(host: string, entry: Entry, result: Resolution): readonly string[] {
    if ('addresses' in result) {
      const addresses = result.addresses.slice(0, maxAddresses);
      entry.good = { addresses, until: now() + maxStaleMs };
      entry.renewAt = now() + Math.min(Math.max(result.ttlSeconds * 1000, minKeepMs), maxKeepMs);
      return addresses;
    }
    entry.renewAt = now() + failureMs;
    // The name has no address any more: that is an answer.
    if (result.definite) entry.good = undefined;
    const usable = lastGood(entry.good);
    if (usable !== undefined) return usable;
    throw new Failure('network', explain(host, result));
  }

  return (host) => {
    if (isIP(host) !== 0) return Promise.resolve([host]);
    const known = entries.get(host);
    if (known !== undefined && now() < known.renewAt) return known.answer;
    const entry = start(host, known?.good);
    entries.delete(host);
    entries.set(host, entry);
    const [oldest] = entries.size > maxNames ? entries.keys() : [];
    if (oldest !== undefined) entries.delete(oldest);
    return entry.answer;
  };
}

function after<T>(ms: number, value: T): Promise<T> {
  return new Promise((resolve) => void setTimeout(resolve, ms, value).unref());
}

function explain(host: string, { code, definite }: { code: string; definite: boolean }): string {
  return definite
    ? `the name ${host} has no address in DNS (${code}); check the name, and the DNS settings of this machine`
    : `the name ${host} could not be looked up (${code}); check the name servers of this machine (DNS)`;
}
