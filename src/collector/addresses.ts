// One connection at a time to each database address: several instances can be behind one.
import type { Clock } from '../model/clock.ts';

/** The addresses to which a connection is open, or will be. */
export interface Addresses {
  /**
   * Queues for an address. `free` resolves when the connections before are closed; undefined: there is none.
   * `leave` lets the next one go on.
   */
  enter: (address: string) => { free: Promise<void> | undefined; leave: () => void };
}

/** A database needs a moment to end its side of a connection, in milliseconds. */
const gapMs = 10;

/** No connection yet. */
export function createAddresses(later: Clock['later']): Addresses {
  /** The last of each queue. */
  const last = new Map<string, Promise<void>>();
  return {
    enter(address) {
      const before = last.get(address);
      let leave: () => void = () => undefined;
      const left = new Promise<void>((resolve) => (leave = () => void later(gapMs, resolve)));
      const own = Promise.all([before, left]).then(() => {
        if (last.get(address) === own) last.delete(address);
      });
      last.set(address, own);
      return { free: before, leave };
    },
  };
}
