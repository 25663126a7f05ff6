// Medians and means of measurements, and how numbers are written.

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = values.length / 2;
  return mean(sorted.slice(Math.ceil(half) - 1, Math.floor(half) + 1));
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** A number of things, such as 10,000. */
export const counted = (count: number) => count.toLocaleString('en-US');

export const inMs = (ms: number) => `${ms.toFixed(ms < 10 ? 2 : 0)} ms`;

export const inMegabytes = (bytes: number) => `${(bytes / 1024 / 1024).toFixed(0)} MB`;

/** The maximum number of arrivals in any window of one second. @param times milliseconds, in order */
export function mostInOneSecond(times: readonly number[]): number {
  let most = 0;
  for (let from = 0, to = 0; to < times.length; to++) {
    while ((times[to] ?? 0) - (times[from] ?? 0) > 1000) from++;
    most = Math.max(most, to - from + 1);
  }
  return most;
}
