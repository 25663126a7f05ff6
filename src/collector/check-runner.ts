// Runs one check of one instance: waits for its turn, asks, asks again where that can help, and times it.
import { Failure } from '../model/failure.ts';
import type { Instance } from '../model/instance.ts';
import type { Log } from '../model/log.ts';
import type { CallLabels, Observer } from '../model/observer.ts';
import type { Check, HttpClient, Send } from '../model/provider.ts';
import type { Gate, Place } from './gate.ts';
import type { Outcome } from './results.ts';
import type { SweepCredentials } from './sweep-credentials.ts';

/** What all checks are run with. */
export interface RunnerTools {
  gate: Gate;
  http: HttpClient['send'];
  observer: Observer;
  log: Log;
  /** Unix milliseconds. */
  now: () => number;
  /** Monotonic milliseconds. */
  monotonic: () => number;
  /** 0 to 1. */
  random: () => number;
  /** Calls back after some milliseconds; returns how to cancel it. */
  later: (ms: number, callback: () => void) => () => void;
}

/** One check that is to be run. */
export interface Job {
  instance: Instance;
  check: Check;
  labels: CallLabels;
  /** See GateRequest. */
  bucket: string;
  perSecond: number;
  /** Gives the rank of an attempt; a later one ranks behind all that was asked for before it. */
  nextRank: () => number;
  credentials: SweepCredentials;
  timeoutMs: number;
  retries: number;
  signal: AbortSignal;
}

/** A check does not wait longer than this for a retry: it fails now, and is asked again when the time has come. */
const longestRetryMs = 5000;
/** Limits are per second: after a throttled call nothing of the same kind leaves for one. */
const throttlePauseMs = 1000;
const firstBackoffMs = 250;

/** Runs the job to its end. @returns undefined when its signal ended it */
export async function runCheck(job: Job, tools: RunnerTools): Promise<Outcome | undefined> {
  const { gate, observer, now, monotonic, random } = tools;
  for (let attempt = 0; ; attempt++) {
    const sender = createSender(job, tools);
    const { facts, failure } = await ask(job, sender.send, tools.log);
    const throttled = failure?.reason === 'rate_limited';
    const backoffMs = firstBackoffMs * 2 ** attempt * (0.5 + random() / 2);
    const askedMs = failure?.retryAfterMs ?? (throttled ? throttlePauseMs : 0);
    const delayMs = askedMs + backoffMs;
    // Before the place is handed back, or the next of the kind would leave into the throttle.
    if (throttled) gate.pause(job.bucket, askedMs > longestRetryMs ? throttlePauseMs : askedMs);
    sender.release();
    if (job.signal.aborted) return undefined;
    const departed = sender.departedAt();
    const durationMs = departed === undefined ? 0 : monotonic() - departed;
    if (failure !== undefined && departed !== undefined) observer.requestFailed(job.labels, failure.reason);

    const again = failure?.retryable === true && attempt < job.retries && askedMs <= longestRetryMs;
    if (!again) return { facts, failure, endedAtMs: now(), endedAt: monotonic(), durationMs };
    await pause(delayMs, job.signal, tools.later);
    if (job.signal.aborted) return undefined;
  }
}

async function ask(job: Job, send: Send, log: Log): Promise<Pick<Outcome, 'facts' | 'failure'>> {
  const { instance, check, labels } = job;
  const { ready, current, replace: replaceCredentials } = job.credentials;
  try {
    await ready;
    const debug = (message: string, fields: Record<string, unknown>) =>
      log.debug(message, { provider: labels.provider, account: labels.account, ...fields });
    const { facts, failure } = await check({
      instance,
      get credentials() {
        return current();
      },
      replaceCredentials,
      send,
      debug,
    });
    return { facts, failure };
  } catch (error) {
    if (error instanceof Failure) return { facts: undefined, failure: error };
    if (!job.signal.aborted) {
      // Not a failure of the API: a mistake of ours. Only the stack is shown, for the error may hold a request.
      log.error('a check broke; please report this', {
        ...labels,
        stack: error instanceof Error ? error.stack : 'none',
      });
    }
    return { facts: undefined, failure: new Failure('bad_response', 'the exporter could not handle the answer') };
  }
}

/**
 * The `send` of one attempt: through the gate, observed, and remembering when its first request left. It keeps the
 * place of a request until the next one, or until `release`.
 */
function createSender(job: Job, { gate, http, observer, now, monotonic }: RunnerTools) {
  const { labels, bucket, perSecond, timeoutMs, signal } = job;
  const rank = job.nextRank();
  let departedAt: number | undefined;
  let place: Place | undefined;

  const send: Send = async (prepare) => {
    const queuedAt = monotonic();
    const turn = gate.enter({ account: labels.account, bucket, perSecond, rank, signal });
    // Only when it stands in the queue: what has begun goes before what has not, or nonces would pile up.
    place?.release();
    const own = await turn;
    place = own;
    const sentAt = monotonic();
    departedAt ??= sentAt;
    observer.waitedForLimit(labels, (sentAt - queuedAt) / 1000);
    observer.requestSent(labels);
    try {
      const response = await http(prepare(), { timeoutMs, signal, onSent: own.sent });
      const serverMs = Date.parse(response.headers['date'] ?? '');
      if (!Number.isNaN(serverMs)) observer.clockSkew(labels, (serverMs - now()) / 1000);
      return response;
    } finally {
      observer.requestEnded(labels, (monotonic() - sentAt) / 1000);
    }
  };

  return { send, departedAt: () => departedAt, release: () => place?.release() };
}

/** Resolves after the time, or at once when the signal ends the wait. */
function pause(ms: number, signal: AbortSignal, later: RunnerTools['later']): Promise<void> {
  return new Promise((resolve) => {
    const cancel = later(ms, end);
    signal.addEventListener('abort', end, { once: true });
    function end() {
      cancel();
      signal.removeEventListener('abort', end);
      resolve();
    }
  });
}
