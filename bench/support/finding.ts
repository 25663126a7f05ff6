// What a benchmark returns: promises with their measurements.

/** One promise with its measurement. */
export interface Finding {
  promise: string;
  measured: string;
  kept: boolean;
}

/** A benchmark: it starts and ends everything that it needs. */
export type Benchmark = () => Promise<Finding[]>;

/** A promise of at most a number. */
export function atMost(promise: string, limit: number, value: number, measured: string): Finding {
  return { promise, measured, kept: value <= limit };
}
