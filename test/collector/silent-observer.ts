// An observer that counts nothing; a test replaces the events that it looks at.
import type { Observer } from '../../src/model/observer.ts';

const nothing = (): void => undefined;

export const silentObserver: Observer = {
  watching: nothing,
  requestSent: nothing,
  requestEnded: nothing,
  requestFailed: nothing,
  waitedForLimit: nothing,
  clockSkew: nothing,
  credentialsRead: nothing,
  checkFailed: nothing,
};
