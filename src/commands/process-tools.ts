// Clock, environment, home folder and files of the process.
import { homedir } from 'node:os';
import { performance } from 'node:perf_hooks';
import { readSmallFile } from '../config/secret.ts';
import type { Clock } from '../model/clock.ts';
import type { CredentialTools } from '../model/credentials.ts';

/** The clocks, timers and random numbers of the process. */
export const processClock: Clock = {
  now: Date.now,
  monotonic: () => performance.now(),
  later(ms, callback) {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
  random: Math.random,
};

/** What a credential chain uses, except the network. */
export function credentialTools(): Omit<CredentialTools, 'send'> {
  return { ...processClock, env: process.env, home: homeFolder(), readFile: readSmallFile };
}

/** Undefined for a user without one, such as a user id that a container platform assigned. */
function homeFolder(): string | undefined {
  try {
    return homedir();
  } catch {
    return undefined;
  }
}
