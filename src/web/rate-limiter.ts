// Lets requests through at the pace of the web configuration, by the rules of golang.org/x/time/rate.
import type { RateLimit } from '../web-config/web-config.ts';

/** Asks for one request. @returns undefined when it may pass, else the milliseconds until one may (Infinity: never) */
export type RateLimiter = () => number | undefined;

/**
 * A bucket that holds `burst` tokens, is full at first, and gets one back in each interval. Every(interval) of x/time
 * makes a negative interval no limit at all, and a bucket without room lets nobody through.
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
    // Go counts whole nanoseconds; less is rounding.
    if (waitMs >= 1e-6) return waitMs;
    tokens = available - 1;
    lastMs = nowMs;
    return undefined;
  };
}
