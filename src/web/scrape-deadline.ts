// Deadline of a scrape.

const defaultTimeoutMs = 10_000;
const maxTimeoutMs = 600_000;

/**
 * Milliseconds that a scrape waits for its checks: the timeout in X-Prometheus-Scrape-Timeout-Seconds (10 s without the
 * header, or if it is invalid) minus the offset, or half of the timeout if the offset is longer. Of that, the time for
 * writing the response is left, but at least half.
 * @param writingMs how long it took to write the last response
 */
export function scrapeDeadlineMs(header: string | undefined, offsetMs: number, writingMs = 0): number {
  const announced = Number(header ?? '') * 1000;
  const timeoutMs = announced > 0 && Number.isFinite(announced) ? Math.min(announced, maxTimeoutMs) : defaultTimeoutMs;
  const availableMs = timeoutMs > offsetMs ? timeoutMs - offsetMs : timeoutMs / 2;
  return Math.max(availableMs / 2, availableMs - writingMs);
}
