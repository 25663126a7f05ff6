// Binds the HTTP surface to its addresses, and closes it without losing responses.
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TlsGate } from './tls-gate.ts';

/** A host and a port; no host: all addresses of this host. */
export interface ListenAddress {
  host: string | undefined;
  port: number;
}

/** Parses `:10043`, `127.0.0.1:0`, `[::1]:10043`, `localhost:80`; undefined for anything else. */
export function parseListenAddress(text: string): ListenAddress | undefined {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]\s]*)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535) return undefined;
  return { host: match[1] || match[2] || undefined, port };
}

/** Open listeners. */
export interface Listening {
  /** `HOST:PORT` of each, with the port that was bound. */
  addresses: string[];
  /** Accepts no new connections, completes responses, and closes the remaining connections after `graceMs`. */
  close: (graceMs: number) => Promise<void>;
}

/** A request handler and its addresses. */
export interface Listener {
  handler: RequestListener;
  addresses: readonly ListenAddress[];
  /** Adds TLS to a server; undefined: plain HTTP. */
  encrypt?: ((server: Server) => TlsGate) | undefined;
  /** Called when a connection cannot be accepted, e.g. because the machine has no more open files (ENFILE). */
  onAcceptError: (error: NodeJS.ErrnoException) => void;
}

/** Listens on all addresses or on none. @throws an error with the address and the reason */
export async function listen({ handler, addresses, encrypt, onAcceptError }: Listener): Promise<Listening> {
  const servers: { server: Server; gate: TlsGate | undefined }[] = [];
  try {
    for (const address of addresses) {
      const server = createHttpServer(handler);
      const gate = encrypt?.(server);
      await bind(server, address);
      server.on('error', onAcceptError);
      servers.push({ server, gate });
    }
  } catch (error) {
    for (const { server } of servers) server.close();
    throw error;
  }
  return {
    addresses: servers.map(({ server }) => formatAddress(server.address() as AddressInfo)),
    close: async (graceMs) => {
      const closed = servers.map(
        ({ server, gate }) =>
          new Promise<void>((resolve) => {
            server.close(() => resolve());
            server.closeIdleConnections();
            gate?.cutSilent();
          }),
      );
      const cut = setTimeout(() => {
        for (const { server, gate } of servers) {
          server.closeAllConnections();
          gate?.cutAll();
        }
      }, graceMs);
      await Promise.all(closed);
      clearTimeout(cut);
    },
  };
}

const listenErrors: Readonly<Record<string, string>> = {
  EADDRINUSE: 'address already in use (EADDRINUSE)',
  EADDRNOTAVAIL: 'not an address of this host (EADDRNOTAVAIL)',
  EACCES: 'permission denied (EACCES)',
  ENOTFOUND: 'no such host (ENOTFOUND)',
};

function createHttpServer(handler: RequestListener): Server {
  // Slow clients are disconnected; Prometheus keeps its connection between two scrapes.
  return createServer({ headersTimeout: 10_000, requestTimeout: 30_000, keepAliveTimeout: 120_000 }, handler);
}

function bind(server: Server, { host, port }: ListenAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(new Error(`${host ?? ''}:${port}: ${listenErrors[error.code ?? ''] ?? error.code}`, { cause: error }));
    });
    server.listen({ host, port }, () => {
      server.removeAllListeners('error');
      resolve();
    });
  });
}

function formatAddress({ address, family, port }: AddressInfo): string {
  return family === 'IPv6' ? `[${address}]:${port}` : `${address}:${port}`;
}
