// Loopback servers for the tests of the outbound client: HTTP, and TCP with arbitrary bytes.
import { once } from 'node:events';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import net, { type AddressInfo, type Socket } from 'node:net';

/** A server on a free port of 127.0.0.1, with its connections. */
export interface Loopback {
  /** `http://127.0.0.1:PORT` */
  url: string;
  /** `127.0.0.1:PORT` */
  host: string;
  /** TCP connections: open now, and accepted in total. */
  connections: { open: number; total: number };
  /** Received bytes of all connections. */
  received: () => string;
  close: () => Promise<void>;
}

const started: Loopback[] = [];

/** Closes every server that was started since the last call: for `afterEach`. */
export async function closeAll(): Promise<void> {
  await Promise.all(started.splice(0).map((server) => server.close()));
}

/** Starts an HTTP server. @param port default: a free one */
export function serveHttp(
  handle: (request: IncomingMessage, response: ServerResponse) => void,
  options: http.ServerOptions = {},
  port = 0,
): Promise<Loopback> {
  return listen(http.createServer(options, handle), port);
}

/** Starts a TCP server that calls back once per connection, when the first bytes of a request have arrived. */
export function serveTcp(handle: (socket: Socket) => void): Promise<Loopback> {
  return listen(
    net.createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => handle(socket));
    }),
  );
}

async function listen(server: net.Server, fixedPort = 0): Promise<Loopback> {
  const sockets = new Set<Socket>();
  const connections = { open: 0, total: 0 };
  const chunks: Buffer[] = [];
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    connections.open++;
    connections.total++;
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.once('close', () => {
      sockets.delete(socket);
      connections.open--;
    });
  });
  server.listen(fixedPort, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const loopback: Loopback = {
    url: `http://127.0.0.1:${port}`,
    host: `127.0.0.1:${port}`,
    connections,
    received: () => Buffer.concat(chunks).toString('latin1'),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
  started.push(loopback);
  return loopback;
}

/** The URL of a closed port. */
export async function closedUrl(): Promise<string> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return `http://127.0.0.1:${port}`;
}
