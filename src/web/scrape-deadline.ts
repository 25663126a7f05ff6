// Deadline of a scrape.

const defaultTimeoutMs = 10_000;
const maxTimeoutMs = 600_000;

/**
 * Milliseconds for a scrape: the timeout in X-Prometheus-Scrape-Timeout-Seconds (10 s without the header, or if it is
 * invalid) minus the offset; half of the timeout if the offset is longer.
 */
export function scrapeDeadlineMs(header: string | undefined, offsetMs: number): number {
  const announced = Number(header ?? '') * 1000;
  const timeoutMs = announced > 0 && Number.isFinite(announced) ? Math.min(announced, maxTimeoutMs) : defaultTimeoutMs;
  return timeoutMs > offsetMs ? timeoutMs - offsetMs : timeoutMs / 2;
}
