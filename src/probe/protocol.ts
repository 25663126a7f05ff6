// What the probe needs of a database protocol.
import type { Wire } from './wire.ts';

/** A login name that no database should have: the probe never sends a password. */
export const probeUser = 'clouddb_probe';

/** One database protocol, up to authentication. All functions throw a {@link Failure}. */
export interface Protocol {
  /** Starts a connection. @returns whether the server agrees to TLS; then its handshake is next */
  requestTls: (wire: Wire) => Promise<boolean>;
  /**
   * Ends a connection after `requestTls`, and after the handshake if there was one, so that the server counts no error.
   */
  leave: (wire: Wire, secured: boolean) => Promise<void>;
  /** Starts a session without TLS on a new connection. @returns whether the server goes on to authentication */
  startWithoutTls: (wire: Wire) => Promise<boolean>;
}
