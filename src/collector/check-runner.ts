// Runs one check of one instance: queues it, runs it, retries it when its failure is retryable, and times it.
import type { CheckAnswer, CheckContext } from '../model/check.ts';
import type { Failure } from '../model/failure.ts';
import type { Log } from '../model/log.ts';
import type { Job, Result, RunnerTools } from './job.ts';
import { maxPauseWaitMs, pauseAfter, pausedFailure } from './pause.ts';
import { createSender, type Sender, type Turn } from './sender.ts';
import { toFailure } from './unexpected.ts';

const firstBackoffMs = 250;

/** A check that is queued or in progress. */
export interface Running {
  cancel: () => void;
  /** Takes the check out of the queue without a result. @returns false while an attempt is in progress */
  withdraw: () => boolean;
}

/**
 * Queues the job and runs it.
 * @param done called once, with undefined when the job was cancelled
 */
export function runCheck(job: Job, tools: RunnerTools, done: (result: Result | undefined) => void): Running {
  /** Created by the first attempt: thousands of checks can be queued. */
  let abort: AbortController | undefined;
  /** undefined while an attempt is in progress. */
  let stopWaiting: (() => void) | undefined;

  function enter(attempt: number): void {
    const rank = job.nextRank();
    const queuedAt = tools.monotonic();
    stopWaiting = job.line().enter({
      rank,
      start: (place) => void start(attempt, { rank, queuedAt, place }),
      refuse: (ms) => void refuse(ms),
    });
  }

  async function refuse(pauseMs: number): Promise<void> {
    stopWaiting = undefined;
    abort ??= new AbortController();
    // The caller has not got what this function returns yet.
    await Promise.resolve();
    if (abort.signal.aborted) return;
    const endedAt = tools.monotonic();
    done({ outcome: { failure: pausedFailure(pauseMs), endedAtMs: tools.now(), endedAt, durationMs: 0 } });
  }

  async function start(attempt: number, turn: Turn): Promise<void> {
    stopWaiting = undefined;
    abort ??= new AbortController();
    const { signal } = abort;
    const startedAt = tools.monotonic();
    const { failure, ...learned } = await runOnce(job, turn, tools, signal);
    if (signal.aborted) return;
    const delayMs = failure === undefined ? undefined : retryDelayMs(failure, attempt, job.retries, tools.random());
    if (delayMs !== undefined) {
      stopWaiting = tools.later(delayMs, () => enter(attempt + 1));
      return;
    }
    const endedAt = tools.monotonic();
    done({ ...learned, outcome: { failure, endedAtMs: tools.now(), endedAt, durationMs: endedAt - startedAt } });
  }

  enter(0);
  return {
    cancel() {
      stopWaiting?.();
      abort?.abort();
      done(undefined);
    },
    withdraw() {
      stopWaiting?.();
      return stopWaiting !== undefined;
    },
  };
}

/** Milliseconds to wait before the next attempt; undefined when there is none. */
function retryDelayMs(failure: Failure, attempt: number, retries: number, random: number): number | undefined {
  const pauseMs = pauseAfter(failure);
  if (!failure.retryable || attempt >= retries || pauseMs > maxPauseWaitMs) return undefined;
  return pauseMs + firstBackoffMs * 2 ** attempt * (0.5 + random / 2);
}

/** One attempt; without facts when the check threw. Never throws, and always releases its place. */
async function runOnce(job: Job, turn: Turn, tools: RunnerTools, signal: AbortSignal): Promise<Partial<CheckAnswer>> {
  const { check, instance } = job;
  const line = job.line();
  const labels = { provider: instance.provider, account: instance.account, action: check.action ?? '' };
  const sender = createSender(job, turn, tools, { labels, signal });
  let attempt: Partial<CheckAnswer>;
  try {
    const answer = await check.run(contextOf(job, sender, signal, tools.log));
    attempt = { ...answer, unreadable: answer.unreadable ?? [] };
  } catch (error) {
    const { provider, account, id } = instance;
    const fields = { provider, account, instance_id: id, check: check.name };
    // The result of an aborted check is not used, and it may throw anything.
    attempt = signal.aborted ? {} : { failure: toFailure(error, 'a check', tools.log, fields) };
  }
  const { failure } = attempt;
  if (failure?.reason === 'rate_limited') {
    // Before the place is released, which would admit the next call of the lane.
    line.pause(pauseAfter(failure));
  }
  sender.release();
  const failed = failure !== undefined && failure.reason !== 'unsupported';
  if (failed && sender.hasSent() && !signal.aborted) tools.observer.requestFailed(labels, failure.reason);
  return attempt;
}

function contextOf(job: Job, { send, database }: Sender, signal: AbortSignal, log: Log): CheckContext {
  const { instance, session, credentials, hints, timeoutMs } = job;
  return {
    instance,
    session,
    get credentials() {
      return credentials.current();
    },
    replaceCredentials: credentials.replace,
    send,
    database,
    hints,
    timeoutMs,
    signal,
    debug: (message, fields) =>
      log.debug(message, { provider: instance.provider, account: instance.account, ...fields }),
  };
}
