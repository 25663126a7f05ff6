// A signal with a time limit that can be relied on.
import { setMaxListeners } from 'node:events';

/** Ends something after a time, or when one of the signals above it does. */
export interface Deadline {
  signal: AbortSignal;
  /** Whether the time has run out (rather than a signal above having ended it). */
  expired: () => boolean;
  /** Releases the timer and the listeners. */
  clear: () => void;
}

/**
 * Starts the time. Made by hand, because Node 20 may collect the result of AbortSignal.any() as garbage when one of
 * its sources is an AbortSignal.timeout(), and then it never fires.
 * @param ms milliseconds
 */
export function startDeadline(ms: number, above: readonly AbortSignal[]): Deadline {
  const controller = new AbortController();
  let expired = false;
  const timer = setTimeout(() => {
    expired = true;
    controller.abort(new DOMException('the time has run out', 'TimeoutError'));
  }, ms);
  const listeners = above.map((signal) => ({ signal, end: () => controller.abort(signal.reason) }));
  for (const { signal, end } of listeners) {
    // As many as there are scrapes at a time: Node would call more than 10 a leak.
    setMaxListeners(0, signal);
    if (signal.aborted) end();
    signal.addEventListener('abort', end, { once: true });
  }
  return {
    signal: controller.signal,
    expired: () => expired,
    clear() {
      clearTimeout(timer);
      for (const { signal, end } of listeners) signal.removeEventListener('abort', end);
    },
  };
}

/** Resolves when the signal is aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
