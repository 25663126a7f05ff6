// A database instance: its identity, its settings and its key.
import type { TlsProbe } from './database.ts';
import type { Acceptance } from './finding.ts';

/** A database instance to watch, as configured or found. */
export interface Instance {
  account: string;
  /** Id of the provider. */
  provider: string;
  id: string;
  /** Cloud region; empty where the provider has none. */
  region: string;
  name: string;
  labels: Readonly<Record<string, string>>;
  /** Version of the database by the provider's list; absent: not known. */
  version?: string;
  checks: readonly string[];
  /** Findings that its operator accepts, each at most once. */
  accept?: readonly Acceptance[];
  /** Present where the TLS probe is one of its checks. */
  tlsProbe?: TlsProbe;
}

/** Finds the instances that have an id. @param account default: of all accounts */
export type FindById = (id: string, account?: string) => readonly Instance[];

/** What the id of an instance looks like. */
export const instanceIdPattern = /^[A-Za-z0-9][\w.:-]{0,127}$/;

/** A key that is equal exactly for the same (account, region, id). */
export function instanceKey(instance: Pick<Instance, 'account' | 'region' | 'id'>): string {
  return JSON.stringify([instance.account, instance.region, instance.id]);
}
