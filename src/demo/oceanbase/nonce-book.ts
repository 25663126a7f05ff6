// The nonces of the simulated OceanBase Cloud: signed, so that an expired nonce is recognised; counted while valid.
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** `stale`: issued by this server, but expired, retired or dropped. `foreign`: not issued by this server. */
export type NonceState = 'live' | 'stale' | 'foreign';

/** See {@link createNonceBook}. */
export interface NonceBook {
  /** A new nonce: base64 that ends in `=`, which breaks clients that split at `=`. */
  issue(): string;
  stateOf(nonce: string): NonceState;
  /** Records a nonce count; false when it is not greater than the last one (a replay, RFC 7616 section 3.4). */
  advance(nonce: string, count: number): boolean;
  /** Makes a nonce stale at once. */
  retire(nonce: string): void;
}

const timeBytes = 6;
const saltBytes = 10;
const sealBytes = 16;

/**
 * Creates an empty book.
 * @param options.lifetimeMs time from the issue of a nonce until it is stale
 * @param options.now wall clock, unix milliseconds
 * @param options.capacity maximum number of nonces; above it the oldest becomes stale
 */
export function createNonceBook(options: { lifetimeMs: number; now: () => number; capacity?: number }): NonceBook {
  const { lifetimeMs, now, capacity = 10_000 } = options;
  const key = randomBytes(32);
  // Insertion order is the order of issue.
  const lastCounts = new Map<string, number>();

  const seal = (head: Buffer) => createHmac('sha256', key).update(head).digest().subarray(0, sealBytes);

  const issuedAtMs = (nonce: string): number | undefined => {
    const bytes = Buffer.from(nonce, 'base64');
    const head = bytes.subarray(0, timeBytes + saltBytes);
    const theirs = bytes.subarray(timeBytes + saltBytes);
    // Node's base64 decoder is lenient; a nonce is compared as text, so another encoding of the same bytes is foreign.
    if (bytes.toString('base64') !== nonce || theirs.length !== sealBytes) return undefined;
    return timingSafeEqual(theirs, seal(head)) ? head.readUIntBE(0, timeBytes) : undefined;
  };

  return {
    issue() {
      const head = Buffer.concat([Buffer.alloc(timeBytes), randomBytes(saltBytes)]);
      head.writeUIntBE(Math.floor(now()), 0, timeBytes);
      const nonce = Buffer.concat([head, seal(head)]).toString('base64');
      lastCounts.set(nonce, 0);
      const [oldest] = lastCounts.keys();
      if (lastCounts.size > capacity && oldest !== undefined) lastCounts.delete(oldest);
      return nonce;
    },
    stateOf(nonce) {
      const issuedMs = issuedAtMs(nonce);
      if (issuedMs === undefined) return 'foreign';
      return lastCounts.has(nonce) && now() - issuedMs < lifetimeMs ? 'live' : 'stale';
    },
    advance(nonce, count) {
      const last = lastCounts.get(nonce);
      if (last === undefined || count <= last) return false;
      lastCounts.set(nonce, count);
      return true;
    },
    retire(nonce) {
      lastCounts.delete(nonce);
    },
  };
}
