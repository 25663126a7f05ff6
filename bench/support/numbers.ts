// Medians and means of measurements, and how numbers are written.

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** A number of things, such as 10,000. */
export const counted = (count: number) => count.toLocaleString('en-US');

export const inMs = (ms: number) => `${ms.toFixed(ms < 10 ? 2 : 0)} ms`;

export const inMegabytes = (bytes: number) => `${(bytes / 1024 / 1024).toFixed(0)} MB`;
