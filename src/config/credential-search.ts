// Finds the credentials of each account: those that it names, or else its provider's usual ones.
import { Failure } from '../model/failure.ts';
import type { Credentials, FindCredentials, FoundCredentials, SearchTools } from '../model/provider.ts';
import type { Config } from './config.ts';
import { readCredentials } from './secret.ts';

/** Finds the credentials of an account. @throws {Failure} credentials */
export type CredentialSearch = (account: string, refused?: Credentials) => Promise<FoundCredentials>;

/** Longer than every request of a search takes together: what takes more hangs, such as a network file system. */
const patienceMs = 15_000;

/** A search that is given up after 15 s; while it hangs, none is begun for the same account. */
export function withPatience(
  search: CredentialSearch,
  later: (ms: number, callback: () => void) => () => void,
): CredentialSearch {
  const underWay = new Map<string, Promise<FoundCredentials>>();
  return (account, refused) => {
    const running = underWay.get(account) ?? search(account, refused).finally(() => underWay.delete(account));
    underWay.set(account, running);
    return new Promise((resolve, reject) => {
      const cancel = later(patienceMs, () =>
        reject(
          new Failure('credentials', 'the secrets could not be read within 15 s: look at the file system they are on'),
        ),
      );
      running.then(resolve, reject).finally(cancel);
    });
  };
}

/** Creates the search, which remembers for each account what its provider remembers: temporary credentials. */
export function createCredentialSearch(current: () => Config, tools: SearchTools): CredentialSearch {
  const searches = new Map<string, { fingerprint: string; find: FindCredentials }>();

  return async (name, refused) => {
    const { accounts, folder } = current();
    for (const known of searches.keys()) if (!accounts.has(known)) searches.delete(known);
    const account = accounts.get(name);
    if (account === undefined) throw new Failure('credentials', 'the account is no longer configured');
    const { provider, settings, secrets } = account;
    if (provider.usualCredentials === undefined || Object.keys(secrets).length > 0) {
      searches.delete(name);
      return { values: await readCredentials(provider.credentials, secrets, tools.env, folder) };
    }
    const fingerprint = JSON.stringify([provider.id, settings]);
    let search = searches.get(name);
    if (search?.fingerprint !== fingerprint) {
      search = { fingerprint, find: provider.usualCredentials(settings, tools) };
      searches.set(name, search);
    }
    return await search.find(refused);
  };
}
