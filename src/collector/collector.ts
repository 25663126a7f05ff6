// Runs the accounts: concurrent scrapes share one sweep of each; keeps what is known of every instance.
import type { Credentials, FoundCredentials } from '../model/credentials.ts';
import { aborted } from '../model/deadline.ts';
import type { Knowledge } from '../model/knowledge.ts';
import { type Account, type AccountTools, configure, createAccount } from './account.ts';
import { setInstances, stopAccount } from './account-instances.ts';
import { type Addresses, createAddresses } from './addresses.ts';
import { createCallWindow } from './call-window.ts';
import type { CheckTools } from './job.ts';
import type { Lane } from './lane.ts';
import { createLimits, type Limits } from './limits.ts';
import { createQueue, type Queue } from './queue.ts';
import { createRateLimiter } from './rate-limiter.ts';
import { knowledgeOf } from './records.ts';
import { restartQueued, startSweep, whenFinished } from './sweep.ts';
import type { Watch, WatchedAccount } from './watch.ts';

/** Dependencies of the collector. */
export interface CollectorOptions extends CheckTools {
  /** The configuration and the fleet as they are now. */
  watch: () => Watch;
  /** Finds the credentials of an account. @param refused see FindCredentials @throws {Failure} credentials */
  findCredentials: (account: string, refused?: Credentials) => Promise<FoundCredentials>;
}

/** Progress of the sweeps, all accounts together. */
export interface Progress {
  /** Checks that are due and have not finished. */
  pending: number;
  /** True once every check has finished once; stays true when instances are added. */
  ready: boolean;
  /** Checks that have finished at least once, and all that are configured. */
  finished: number;
  configured: number;
  /** Duration of the last sweep, in seconds, of the account where it took longest. */
  lastSweepSeconds: number | undefined;
}

/** Calls the APIs and keeps what they reported. */
export interface Collector {
  /**
   * Starts a sweep of all checks that are due, or joins the running one. Resolves when its checks have finished. For a
   * scrape (with a signal): after `minWaitMs` at the earliest, or when the signal is aborted; the sweep then goes on.
   * @param minWaitMs default 100
   */
  sweep: (signal?: AbortSignal, minWaitMs?: number) => Promise<void>;
  /** What is known now of every instance, by account. */
  knowledge: () => Knowledge[];
  progress: () => Progress;
  /** Adopts a changed configuration now, not with the next sweep. */
  adopt: () => void;
  /** Aborts all calls. */
  stop: () => void;
}

/** Simultaneous scrapes arrive a few ms apart: each waits this long for the others, so that they share a sweep. */
const shareWindowMs = 100;
/** A scrape that waits longer for a slow account no longer keeps later scrapes from refreshing the finished ones. */
const maxHoldMs = 10_000;
/** New connections with databases, all accounts together. */
const connectionsPerSecond = 50;

interface State {
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
  rank: number;
  ready: boolean;
  stopped: boolean;
}

/** Creates a collector; it calls nothing until the first sweep. */
export function createCollector(options: CollectorOptions): Collector {
  const queue = createQueue(options, () => options.watch().scrape.concurrency);
  const state: State = {
    options,
    queue,
    limits: createLimits(queue, options),
    connectionLane: createConnectionLane(queue, options),
    sharedLane: queue.family()(),
    addresses: createAddresses(options.later),
    accounts: new Map(),
    fleetVersion: undefined,
    watched: undefined,
    rank: 0,
    ready: false,
    stopped: false,
  };
  return {
    sweep: (signal, minWaitMs = shareWindowMs) => sweep(state, signal, minWaitMs),
    knowledge: () => knowledge(state),
    progress: () => progress(state),
    adopt: () => adoptChanges(state),
    stop() {
      state.stopped = true;
      for (const account of state.accounts.values()) stopAccount(account);
    },
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
  const changed = state.fleetVersion !== fleet.version;
  // First, because stopping an account reads the progress, which adopts changes too.
  state.fleetVersion = fleet.version;
  state.watched = watched;
  for (const [name, account] of accounts) {
    if (watched.get(name)?.provider === account.watched.provider) continue;
    stopAccount(account);
    accounts.delete(name);
  }
  for (const [name, one] of watched) {
    const known = accounts.get(name);
    const { totalShards } = fleet.shard;
    const account = known ?? createAccount(one, { scrape, totalShards }, toolsFor(state, one));
    accounts.set(name, account);
    const configured = configure(account, one, scrape);
    if (changed || known === undefined) setInstances(account, fleet.byAccount.get(name) ?? []);
    if (configured) restartQueued(account);
  }
  options.observer.watching(
    Array.from(watched.values(), ({ name, provider: { id, checks } }) => {
      const used = new Set(fleet.byAccount.get(name)?.flatMap((instance) => instance.checks));
      return {
        name,
        provider: id,
        checks: checks.filter((check) => check.optIn === undefined || used.has(check.name)),
      };
    }),
  );
}

/** At once, not with the next sweep: what was removed must not be shown, and an old endpoint not be called. */
function adoptChanges(state: State): void {
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
    onSweepFinished: () => void progress(state),
  };
}

async function sweep(state: State, signal: AbortSignal | undefined, minWaitMs: number): Promise<void> {
  if (state.stopped) return;
  adoptChanges(state);
  const sweeps = [...state.accounts.values()].flatMap((account) => startSweep(account));
  const finished = Promise.all(sweeps.map(whenFinished));
  if (signal === undefined) {
    await finished;
    return;
  }
  const opened = sweeps.filter(({ held }) => !held);
  for (const one of opened) one.held = true;
  const release = () => {
    for (const one of opened) one.held = false;
  };
  const cancelRelease = state.options.later(maxHoldMs, release);
  const window = new Promise<void>((resolve) => void state.options.later(minWaitMs, resolve));
  await Promise.race([Promise.all([finished, window]), aborted(signal)]);
  cancelRelease();
  release();
}

function knowledge(state: State): Knowledge[] {
  adoptChanges(state);
  const { options } = state;
  const { max_stale: maxStaleMs } = options.watch().scrape;
  const nowMs = options.monotonic();
  return [...state.accounts.values()].flatMap(({ records }) =>
    [...records.values()].map((owner) => knowledgeOf(owner, maxStaleMs, nowMs)),
  );
}

function progress(state: State): Progress {
  adoptChanges(state);
  const sum: Progress = { pending: 0, ready: false, finished: 0, configured: 0, lastSweepSeconds: undefined };
  for (const { calls, connections, finished, configured } of state.accounts.values()) {
    sum.finished += finished;
    sum.configured += configured;
    for (const { sweep, lastSweepSeconds } of [calls, connections]) {
      sum.pending += sweep.pending;
      if (lastSweepSeconds !== undefined) sum.lastSweepSeconds = Math.max(sum.lastSweepSeconds ?? 0, lastSweepSeconds);
    }
  }
  state.ready ||= sum.finished === sum.configured;
  return { ...sum, ready: state.ready };
}
