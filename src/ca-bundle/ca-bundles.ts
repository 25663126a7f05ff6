// The CA bundles of all accounts: downloaded once for all instances with the same URL, and kept for a day.
import { createHash } from 'node:crypto';
import type { CaBundle } from '../model/ca-bundle.ts';
import type { Clock } from '../model/clock.ts';
import { createRecentlyUsed } from '../model/recently-used.ts';
import { readCaBytes } from './ca-bytes.ts';

const keepMs = 86_400_000;
/** Less than the wait before a retry; other instances that need it at the same time have the same failure. */
const keepFailureMs = 100;
/** Each instance can have its own URL. */
const maxUrls = 16_384;
/** Distinct contents. */
const maxBundles = 1024;

/** A bundle that is known or on its way. */
export interface Requested {
  /** Rejects with a Failure. */
  bundle: Promise<CaBundle>;
  /** Whether this request has started the download. */
  started: boolean;
}

/**
 * @param key what the content depends on: URL, account and its settings
 * @param download called unless the content is known
 */
export type CaBundles = (key: readonly unknown[], download: () => Promise<Buffer>) => Requested;

interface Entry {
  bundle: Promise<CaBundle> | undefined;
  /** Monotonic milliseconds; infinite during the download. */
  renewAt: number;
}

/** Without any bundle. */
export function createCaBundles({ monotonic }: Pick<Clock, 'monotonic'>): CaBundles {
  const entries = createRecentlyUsed<Entry>(maxUrls);
  const contents = createRecentlyUsed<Promise<CaBundle>>(maxBundles);

  async function load(entry: Entry, download: () => Promise<Buffer>): Promise<CaBundle> {
    let keptMs = keepFailureMs;
    try {
      const bytes = await download();
      const bundle = await contents(hashOf(bytes), () => readCaBytes(bytes));
      if (!bundle.unreadable) keptMs = keepMs;
      return bundle;
    } finally {
      entry.renewAt = monotonic() + keptMs;
    }
  }

  return (key, download) => {
    // Not the key itself: URLs are long, and can be signed.
    const entry = entries(hashOf(JSON.stringify(key)), () => ({ bundle: undefined, renewAt: 0 }));
    if (entry.bundle !== undefined && monotonic() < entry.renewAt) return { bundle: entry.bundle, started: false };
    entry.renewAt = Number.POSITIVE_INFINITY;
    entry.bundle = load(entry, download);
    return { bundle: entry.bundle, started: true };
  };
}

const hashOf = (content: string | Buffer) => createHash('sha256').update(content).digest('base64');
