// A collector in fake time whose API answers everything at once, with nothing.
import { type Collector, createCollector } from '../../src/collector/collector.ts';
import type { CollectorOptions } from '../../src/collector/collector-state.ts';
import type { Watch } from '../../src/collector/watch.ts';
import { Failure } from '../../src/model/failure.ts';
import type { FakeTime } from '../support/fake-time.ts';
import { silentObserver } from './silent-observer.ts';

/** @param given replaces parts of it */
export function createFakeCollector(
  { now, monotonic, later }: FakeTime,
  watch: () => Watch,
  given: Partial<CollectorOptions> = {},
): Collector {
  const nothing = () => undefined;
  return createCollector({
    watch,
    findCredentials: () => Promise.resolve({ values: {} }),
    http: () => Promise.resolve({ status: 200, headers: {}, body: new Uint8Array() }),
    connect: () => Promise.reject(new Failure('network', 'no database in this test')),
    readCa: () => Promise.reject(new Failure('network', 'no CA file in this test')),
    caBundle: () => ({ bundle: Promise.reject(new Failure('network', 'no CA bundle in this test')), started: true }),
    listed: () => undefined,
    observer: silentObserver,
    log: { debug: nothing, info: nothing, warn: nothing, error: nothing },
    now,
    monotonic,
    random: () => 0.5,
    later,
    ...given,
  });
}
