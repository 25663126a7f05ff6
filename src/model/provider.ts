// The provider contract: what a cloud has to bring, and what it is given, to have its instances checked.
import type { z } from 'zod';
import type { Facts } from './facts.ts';
import type { Failure } from './failure.ts';
import type { Instance } from './instance.ts';

/** One HTTP request, complete and signed. */
export interface HttpRequest {
  method: 'GET' | 'POST';
  /** Absolute, as `URL.href` writes it. */
  url: string;
  headers: Readonly<Record<string, string>>;
  body?: string;
}

/** One HTTP answer, its body read whole and bounded. */
export interface HttpResponse {
  status: number;
  /** Names in lower case; repeated lines joined by ", ". */
  headers: Readonly<Record<string, string>>;
  body: string;
}

/** How one HTTP exchange is bounded and watched. */
export interface SendOptions {
  /** Milliseconds from the beginning to the last byte read. */
  timeoutMs: number;
  /** Ends the exchange from outside; its reason is thrown as it is. */
  signal: AbortSignal;
  /** Called when the last byte of the request has left this process. */
  onSent?: () => void;
}

/** Sends requests over kept-alive connections. */
export interface HttpClient {
  /** @throws {Failure} timeout, network, bad_response */
  send: (request: HttpRequest, options: SendOptions) => Promise<HttpResponse>;
  close: () => void;
}

/**
 * Sends one HTTP request as soon as the rate limit of the action and the concurrency allow it.
 * `prepare` is called at that moment, so that a signature or a nonce is never older than its request.
 * @throws {Failure} timeout, network or bad_response; rate_limited when the API asked for a long pause
 */
export type Send = (prepare: () => HttpRequest) => Promise<HttpResponse>;

/** Secrets by field name, e.g. `secret_id`. Required ones are there. */
export type Credentials = Readonly<Record<string, string>>;

/** What a check is given. */
export interface CheckContext {
  instance: Instance;
  /** Read afresh for each sweep, and others once they were replaced: looked up when a request is signed. */
  readonly credentials: Credentials;
  /**
   * To be called when the API refused these credentials as ended or unknown: they are read or renewed, once for all
   * checks that meet it. @returns whether there are other ones now
   */
  replaceCredentials: (refused: Credentials) => Promise<boolean>;
  send: Send;
  /** Writes a line at level debug: for odd but harmless values of an answer. Never given a secret. */
  debug: (message: string, fields: Record<string, unknown>) => void;
}

/** What a check came to know: facts, a failure, or both when only a part of the answer was understood. */
export interface CheckAnswer {
  facts: Facts;
  failure?: Failure | undefined;
}

/** One check: one API call for one instance. @throws {Failure} */
export type Check = (context: CheckContext) => Promise<CheckAnswer>;

/** One check of a provider, as data. */
export interface CheckDefinition {
  /** Name of the API call: the label `action` and the key of `rate_limits`. */
  action: string;
}

/** One secret of an account, given in the configuration as FIELD, FIELD_env or FIELD_file. */
export interface CredentialField {
  name: string;
  required: boolean;
  /** Environment variable that is tried when the account names no credential and there are no `usualCredentials`. */
  env: string;
}

/** The settings of an account: the common ones, and those that its provider adds. */
export interface AccountSettings {
  /** https, without a path; `{region}` stands for the region of the instance. */
  endpoint: string;
}

/** What a session needs of its surroundings; passed in so that tests own time and chance. */
export interface SessionTools {
  /** Unix milliseconds. */
  now: () => number;
  randomBytes: (size: number) => Buffer;
}

/** Credentials as they were found. */
export interface FoundCredentials {
  values: Credentials;
  /** Where they come from, for the log; holds no secret. Absent: the account names them. */
  source?: string;
  /** Unix seconds; absent for those that do not end, or do not tell. */
  expiresAtSeconds?: number | undefined;
  /** Why they could not be renewed. They have not ended yet. */
  failure?: Failure | undefined;
}

/** Looks for credentials. @param refused values that the API has just refused @throws {Failure} credentials */
export type FindCredentials = (refused?: Credentials) => Promise<FoundCredentials>;

/** What the search for an account's usual credentials needs of its surroundings. */
export interface SearchTools {
  env: Readonly<Record<string, string | undefined>>;
  /** Home folder of the user, if there is one. */
  home: string | undefined;
  /** A small text file, or undefined where there is none. @throws {Failure} credentials */
  readFile: (path: string) => Promise<string | undefined>;
  /** Sends one request, bounded in time. @throws {Failure} */
  send: (request: HttpRequest) => Promise<HttpResponse>;
  /** Unix milliseconds. */
  now: () => number;
  /** Monotonic milliseconds. */
  monotonic: () => number;
  /** 0 to 1. */
  random: () => number;
}

/** The live side of one account: its checks, with the state they share (nonces, clock offset). */
export interface Session {
  /** The host that an instance's calls go to: part of the key of the rate limit. */
  host: (instance: Instance) => string;
  checks: Readonly<Record<string, Check>>;
}

/** A cloud API, as data plus one function. */
export interface Provider<A extends AccountSettings = AccountSettings> {
  /** Value of the label `provider` and of `provider:` in the configuration. */
  id: string;
  /** Value of the label `engine`. */
  engine: string;
  /** Regions that `region` must be one of; absent: the region is optional free text. */
  regions?: readonly string[];
  defaultEndpoint: string;
  /** Settings that only this provider has; every key optional. */
  settings: z.ZodRawShape;
  credentials: readonly CredentialField[];
  /**
   * How the credentials of an account that names none are found; called once for an account, so that what comes out
   * can remember temporary ones. Absent: the variables of `credentials`, and nothing else.
   */
  usualCredentials?(account: A, tools: SearchTools): FindCredentials;
  checks: Readonly<Record<string, CheckDefinition>>;
  /** Requests a second by action, where the account sets none; `*` is one limit that all other actions share. */
  rateLimits: Readonly<Record<string, number>>;
  /** Opens the live side of an account. A method, so that a list can hold providers with different settings. */
  connect(account: A, tools: SessionTools): Session;
}
