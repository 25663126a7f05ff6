// A proxy on loopback that opens tunnels, and a TLS server behind it, for tests of the way through a proxy.
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http, { type IncomingMessage } from 'node:http';
import net, { type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import type { Duplex } from 'node:stream';
import tls from 'node:tls';
import { createCertificate } from './certificates.ts';

const authority = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const server = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const folder = mkdtempSync(resolve(tmpdir(), 'clouddb-test-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));

/** The CA that signed the certificate of the TLS server, as text and as a file. */
export const testCa = createCertificate({
  name: 'test CA',
  publicKey: authority.publicKey,
  signedWith: authority.privateKey,
  authority: true,
});
export const testCaFile = resolve(folder, 'ca.pem');
writeFileSync(testCaFile, testCa);

const identity = {
  key: server.privateKey.export({ type: 'pkcs8', format: 'pem' }),
  cert: createCertificate({
    name: 'api.test',
    publicKey: server.publicKey,
    signedWith: authority.privateKey,
    issuer: 'test CA',
    sans: [
      'DNS:api.test',
      'IP:127.0.0.1',
      'DNS:*.tencentcloudapi.com',
      'DNS:*.intl.tencentcloudapi.com',
      'DNS:*.oceanbase.com',
    ],
  }),
};

/** A server on a free port of 127.0.0.1. */
export interface Listening {
  /** `127.0.0.1:PORT` */
  host: string;
  port: number;
  /** TCP connections: open now, and ever accepted. */
  connections: { open: number; total: number };
  close: () => Promise<void>;
}

async function listen(server: Server): Promise<Listening> {
  const sockets = new Set<Socket>();
  const connections = { open: 0, total: 0 };
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    connections.open++;
    connections.total++;
    socket.on('error', () => undefined);
    socket.once('close', () => {
      sockets.delete(socket);
      connections.open--;
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    host: `127.0.0.1:${port}`,
    port,
    connections,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** Connects two streams until either closes. */
function join(one: Duplex, other: Duplex): void {
  one.pipe(other).pipe(one);
  for (const [side, opposite] of [
    [one, other],
    [other, one],
  ] as const) {
    side.on('error', () => opposite.destroy()).on('close', () => opposite.destroy());
  }
}

/** TLS in front of an HTTP server on loopback. `names` are those that its clients greeted it by (SNI). */
export async function startTlsFront(httpUrl: string): Promise<Listening & { names: unknown[] }> {
  const port = Number(new URL(httpUrl).port);
  const names: unknown[] = [];
  const server = tls.createServer(identity, (socket) => {
    names.push(socket.servername);
    join(socket, net.connect(port, '127.0.0.1'));
  });
  return { ...(await listen(server)), names };
}

/** A running proxy. */
export interface TestProxy extends Listening {
  /** The requested targets, with their Proxy-Authorization. */
  asked: { authority: string; authorization: string | undefined; headers: IncomingMessage['headers'] }[];
  /** All bytes that went through its tunnels towards the server. */
  tunnelled: () => string;
}

/**
 * @param to port of the tunnel for each requested target
 * @param authorization the only Proxy-Authorization that is accepted; undefined: none is required
 * @param interim sent before the response to CONNECT
 */
export async function startProxy(
  to: (authority: string) => number,
  authorization?: string,
  interim = '',
): Promise<TestProxy> {
  const asked: TestProxy['asked'] = [];
  const chunks: Buffer[] = [];
  const server = http.createServer((_request, response) => response.writeHead(400).end());
  server.on('connect', ({ url = '', headers }: IncomingMessage, client: Socket, head: Buffer) => {
    asked.push({ authority: url, authorization: headers['proxy-authorization'], headers });
    if (authorization !== undefined && headers['proxy-authorization'] !== authorization) {
      client.end('HTTP/1.1 407 No\r\nProxy-Authenticate: Basic realm="proxy"\r\nContent-Length: 2\r\n\r\nno');
      return;
    }
    const upstream = net.connect(to(url), '127.0.0.1', () => {
      client.write(interim);
      client.write('HTTP/1.1 200 Connection established\r\nVia: test\r\n\r\n');
      client.on('data', (chunk: Buffer) => chunks.push(chunk));
      upstream.write(head);
      join(client, upstream);
    });
    upstream.on('error', () => client.destroy());
  });
  const listening = await listen(server);
  return { ...listening, asked, tunnelled: () => Buffer.concat(chunks).toString('latin1') };
}
