// Servers on loopback that speak the beginning of a database protocol, as far as a test wants.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import { type ProbeOptions, type ProbeResult, type ProbeTarget, probeTls } from '../../src/probe/probe.ts';

/** What a server does with a connection. */
export type Serve = (socket: Socket) => void;

/** A server on 127.0.0.1. */
export interface Database {
  port: number;
  /** Connections that were made to it. */
  connections: () => number;
  close: () => Promise<void>;
}

export async function startDatabase(serve: Serve): Promise<Database> {
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer((socket) => {
    connections++;
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket)).on('error', () => undefined);
    serve(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => connections,
    async close() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}

/** Goes on with TLS on a connection. @param use receives the connection inside */
export function secure(socket: Socket, options: TlsOptions, use: Serve = () => undefined): void {
  createTlsServer({ minVersion: 'TLSv1', ciphers: 'DEFAULT:@SECLEVEL=0', ...options })
    .on('secureConnection', (inside) => {
      inside.on('error', () => undefined);
      use(inside);
      inside.resume();
    })
    .emit('connection', socket);
}

/** PostgreSQL as it answers to SSLRequest; anything else, such as a start-up without TLS, is answered `plain`. */
export function postgresServer({ tls, plain = '' }: { tls?: TlsOptions; plain?: string | Buffer }): Serve {
  return (socket) => {
    socket.once('data', (bytes) => {
      const isRequest = bytes.length === 8;
      socket.write(!isRequest ? plain : tls === undefined ? 'N' : 'S');
      if (isRequest && tls !== undefined) secure(socket, tls);
    });
  };
}

/** MySQL; a login is answered `answer`, with or without TLS, or not when it is empty. Calls back with each packet after SSLRequest. */
export function mysqlServer({
  tls,
  answer = mysqlError(1045, 2),
  onPacket = () => undefined,
}: {
  tls?: TlsOptions;
  answer?: Buffer;
  onPacket?: (packet: Buffer, secured: boolean) => void;
}): Serve {
  return (socket) => {
    const serve = (stream: Socket, secured: boolean) => {
      stream.on('data', (packet: Buffer) => {
        onPacket(packet, secured);
        if (answer.length > 0) stream.end(answer);
      });
    };
    socket.write(mysqlGreeting(tls !== undefined));
    socket.once('data', (bytes) => {
      if (tls === undefined || ((bytes[5] ?? 0) & 8) === 0) {
        serve(socket, false);
        socket.emit('data', bytes);
      } else {
        // Without the packet SSLRequest.
        socket.pause();
        socket.unshift(bytes.subarray(36));
        secure(socket, tls, (inside) => serve(inside, true));
      }
    });
  };
}

export function mysqlPacket(sequence: number, body: Buffer): Buffer {
  const header = Buffer.from([0, 0, 0, sequence]);
  header.writeUIntLE(body.length, 0, 3);
  return Buffer.concat([header, body]);
}

/** Protocol version 10, as MySQL 8.0 sends it. */
export function mysqlGreeting(tls: boolean): Buffer {
  const flags = Buffer.from(tls ? 'ffff' : 'fff7', 'hex');
  const rest = Buffer.from('ff0200ffdf150000000000000000000061626364656667686970717200', 'hex');
  return mysqlPacket(
    0,
    Buffer.concat([
      Buffer.from('\n8.0.36\0\x09\0\0\0scramble\0', 'latin1'),
      flags,
      rest,
      Buffer.from('caching_sha2_password\0'),
    ]),
  );
}

export function mysqlError(code: number, sequence = 0): Buffer {
  const number = Buffer.alloc(2);
  number.writeUInt16LE(code);
  return mysqlPacket(sequence, Buffer.concat([Buffer.from([0xff]), number, Buffer.from('#28000a text of the server')]));
}

/** An ErrorResponse of PostgreSQL with these fields. */
export function postgresError(fields: Readonly<Record<string, string>>): Buffer {
  const text = Object.entries(fields).map(([type, value]) => `${type}${value}\0`);
  return postgresMessage('E', Buffer.from(`${text.join('')}\0`, 'latin1'));
}

export function postgresMessage(type: string, body: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length + 4);
  return Buffer.concat([Buffer.from(type), length, body]);
}

/** Probes a server on loopback; `open` has the sockets that the probe has left open. */
export async function probe(
  target: Pick<ProbeTarget, 'port' | 'protocol'> & Partial<ProbeTarget>,
  options: Partial<ProbeOptions> = {},
  localAddress?: string,
): Promise<ProbeResult & { open: number }> {
  const sockets: Socket[] = [];
  const result = await probeTls(
    { host: '127.0.0.1', ...target },
    { plaintext: false, timeoutMs: 20_000, signal: new AbortController().signal, ...options },
    {
      async connect({ host, port }, { signal }) {
        const socket = connect({ host, port, ...(localAddress !== undefined && { localAddress }) });
        sockets.push(socket);
        await once(socket, 'connect', { signal });
        return socket;
      },
    },
  );
  return { ...result, open: sockets.filter(({ destroyed }) => !destroyed).length };
}
