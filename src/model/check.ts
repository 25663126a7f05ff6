// A check: one question about one instance, as one value. Adding a check is one file that exports it, and one line.
import type { Credentials } from './credentials.ts';
import type { DatabaseAccess } from './database.ts';
import type { FactName, Facts } from './facts.ts';
import type { Failure } from './failure.ts';
import type { Send } from './http.ts';
import type { Instance } from './instance.ts';
import type { Session } from './session.ts';

/** Name of the check that probes the database itself. That it succeeds does not show that the API answers. */
export const tlsCheckName = 'tls';

/** Name of the check that downloads CA certificates. */
export const caCheckName = 'ca';

/** Names of the checks that call no API. */
export const offApiChecks: readonly string[] = [caCheckName, tlsCheckName];

/** What one check learned for later checks of the same instance; never in a series, a page or a log line. */
export interface Hints {
  /** `HOST` or `HOST:PORT` at which the database accepts connections. */
  connectAddress?: string | undefined;
  /** PEM: the CA certificates with which clients verify the database. */
  caCertificates?: string | undefined;
  /** Where they can be downloaded. Present and undefined: the API reports that it has none. */
  caUrl?: string | undefined;
}

/** Input of a check. */
export interface CheckContext<S extends Session = Session> {
  instance: Instance;
  /** The session of the account, opened by `Provider.connect`. */
  session: S;
  /** Read again for each sweep and after a renewal: read them when a request is signed. */
  readonly credentials: Credentials;
  /**
   * Call it when the API refused these credentials as expired or unknown: it reads or renews them, once for all checks
   * of the sweep. @returns whether other credentials are available now
   */
  replaceCredentials: (refused: Credentials) => Promise<boolean>;
  send: Send;
  database: DatabaseAccess;
  /** What earlier checks of the instance learned; see `Check.after`. */
  hints: Readonly<Hints>;
  /** Milliseconds that one exchange with the API or the database may take. */
  timeoutMs: number;
  /** Aborted when the result is no longer wanted. */
  signal: AbortSignal;
  /** Logs at level debug: for unexpected but harmless values of a response. Never pass a secret. */
  debug: (message: string, fields: Record<string, unknown>) => void;
}

/** Result of a check: facts, a failure, or both when only a part of the response is valid. */
export interface CheckAnswer {
  facts: Facts;
  hints?: Hints | undefined;
  failure?: Failure | undefined;
  /** With a failure: facts that are known to no longer exist. Without a failure, every fact that is not reported does not exist. */
  absent?: readonly (keyof Facts)[] | undefined;
  /** Names of the fields that are there, not empty and not understood, where that does not fail the check. */
  unreadable?: readonly string[] | undefined;
}

/** What is called, and how often it may be. */
export interface ApiCall {
  /** Name of the API action: the label `action` and the key of `rate_limits`. */
  action?: string;
  /** Documented limit of the action, in requests a second. Absent: the provider's `perSecond` applies. */
  perSecond?: number;
  /** Permission that the credential needs in the vendor's access management. Absent: the vendor has none. */
  permission?: string;
}

/** One check of a provider. Without an action it calls no API, but can connect to the database itself. */
export interface Check<S extends Session = Session> extends ApiCall {
  /** Value of the label `check` and of `checks:` in the configuration. */
  name: string;
  /** Checks of the same instance that finish first in a sweep, so that their hints are available. */
  after?: readonly string[];
  /** Whether instances share its work: then the limit of new connections does not apply to each. */
  shared?: boolean;
  /** The setting without which it does not run, such as `tls_probe`. Absent: it always runs. */
  optIn?: string;
  /** The facts that it can report, each with the field of the API that it comes from, or what else shows it. */
  facts: Readonly<Partial<Record<FactName, string>>>;
  /** @throws {Failure} */
  run(context: CheckContext<S>): Promise<CheckAnswer>;
}
