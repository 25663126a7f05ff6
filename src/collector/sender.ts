// What one attempt of a check sends: queues each request and each connection, and reports requests to the observer.
import type { CaBundle } from '../model/ca-bundle.ts';
import type { Clock } from '../model/clock.ts';
import type { DatabaseAccess } from '../model/database.ts';
import { type HttpRequest, type HttpResponse, resendIfStale, type Send } from '../model/http.ts';
import type { CallLabels } from '../model/observer.ts';
import type { Addresses } from './addresses.ts';
import type { Job, RunnerTools } from './job.ts';
import type { Line, Place } from './lane.ts';
import { pausedFailure } from './pause.ts';

/** An admitted ticket: its rank, when it was queued, and its place. */
export interface Turn {
  rank: number;
  /** Monotonic milliseconds. */
  queuedAt: number;
  place: Place;
}

/** Sends the requests of one attempt, and opens its connections. */
export interface Sender {
  send: Send;
  database: DatabaseAccess;
  /** Whether it has sent a request. */
  hasSent: () => boolean;
  /** Releases the place. */
  release: () => void;
}

/**
 * The first request or connection of an attempt uses the turn of the check; each further one queues again with the same
 * rank.
 */
export function createSender(
  job: Job,
  turn: Turn,
  { http, connect, readCa, caBundle, addresses, observer, now, monotonic }: RunnerTools,
  { labels, signal }: { labels: CallLabels; signal: AbortSignal },
): Sender {
  const { check, timeoutMs } = job;
  const turns = createTurns(job, turn, monotonic, signal);
  let sent = false;

  async function sendOnce(prepare: () => HttpRequest, fresh: boolean): Promise<HttpResponse> {
    const queuedAt = await turns.take();
    sent = true;
    const sentAt = monotonic();
    observer.waitedForLimit(labels, (sentAt - queuedAt) / 1000);
    observer.requestSent(labels);
    try {
      const response = await http(prepare(), { timeoutMs, signal, onSent: turns.sent, fresh, account: labels.account });
      const serverMs = Date.parse(response.headers['date'] ?? '');
      if (!Number.isNaN(serverMs)) observer.clockSkew(labels, (serverMs - now()) / 1000);
      return response;
    } finally {
      observer.requestEnded(labels, (monotonic() - sentAt) / 1000);
    }
  }

  const send: Send = async (prepare) => {
    if (check.action === undefined) throw new Error(`the check ${check.name} calls no API: it declares no action`);
    // What the server closed at this moment is no failure, but the second request counts for the rate limit.
    return await resendIfStale((fresh) => sendOnce(prepare, fresh));
  };

  const downloadCa = (url: string) => shared(caBundle(labels.account, url), turns.release);
  return {
    send,
    database: { turn: (address) => whenFree(addresses, address, turns), connect, readCa, downloadCa },
    hasSent: () => sent,
    release: turns.release,
  };
}

/** The places of one attempt, one after the other. */
interface Turns {
  /** Waits for a place. @returns monotonic milliseconds at which the wait began */
  take: () => Promise<number>;
  /** Counts what is sent in the place for the rate limit. */
  sent: () => void;
  /** Gives the place to others; what follows needs another one. */
  pause: () => void;
  /** Releases the place for good. */
  release: () => void;
}

function createTurns({ line }: Job, turn: Turn, monotonic: Clock['monotonic'], signal: AbortSignal): Turns {
  let { place } = turn;
  let used = false;
  return {
    async take() {
      const queuedAt = monotonic();
      if (!used) {
        used = true;
        return turn.queuedAt;
      }
      signal.throwIfAborted();
      const next = enterLine(line(), turn.rank, signal);
      // Release only after queueing again: the lower rank lets a started exchange finish first, which keeps the number of
      // nonces in use small.
      place.release();
      place = await next;
      return queuedAt;
    },
    sent: () => place.sent(),
    pause() {
      place.release();
      used = true;
    },
    release: () => place.release(),
  };
}

/** Many can wait for one download: the place is for the one that has started it. */
function shared({ bundle, started }: ReturnType<RunnerTools['caBundle']>, release: () => void): Promise<CaBundle> {
  if (!started) release();
  return bundle;
}

/** Waits until no connection to the address is open, and then for a turn. @returns a function that frees the address */
async function whenFree(addresses: Addresses, address: string, turns: Turns): Promise<() => void> {
  const { free, leave } = addresses.enter(address);
  try {
    if (free !== undefined) {
      // Others use the place meanwhile.
      turns.pause();
      await free;
    }
    await turns.take();
    turns.sent();
    return leave;
  } catch (error) {
    leave();
    throw error;
  }
}

/** Waits for a place; rejects with the reason of the signal when that is aborted. @throws {Failure} rate_limited */
function enterLine(line: Line, rank: number, signal: AbortSignal): Promise<Place> {
  return new Promise((resolve, reject) => {
    // First, because the line may start the ticket at once.
    signal.addEventListener('abort', onAbort, { once: true });
    const leave = line.enter({
      rank,
      start(place) {
        signal.removeEventListener('abort', onAbort);
        resolve(place);
      },
      refuse(ms) {
        signal.removeEventListener('abort', onAbort);
        reject(pausedFailure(ms));
      },
    });
    function onAbort(): void {
      leave();
      reject(signal.reason as Error);
    }
  });
}
