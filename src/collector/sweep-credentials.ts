// The credentials that the checks of one sweep share: found once, and replaced at most once when the API refuses them.
import { Failure } from '../model/failure.ts';
import type { Credentials, FindCredentials, FoundCredentials } from '../model/provider.ts';

/** The credentials of an account during a sweep. */
export interface SweepCredentials {
  /** Settles when they are there. @throws {Failure} credentials */
  ready: Promise<unknown>;
  /** Those to sign with now; `ready` comes first. */
  current: () => Credentials;
  /** See CheckContext.replaceCredentials. */
  replace: (refused: Credentials) => Promise<boolean>;
}

/** @param note is told what each search came to */
export function openCredentials(
  find: FindCredentials,
  note: (outcome: FoundCredentials | Failure) => void,
): SweepCredentials {
  let current: Credentials = {};
  let replacing: Promise<unknown> | undefined;

  async function search(refused?: Credentials): Promise<void> {
    const found = await find(refused).catch((error: unknown) => {
      if (error instanceof Failure) note(error);
      throw error;
    });
    note(found);
    // What is equal stays the same object, so that it shows whether there is something new.
    if (JSON.stringify(found.values) !== JSON.stringify(current)) current = found.values;
  }

  const ready = search();
  // Each check meets the rejection by itself; without a check nobody else would.
  ready.catch(() => undefined);

  return {
    ready,
    current: () => current,
    async replace(refused) {
      // Once in a sweep: an API that refuses the new ones too would have them renewed for each check.
      replacing ??= search(refused).catch(() => undefined);
      await replacing;
      return refused !== current;
    },
  };
}
