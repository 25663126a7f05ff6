// Finds the credentials of each account: the configured ones, or else the provider's usual ones.
import { Failure } from '../model/failure.ts';
import type { Credentials, FindCredentials, FoundCredentials, SearchTools } from '../model/provider.ts';
import type { Config } from './config.ts';
import { readCredentials } from './secret.ts';

/** Finds the credentials of an account. @throws {Failure} credentials */
export type CredentialSearch = (account: string, refused?: Credentials) => Promise<FoundCredentials>;

/** Longer than all requests of a search together: beyond it a file system hangs. */
const searchTimeoutMs = 15_000;

/** A search that fails after 15 s. While it is still running, no other is started for the same account. */
export function withTimeout(
  search: CredentialSearch,
  later: (ms: number, callback: () => void) => () => void,
): CredentialSearch {
  const inProgress = new Map<string, Promise<FoundCredentials>>();
  return (account, refused) => {
    const running = inProgress.get(account) ?? search(account, refused).finally(() => inProgress.delete(account));
    inProgress.set(account, running);
    return new Promise((resolve, reject) => {
      const cancel = later(searchTimeoutMs, () =>
        reject(
          new Failure(
            'credentials',
            'reading the secrets timed out after 15 s; check the file system that contains them',
          ),
        ),
      );
      running.then(resolve, reject).finally(cancel);
    });
  };
}

/** Creates the search. It keeps the state of each account's provider, such as temporary credentials. */
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
