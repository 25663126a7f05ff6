// Runs the accounts: concurrent scrapes share one sweep of each; keeps what is known about every instance.
import { untilAborted } from '../model/deadline.ts';
import { type Instance, instanceKey } from '../model/instance.ts';
import type { Knowledge, ListState } from '../model/knowledge.ts';
import { createPace } from '../model/pace.ts';
import { type Account, checkGroups } from './account.ts';
import { stopAccount } from './account-instances.ts';
import { adoptChanges, type CollectorOptions, createState, type State, updateReady } from './collector-state.ts';
import { type Sweep, whenFinished } from './group.ts';
import { type InstanceRecord, knowledgeOf } from './records.ts';
import { type StartedSweeps, startLists, startProbe, startSweep } from './sweep.ts';

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
  /**
   * Runs the checks of one instance that are due, or joins those in progress; returns at the signal at the latest. Starts
   * the lists of its account that are due. @returns undefined when it is not watched, or not any more
   */
  probe: (instance: Instance, signal: AbortSignal) => Promise<Knowledge | undefined>;
  /** Reads the lists of instances that are due; returns at the signal at the latest. @param account default: all */
  list: (signal: AbortSignal, account?: string) => Promise<void>;
  lists: () => ListState[];
  /** What is known now of every instance, by account. */
  knowledge: () => Knowledge[];
  /** What is known now of one instance; undefined when it is not watched. */
  knowledgeOf: (instance: Instance) => Knowledge | undefined;
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

/** Creates a collector; it calls nothing until the first sweep. */
export function createCollector(options: CollectorOptions): Collector {
  const state = createState(options);
  return {
    sweep: (signal, minWaitMs = shareWindowMs) => sweep(state, signal, minWaitMs),
    probe: (instance, signal) => probe(state, instance, signal),
    list: (signal, account) => list(state, signal, account),
    lists: () => lists(state),
    knowledge: () => knowledge(state),
    knowledgeOf: (instance) => knowledgeOfOne(state, instance),
    progress: () => progress(state),
    adopt: () => adoptChanges(state),
    stop() {
      state.stopped = true;
      for (const account of state.accounts.values()) stopAccount(account);
    },
  };
}

async function sweep(state: State, signal: AbortSignal | undefined, minWaitMs: number): Promise<void> {
  if (state.stopped) return;
  const started: (StartedSweeps & { account: Account })[] = [];
  const opened: Sweep[] = [];
  const pace = createPace();
  adoptChanges(state);
  for (const account of state.accounts.values()) {
    // A large fleet was adopted in this turn of the event loop, or the checks of several accounts were started.
    if (pace.isDue()) await pace.rest();
    if (state.stopped || state.accounts.get(account.watched.name) !== account) continue;
    const sweeps = startSweep(account);
    started.push({ account, ...sweeps });
    for (const one of [...sweeps.lists, ...sweeps.checks]) {
      if (signal === undefined || one.held) continue;
      one.held = true;
      opened.push(one);
    }
  }
  const finished = whenAllFinished(started, signal);
  if (signal === undefined) {
    await finished;
    return;
  }
  const release = () => {
    for (const one of opened) one.held = false;
  };
  const cancelRelease = state.options.later(maxHoldMs, release);
  const window = new Promise<void>((resolve) => void state.options.later(minWaitMs, resolve));
  await untilAborted(Promise.all([finished, window]), signal);
  cancelRelease();
  release();
}

/** The sweeps, and the checks of what their lists find. */
async function whenAllFinished(
  started: readonly (StartedSweeps & { account: Account })[],
  signal: AbortSignal | undefined,
): Promise<void> {
  await whenFinished(
    started.flatMap(({ lists }) => lists),
    signal,
  );
  const found = started.filter(({ lists }) => lists.length > 0).flatMap(({ account }) => [...checkGroups(account)]);
  await whenFinished([...started.flatMap(({ checks }) => checks), ...found.map(({ sweep }) => sweep)], signal);
}

async function probe(state: State, instance: Instance, signal: AbortSignal): Promise<Knowledge | undefined> {
  const found = recordOf(state, instance);
  if (found !== undefined && !state.stopped) {
    startLists(found.account);
    await whenFinished([startProbe(found.account, found.owner)], signal);
  }
  return knowledgeOfOne(state, instance);
}

function knowledgeOfOne(state: State, instance: Instance): Knowledge | undefined {
  const found = recordOf(state, instance);
  return found && knowledgeOf(found.owner, found.account.scrape.max_stale, state.options.monotonic());
}

function recordOf(state: State, instance: Instance): { account: Account; owner: InstanceRecord } | undefined {
  adoptChanges(state);
  const account = state.accounts.get(instance.account);
  const owner = account?.records.get(instanceKey(instance));
  return account && owner && { account, owner };
}

async function list(state: State, signal: AbortSignal, only: string | undefined): Promise<void> {
  if (state.stopped) return;
  adoptChanges(state);
  const accounts = [...state.accounts.values()].filter(({ watched: { name } }) => only === undefined || name === only);
  await whenFinished(accounts.flatMap(startLists), signal);
}

function lists(state: State): ListState[] {
  adoptChanges(state);
  const { fleet } = state.options.watch();
  return [...state.accounts.values()].flatMap(({ watched: { name, provider }, lists: { byRegion } }) =>
    Array.from(byRegion, ([region, { entry }]) => ({
      provider: provider.id,
      account: name,
      region,
      last: entry.last,
      lastSuccessMs: entry.lastSuccessMs,
      failingSinceMs: entry.failingSinceMs,
      found: fleet.found(name, region),
    })),
  );
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
  for (const account of state.accounts.values()) {
    sum.pending += account.pending;
    sum.finished += account.finished;
    sum.configured += account.configured;
    for (const { lastSweepSeconds } of checkGroups(account)) {
      if (lastSweepSeconds !== undefined) sum.lastSweepSeconds = Math.max(sum.lastSweepSeconds ?? 0, lastSweepSeconds);
    }
  }
  updateReady(state);
  return { ...sum, ready: state.ready };
}
