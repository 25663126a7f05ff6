// The places of the concurrency, shared fairly: an account whose API hangs cannot take all of them.

/** One account's part of the places. */
export interface Share<Line> {
  /** Its lines with tickets. */
  readonly lines: Set<Line>;
  /** Checks that have not finished: the most places that it can use. */
  demand: number;
  inFlight: number;
  /** Its equal share or its demand, whichever is lower, minus the places that it holds. */
  claim: number;
  /** Whether a check has been queued since it has demand. */
  started: boolean;
  /** Whether it holds less than its equal share. */
  below: boolean;
}

/** Counts places on each change. Costs O(1), or O(accounts) when an account starts or stops having demand. */
export interface Places<Line> {
  open: () => Share<Line>;
  close: (share: Share<Line>) => void;
  /** Adds to the demand of an account; negative when checks have finished. */
  addDemand: (share: Share<Line>, change: number) => void;
  /** Call it when a check of the account is queued. */
  start: (share: Share<Line>) => void;
  take: (share: Share<Line>) => void;
  release: (share: Share<Line>) => void;
  /** Adds to the places that the lanes of accounts below their share can use, in thousandths of a place. */
  reserve: (change: number) => void;
  /** Places that an account below its share may take. */
  free: () => number;
  /**
   * Places that an account at or above its share may take: those that are not reserved. All claims of accounts without
   * a check in the queue, which search for credentials, are reserved. The claims of the others are reserved as far as
   * their rate limits let them use places: an account that waits for its rate limit would otherwise hold places unused.
   */
  unclaimed: () => number;
  /** Adopts a changed concurrency. */
  refresh: () => void;
}

/** @param onCross called when an account reaches its equal share, or falls below it */
export function createPlaces<Line>(concurrency: () => number, onCross: (share: Share<Line>) => void): Places<Line> {
  const shares = new Set<Share<Line>>();
  // Set by `refresh`: the configuration may not be loaded yet.
  let capacity = 0;
  let active = 0;
  let inFlight = 0;
  const reservations = createReservations();

  const equalShare = () => Math.max(1, Math.floor(capacity / Math.max(1, active)));

  function update(share: Share<Line>): void {
    const size = equalShare();
    reservations.claim(share, Math.max(0, Math.min(size, share.demand) - share.inFlight));
    const below = share.inFlight < size;
    if (below === share.below) return;
    share.below = below;
    onCross(share);
  }

  function hold(share: Share<Line>, change: number): void {
    inFlight += change;
    share.inFlight += change;
    if (shares.has(share)) update(share);
  }

  function addDemand(share: Share<Line>, change: number): void {
    const before = share.demand;
    share.demand += change;
    if (before > 0 === share.demand > 0) {
      update(share);
      return;
    }
    active += share.demand > 0 ? 1 : -1;
    reservations.claim(share, share.claim, false);
    for (const each of shares) update(each);
  }

  return {
    open() {
      const share: Share<Line> = { lines: new Set(), demand: 0, inFlight: 0, claim: 0, started: false, below: true };
      shares.add(share);
      return share;
    },
    close(share) {
      addDemand(share, -share.demand);
      reservations.claim(share, 0);
      shares.delete(share);
    },
    addDemand,
    start(share) {
      if (!share.started) reservations.claim(share, share.claim, true);
    },
    take: (share) => hold(share, 1),
    release: (share) => hold(share, -1),
    reserve: (change) => reservations.reserve(change),
    free: () => capacity - inFlight,
    unclaimed: () => capacity - inFlight - reservations.count(),
    refresh() {
      if (capacity === concurrency()) return;
      capacity = concurrency();
      for (const share of shares) update(share);
    },
  };
}

/** Counts the places that are kept for accounts below their share. */
function createReservations() {
  const claimed = { starting: 0, started: 0 };
  let usable = 0;
  return {
    claim(share: Pick<Share<unknown>, 'claim' | 'started'>, claim: number, started = share.started): void {
      claimed[share.started ? 'started' : 'starting'] -= share.claim;
      claimed[started ? 'started' : 'starting'] += claim;
      share.claim = claim;
      share.started = started;
    },
    reserve(change: number): void {
      usable += change;
    },
    count: () => claimed.starting + Math.min(claimed.started, Math.ceil(usable / 1000)),
  };
}
