// Keeps a configuration up to date with its files: serialises reads and keeps the last valid configuration.
import type { Clock } from '../model/clock.ts';
import type { ReloadState } from '../model/reload-state.ts';
import type { Problem } from './yaml-document.ts';

/** The result of reading a file: a valid configuration, or its problems. */
export type Reading<T> = { config: T; problems?: undefined } | { config?: undefined; problems: readonly Problem[] };

/** How long a caller waits for the files at most. */
export interface ReadTimeout {
  ms: number;
  later: Clock['later'];
  /** Called for each read that takes longer. */
  expired: () => void;
}

/** How a configuration is read, and who is informed. */
export interface ReloadOptions<T> {
  /**
   * Returns the same object while there is nothing new to report. Calls never overlap.
   * @param force check again even if the file is unchanged
   */
  read: (force: boolean) => Promise<Reading<T>>;
  /** Changes or rejects a valid configuration before it replaces the current one. */
  accept?: (config: T, current: T) => Reading<T>;
  /** Called once per change. */
  reloaded: (config: T) => void;
  failed: (problems: readonly Problem[]) => void;
  timeout?: ReadTimeout;
  /** Unix milliseconds. */
  now: () => number;
}

/** A configuration that follows its files. */
export interface Reloadable<T> {
  /** The last valid configuration. */
  current: () => T;
  /** The problems of the last read; empty: the files are valid. */
  problems: () => readonly Problem[];
  state: () => ReloadState;
  /**
   * Reads the files and returns their problems, or the last known ones after the timeout. Starts a new read instead of
   * joining one in progress, which may have read old content already; simultaneous callers share one.
   */
  refresh: (force?: boolean) => Promise<readonly Problem[]>;
}

/** @param first the result of the first read, which must be valid: see `Reading` */
export function createReloadable<T>(
  first: Reading<T> & { config: T },
  { read, accept, reloaded, failed, timeout, now }: ReloadOptions<T>,
): Reloadable<T> {
  let reading: Reading<T> = first;
  let current = first.config;
  let problems: readonly Problem[] = [];
  let late = false;
  let lastSuccessMs = now();
  let forced = false;
  let inProgress: { answered: Promise<void> } | undefined;

  async function readOnce(): Promise<void> {
    const force = forced;
    forced = false;
    const next = await read(force);
    if (next === reading) return;
    reading = next;
    const result = next.config === undefined || accept === undefined ? next : accept(next.config, current);
    problems = result.problems ?? [];
    if (result.config === undefined) return failed(problems);
    current = result.config;
    lastSuccessMs = now();
    reloaded(current);
  }

  function start(): { answered: Promise<void> } {
    const answered = new Promise<void>((resolve, reject) => {
      const cancel = timeout?.later(timeout.ms, () => {
        late = true;
        timeout.expired();
        resolve();
      });
      readOnce()
        .finally(() => {
          cancel?.();
          late = false;
          inProgress = undefined;
        })
        .then(resolve, reject);
    });
    return { answered };
  }

  return {
    current: () => current,
    problems: () => problems,
    state: () => ({ successful: problems.length === 0 && !late, lastSuccessMs }),
    async refresh(force = false) {
      forced ||= force;
      await inProgress?.answered.catch(() => undefined);
      // A read that exceeded its timeout is still in progress, and callers do not wait for it again.
      inProgress ??= start();
      await inProgress.answered;
      return problems;
    },
  };
}
