// Limits how many requests for the same are in progress.

/** @returns a function that ends the request; undefined when there are too many */
export type RequestLimit = (key: string) => (() => void) | undefined;

/** @param max requests with the same key; 0: no limit */
export function createRequestLimit(max: number): RequestLimit {
  const inProgress = new Map<string, number>();
  return (key) => {
    const others = inProgress.get(key) ?? 0;
    if (max > 0 && others >= max) return undefined;
    inProgress.set(key, others + 1);
    return () => {
      const left = (inProgress.get(key) ?? 1) - 1;
      if (left > 0) inProgress.set(key, left);
      else inProgress.delete(key);
    };
  };
}
