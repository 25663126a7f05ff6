// The table of findings that are not about one instance: an account, one of its lists, the exporter.
import type { FindingKind, InstanceFinding, Severity } from '../model/finding.ts';

/** One row. */
export interface FleetRow {
  title: string;
  severity: Severity;
  /** When it holds, in words for the documentation. */
  holds: string;
  /** Names of the alerts, and of their runbooks. */
  alerts: readonly string[];
}

/** All of them, in the order of the documentation. */
export const fleetRows = {
  account_blind: {
    title: 'Every API check of the account fails',
    severity: 'critical',
    holds:
      'Every check of an account that calls the API has failed for 15 minutes, and none of them because of the state of its instance (`instance_state`), which is a response of the API.',
    alerts: ['CloudDBAccountBlind'],
  },
  discovery_failing: {
    title: 'Instances cannot be listed',
    severity: 'warning',
    holds:
      'A list of instances of an account with discovery fails: for 15 minutes if none has been complete since the exporter was started, otherwise for an hour.',
    alerts: ['CloudDBDiscoveryNeverSucceeded', 'CloudDBDiscoveryFailing'],
  },
  nothing_watched: {
    title: 'Nothing is watched',
    severity: 'warning',
    holds:
      'The exporter has no instance, configured or discovered, and no list of instances fails or has yet to be read.',
    alerts: ['CloudDBNothingWatched'],
  },
} as const satisfies Readonly<Record<Exclude<FindingKind, InstanceFinding>, FleetRow>>;
