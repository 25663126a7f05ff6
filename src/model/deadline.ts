// An abort signal with a time limit that also follows parent signals.
import { setMaxListeners } from 'node:events';
import type { Clock } from './clock.ts';

/** Aborts after a time, or when a parent signal is aborted. */
export interface Deadline {
  signal: AbortSignal;
  /** Whether the time limit was reached; false when a parent was aborted first. */
  expired: () => boolean;
  /** Releases the timer and the listeners. */
  clear: () => void;
}

/**
 * Starts a deadline. Not AbortSignal.any(): Node 20 may collect its result as garbage when one of its sources is an
 * AbortSignal.timeout(), and then it never fires.
 * @param ms milliseconds
 */
export function startDeadline(ms: number, parents: readonly AbortSignal[]): Deadline {
  const controller = new AbortController();
  let expired = false;
  const timer = setTimeout(() => {
    expired = true;
    controller.abort(new DOMException('the time limit was reached', 'TimeoutError'));
  }, ms);
  const listeners = parents.map((signal) => ({ signal, abort: () => controller.abort(signal.reason) }));
  for (const { signal, abort } of listeners) {
    // One listener per concurrent scrape: Node warns of a leak above 10.
    setMaxListeners(0, signal);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
  }
  return {
    signal: controller.signal,
    expired: () => expired,
    clear() {
      clearTimeout(timer);
      for (const { signal, abort } of listeners) signal.removeEventListener('abort', abort);
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

/** The result of work, or undefined when the signal is aborted first: the work goes on. */
export function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const stop = () => resolve(undefined);
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}

/** The result of work that cannot be stopped, or a failure after a time. @param ms milliseconds */
export function within<T>(work: Promise<T>, ms: number, later: Clock['later'], late: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = later(ms, () => reject(late()));
    work.then(resolve, reject).finally(cancel);
  });
}
