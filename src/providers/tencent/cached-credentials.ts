// Caches temporary credentials: renews them before they expire, with back-off while the source fails.
import type { Clock } from '../../model/clock.ts';
import {
  type Credentials,
  type FindCredentials,
  type FoundCredentials,
  sameCredentials,
} from '../../model/credentials.ts';
import { Failure } from '../../model/failure.ts';

/** Credentials as a source returned them. */
export interface FreshCredentials {
  values: Credentials;
  /** Unix seconds; undefined when the source does not report it. */
  expiresAtSeconds: number | undefined;
  /** Unix milliseconds by the clock of the source, which `expiresAtSeconds` refers to. */
  sourceNowMs: number;
}

const minuteMs = 60_000;
/** Renewed this long before they expire, or at half of their lifetime where that is shorter. */
const renewBeforeMs = 5 * minuteMs;
/** Lifetime of credentials whose expiry is unknown. */
const unknownLifetimeMs = 10 * minuteMs;
/** Upper bound on a lifetime: twice the vendor's maximum. */
const maxLifetimeMs = 24 * 60 * minuteMs;
const firstBackoffMs = 1000;
const maxBackoffMs = minuteMs;
/** Upper bound on Retry-After. */
const maxRetryAfterMs = 5 * minuteMs;

interface Cached {
  found: FoundCredentials;
  /** Monotonic milliseconds, so that clock changes cannot expire or extend credentials. */
  renewAt: number;
  expiresAt: number;
}

/**
 * @param source name of the source, for the log
 * @param fetch requests new credentials from the source; its failures are reported as they are
 */
export function cacheTemporary(
  source: string,
  fetch: () => Promise<FreshCredentials>,
  { monotonic, random }: Pick<Clock, 'monotonic' | 'random'>,
): FindCredentials {
  let cached: Cached | undefined;
  let failed: { failure: Failure; backoffMs: number; retryAt: number } | undefined;
  let renewing: Promise<void> | undefined;

  async function renew(): Promise<void> {
    try {
      cached = toCached(source, await fetch(), monotonic());
      failed = undefined;
    } catch (error) {
      if (isAbort(error)) throw error;
      const unexpected = () => new Failure('internal', `${source}: unexpected error`, { cause: error });
      const failure = error instanceof Failure ? error : unexpected();
      const backoffMs = failed === undefined ? firstBackoffMs : Math.min(failed.backoffMs * 2, maxBackoffMs);
      const pauseMs = Math.min(failure.retryAfterMs ?? 0, maxRetryAfterMs);
      const waitMs = Math.max(backoffMs * (0.5 + random() / 2), pauseMs);
      failed = { failure, backoffMs, retryAt: monotonic() + waitMs };
      if (failure !== error) throw error;
    }
  }

  /** The cached credentials, unless they have expired or are those that the API refused. */
  function usable(refused: Credentials | undefined): Cached | undefined {
    if (cached === undefined || monotonic() >= cached.expiresAt) return undefined;
    return sameCredentials(cached.found.values, refused) ? undefined : cached;
  }

  return async (refused) => {
    const before = usable(refused);
    const isFresh = before !== undefined && monotonic() < before.renewAt;
    const due = failed === undefined ? !isFresh : monotonic() >= failed.retryAt;
    if (due) {
      renewing ??= renew().finally(() => {
        renewing = undefined;
      });
      // Renewed in the background while the current ones are valid: a source that hangs must not delay a sweep.
      if (before !== undefined) renewing.catch(() => undefined);
      else await renewing;
    }
    // Refused and not renewable: discard.
    if (refused !== undefined && sameCredentials(cached?.found.values, refused)) cached = undefined;
    const now = usable(refused);
    if (now !== undefined) return { ...now.found, failure: failed?.failure };
    const reason = refused === undefined ? 'have expired already' : 'the API has just refused';
    throw failed?.failure ?? new Failure('credentials', `${source} returned credentials that ${reason}`);
  };
}

/** A request that was stopped because the exporter exits. */
const isAbort = (error: unknown) => error instanceof DOMException && error.name === 'AbortError';

function toCached(source: string, fresh: FreshCredentials, monotonicMs: number): Cached {
  const { values, expiresAtSeconds, sourceNowMs } = fresh;
  const reportedMs = expiresAtSeconds === undefined ? unknownLifetimeMs : expiresAtSeconds * 1000 - sourceNowMs;
  if (reportedMs <= 0) throw new Failure('credentials', `${source} returned credentials that have expired already`);
  const lifetimeMs = Math.min(reportedMs, maxLifetimeMs);
  const expiresAt = monotonicMs + lifetimeMs;
  return {
    found: { values, source, expiresAtSeconds },
    renewAt: expiresAt - Math.min(renewBeforeMs, lifetimeMs / 2),
    expiresAt,
  };
}
