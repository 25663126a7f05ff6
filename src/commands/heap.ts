// Limits the heap of a large fleet.
import { setFlagsFromString } from 'node:v8';

/** Below it, V8's default keeps less than a collection would cost. */
const largeFleet = 2000;

/**
 * By default V8 lets the heap grow to a multiple of what is in use before it collects garbage. With this limit of 20 %, a
 * large fleet takes half the memory for 5 % more CPU (docs/performance.md).
 * @param instances number of instances of the fleet
 */
export function limitHeap(instances: number): void {
  setFlagsFromString(`--heap-growing-percent=${instances > largeFleet ? 20 : 0}`);
}
