// The simulated databases: what bad clients send ends their connection and nothing else.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createPki } from '../../../src/demo/databases/authority.ts';
import { type SimulatedDatabase, startDatabase } from '../../../src/demo/databases/simulated-database.ts';

const chain = createPki(Date.now()).selfSigned({ name: 'db', sans: ['IP:127.0.0.1'], days: 1 });

let database: SimulatedDatabase;
afterEach(() => database.close());

async function connected(): Promise<Socket> {
  const socket = connect(Number(database.address.split(':')[1]), '127.0.0.1').on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

/** What the database sends until it closes the connection. */
async function answerTo(bytes: Buffer): Promise<string> {
  const socket = await connected();
  let answer = '';
  socket.on('data', (chunk) => (answer += chunk.toString('latin1')));
  socket.write(bytes);
  await once(socket, 'close');
  return answer;
}

/** Less than the idle timeout of the databases, so that a connection left to it fails its test. */
const timeout = 5000;

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');
const sslRequest = '00000008 04d2162f';
const startup = Buffer.concat([hex('00000011 00030000'), Buffer.from('user\0me\0\0')]);

describe('a simulated PostgreSQL', () => {
  it.each([
    ['an HTTP request', Buffer.from('GET / HTTP/1.1\r\n\r\n'), ''],
    ['a length of 1 GiB', hex('3fffffff 00030000'), ''],
    ['a length that is too small', hex('00000004 00030000'), ''],
    ['protocol 2', hex('00000008 00020000'), ''],
    ['a request to cancel', hex('00000010 04d2162e 00000001 00000002'), ''],
    ['garbage instead of a handshake', Buffer.concat([hex(sslRequest), Buffer.from('garbage that is no TLS')]), 'S'],
    ['a password of 1 GiB', Buffer.concat([startup, hex('70 3fffffff')]), 'R\0\0\0\x17\0\0\0\x0aSCRAM-SHA-256\0\0'],
  ])('closes the connection after %s', { timeout }, async (_, bytes, answer) => {
    database = await startDatabase({ protocol: 'postgres', chain, plaintext: true });
    // After garbage comes an alert of TLS.
    const [beforeAlert] = (await answerTo(bytes)).split('\u0015\u0003');
    expect(beforeAlert).toBe(answer);
    await vi.waitFor(() => expect(database.open()).toBe(0));
  });

  it('refuses encryption by GSSAPI and goes on', async () => {
    database = await startDatabase({ protocol: 'postgres', plaintext: false });
    const answer = await answerTo(Buffer.concat([hex(`00000008 04d21630 ${sslRequest}`), startup]));
    expect(answer).toMatch(
      /^NNE.*C28000\0Mno pg_hba\.conf entry for host "127\.0\.0\.1", user "me", database "me", no enc/s,
    );
  });
});

describe('a simulated MySQL', () => {
  it.each([
    ['an HTTP request', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
    ['a packet of 16 MiB', hex('ffffff 01')],
    ['an empty packet', hex('000000 01')],
  ])('closes the connection after %s', { timeout }, async (_, bytes) => {
    database = await startDatabase({ protocol: 'mysql', chain, plaintext: true });
    expect(await answerTo(bytes)).toMatch(/^.{4}\n5\.7\.25-OceanBase-v4\.2\.1\.7\0.{13}.*mysql_native_password\0$/s);
    await vi.waitFor(() => expect(database.open()).toBe(0));
  });

  it('refuses the protocol before 4.1', async () => {
    database = await startDatabase({ protocol: 'mysql', plaintext: true });
    expect(await answerTo(Buffer.concat([hex('200000 01'), Buffer.alloc(32)]))).toMatch(/#08S01Bad handshake$/);
  });
});

describe.each(['postgres', 'mysql'] as const)('a simulated database (%s)', (protocol) => {
  it('closes open connections when it is closed', async () => {
    database = await startDatabase({ protocol, chain, plaintext: true });
    const sockets = [await connected(), await connected()];
    await vi.waitFor(() => expect(database.open()).toBe(2));
    await Promise.all([database.close(), ...sockets.map((socket) => once(socket.resume(), 'close'))]);
    expect(database.open()).toBe(0);
    database = await startDatabase({ protocol, plaintext: true });
  });
});
