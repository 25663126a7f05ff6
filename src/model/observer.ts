// Instrumentation hooks: events of the exporter's own work, which the metric layer counts.
import type { Check } from './check.ts';
import type { Reason } from './failure.ts';

/** Which account. */
export type AccountLabels = Record<'provider' | 'account', string>;

/** Which API call of which account. */
export interface CallLabels extends AccountLabels {
  action: string;
}

/** Which check of which account. */
export interface CheckLabels extends AccountLabels {
  check: string;
}

/** An account that is watched. */
export interface ObservedAccount {
  name: string;
  /** Id. */
  provider: string;
  /** Those that run for any of its instances, or would for one that names no checks; its list of instances. */
  checks: readonly Pick<Check, 'name' | 'action'>[];
}

/** Receives the events. */
export interface Observer {
  /** The accounts that are watched now: counters of new ones start at 0, those of removed ones disappear. */
  watching: (accounts: readonly ObservedAccount[]) => void;
  requestSent: (labels: CallLabels) => void;
  requestEnded: (labels: CallLabels, seconds: number) => void;
  requestFailed: (labels: CallLabels, reason: Reason) => void;
  waitedForLimit: (labels: CallLabels, seconds: number) => void;
  checkFailed: (labels: CheckLabels, reason: Reason) => void;
  /** A search for credentials finished: whether it succeeded, and when the credentials in use expire (unix seconds). */
  credentialsRead: (
    labels: AccountLabels,
    state: { successful: boolean; expiresAtSeconds: number | undefined },
  ) => void;
  /** The provider's Date header minus our clock. */
  clockSkew: (labels: AccountLabels, seconds: number) => void;
}
