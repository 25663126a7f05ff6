// Finds the credentials of each account: the configured ones, or else those of its provider's credential chain.
import type { Credentials, CredentialTools, FindCredentials, FoundCredentials } from '../model/credentials.ts';
import { within } from '../model/deadline.ts';
import { Failure } from '../model/failure.ts';
import type { HttpRequest, HttpResponse } from '../model/http.ts';
import type { Config } from './config.ts';
import { readCredentials } from './secret.ts';
import { secretFlaw } from './secret-flaw.ts';

/** Finds the credentials of an account. @throws {Failure} credentials */
export type CredentialSearch = (account: string, refused?: Credentials) => Promise<FoundCredentials>;

/** What the searches of all accounts use. */
export interface SearchTools extends Omit<CredentialTools, 'send'> {
  /** As in CredentialTools, for an account. */
  send: (request: HttpRequest, account: string) => Promise<HttpResponse>;
}

/** Longer than all requests of a search together. A search that takes longer hangs, e.g. on a network file system. */
const searchTimeoutMs = 15_000;

/**
 * Creates the search. It fails after 15 s; while it hangs, no other one is started for the same account. What a
 * provider caches for an account, such as temporary credentials, is kept until its settings change.
 */
export function createCredentialSearch(current: () => Config, tools: SearchTools): CredentialSearch {
  const running = new Map<string, Promise<FoundCredentials>>();
  const search = createUnboundedSearch(current, tools);
  return (account, refused) => {
    const found = running.get(account) ?? search(account, refused).finally(() => running.delete(account));
    running.set(account, found);
    const message = 'the secrets could not be read within 15 s: check their file system';
    return within(found, searchTimeoutMs, tools.later, () => new Failure('credentials', message));
  };
}

function createUnboundedSearch(current: () => Config, tools: SearchTools): CredentialSearch {
  const chains = new Map<string, { fingerprint: string; find: FindCredentials }>();

  return async (name, refused) => {
    const { accounts, folder } = current();
    for (const known of chains.keys()) if (!accounts.has(known)) chains.delete(known);
    const account = accounts.get(name);
    if (account === undefined) throw new Failure('credentials', 'the account is no longer configured');
    const { provider, settings, secrets } = account;
    if (provider.usualCredentials === undefined || Object.keys(secrets).length > 0) {
      chains.delete(name);
      return withWarning({ values: await readCredentials(provider.credentials, secrets, tools.env, folder) });
    }
    const fingerprint = JSON.stringify([provider.id, settings]);
    let chain = chains.get(name);
    if (chain?.fingerprint !== fingerprint) {
      chain = {
        fingerprint,
        find: provider.usualCredentials(settings, { ...tools, send: (request) => tools.send(request, name) }),
      };
      chains.set(name, chain);
    }
    return withWarning(await chain.find(refused));
  };
}

function withWarning(found: FoundCredentials): FoundCredentials {
  const flaws = Object.entries(found.values).flatMap(([name, value]) => {
    const flaw = secretFlaw(value);
    return flaw === undefined ? [] : [`${name} ${flaw}`];
  });
  return flaws.length === 0 ? found : { ...found, warning: flaws.join('; ') };
}
