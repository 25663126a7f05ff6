// Counts arrivals in the second that ends with each of them: how a cloud meters an action.

/**
 * Returns a counter: given the moment of an arrival in ms (never decreasing), it tells how many have arrived in the
 * second up to and including this one. Refused requests count too. Two that are exactly one second apart do not share
 * a window.
 */
export function slidingSecond(): (atMs: number) => number {
  const recent: number[] = [];
  return (atMs) => {
    recent.push(atMs);
    // Ends at the latest with what has just been pushed.
    while ((recent[0] ?? atMs) <= atMs - 1000) recent.shift();
    return recent.length;
  };
}
