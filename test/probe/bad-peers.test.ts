// Peers that hang, close, lie, or speak something else: a reason, no crash, and no connection that is left open.
import { generateKeyPairSync } from 'node:crypto';
import type { Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createCertificate } from '../support/certificates.ts';
import {
  type Database,
  mysqlError,
  mysqlGreeting,
  mysqlPacket,
  mysqlServer,
  postgresError,
  postgresServer,
  probe,
  type Serve,
  secure,
  startDatabase,
} from '../support/databases.ts';

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const key = privateKey.export({ type: 'pkcs8', format: 'pem' });
const cert = createCertificate({ name: 'db', publicKey, signedWith: privateKey, sans: ['IP:127.0.0.1'] });
const tls = { cert, key };

let database: Database | undefined;
afterEach(() => database?.close());

/** Writes after the first bytes of the client. */
const answering =
  (...answers: (string | Buffer)[]): Serve =>
  (socket) =>
    void socket.once('data', () => answers.forEach((answer) => socket.write(answer)));
const greeting =
  (then: Serve): Serve =>
  (socket) => {
    socket.write(mysqlGreeting(true));
    socket.once('data', () => then(socket));
  };
const greetingAnd =
  (text: string): Serve =>
  (socket) =>
    void socket.write(Buffer.concat([mysqlGreeting(true), Buffer.from(text)]));
const closing: Serve = (socket) => void socket.end();
const resetting: Serve = (socket) => void socket.resetAndDestroy();
/** The beginning of a TLS record with a ServerHello that never ends. */
const halfHello = Buffer.from('160303004a020000460303', 'hex');

const http = 'HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n';
const huge = Buffer.from('ffffffff', 'hex');

describe('a peer', () => {
  const rows: [string, 'postgres' | 'mysql', Serve, string][] = [
    ['that closes', 'postgres', closing, 'network'],
    ['that closes', 'mysql', closing, 'network'],
    ['that resets', 'postgres', (socket) => socket.once('data', () => resetting(socket)), 'network'],
    ['that closes instead of a handshake', 'postgres', afterConsent(closing), 'network'],
    ['that closes instead of a handshake', 'mysql', greeting(closing), 'network'],
    ['that resets instead of a handshake', 'postgres', afterConsent(resetting), 'network'],
    ['that resets instead of a handshake', 'mysql', greeting(resetting), 'network'],
    ['that closes in a packet', 'mysql', (socket) => socket.end(mysqlGreeting(true).subarray(0, 30)), 'network'],
    ['that closes in a header', 'mysql', (socket) => socket.end('a'), 'network'],
    ['that answers in HTTP', 'postgres', answering(http), 'bad_response'],
    ['that answers in HTTP', 'mysql', (socket) => socket.write(http), 'bad_response'],
    ['that sends garbage', 'postgres', answering(Buffer.alloc(5000, 7)), 'bad_response'],
    ['that sends garbage', 'mysql', (socket) => socket.write(Buffer.alloc(5000, 7)), 'bad_response'],
    ['that sends garbage instead of a handshake', 'postgres', afterConsent(sending('no TLS at all')), 'bad_response'],
    ['that sends garbage instead of a handshake', 'mysql', greeting(sending('no TLS at all')), 'bad_response'],
    ['that speaks TLS at once', 'postgres', (socket) => secure(socket, tls), 'network'],
    ['with an error of 4 GiB', 'postgres', answering(Buffer.concat([Buffer.from('E'), huge])), 'unavailable'],
    ['with an error without fields', 'postgres', answering('Ecould not fork\n\0'), 'unavailable'],
    ['with too many connections', 'postgres', answering(postgresError({ C: '53300' })), 'unavailable'],
    ['with a packet of 16 MiB', 'mysql', (socket) => socket.write(huge), 'bad_response'],
    ['with an empty packet', 'mysql', (socket) => socket.write(mysqlPacket(0, Buffer.alloc(0))), 'bad_response'],
    ['with an error cut short', 'mysql', (socket) => socket.write(mysqlPacket(0, huge.subarray(0, 2))), 'bad_response'],
    ['of protocol version 9', 'mysql', (socket) => socket.write(mysqlPacket(0, Buffer.alloc(60, 9))), 'bad_response'],
    ['with too many connections', 'mysql', (socket) => socket.end(mysqlError(1040)), 'unavailable'],
    ['that has blocked this host', 'mysql', (socket) => socket.end(mysqlError(1129)), 'rejected'],
    ['that does not allow this host', 'mysql', (socket) => socket.end(mysqlError(1130)), 'rejected'],
    [
      'with a cipher that nobody has',
      'postgres',
      postgresServer({ tls: { ...tls, ciphers: 'PSK', maxVersion: 'TLSv1.2' } }),
      'rejected',
    ],
  ];

  it.each(rows)('%s (%s) is a failure with a reason', async (_, protocol, serve, reason) => {
    database = await startDatabase(serve);
    const { failure, ...result } = await probe({ port: database.port, protocol });
    expect(result).toEqual({ certificates: [], open: 0 });
    expect(failure).toMatchObject({ reason });
    expect(failure?.message).toContain(`127.0.0.1:${database.port} `);
    // Not a word of the server.
    expect(failure?.message).not.toMatch(/text of the server|smuggled|could not fork|Bad Request/);
  });

  it.each([
    ['postgres', answering('Ssmuggled')],
    ['mysql', greetingAnd('smuggled')],
  ] as const)('that inserts bytes before the handshake (%s) is not shaken hands with', async (protocol, serve) => {
    database = await startDatabase(serve);
    const { failure, ...result } = await probe({ port: database.port, protocol });
    expect(result).toEqual({ certificates: [], open: 0 });
    expect(failure).toMatchObject({ reason: 'bad_response' });
    expect(failure?.message).toContain('sent bytes before the TLS handshake');
  });

  const hanging: [string, 'postgres' | 'mysql', Serve, string][] = [
    ['silent from the start', 'postgres', () => undefined, 'an answer to SSLRequest'],
    ['silent from the start', 'mysql', () => undefined, 'a greeting'],
    ['silent in an error', 'postgres', answering('E'), 'an answer to SSLRequest'],
    ['silent in the greeting', 'mysql', (socket) => socket.write('a'), 'a greeting'],
    ['silent instead of the handshake', 'postgres', answering('S'), 'the TLS handshake'],
    ['silent instead of the handshake', 'mysql', greeting(() => undefined), 'the TLS handshake'],
    ['silent in the handshake', 'postgres', afterConsent(sending(halfHello)), 'the TLS handshake'],
  ];

  it.each(hanging)('%s (%s) is a timeout', async (_, protocol, serve, waitedFor) => {
    database = await startDatabase(serve);
    const { failure, ...result } = await probe({ port: database.port, protocol }, { timeoutMs: 100 });
    expect(result).toEqual({ certificates: [], open: 0 });
    expect(failure).toMatchObject({
      reason: 'timeout',
      message: `no complete response from 127.0.0.1:${database.port} within 100 ms; it waited for ${waitedFor}`,
    });
  });

  it.each([
    ['postgres', postgresServer({ tls })],
    ['mysql', (socket: Socket) => mysqlServer({ tls, answer: Buffer.alloc(0) })(socket)],
  ] as const)('of %s that is silent after the handshake has shown everything', async (protocol, serve) => {
    database = await startDatabase((socket) => {
      socket.allowHalfOpen = true;
      serve(socket);
    });
    // Longer than a test may take: it is not waited for.
    const result = await probe({ port: database.port, protocol }, { timeoutMs: 3_600_000 });
    expect(result).toMatchObject({ tlsAccepted: true, tls: { version: 'TLSv1.3' }, open: 0 });
    expect(result.failure).toBeUndefined();
  });

  it('with a certificate of 1 MiB is a failure', async () => {
    const sans = Array.from({ length: 4096 }, (_, index) => `DNS:${'x'.repeat(240)}${index}`);
    const large = createCertificate({ name: 'db', publicKey, signedWith: privateKey, sans });
    database = await startDatabase(postgresServer({ tls: { key, cert: large } }));
    const { failure, open } = await probe({ port: database.port, protocol: 'postgres' });
    expect({ reason: failure?.reason, open }).toEqual({ reason: 'bad_response', open: 0 });
  });
});

function afterConsent(then: Serve): Serve {
  return (socket) =>
    void socket.once('data', () => {
      socket.write('S');
      // After the ClientHello.
      socket.once('data', () => then(socket));
    });
}

/** Writes at once. */
function sending(answer: string | Buffer): Serve {
  return (socket) => void socket.write(answer);
}

describe('a probe', () => {
  it('that is no longer wanted ends with the reason of the signal', async () => {
    const controller = new AbortController();
    database = await startDatabase(() => controller.abort(new Error('not wanted')));
    await expect(probe({ port: database.port, protocol: 'postgres' }, { signal: controller.signal })).rejects.toThrow(
      'not wanted',
    );
  });

  it('of a closed port is a failure', async () => {
    const closed = await startDatabase(closing);
    await closed.close();
    // The connector reports why.
    await expect(probe({ port: closed.port, protocol: 'postgres' })).rejects.toThrow('ECONNREFUSED');
  });
});
