// Binds the HTTP surface to its addresses and takes it down again without losing an answer.
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TlsGate } from './tls-gate.ts';

/** A host and a port; no host: all addresses of the machine. */
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

/** Listeners that are up. */
export interface Listening {
  /** `HOST:PORT` of each, with the port that was really bound. */
  addresses: string[];
  /** Takes no new connections, lets answers under way go out, and cuts what is left after some milliseconds. */
  close: (graceMs: number) => Promise<void>;
}

/** What listens behind an address. */
export interface Listener {
  handler: RequestListener;
  addresses: readonly ListenAddress[];
  /** Encrypts the connections of a server; undefined: they are plain. */
  encrypt?: ((server: Server) => TlsGate) | undefined;
}

/** Listens on all addresses or on none. @throws an error whose message names the address and says why */
export async function listen({ handler, addresses, encrypt }: Listener): Promise<Listening> {
  const servers: { server: Server; gate: TlsGate | undefined }[] = [];
  try {
    for (const address of addresses) {
      const server = createHttpServer(handler);
      const gate = encrypt?.(server);
      await bind(server, address);
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
  EADDRINUSE: 'another program listens there (EADDRINUSE)',
  EADDRNOTAVAIL: 'this machine has no such address (EADDRNOTAVAIL)',
  EACCES: 'not allowed (EACCES)',
  ENOTFOUND: 'no such host (ENOTFOUND)',
};

function createHttpServer(handler: RequestListener): Server {
  // Slow or silent clients are cut off; Prometheus keeps its connection between two scrapes.
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
