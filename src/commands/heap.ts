// Limits the heap of a large fleet.
import { constants, type NodeGCPerformanceDetail, type PerformanceEntry, PerformanceObserver } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';

/** Below it, V8's defaults keep less than more collections would cost. */
const largeFleet = 2000;

/** Keeps the heap small. */
export interface HeapLimit {
  /** @param instances number of instances of the fleet */
  adapt: (instances: number) => void;
  /** Counts one request: its garbage leaves gaps between facts. */
  countRequest: () => void;
  close: () => void;
}

/** Requests after which one collection compacts the heap. */
const requestsPerCompaction = 25_000;

/**
 * By default V8 lets the heap grow to a multiple of what is in use, and keeps pages of which little is in use. The limits
 * of a large fleet halve its memory for 5 % more CPU (docs/performance.md). Compaction blocks the event loop for up to
 * 100 ms, so it is rare: at 20 calls a second, one in 20 minutes.
 */
export function createHeapLimit(): HeapLimit {
  let isLarge = false;
  let requests = 0;
  const setCompaction = (on: boolean) => setFlagsFromString(`--${on ? '' : 'no-'}compact-on-every-full-gc`);
  const observer = new PerformanceObserver((list) => {
    const isMajor = (entry: PerformanceEntry & { detail?: NodeGCPerformanceDetail }) =>
      entry.detail?.kind === constants.NODE_PERFORMANCE_GC_MAJOR;
    if (list.getEntries().some(isMajor)) setCompaction(false);
  });
  observer.observe({ entryTypes: ['gc'] });
  return {
    adapt(instances) {
      isLarge = instances > largeFleet;
      setFlagsFromString(`--heap-growing-percent=${isLarge ? 15 : 0}`);
    },
    countRequest() {
      requests++;
      if (isLarge && requests % requestsPerCompaction === 0) setCompaction(true);
    },
    close() {
      observer.disconnect();
      setCompaction(false);
    },
  };
}
