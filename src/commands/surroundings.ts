// What is around the process: environment, home folder, files, time and chance.
import { homedir } from 'node:os';
import { performance } from 'node:perf_hooks';
import { readSmallFile } from '../config/secret.ts';
import type { SearchTools } from '../model/provider.ts';

/** The real ones; what goes over the network is not among them. */
export function surroundings(): Omit<SearchTools, 'send'> {
  return {
    env: process.env,
    home: homeFolder(),
    readFile: readSmallFile,
    now: Date.now,
    monotonic: () => performance.now(),
    random: Math.random,
  };
}

/** Calls back after some milliseconds. @returns how to cancel it */
export function later(ms: number, callback: () => void): () => void {
  const timer = setTimeout(callback, ms);
  return () => clearTimeout(timer);
}

/** Undefined for a user that has none, such as one whose number a container platform made up. */
function homeFolder(): string | undefined {
  try {
    return homedir();
  } catch {
    return undefined;
  }
}
