// Token bucket for requests, as golang.org/x/time/rate.
import type { RateLimit } from '../web-config/web-config.ts';

/** Takes one token. @returns undefined if there was one, else the milliseconds until the next (Infinity: never) */
export type RateLimiter = () => number | undefined;

/**
 * The bucket has `burst` tokens at the start and gets one back in each interval. As in Every(interval) of x/time, a
 * negative interval means no limit, and a burst of 0 rejects every request.
 * @param monotonic milliseconds
 */
export function createRateLimiter({ intervalMs, burst }: RateLimit, monotonic: () => number): RateLimiter {
  let tokens = burst;
  let lastMs = monotonic();
  return () => {
    if (intervalMs <= 0) return undefined;
    if (burst < 1) return Number.POSITIVE_INFINITY;
    const nowMs = monotonic();
    const available = Math.min(burst, tokens + (nowMs - lastMs) / intervalMs);
    const waitMs = (1 - available) * intervalMs;
    // Go counts whole nanoseconds; a shorter wait is a rounding error.
    if (waitMs >= 1e-6) return waitMs;
    tokens = available - 1;
    lastMs = nowMs;
    return undefined;
  };
}
