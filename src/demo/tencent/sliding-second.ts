// Counts arrivals in a sliding window of one second, as the cloud does for the rate limit of an action.

/**
 * Creates a counter. It takes the time of an arrival in ms (never decreasing) and returns the number of arrivals in the
 * second up to and including this one. Refused requests count, too. Two arrivals exactly one second apart do not share
 * a window.
 */
export function slidingSecond(): (atMs: number) => number {
  const recent: number[] = [];
  return (atMs) => {
    recent.push(atMs);
    // Stops at the arrival that was just pushed, if not before.
    while ((recent[0] ?? atMs) <= atMs - 1000) recent.shift();
    return recent.length;
  };
}
