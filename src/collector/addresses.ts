// One connection at a time to each database address: several instances can be behind one.

/** The addresses to which a connection is open, or will be. */
export interface Addresses {
  /**
   * Queues for an address. `free` resolves when the connections before are closed; undefined: there is none.
   * `leave` lets the next one go on.
   */
  enter: (address: string) => { free: Promise<void> | undefined; leave: () => void };
}

/** No connection yet. */
export function createAddresses(): Addresses {
  /** The last of each queue. */
  const last = new Map<string, Promise<void>>();
  return {
    enter(address) {
      const before = last.get(address);
      let closed: () => void = () => undefined;
      const own = Promise.all([before, new Promise<void>((resolve) => (closed = resolve))]).then(() => {
        if (last.get(address) === own) last.delete(address);
      });
      last.set(address, own);
      return { free: before, leave: closed };
    },
  };
}
