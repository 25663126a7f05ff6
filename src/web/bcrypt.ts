// Compares passwords with bcrypt hashes in a worker thread, started for the first comparison.
import { Worker } from 'node:worker_threads';

/** One request to the thread. */
export interface Comparison {
  password: string;
  hash: string;
}

/** @returns whether the password belongs to the hash. @throws when the thread exited before it answered */
export type Compare = (comparison: Comparison) => Promise<boolean>;

const workerFile = new URL('./bcrypt-worker.js', import.meta.url);

/**
 * For one comparison at a time. A thread that exited is replaced for the next one; it does not keep the process alive.
 * @param file the script of the thread
 */
export function createBcrypt(file = workerFile): Compare {
  let worker: Worker | undefined;
  let pending: { resolve: (matches: boolean) => void; reject: (error: Error) => void } | undefined;

  function startWorker(): Worker {
    const started = new Worker(file);
    const exited = () => {
      if (worker !== started) return;
      worker = undefined;
      pending?.reject(new Error('the thread that compares passwords has exited'));
    };
    started.on('message', (matches: boolean) => pending?.resolve(matches));
    // The error itself is not passed on: it could contain the password.
    started.on('error', exited);
    started.on('exit', exited);
    started.unref();
    return started;
  }

  return (comparison) =>
    new Promise((resolve, reject) => {
      pending = { resolve, reject };
      worker ??= startWorker();
      worker.postMessage(comparison);
    });
}
