// Keeps temporary credentials: renews them ahead of their end, and asks a source that fails ever less often.
import { Failure } from '../../model/failure.ts';
import type { Credentials, FindCredentials, FoundCredentials, SearchTools } from '../../model/provider.ts';

/** What a source of temporary credentials gave. */
export interface FreshCredentials {
  values: Credentials;
  /** Unix seconds; undefined when the source does not tell. */
  expiresAtSeconds: number | undefined;
  /** Unix milliseconds by the clock of the source, which is the one that its `expiresAtSeconds` goes by. */
  sourceNowMs: number;
}

const minuteMs = 60_000;
/** Renewed this long before their end, or after half of their life where that is shorter. */
const aheadMs = 5 * minuteMs;
/** Life of credentials that do not tell how long they live. */
const untoldLifeMs = 10 * minuteMs;
/** Twice what the vendor gives at most. */
const longestLifeMs = 24 * 60 * minuteMs;
const firstPauseMs = 1000;
const longestPauseMs = minuteMs;

/**
 * @param source name of the source, for the log
 * @param fetch asks the source
 */
export function keepTemporary(
  source: string,
  fetch: () => Promise<FreshCredentials>,
  { monotonic, random }: Pick<SearchTools, 'monotonic' | 'random'>,
): FindCredentials {
  // Times of `monotonic`: a wall clock that is set neither ends credentials nor keeps ended ones.
  let held: { found: FoundCredentials; renewAt: number; endAt: number } | undefined;
  let failed: { failure: Failure; pauseMs: number; askAgainAt: number } | undefined;
  let renewing: Promise<void> | undefined;

  async function renew(): Promise<void> {
    try {
      const { values, expiresAtSeconds, sourceNowMs } = await fetch();
      const toldMs = expiresAtSeconds === undefined ? untoldLifeMs : expiresAtSeconds * 1000 - sourceNowMs;
      if (toldMs <= 0) throw new Failure('credentials', `${source} gave credentials that have ended already`);
      const lifeMs = Math.min(toldMs, longestLifeMs);
      const endAt = monotonic() + lifeMs;
      held = { found: { values, source, expiresAtSeconds }, renewAt: endAt - Math.min(aheadMs, lifeMs / 2), endAt };
      failed = undefined;
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      const pauseMs = failed === undefined ? firstPauseMs : Math.min(failed.pauseMs * 2, longestPauseMs);
      const failure = new Failure('credentials', error.message, { cause: error });
      failed = { failure, pauseMs, askAgainAt: monotonic() + pauseMs * (0.5 + random() / 2) };
    }
  }

  /** What is held, while it is good for something. */
  function usable(refused: Credentials | undefined) {
    return held === undefined || monotonic() >= held.endAt || held.found.values === refused ? undefined : held;
  }

  return async (refused) => {
    const before = usable(refused);
    const isFresh = before !== undefined && monotonic() < before.renewAt;
    const askAgain = failed === undefined ? !isFresh : monotonic() >= failed.askAgainAt;
    if (askAgain) {
      renewing ??= renew().finally(() => {
        renewing = undefined;
      });
      // Ahead of their end nobody waits for others: a source that hangs would hold up a sweep that needs it not yet.
      if (before !== undefined) renewing.catch(() => undefined);
      else await renewing;
    }
    // Refused, and no others to be had: they are good for nothing.
    if (held?.found.values === refused) held = undefined;
    const now = usable(refused);
    if (now !== undefined) return { ...now.found, failure: failed?.failure };
    throw failed?.failure ?? new Failure('credentials', `${source} gave credentials that have ended already`);
  };
}
