// Credentials of an account: how fields are declared, and where providers find them.
import type { Clock } from './clock.ts';
import type { Failure } from './failure.ts';
import type { HttpRequest, HttpResponse } from './http.ts';

/** Secrets by field name, e.g. `secret_id`. Required ones are present. */
export type Credentials = Readonly<Record<string, string>>;

/** One secret of an account, given in the configuration as FIELD, FIELD_env or FIELD_file. */
export interface CredentialField {
  name: string;
  required: boolean;
  /** Whether the value must never be shown; false for an identifier such as a key id. */
  secret: boolean;
  /** A secret that the API takes as it is, in a request header. Absent: it only signs requests, and is never sent. */
  sentInHeader?: boolean;
  /** Environment variable that is tried when the account configures no credential. */
  env: string;
}

/** Credentials and where they were found. */
export interface FoundCredentials {
  values: Credentials;
  /** Name of the source, for the log; contains no secret. Absent: the account's own configuration. */
  source?: string;
  /** Unix seconds; absent for permanent credentials or an unknown expiry. */
  expiresAtSeconds?: number | undefined;
  /** Why they could not be renewed. They have not expired yet. */
  failure?: Failure | undefined;
  /** What looks wrong with them, e.g. quotes around a value. Contains no secret. */
  warning?: string;
}

/**
 * Looks for credentials.
 * @param refused values that the API has just refused
 * @throws {Failure} credentials; for a role that cannot be assumed, why
 */
export type FindCredentials = (refused?: Credentials) => Promise<FoundCredentials>;

/** A role that an account assumes: the API is called with the credentials of the role, not with its own. */
export interface AssumedRole {
  /** Identifies the role, and contains no secret. Accounts that assume the same one share its rate limits. */
  id: string;
  /** The role and how it is assumed, for people. Contains no secret. */
  description: string;
  /** @param own finds the credentials of the account itself */
  assume: (own: FindCredentials, tools: CredentialTools) => FindCredentials;
}

/** What a provider's credential chain may use. */
export interface CredentialTools extends Clock {
  env: Readonly<Record<string, string | undefined>>;
  /** Home folder of the user, if there is one. */
  home: string | undefined;
  /** A small text file, or undefined where there is none. @throws {Failure} credentials */
  readFile: (path: string) => Promise<string | undefined>;
  /** Sends one request, bounded in time. @throws {Failure} */
  send: (request: HttpRequest) => Promise<HttpResponse>;
}

/** Whether two sets of credentials are the same, by value. */
export function sameCredentials(a: Credentials | undefined, b: Credentials | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}
