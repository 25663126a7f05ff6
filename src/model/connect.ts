// Opening a TCP connection, as the HTTP client and the TLS probe see it.
import type { Socket } from 'node:net';
import { Failure } from './failure.ts';

/** Where to connect; the host is a name, or an address without brackets. */
export interface HostPort {
  host: string;
  port: number;
}

/** One attempt to exchange something over a connection. */
export interface Attempt {
  /** Aborted when the result is no longer wanted. */
  signal: AbortSignal;
  /** What it waits for now: for the message of a timeout. */
  waitingFor?: string | undefined;
}

/**
 * Opens a TCP connection to the first address that accepts one, and closes all others. It has no timeout but the
 * signal.
 * @throws {Failure} network
 */
export type Connect = (target: HostPort, attempt: Attempt) => Promise<Socket>;

/** An attempt that took too long. @param where the peer, for the message */
export function timeoutFailure(where: string, timeoutMs: number, { waitingFor }: Attempt): Failure {
  const note = waitingFor === undefined ? '' : `; it waited for ${waitingFor}`;
  return new Failure('timeout', `no complete response from ${where} within ${timeoutMs} ms${note}`);
}
