// The bytes of one connection with a database: exact reads, and failures that name the address.
import type { Duplex } from 'node:stream';
import type { Attempt } from '../model/connect.ts';
import { Failure, type Reason } from '../model/failure.ts';

/** A connection as the protocols see it. */
export interface Wire {
  attempt: Attempt;
  /**
   * Reads exactly `size` bytes, at least 1.
   * @param what the answer that they belong to, for messages @throws {Failure} network, when the connection ends before
   */
  read: (size: number, what: string) => Promise<Buffer>;
  write: (bytes: Buffer) => void;
  /** A failure of this address. @param what follows the address in the message */
  fail: (reason: Reason, what: string) => Failure;
}

/** @param where `HOST:PORT` */
export function openWire(stream: Duplex, where: string, attempt: Attempt): Wire {
  const fail = (reason: Reason, what: string) => new Failure(reason, `${where} ${what}`);
  return {
    attempt,
    fail,
    write: (bytes) => void stream.write(bytes),
    read(size, what) {
      attempt.waitingFor = what;
      return new Promise((resolve, reject) => {
        function stop(): void {
          stream.off('readable', tryRead).off('end', onEnd).off('close', onEnd);
        }
        function onEnd(): void {
          stop();
          const code = codeOf(stream.errored) ?? 'end of stream';
          reject(fail('network', `closed the connection (${code}) instead of sending ${what}; ${checkPeer}`));
        }
        function tryRead(): void {
          const bytes = stream.read(size) as Buffer | null;
          // A stream that has ended returns what is left.
          if (bytes !== null && bytes.length < size) return onEnd();
          if (bytes === null) return stream.destroyed || stream.readableEnded ? onEnd() : undefined;
          stop();
          resolve(bytes);
        }
        stream.on('readable', tryRead).on('end', onEnd).on('close', onEnd);
        tryRead();
      });
    },
  };
}

const codeOf = (error: NodeJS.ErrnoException | null) => error?.code;

/** What to do about a peer that does not answer as expected. */
export const checkPeer = 'check address and protocol, and what the server logs';
