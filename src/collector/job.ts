// One check to run, its dependencies, and its result.
import type { CaBundle } from '../model/ca-bundle.ts';
import type { Check, CheckAnswer, Hints } from '../model/check.ts';
import type { Clock } from '../model/clock.ts';
import type { DatabaseAccess } from '../model/database.ts';
import type { HttpRequest, HttpResponse, SendOptions } from '../model/http.ts';
import type { Instance } from '../model/instance.ts';
import type { Outcome } from '../model/knowledge.ts';
import type { Log } from '../model/log.ts';
import type { Observer } from '../model/observer.ts';
import type { Session } from '../model/session.ts';
import type { Addresses } from './addresses.ts';
import type { Line } from './lane.ts';
import type { SweepCredentials } from './sweep-credentials.ts';

/** Dependencies of all checks. */
export interface RunnerTools extends CheckTools {
  addresses: Addresses;
}

/** What checks use. */
export interface CheckTools extends Clock, Pick<DatabaseAccess, 'connect' | 'readCa'> {
  /** The CA certificates behind a URL; `started`: by this call, not by an earlier one with the same URL. */
  caBundle: (account: string, url: string) => { bundle: Promise<CaBundle>; started: boolean };
  /** `HttpClient.send` with what the account trusts. */
  http: (request: HttpRequest, options: SendOptions & { account: string }) => Promise<HttpResponse>;
  observer: Observer;
  log: Log;
}

/** One check to run. */
export interface Job {
  instance: Instance;
  check: Check;
  session: Session;
  credentials: SweepCredentials;
  hints: Readonly<Hints>;
  /** Where its requests wait: that of the credentials as they are now. */
  line: () => Line;
  /** Rank of an attempt: FIFO, so a retry goes to the back. */
  nextRank: () => number;
  timeoutMs: number;
  retries: number;
}

/** The outcome of a job, and what it learned; without facts when it reported none. */
export interface Result extends Partial<Omit<CheckAnswer, 'failure'>> {
  outcome: Outcome;
}
