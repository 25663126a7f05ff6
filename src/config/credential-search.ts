// Finds the credentials of each account: its own, configured or else those of its provider's credential chain, or those
// of the role that it assumes with them.
import type { Credentials, CredentialTools, FindCredentials, FoundCredentials } from '../model/credentials.ts';
import { within } from '../model/deadline.ts';
import { Failure } from '../model/failure.ts';
import type { HttpRequest, HttpResponse } from '../model/http.ts';
import type { Account, Config } from './config.ts';
import { readCredentials } from './secret.ts';
import { secretFlaw } from './secret-flaw.ts';

/** Finds the credentials of an account. @throws {Failure} see FindCredentials */
export type CredentialSearch = (account: string, refused?: Credentials) => Promise<FoundCredentials>;

/** What the searches of all accounts use. */
export interface SearchTools extends Omit<CredentialTools, 'send'> {
  /** As in CredentialTools, for an account. */
  send: (request: HttpRequest, account: string) => Promise<HttpResponse>;
}

/** Longer than all requests of a search together. A search that takes longer hangs, e.g. on a network file system. */
const searchTimeoutMs = 30_000;

interface Search {
  fingerprint: string;
  find: FindCredentials;
  running?: Promise<FoundCredentials> | undefined;
}

/**
 * Creates the search. It fails after 30 s; while it hangs, no other one is started for the same account. What is cached
 * for an account, such as temporary credentials, is kept until its settings change.
 */
export function createCredentialSearch(current: () => Config, tools: SearchTools): CredentialSearch {
  const searches = new Map<string, Search>();

  function searchOf(name: string): Search {
    const { accounts, folder } = current();
    for (const known of searches.keys()) if (!accounts.has(known)) searches.delete(known);
    const account = accounts.get(name);
    if (account === undefined) throw new Failure('credentials', 'the account is no longer configured');
    const { provider, settings, secrets } = account;
    const fingerprint = JSON.stringify([provider.id, settings, secrets]);
    const known = searches.get(name);
    if (known?.fingerprint === fingerprint) return known;
    const accountTools = { ...tools, send: (request: HttpRequest) => tools.send(request, name) };
    const own = findOwnCredentials(account, folder, accountTools);
    const search = { fingerprint, find: provider.role?.(settings)?.assume(own, accountTools) ?? own };
    searches.set(name, search);
    return search;
  }

  return async (name, refused) => {
    const search = searchOf(name);
    search.running ??= search.find(refused).finally(() => {
      search.running = undefined;
    });
    const message = 'the secrets could not be read within 30 s: check their file system';
    return await within(search.running, searchTimeoutMs, tools.later, () => new Failure('credentials', message));
  };
}

/** Finds the credentials of the account itself, whether or not it assumes a role with them. */
export function findOwnCredentials(
  { provider, settings, secrets }: Account,
  folder: string,
  tools: CredentialTools,
): FindCredentials {
  const isConfigured = Object.keys(secrets).length > 0;
  const chain = isConfigured ? undefined : provider.usualCredentials?.(settings, tools);
  const find: FindCredentials =
    chain ?? (async () => ({ values: await readCredentials(provider.credentials, secrets, tools.env, folder) }));
  return async (refused) => withWarning(await find(refused));
}

function withWarning(found: FoundCredentials): FoundCredentials {
  const flaws = Object.entries(found.values).flatMap(([name, value]) => {
    const flaw = secretFlaw(value);
    return flaw === undefined ? [] : [`${name} ${flaw}`];
  });
  return flaws.length === 0 ? found : { ...found, warning: flaws.join('; ') };
}
