// The places of the concurrency, shared fairly: an account whose API hangs cannot take all of them.

/** One account's part of the places. */
export interface Share {
  /** Checks that have not finished: the most places that it can use. */
  demand: number;
  inFlight: number;
  /** Places that are reserved for it: its equal share or its demand, whichever is lower, minus those that it holds. */
  claim: number;
  /** Whether it holds less than its equal share. */
  below: boolean;
}

/** Counts places on each change. Costs O(1), or O(accounts) when an account starts or stops having demand. */
export interface Places {
  open: () => Share;
  close: (share: Share) => void;
  /** Adds to the demand of an account; negative when checks have finished. */
  addDemand: (share: Share, change: number) => void;
  take: (share: Share) => void;
  release: (share: Share) => void;
  /** Places that an account below its share may take. */
  free: () => number;
  /** Places that an account at or above its share may take. */
  unclaimed: () => number;
  /** Adopts a changed concurrency. */
  refresh: () => void;
}

/** @param onCross called when an account reaches its equal share, or falls below it */
export function createPlaces(concurrency: () => number, onCross: (share: Share) => void): Places {
  const shares = new Set<Share>();
  // Set by `refresh`: the configuration may not be loaded yet.
  let capacity = 0;
  let active = 0;
  let inFlight = 0;
  let claimed = 0;

  const equalShare = () => Math.max(1, Math.floor(capacity / Math.max(1, active)));

  function update(share: Share): void {
    const size = equalShare();
    const claim = Math.max(0, Math.min(size, share.demand) - share.inFlight);
    claimed += claim - share.claim;
    share.claim = claim;
    const below = share.inFlight < size;
    if (below === share.below) return;
    share.below = below;
    onCross(share);
  }

  function hold(share: Share, change: number): void {
    inFlight += change;
    share.inFlight += change;
    if (shares.has(share)) update(share);
  }

  function addDemand(share: Share, change: number): void {
    const before = share.demand;
    share.demand += change;
    if (before > 0 === share.demand > 0) {
      update(share);
      return;
    }
    active += share.demand > 0 ? 1 : -1;
    for (const each of shares) update(each);
  }

  return {
    open() {
      const share: Share = { demand: 0, inFlight: 0, claim: 0, below: true };
      shares.add(share);
      return share;
    },
    close(share) {
      addDemand(share, -share.demand);
      claimed -= share.claim;
      share.claim = 0;
      shares.delete(share);
    },
    addDemand,
    take: (share) => hold(share, 1),
    release: (share) => hold(share, -1),
    free: () => capacity - inFlight,
    unclaimed: () => capacity - inFlight - claimed,
    refresh() {
      if (capacity === concurrency()) return;
      capacity = concurrency();
      for (const share of shares) update(share);
    },
  };
}
