// What the exporter tells of its own work while it works; the metric layer counts it.
import type { Reason } from './failure.ts';
import type { Provider } from './provider.ts';

/** Which API call of which account. */
export interface CallLabels {
  provider: string;
  account: string;
  action: string;
}

/** Which check of which account. */
export interface CheckLabels {
  provider: string;
  account: string;
  check: string;
}

/** Listens to the exporter's own work. */
export interface Observer {
  /** These are the accounts: counters of new ones begin at 0, those of others are gone. */
  watching: (accounts: readonly { name: string; provider: Provider }[]) => void;
  requestSent: (labels: CallLabels) => void;
  requestEnded: (labels: CallLabels, seconds: number) => void;
  requestFailed: (labels: CallLabels, reason: Reason) => void;
  waitedForLimit: (labels: CallLabels, seconds: number) => void;
  checkFailed: (labels: CheckLabels, reason: Reason) => void;
  /** Credentials were looked for: whether that succeeded, and when those in use end (unix seconds), if they do. */
  credentialsRead: (
    labels: { provider: string; account: string },
    state: { successful: boolean; expiresAtSeconds: number | undefined },
  ) => void;
  /** The provider's Date header minus our clock. */
  clockSkew: (labels: { provider: string; account: string }, seconds: number) => void;
}
