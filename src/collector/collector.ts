// The sweep: which checks are asked when, one set of calls however many scrapes there are, and what came of them.
import { randomBytes } from 'node:crypto';
import { aborted } from '../model/deadline.ts';
import { Failure } from '../model/failure.ts';
import { checkKey, type Instance } from '../model/instance.ts';
import type { Credentials, FoundCredentials, Session } from '../model/provider.ts';
import { type RunnerTools, runCheck } from './check-runner.ts';
import { createGate } from './gate.ts';
import { tellCredentials, tellOutcome } from './outcome-log.ts';
import { type CheckResult, createResults, type Outcome } from './results.ts';
import { openCredentials, type SweepCredentials } from './sweep-credentials.ts';
import { limitOf, type Watch, type WatchedAccount } from './watch.ts';

/** What the collector is built from. */
export interface CollectorOptions extends Omit<RunnerTools, 'gate'> {
  /** What is to be watched now. */
  watch: () => Watch;
  /** Looks for the credentials of an account. @param refused see FindCredentials @throws {Failure} credentials */
  findCredentials: (account: string, refused?: Credentials) => Promise<FoundCredentials>;
}

/** How far the work is. */
export interface Progress {
  /** Checks that are due and have not ended. */
  pending: number;
  /** Whether there was a time when all checks had ended once; an instance that is added later changes nothing of it. */
  ready: boolean;
  /** Checks that have ended at least once, and all that are configured. */
  ended: number;
  configured: number;
  /** Seconds that the last finished sweep took, of the account where it took longest. */
  lastSweepSeconds: number | undefined;
}

/** Asks the APIs and keeps what they said. */
export interface Collector {
  /**
   * Starts a sweep of all checks that are due, or joins the one under way. Resolves when its checks have ended, for a
   * scrape (with a signal) not before 100 ms have passed, or when the signal ends the wait; the sweep goes on then.
   * @param company milliseconds to wait at least
   */
  sweep: (signal?: AbortSignal, company?: number) => Promise<void>;
  /** What is known of a check now. */
  result: (instance: Instance, check: string) => CheckResult | undefined;
  progress: () => Progress;
  /** Ends all calls. */
  stop: () => void;
}

/** The sweep of one account. Accounts do not wait for each other. */
interface AccountSweep {
  startedAt: number;
  /** Every check that was asked in this sweep. */
  asked: Map<string, { ended: Promise<void>; abort: AbortController }>;
  pending: number;
  /** The first scrape that waited for it still waits: so long further ones belong to it, even if it has ended. */
  held: boolean;
  credentials: SweepCredentials;
}

/** Scrapes that come at once do not arrive at once: each waits this long at least for those that came with it. */
const companyMs = 100;

/** An API that asks to be left alone is asked again after this time at the latest. */
const longestHoldMs = 300_000;

/** Creates a collector that has not asked anything yet. */
export function createCollector(options: CollectorOptions): Collector {
  const { watch, findCredentials, now, monotonic, log, observer } = options;
  const results = createResults(monotonic);
  const sweeps = new Map<string, AccountSweep>();
  const sessions = new Map<string, { fingerprint: string; session: Session }>();
  const durations = new Map<string, number>();
  /** What the last search for the credentials of each account came to. */
  const searched = new Map<string, FoundCredentials | Failure>();
  let sequence = 0;
  let stopped = false;
  let ready = false;

  const gate = createGate({
    now: monotonic,
    later: options.later,
    concurrency: () => watch().scrape.concurrency,
    demand: () =>
      new Map([...sweeps].filter(([, { pending }]) => pending > 0).map(([name, { pending }]) => [name, pending])),
  });

  function sessionOf(account: WatchedAccount): Session {
    const fingerprint = JSON.stringify([account.provider.id, account.settings]);
    const known = sessions.get(account.name);
    if (known?.fingerprint === fingerprint) return known.session;
    const session = account.provider.connect(account.settings, { now, randomBytes });
    sessions.set(account.name, { fingerprint, session });
    return session;
  }

  function noteCredentials(
    { name: account, provider: { id: provider } }: WatchedAccount,
    after: FoundCredentials | Failure,
  ) {
    const expiresAtSeconds = after instanceof Failure ? undefined : after.expiresAtSeconds;
    const successful = !(after instanceof Failure) && after.failure === undefined;
    observer.credentialsRead({ provider, account }, { successful, expiresAtSeconds });
    tellCredentials(log, { provider, account }, searched.get(account), after);
    searched.set(account, after);
  }

  /** How the check ended last; its age does not matter here. */
  function lastOf(instance: Instance, check: string): Outcome | undefined {
    return results.get(instance, check, 0)?.last;
  }

  function isDue(instance: Instance, check: string): boolean {
    const { refresh_interval: fresh } = watch().scrape;
    const last = lastOf(instance, check);
    if (last === undefined) return true;
    const holdMs = last.failure === undefined ? fresh : Math.min(last.failure.retryAfterMs ?? 0, longestHoldMs);
    return monotonic() - last.endedAt >= holdMs;
  }

  function start(account: WatchedAccount, instances: readonly Instance[]): AccountSweep {
    const { name } = account;
    let sweep = sweeps.get(name);
    if (sweep === undefined || (sweep.pending === 0 && !sweep.held)) {
      const credentials = openCredentials(
        (refused) => findCredentials(name, refused),
        (result) => noteCredentials(account, result),
      );
      sweep = { startedAt: monotonic(), asked: new Map(), pending: 0, held: false, credentials };
      sweeps.set(name, sweep);
    }
    const { asked } = sweep;
    const due = instances
      .flatMap((instance) => instance.checks.map((check) => ({ instance, check, key: checkKey(instance, check) })))
      .filter(({ instance, check, key }) => !asked.has(key) && isDue(instance, check))
      .map((job) => ({
        ...job,
        lastEnd: lastOf(job.instance, job.check)?.endedAt ?? Number.NEGATIVE_INFINITY,
      }))
      .toSorted((a, b) => (a.lastEnd === b.lastEnd ? 0 : a.lastEnd - b.lastEnd));
    for (const { instance, check, key } of due) {
      const abort = new AbortController();
      sweep.pending++;
      asked.set(key, { abort, ended: run(sweep, account, { instance, check, signal: abort.signal }) });
    }
    return sweep;
  }

  async function run(
    sweep: AccountSweep,
    account: WatchedAccount,
    { instance, check, signal }: { instance: Instance; check: string; signal: AbortSignal },
  ): Promise<void> {
    const { provider } = account;
    const session = sessionOf(account);
    const action = provider.checks[check]?.action ?? '';
    const { name: limitName, perSecond } = limitOf(account, action);
    const ask = session.checks[check];
    const { scrape, shard } = watch();
    const { request_timeout: timeoutMs, retries } = scrape;
    if (ask === undefined) throw new Error(`provider ${provider.id} declares the check ${check} but does not have it`);
    const outcome = await runCheck(
      {
        instance,
        check: ask,
        labels: { provider: provider.id, account: account.name, action },
        bucket: JSON.stringify([account.name, session.host(instance), limitName]),
        // The other shards call the same API with the same key: each has an equal part of the limit.
        perSecond: perSecond / shard.totalShards,
        nextRank: () => sequence++,
        credentials: sweep.credentials,
        timeoutMs,
        retries,
        signal,
      },
      { ...options, gate },
    );
    if (outcome !== undefined) {
      tellOutcome(log, instance, check, lastOf(instance, check)?.failure, outcome.failure);
      results.record(instance, check, outcome);
      if (outcome.failure !== undefined) {
        observer.checkFailed({ provider: provider.id, account: account.name, check }, outcome.failure.reason);
      }
    }
    sweep.pending--;
    if (sweep.pending > 0) return;
    durations.set(account.name, (monotonic() - sweep.startedAt) / 1000);
    ready ||= countEnded() === countConfigured();
  }

  function countConfigured(): number {
    return watch().instances.reduce((sum, { checks }) => sum + checks.length, 0);
  }

  function countEnded(): number {
    const known = (instance: Instance) => instance.checks.filter((check) => lastOf(instance, check) !== undefined);
    return watch().instances.reduce((sum, instance) => sum + known(instance).length, 0);
  }

  /** Drops what the configuration no longer names: results, sessions, and checks that are still waiting. */
  function forget({ accounts, instances }: Watch): void {
    const wanted = new Set(instances.flatMap((instance) => instance.checks.map((check) => checkKey(instance, check))));
    for (const [name, { asked }] of sweeps) {
      for (const [key, { abort }] of asked) {
        if (wanted.has(key)) continue;
        abort.abort();
        asked.delete(key);
      }
      if (!accounts.has(name)) sweeps.delete(name);
    }
    for (const map of [sessions, durations, searched]) {
      for (const name of map.keys()) if (!accounts.has(name)) map.delete(name);
    }
    results.keepOnly(wanted);
  }

  return {
    async sweep(signal, company = companyMs) {
      if (stopped) return;
      const watched = watch();
      forget(watched);
      observer.watching([...watched.accounts.values()]);
      const joined = [...watched.accounts.values()].map((account) =>
        start(
          account,
          watched.instances.filter((instance) => instance.account === account.name),
        ),
      );
      const ended = Promise.all(joined.flatMap(({ asked }) => [...asked.values()].map((job) => job.ended)));
      if (signal === undefined) {
        await ended;
        return;
      }
      const held = joined.filter((sweep) => !sweep.held);
      for (const sweep of held) sweep.held = true;
      const together = new Promise<void>((resolve) => options.later(company, resolve));
      await Promise.race([Promise.all([ended, together]), aborted(signal)]);
      for (const sweep of held) sweep.held = false;
    },
    result: (instance, check) => results.get(instance, check, watch().scrape.max_stale),
    progress() {
      const ended = countEnded();
      const configured = countConfigured();
      return {
        pending: [...sweeps.values()].reduce((sum, { pending }) => sum + pending, 0),
        ready: ready || ended === configured,
        ended,
        configured,
        lastSweepSeconds: durations.size === 0 ? undefined : Math.max(...durations.values()),
      };
    },
    stop() {
      stopped = true;
      for (const { asked } of sweeps.values()) for (const { abort } of asked.values()) abort.abort();
    },
  };
}
