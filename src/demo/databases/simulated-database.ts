// A simulated database: real bytes of its protocol on a free port of 127.0.0.1, with or without TLS.
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { createSecureContext, type SecureVersion } from 'node:tls';
import type { ServedChain } from './authority.ts';
import { openConnection } from './connection.ts';
import { serveMysql } from './simulated-mysql.ts';
import { servePostgres } from './simulated-postgres.ts';

const protocols = { postgres: servePostgres, mysql: serveMysql } as const;

/** How a database serves connections. */
export interface DatabaseOptions {
  protocol: keyof typeof protocols;
  /** Absent: it does not speak TLS. */
  chain?: ServedChain | undefined;
  /** Default: TLS 1.3. */
  maxVersion?: SecureVersion | undefined;
  /** Whether a session without TLS gets as far as the password. */
  plaintext: boolean;
}

/** A running database. */
export interface SimulatedDatabase {
  /** `127.0.0.1:PORT` */
  address: string;
  /** Connections that are open. */
  open: () => number;
  /** Stops listening and destroys the sockets that are still open. */
  close: () => Promise<void>;
}

const idleMs = 10_000;

/** Starts a database. */
export async function startDatabase(options: DatabaseOptions): Promise<SimulatedDatabase> {
  const { protocol, chain, maxVersion = 'TLSv1.3', plaintext } = options;
  const serve = protocols[protocol];
  // Security level 0 of OpenSSL, for TLS 1.0 and 1.1.
  const tls =
    chain && createSecureContext({ ...chain, minVersion: 'TLSv1', maxVersion, ciphers: 'DEFAULT:@SECLEVEL=0' });
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket)).setTimeout(idleMs, () => socket.destroy());
    const connection = openConnection(socket, tls);
    // A client that ends the connection, or does not speak the protocol, is of no interest.
    serve(connection, plaintext).then(connection.end, () => socket.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('not listening on TCP');
  return {
    address: `127.0.0.1:${address.port}`,
    open: () => sockets.size,
    async close() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}
