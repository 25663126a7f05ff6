// The credentials that the checks of one sweep share: found once, and replaced at most once when the API refuses them.
import {
  type Credentials,
  type FindCredentials,
  type FoundCredentials,
  sameCredentials,
} from '../model/credentials.ts';
import { Failure } from '../model/failure.ts';

/** The credentials of an account during a sweep. */
export interface SweepCredentials {
  /** Resolves when they are available. @throws {Failure} credentials */
  ready: Promise<void>;
  /** Whether `ready` has resolved. */
  isReady: () => boolean;
  /** Those to sign with now. */
  current: () => Credentials;
  /** See CheckContext.replaceCredentials. */
  replace: (refused: Credentials) => Promise<boolean>;
}

/** What is done with the results. */
export interface CredentialEvents {
  /** Called with the result of each search. */
  onResult: (result: FoundCredentials | Failure) => void;
  /** Called when a later search has replaced those that the sweep started with. */
  onReplaced: (before: Credentials, after: Credentials) => void;
}

/** Starts the search. */
export function openCredentials(find: FindCredentials, events: CredentialEvents): SweepCredentials {
  let current: Credentials | undefined;
  let replacing: Promise<void> | undefined;

  async function search(refused?: Credentials): Promise<void> {
    try {
      const found = await find(refused);
      const before = current;
      current = found.values;
      events.onResult(found);
      if (before !== undefined) events.onReplaced(before, found.values);
    } catch (error) {
      if (error instanceof Failure) events.onResult(error);
      throw error;
    }
  }

  return {
    ready: search(),
    isReady: () => current !== undefined,
    current: () => current ?? {},
    async replace(refused) {
      // Once per sweep: otherwise an API that refuses the new ones, too, would cause a renewal for each check.
      replacing ??= search(refused).catch(() => undefined);
      await replacing;
      return !sameCredentials(refused, current ?? {});
    },
  };
}
