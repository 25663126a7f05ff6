// The state of the collector: its accounts, as the configuration and the fleet have them now.
import type { FleetSource } from '../fleet/fleet.ts';
import type { Credentials, FoundCredentials } from '../model/credentials.ts';
import { type ListedInstance, listCheckName } from '../model/discovery.ts';
import type { ObservedAccount } from '../model/observer.ts';
import { wholeTurn } from '../model/pace.ts';
import { type Account, type AccountTools, configure, createAccount } from './account.ts';
import { setInstances, setLists, stopAccount } from './account-instances.ts';
import { type Addresses, createAddresses } from './addresses.ts';
import { createCallWindow } from './call-window.ts';
import type { CheckTools } from './job.ts';
import type { Lane } from './lane.ts';
import { createLimits, type Limits } from './limits.ts';
import { createQueue, type Queue } from './queue.ts';
import { createRateLimiter } from './rate-limiter.ts';
import { restartQueued, startFound } from './sweep.ts';
import type { Watch, WatchedAccount } from './watch.ts';

/** Dependencies of the collector. */
export interface CollectorOptions extends CheckTools {
  /** The configuration and the fleet as they are now. */
  watch: () => Watch;
  /** Finds the credentials of an account. @param refused see FindCredentials @throws {Failure} credentials */
  findCredentials: (account: string, refused?: Credentials) => Promise<FoundCredentials>;
  /** Receives each complete list of instances. */
  listed: FleetSource['listed'];
}

/** New connections with databases, all accounts together. */
const connectionsPerSecond = 50;

/** The collector at run time. */
export interface State {
  options: CollectorOptions;
  queue: Queue;
  limits: Limits;
  connectionLane: Lane;
  sharedLane: Lane;
  addresses: Addresses;
  accounts: Map<string, Account>;
  /** Version of the fleet that the accounts have adopted. */
  fleetVersion: number | undefined;
  /** The accounts of the configuration that was adopted last. */
  watched: Watch['accounts'] | undefined;
  /** Resolves when the last list has been adopted, a turn of the event loop ago. */
  adopted: Promise<void>;
  rank: number;
  ready: boolean;
  stopped: boolean;
}

/** No account yet: they are adopted with the first sweep. */
export function createState(options: CollectorOptions): State {
  const queue = createQueue(options, () => options.watch().scrape.concurrency);
  return {
    options,
    queue,
    limits: createLimits(queue, options),
    connectionLane: createConnectionLane(queue, options),
    sharedLane: queue.family()(),
    addresses: createAddresses(options.later),
    accounts: new Map(),
    fleetVersion: undefined,
    watched: undefined,
    adopted: Promise.resolve(),
    rank: 0,
    ready: false,
    stopped: false,
  };
}

/** For checks that connect to databases. */
function createConnectionLane(queue: Queue, { monotonic }: CheckTools): Lane {
  const window = createCallWindow();
  window.setLimit(connectionsPerSecond);
  return queue.family()(createRateLimiter(() => [window], monotonic));
}

/** Updates the accounts from the configuration and the fleet; no call is admitted with the limits of a part of them. */
function adopt(state: State): void {
  const { accounts, options } = state;
  const { scrape, accounts: watched, fleet } = options.watch();
  // First, because stopping an account reads the progress, which adopts changes too.
  state.fleetVersion = fleet.version;
  state.watched = watched;
  for (const [name, account] of accounts) {
    if (watched.get(name)?.provider === account.watched.provider) continue;
    stopAccount(account);
    accounts.delete(name);
  }
  for (const [name, one] of watched) {
    const { totalShards } = fleet.shard;
    const account = accounts.get(name) ?? createAccount(one, { scrape, totalShards }, toolsFor(state, one));
    accounts.set(name, account);
    const configured = configure(account, one, scrape);
    setLists(account, (region, list) => adoptList(state, account, region, list));
    setInstances(account, fleet.byAccount.get(name) ?? []);
    if (configured) restartQueued(account);
  }
  options.observer.watching(
    Array.from(accounts.values(), (account) => (account.observed ??= observedAccount(account))),
  );
}

function observedAccount({ watched, used }: Account): ObservedAccount {
  const { name, provider, discovery } = watched;
  const { id, checks, list } = provider;
  return {
    name,
    provider: id,
    checks: [
      ...checks.filter((check) => check.optIn === undefined || used.has(check.name)),
      ...(list === undefined || discovery === undefined ? [] : [{ ...list, name: listCheckName }]),
    ],
  };
}

/**
 * The checks of what was found start at once: the scrape that has started the list waits for them. One list in each turn of
 * the event loop: those of many accounts can be complete at the same time.
 */
function adoptList(state: State, account: Account, region: string, list: readonly ListedInstance[]): Promise<void> {
  const adopted = state.adopted.then(() => {
    const { name } = account.watched;
    state.options.listed(name, region, list);
    adoptChanges(state);
    if (!state.stopped && state.accounts.get(name) === account) startFound(account);
  });
  state.adopted = adopted.then(wholeTurn, wholeTurn);
  return adopted;
}

/** At once, not with the next sweep: what was removed must not be shown, and an old endpoint not be called. */
export function adoptChanges(state: State): void {
  const { accounts, fleet } = state.options.watch();
  if (state.stopped || (state.watched === accounts && state.fleetVersion === fleet.version)) return;
  state.queue.batch(() => adopt(state));
}

function toolsFor(state: State, { name }: WatchedAccount): AccountTools {
  const { options, queue, limits, connectionLane, sharedLane, addresses } = state;
  return {
    ...options,
    batch: queue.batch,
    limits,
    connectionLane,
    sharedLane,
    addresses,
    findCredentials: (refused) => options.findCredentials(name, refused),
    openSeat: queue.open,
    nextRank: () => state.rank++,
    onSweepFinished: () => updateReady(state),
  };
}

/** Once every check has finished once, the collector stays ready. */
export function updateReady(state: State): void {
  const isFinished = [...state.accounts.values()].every(({ finished, configured }) => finished === configured);
  state.ready ||= isFinished;
}
