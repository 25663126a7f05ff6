// The provider contract: one product of a cloud vendor, as data plus two functions.
import type * as z from 'zod';
import type { ApiCall, Check } from './check.ts';
import type { AssumedRole, CredentialField, CredentialTools, FindCredentials } from './credentials.ts';
import type { DatabaseProtocol } from './database.ts';
import type { InstanceList } from './discovery.ts';
import type { FactName } from './facts.ts';
import type { Session, SessionTools } from './session.ts';

/** The settings of an account: the common ones, and those that its provider adds. */
export interface AccountSettings {
  /** https, without a path; `{region}` is replaced with the region of the instance. */
  endpoint: string;
  /** PEM bundle of the CAs to trust instead of those of the system; relative to the configuration. */
  ca_file?: string | undefined;
}

/** One product of a cloud vendor. */
export interface Provider<A extends AccountSettings = AccountSettings, S extends Session = Session> {
  /** Value of the label `provider` and of `provider:` in the configuration. */
  id: string;
  /** Name of the product as its vendor writes it. */
  title: string;
  /** Value of the label `engine`. */
  engine: string;
  /** Regions that `region` must be one of; `any`: required, but free text; absent: optional free text. */
  regions?: readonly string[] | 'any';
  /** How the TLS probe reaches its databases. Absent: it cannot. */
  database?: {
    protocol: DatabaseProtocol;
    /** The checks that report the address or the CA certificates of the database as hints: the probe runs after them. */
    hintsFrom: readonly string[];
    /** Whether a check reports the address of the database as a hint; else the configuration must have it. */
    reportsAddress: boolean;
    /** The field with the URL of the CA certificates, which a check reports as a hint. Absent: there is none. */
    caUrl?: string;
  };
  defaultEndpoint: string;
  /** Settings that only this provider has; every key optional. */
  settings: z.ZodRawShape;
  credentials: readonly CredentialField[];
  /**
   * Finds the credentials of an account that configures none; called once for an account, so that the result can cache
   * temporary ones. Absent: only the variables of `credentials` are tried.
   */
  usualCredentials?(account: A, tools: CredentialTools): FindCredentials;
  /** The role that the account assumes with its credentials, if its settings name one. */
  role?(account: A): AssumedRole | undefined;
  /** What is valid in an account and probably not meant: the setting that each warning is about, and its words. */
  warnings?(account: A): readonly { setting: string; message: string }[];
  checks: readonly Check<S>[];
  /** Lists the instances of an account, for discovery. Absent: the provider has no such call. */
  list?: InstanceList<S>;
  /** One limit, in requests a second, shared by all actions without their own limit. */
  perSecond?: number;
  /** Opens the session of an account. A method, so that a list can hold providers with different settings. */
  connect(account: A, tools: SessionTools): S;
}

/** The checks of a provider and its list call. */
export function callsOf({ checks, list }: Pick<Provider, 'checks' | 'list'>): readonly ApiCall[] {
  return list === undefined ? checks : [...checks, list];
}

/** What the checks of a provider can report: one entry for each check and fact. */
export function reportableFacts({ id, checks }: Provider): { provider: string; check: string; fact: FactName }[] {
  return checks.flatMap((check) =>
    (Object.keys(check.facts) as FactName[]).map((fact) => ({ provider: id, check: check.name, fact })),
  );
}
