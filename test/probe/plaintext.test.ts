// Sessions without TLS: how the answers of servers are understood, and what the probe sends.
import { afterEach, describe, expect, it } from 'vitest';
import {
  type Database,
  mysqlError,
  mysqlPacket,
  mysqlServer,
  postgresError,
  postgresMessage,
  postgresServer,
  probe,
  startDatabase,
} from '../support/databases.ts';

let database: Database | undefined;
afterEach(() => database?.close());

const authentication = (request: number) => postgresMessage('R', Buffer.from([0, 0, 0, request]));
const hba = 'no pg_hba.conf entry for host "10.0.0.1", user "clouddb_probe", database "postgres",';

describe('PostgreSQL without TLS', () => {
  it.each([
    ['AuthenticationOk', authentication(0), true],
    ['a request for a password', authentication(3), true],
    ['a request for MD5', postgresMessage('R', Buffer.from([0, 0, 0, 5, 1, 2, 3, 4])), true],
    ['a request for SASL', postgresMessage('R', Buffer.from('\0\0\0\x0aSCRAM-SHA-256\0\0')), true],
    ['a wrong password', postgresError({ S: 'FATAL', C: '28P01', M: 'x' }), true],
    ['no entry in pg_hba.conf', postgresError({ S: 'FATAL', C: '28000', M: `${hba} no encryption` }), false],
    ['no entry, as up to version 13', postgresError({ C: '28000', M: `${hba} SSL off` }), false],
    [
      'no entry, in another language',
      postgresError({ C: '28000', M: 'kein Eintrag', R: 'ClientAuthentication' }),
      false,
    ],
    ['a pooler that requires TLS', postgresError({ C: '08P01', M: 'SSL required' }), false],
    ['a service that requires TLS', postgresError({ C: '28000', M: 'SSL connection is required.' }), false],
  ])('%s: accepted or refused', async (_, plain, accepted) => {
    database = await startDatabase(postgresServer({ plain }));
    const result = await probe({ port: database.port, protocol: 'postgres' }, { plaintext: true });
    expect(result).toEqual({ certificates: [], tlsAccepted: false, plaintextAccepted: accepted, open: 0 });
  });

  it.each([
    ['57P03', 'unavailable', 'starting up'],
    ['53300', 'unavailable', 'too many connections'],
    ['53200', 'unavailable', '53200'],
    ['3D000', 'rejected', 'no database'],
    ['28000', 'rejected', '28000'],
    ['0A000', 'rejected', '0A000'],
    ['no state', 'unavailable', 'cannot start a session'],
  ])('SQLSTATE %s says neither, with a reason', async (state, reason, words) => {
    const plain = postgresError({ S: 'FATAL', C: state, M: 'text of the server' });
    database = await startDatabase(postgresServer({ plain }));
    const { failure, ...result } = await probe({ port: database.port, protocol: 'postgres' }, { plaintext: true });
    expect(result).toEqual({ certificates: [], tlsAccepted: false, open: 0 });
    expect(failure).toMatchObject({ reason });
    expect(failure?.message).toContain(words);
    expect(failure?.message).not.toContain('text of the server');
  });

  it('sends a start-up of its user, no password, and Terminate where it is in', async () => {
    const sent: string[] = [];
    database = await startDatabase((socket) => {
      socket.on('data', (bytes: Buffer) => {
        sent.push(bytes.toString('latin1'));
        socket.write(bytes.length === 8 ? 'N' : authentication(sent.length === 2 ? 0 : 10));
      });
    });
    const { port } = database;
    await probe({ port, protocol: 'postgres' }, { plaintext: true });
    expect(sent).toEqual([
      '\0\0\0\x08\x04\xd2\x16\x2f',
      '\0\0\0\x2e\0\x03\0\0user\0clouddb_probe\0database\0postgres\0\0',
      'X\0\0\0\x04',
    ]);
  });
});

describe('MySQL without TLS', () => {
  it.each([
    ['OK', mysqlPacket(2, Buffer.from([0, 0, 0, 2, 0, 0, 0])), true],
    ['access denied (1045)', mysqlError(1045, 2), true],
    ['no support of the method (1251)', mysqlError(1251, 2), true],
    ['a password is too old (1862)', mysqlError(1862, 2), true],
    ['more data of the method', mysqlPacket(2, Buffer.from([1, 4])), true],
    ['TLS is required (3159)', mysqlError(3159, 2), false],
  ])('%s: accepted or refused', async (_, answer, accepted) => {
    database = await startDatabase(mysqlServer({ answer }));
    const result = await probe({ port: database.port, protocol: 'mysql' }, { plaintext: true });
    expect(result).toEqual({ certificates: [], tlsAccepted: false, plaintextAccepted: accepted, open: 0 });
  });

  it.each([
    [1040, 'unavailable', 'too many connections'],
    [1043, 'bad_response', '1043'],
    [1053, 'unavailable', 'shutting down'],
  ])('error %i says neither, with a reason', async (error, reason, words) => {
    database = await startDatabase(mysqlServer({ answer: mysqlError(error, 2) }));
    const { failure, ...result } = await probe({ port: database.port, protocol: 'mysql' }, { plaintext: true });
    expect(result).toEqual({ certificates: [], tlsAccepted: false, open: 0 });
    expect(failure).toMatchObject({ reason });
    expect(failure?.message).toContain(words);
    expect(failure?.message).not.toContain('text of the server');
  });

  it('is sent a login of its user without a password, another one when it switches the method, and COM_QUIT', async () => {
    const sent: string[] = [];
    const answers = [
      mysqlPacket(2, Buffer.from('\xfecaching_sha2_password\0salt\0', 'latin1')),
      mysqlPacket(4, Buffer.from([0, 0, 0, 2, 0, 0, 0])),
    ];
    database = await startDatabase((socket) => {
      mysqlServer({
        answer: Buffer.alloc(0),
        onPacket: (packet) => {
          sent.push(packet.toString('latin1'));
          socket.write(answers.shift() ?? mysqlError(1045, 2));
        },
      })(socket);
    });
    const { plaintextAccepted } = await probe({ port: database.port, protocol: 'mysql' }, { plaintext: true });
    expect(plaintextAccepted).toBe(true);
    const login = expect.stringMatching(/^[^]{36}clouddb_probe\0\0mysql_native_password\0$/) as string;
    expect(sent).toEqual([login, '\0\0\0\x03', '\x01\0\0\0\x01', login]);
    expect(sent[0]?.slice(0, 4)).toBe('\x45\0\0\x01');
  });

  it('is left by a denied login, with or without TLS, so that it does not count an interrupted connection', async () => {
    const sent: [number, boolean][] = [];
    const onPacket = (packet: Buffer, secured: boolean) => void sent.push([packet.readUInt8(3), secured]);
    database = await startDatabase(mysqlServer({ onPacket }));
    await probe({ port: database.port, protocol: 'mysql' });
    expect(sent).toEqual([[1, false]]);
  });
});
