// Why a check failed: one closed list that is the type, the label `reason` and the documentation.

/** Every value of the label `reason`, with what it means and what an operator does about it. Public contract. */
export const reasons = {
  timeout: 'no response within request_timeout: check the network path, or raise scrape.request_timeout',
  network: 'the API or the database could not be reached: check the address, DNS, the proxy and the firewall',
  auth: 'the API refused the credential: check the key, whether it is disabled, and the clock of this machine',
  permission: 'the credential was accepted but lacks a permission: grant the action that was refused',
  rate_limited: 'the API throttles: lower rate_limits of the account, or stop other users of the same key',
  not_found: 'the API does not know the instance: check id, region and project, or remove the instance',
  instance_state:
    'not possible in the present state of the instance: do what the error says, else wait; act if it lasts 15 minutes or longer',
  unavailable: 'the API or the database cannot answer now: wait; act if it lasts 15 minutes or longer',
  bad_response:
    'the response is invalid: check that the address leads to the API or the database itself, not to a proxy or a portal',
  rejected: 'the API or the database refused the request: look up the error code in the vendor documentation',
  credentials: 'no credential is available: check the secret file, the environment variable or the role of the account',
  unsupported: 'this edition or version of the database does not support it: nothing to do, or remove the check',
  internal: 'the exporter itself failed: please report it with the stack in the log',
} as const;

/** A value of the label `reason`. */
export type Reason = keyof typeof reasons;

/** All reasons, in the order of the documentation. */
export const reasonNames = Object.keys(reasons) as Reason[];

const retryable: ReadonlySet<Reason> = new Set<Reason>(['timeout', 'network', 'rate_limited', 'unavailable']);

/**
 * A check that failed, classified. The message is written here, never taken from the API, so that nothing that a
 * server echoes (a signature, a key) can reach a log or a page.
 */
export class Failure extends Error {
  override name = 'Failure' as const;
  readonly reason: Reason;
  /** Retry-After of the response, in milliseconds, if there was one. */
  readonly retryAfterMs: number | undefined;

  constructor(reason: Reason, message: string, options: { retryAfterMs?: number | undefined; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.reason = reason;
    this.retryAfterMs = options.retryAfterMs;
  }

  /** Whether a retry within seconds can succeed. */
  get retryable(): boolean {
    return retryable.has(this.reason);
  }
}
