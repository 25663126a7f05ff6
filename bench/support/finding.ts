// What a benchmark returns: promises with their measurements.
import type { Block } from './exporter.ts';
import { inMs } from './numbers.ts';

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

/** A promise about each of some blocks of the event loop. @param what names each of them */
export function blockedAtMost(promise: string, limitMs: number, blocks: readonly Block[], what: string): Finding {
  const withWaits = inMs(Math.max(...blocks.map(({ withWaitsMs }) => withWaitsMs)));
  const measured = `${blocks.map(({ ms }) => ms.toFixed(0)).join(', ')} ms (${what}; ${withWaits} with waits for a CPU)`;
  return atMost(promise, limitMs, Math.max(...blocks.map(({ ms }) => ms)), measured);
}
