// A map that keeps what was used last: derived values that are costly to make again.

/** Derives values by key, and keeps the last `max` that were used. */
export function createRecentlyUsed<V>(max: number): (key: string, derive: () => V) => V {
  const kept = new Map<string, V>();
  return (key, derive) => {
    const value = kept.has(key) ? (kept.get(key) as V) : derive();
    kept.delete(key);
    kept.set(key, value);
    if (kept.size > max) kept.delete(kept.keys().next().value as string);
    return value;
  };
}
