// 10,000 probes of good and bad peers, some of them aborted, over the real connector: nothing is left of any.
import { generateKeyPairSync } from 'node:crypto';
import type { Socket } from 'node:net';
import v8 from 'node:v8';
import vm from 'node:vm';
import { afterEach, expect, it } from 'vitest';
import { createConnect } from '../../src/http/connect.ts';
import { createLookup } from '../../src/http/lookup.ts';
import type { DatabaseProtocol } from '../../src/model/database.ts';
import { probeTls } from '../../src/probe/probe.ts';
import { createCertificate } from '../support/certificates.ts';
import {
  type Database,
  mysqlError,
  mysqlGreeting,
  mysqlServer,
  postgresError,
  postgresServer,
  type Serve,
  secure,
  startDatabase,
} from '../support/databases.ts';

const probes = 10_000;
const concurrency = 50;
/** Every so many probes: one of a database with TLS, and one that is aborted. */
const each = { good: 25, aborted: 7 } as const;

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const cert = createCertificate({ name: 'db', publicKey, signedWith: privateKey, sans: ['IP:127.0.0.1'] });
const tls = { cert, key: privateKey.export({ type: 'pkcs8', format: 'pem' }) };

const answering =
  (answer: string | Buffer): Serve =>
  (socket) =>
    void socket.once('data', () => socket.end(answer));
const sending =
  (answer: string | Buffer): Serve =>
  (socket) =>
    void socket.resume().end(answer);
const http = 'HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n';
const garbage = Buffer.alloc(5000, 7);
const huge = Buffer.from('ffffffff', 'hex');
const greeting = mysqlGreeting(true);

/** What a peer does, and the reason of the failure; 'none' without one. */
type Peer = [DatabaseProtocol, Serve, string];

const bad: Peer[] = [
  ['postgres', (socket) => void socket.resume().end(), 'network'],
  ['mysql', (socket) => void socket.resume().end(), 'network'],
  ['postgres', (socket) => void socket.once('data', () => socket.resetAndDestroy()), 'network'],
  ['postgres', answering(http), 'bad_response'],
  ['mysql', sending(http), 'bad_response'],
  ['postgres', answering(garbage), 'bad_response'],
  ['mysql', sending(garbage), 'bad_response'],
  ['postgres', (socket: Socket) => secure(socket, tls), 'network'],
  ['postgres', answering('Ssmuggled'), 'bad_response'],
  ['mysql', (socket) => void socket.resume().write(Buffer.concat([greeting, Buffer.from('smuggled')])), 'bad_response'],
  ['postgres', answering(Buffer.concat([Buffer.from('E'), huge])), 'unavailable'],
  ['mysql', sending(huge), 'bad_response'],
  ['postgres', answering('N'), 'none'],
  ['mysql', mysqlServer({}), 'none'],
  ['postgres', answering(postgresError({ C: '57P03' })), 'unavailable'],
  ['mysql', sending(mysqlError(1040)), 'unavailable'],
];
const good: Peer[] = [
  ['postgres', postgresServer({ tls, plain: postgresError({ C: '28P01' }) }), 'none'],
  ['mysql', mysqlServer({ tls }), 'none'],
];

const started: Database[] = [];
afterEach(() => Promise.all(started.splice(0).map((database) => database.close())));

async function start([protocol, serve, reason]: Peer) {
  const database = await startDatabase(serve);
  started.push(database);
  return { protocol, port: database.port, reason };
}

const openSockets = () => process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;

v8.setFlagsFromString('--expose-gc');
const collectGarbage = vm.runInNewContext('gc') as () => void;

function usedMegabytes(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 1e6;
}

it('10,000 probes have the results of their peers, and leave no connection open and no memory in use', async () => {
  const peers = { bad: await Promise.all(bad.map(start)), good: await Promise.all(good.map(start)) };
  const connect = createConnect(createLookup());
  const wrong: string[] = [];
  let handshakes = 0;
  let aborted = 0;

  async function probe(index: number): Promise<void> {
    const kind = index % each.good === 0 ? 'good' : 'bad';
    const peer = peers[kind][index % peers[kind].length];
    if (peer === undefined) throw new Error('no peer');
    const { protocol, port, reason } = peer;
    const controller = new AbortController();
    const isAborted = index % each.aborted === 0;
    // At different moments: before, during and after the connection.
    if (isAborted) inTurns(index % 11, () => controller.abort(new Error('not wanted')));
    const options = {
      plaintext: Math.floor(index / bad.length) % 2 === 0,
      timeoutMs: 60_000,
      signal: controller.signal,
    };
    try {
      const result = await probeTls({ host: '127.0.0.1', port, protocol }, options, { connect });
      if (result.tlsAccepted === true) handshakes++;
      if (options.plaintext) return;
      const seen = result.failure?.reason ?? 'none';
      if (seen !== reason) wrong.push(`${protocol}: ${seen} instead of ${reason}`);
    } catch (error) {
      if (!isAborted || (error as Error).message !== 'not wanted') throw error;
      aborted++;
    }
  }

  let next = 0;
  async function run(until: number): Promise<void> {
    await Promise.all(
      Array.from({ length: concurrency }, async () => {
        while (next < until) await probe(next++);
      }),
    );
  }

  const before = openSockets();
  await run(probes / 5);
  const memoryBefore = usedMegabytes();
  await run(probes);
  expect(wrong).toEqual([]);
  expect(handshakes).toBeGreaterThan(probes / each.good / 2);
  expect(aborted).toBeGreaterThan(probes / each.aborted / 4);
  expect(usedMegabytes() - memoryBefore).toBeLessThan(10);
  await expect.poll(openSockets).toBeLessThanOrEqual(before);
}, 180_000);

/** Calls back after some turns of the event loop. */
function inTurns(turns: number, callback: () => void): void {
  if (turns === 0) callback();
  else setImmediate(() => inTurns(turns - 1, callback));
}
