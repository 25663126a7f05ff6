// The readers of both protocols on any bytes, in any pieces: a result or a failure, never more.

import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { Failure } from '../../src/model/failure.ts';
import { mysql } from '../../src/probe/mysql.ts';
import { postgres } from '../../src/probe/postgres.ts';
import { openWire, type Wire } from '../../src/probe/wire.ts';
import { createCertificate } from '../support/certificates.ts';
import {
  type Database,
  mysqlError,
  mysqlGreeting,
  mysqlPacket,
  mysqlServer,
  postgresError,
  postgresMessage,
  postgresServer,
  probe,
  startDatabase,
} from '../support/databases.ts';

/** A connection on which these pieces arrive, and then its end. */
function wireOf(pieces: readonly Buffer[]): { wire: Wire; stream: Duplex } {
  const waiting = [...pieces, null];
  const stream = new Duplex({
    read() {
      setImmediate(() => void (waiting.length > 0 && this.push(waiting.shift())));
    },
    write: (_chunk, _encoding, done) => done(),
  });
  return { stream, wire: openWire(stream, 'host:1', { signal: new AbortController().signal }) };
}

const steps: Record<string, (wire: Wire) => Promise<unknown>> = {
  'PostgreSQL, with TLS': (wire) => postgres.requestTls(wire),
  'PostgreSQL, without TLS': (wire) => postgres.startWithoutTls(wire),
  'MySQL, with TLS': (wire) => mysql.requestTls(wire),
  'MySQL, without TLS': (wire) => mysql.startWithoutTls(wire),
};

/** What a server may send, so that the generator gets beyond the first byte. */
const known = [
  mysqlGreeting(true),
  mysqlError(1045),
  mysqlPacket(2, Buffer.from('\xfeother\0', 'latin1')),
  mysqlPacket(2, Buffer.from([0])),
  postgresError({ S: 'FATAL', C: '28000', M: 'text of the server', R: 'ClientAuthentication' }),
  postgresMessage('R', Buffer.from([0, 0, 0, 10])),
  Buffer.from('S'),
];
const bytes = fc.uint8Array({ maxLength: 80 }).map((array) => Buffer.from(array));
const changed = fc
  .tuple(fc.constantFrom(...known), fc.nat(), fc.nat({ max: 255 }), fc.nat())
  .map(([packet, at, byte, cut]) => {
    const copy = Buffer.from(packet);
    copy[at % copy.length] = byte;
    return copy.subarray(0, cut % 3 === 0 ? cut % copy.length : copy.length);
  });
const stream = fc.array(fc.oneof(bytes, fc.constantFrom(...known), changed), { maxLength: 8 });

describe.each(Object.entries(steps))('%s', (_, step) => {
  it('any bytes are understood, or a failure without a word of the server', async () => {
    await fc.assert(
      fc.asyncProperty(stream, async (pieces) => {
        const { wire, stream } = wireOf(pieces.filter(({ length }) => length > 0));
        const result = await step(wire).catch((error: unknown) => error);
        stream.destroy();
        if (typeof result === 'boolean') return;
        expect(result).toBeInstanceOf(Failure);
        expect((result as Failure).message).toMatch(/^host:1 [ -~]*$/);
        expect((result as Failure).message).not.toContain('text of the server');
      }),
      { numRuns: 500 },
    );
  });

  it('bytes are the same in any pieces', async () => {
    await fc.assert(
      fc.asyncProperty(stream, async (pieces) => {
        const whole = Buffer.concat(pieces);
        const single = Array.from(whole, (byte) => Buffer.from([byte]));
        const [one, other] = await Promise.all(
          [whole.length === 0 ? [] : [whole], single].map((list) =>
            step(wireOf(list).wire).catch((error: unknown) => (error as Failure).message),
          ),
        );
        expect(one).toEqual(other);
      }),
      { numRuns: 100 },
    );
  });
});

describe('a server whose bytes arrive one by one', () => {
  const databases: Database[] = [];
  afterEach(() => Promise.all(databases.splice(0).map(({ close }) => close())));

  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const cert = createCertificate({ name: 'db', publicKey, signedWith: privateKey });
  const tls = { cert, key: privateKey.export({ type: 'pkcs8', format: 'pem' }) };

  it.each([
    ['postgres', postgresServer({ tls, plain: postgresMessage('R', Buffer.from([0, 0, 0, 3])) })],
    ['mysql', mysqlServer({ tls })],
  ] as const)('%s is read', async (protocol, serve) => {
    const behind = await startDatabase(serve);
    const front = await startDatabase((client) => {
      const server = connect(behind.port, '127.0.0.1').on('error', () => undefined);
      client.pipe(server);
      void trickle(server, client);
    });
    databases.push(front, behind);
    const result = await probe({ port: front.port, protocol }, { plaintext: true });
    expect(result).toMatchObject({
      tlsAccepted: true,
      plaintextAccepted: true,
      certificates: [{ subjectCn: 'db' }],
      open: 0,
    });
    expect(result.failure).toBeUndefined();
  });
});

async function trickle(from: Socket, to: Socket): Promise<void> {
  to.setNoDelay(true);
  for await (const chunk of from as AsyncIterable<Buffer>) {
    for (const byte of chunk) {
      if (!to.write(Buffer.from([byte]))) await once(to, 'drain');
      await new Promise(setImmediate);
    }
  }
  to.end();
}
