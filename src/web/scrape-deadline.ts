// When a scrape has to be answered.

const defaultTimeoutMs = 10_000;
const longestTimeoutMs = 600_000;

/**
 * Milliseconds that a scrape may take: what Prometheus announces in X-Prometheus-Scrape-Timeout-Seconds (10 s
 * without the header, or when it makes no sense) minus the offset; half of it when the offset would leave nothing.
 */
export function scrapeDeadlineMs(header: string | undefined, offsetMs: number): number {
  const announced = Number(header ?? '') * 1000;
  const timeoutMs =
    announced > 0 && Number.isFinite(announced) ? Math.min(announced, longestTimeoutMs) : defaultTimeoutMs;
  return timeoutMs > offsetMs ? timeoutMs - offsetMs : timeoutMs / 2;
}
