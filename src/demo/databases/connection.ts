// One connection with a simulated database: exact reads, and TLS on the same socket.
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { type SecureContext, TLSSocket } from 'node:tls';

/** A connection, as the protocols use it. */
export interface Connection {
  /** Whether the database speaks TLS. */
  offersTls: boolean;
  /** Whether it does so on this connection. */
  encrypted: () => boolean;
  /** Reads exactly `size` bytes; rejects when the connection ends before. */
  read: (size: number) => Promise<Buffer>;
  write: (bytes: Buffer | string) => void;
  /** Goes on with TLS; rejects when the handshake fails. */
  startTls: () => Promise<void>;
  /** Ends it once everything is sent. */
  end: () => void;
}

/** @param tls absent: the database does not speak TLS */
export function openConnection(socket: Socket, tls: SecureContext | undefined): Connection {
  const ended = new AbortController();
  let stream: Socket = socket;
  const watch = () => void stream.on('error', () => undefined).once('close', () => ended.abort());
  watch();
  return {
    offersTls: tls !== undefined,
    encrypted: () => stream !== socket,
    write: (bytes) => void stream.write(bytes),
    // Bytes that are not read would make it a reset.
    end: () => void stream.end().resume(),
    async read(size) {
      for (;;) {
        const bytes = stream.read(size) as Buffer | null;
        if (bytes?.length === size) return bytes;
        // A stream that has ended returns what is left.
        if (bytes !== null) throw new Error('the connection ended');
        await once(stream, 'readable', { signal: ended.signal });
      }
    },
    async startTls() {
      const secured = new TLSSocket(socket, { isServer: true, ...(tls && { secureContext: tls }) });
      stream = secured;
      watch();
      await once(secured, 'secure', { signal: ended.signal });
    },
  };
}
