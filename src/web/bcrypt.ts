// Compares passwords with bcrypt hashes in a thread of its own, started when the first one comes.
import { Worker } from 'node:worker_threads';

/** What the thread is asked. */
export interface Comparison {
  password: string;
  hash: string;
}

/** @returns whether it is the password of the hash. @throws when the thread ended over it */
export type Compare = (comparison: Comparison) => Promise<boolean>;

const workerFile = new URL('./bcrypt-worker.js', import.meta.url);

/**
 * For one comparison at a time. A thread that ended is replaced for the next one; none keeps the process alive.
 * @param file what runs in the thread
 */
export function createBcrypt(file = workerFile): Compare {
  let worker: Worker | undefined;
  let pending: { resolve: (matches: boolean) => void; reject: (error: Error) => void } | undefined;

  function startWorker(): Worker {
    const started = new Worker(file);
    const ended = () => {
      if (worker !== started) return;
      worker = undefined;
      pending?.reject(new Error('the thread that compares passwords has ended'));
    };
    started.on('message', (matches: boolean) => pending?.resolve(matches));
    // What it threw could hold what it was asked.
    started.on('error', ended);
    started.on('exit', ended);
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
