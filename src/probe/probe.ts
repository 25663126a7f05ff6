// The TLS probe: what a database itself serves, and whether it accepts a session without TLS.
import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import type { Duplex } from 'node:stream';
import type { Attempt, Connect } from '../model/connect.ts';
import { addressText, type DatabaseProtocol } from '../model/database.ts';
import { startDeadline } from '../model/deadline.ts';
import type { Distrust } from '../model/distrust.ts';
import type { Certificate } from '../model/facts.ts';
import { Failure } from '../model/failure.ts';
import { createRecentlyUsed } from '../model/recently-used.ts';
import { type Handshake, shakeHands } from './handshake.ts';
import { mysql } from './mysql.ts';
import { postgres } from './postgres.ts';
import type { Protocol } from './protocol.ts';
import { maxKept, nameSource, namesIn, seenCertificates } from './served-chain.ts';
import { checkPeer, openWire, type Wire } from './wire.ts';

const protocols: Readonly<Record<DatabaseProtocol, Protocol>> = { postgres, mysql };

/** What to probe. */
export interface ProbeTarget {
  /** A name, or an address without brackets. */
  host: string;
  port: number;
  protocol: DatabaseProtocol;
  /** Default: the host. */
  serverName?: string | undefined;
}

export interface ProbeOptions {
  /** PEM certificates that are trusted; default: those of the system. */
  ca?: string | undefined;
  /** Also try a session without TLS, on a second connection. */
  plaintext: boolean;
  /** For all of it without the waits for a turn, in milliseconds. */
  timeoutMs: number;
  /** Aborted when the result is no longer wanted. */
  signal: AbortSignal;
}

/** What a probe needs. */
export interface ProbeTools {
  connect: Connect;
  /** Waits until a connection may be opened. @returns a function that is called once it is closed */
  turn?: () => Promise<() => void>;
}

/** What is known after a probe; absent means unknown. */
export interface ProbeResult {
  /** Whether the server speaks TLS: it agreed, and proved its part of the handshake. */
  tlsAccepted?: boolean;
  /** Whether a session without TLS gets as far as authentication. */
  plaintextAccepted?: boolean;
  /** For example `TLSv1.3` and `TLS_AES_256_GCM_SHA384`. */
  tls?: { version: string; cipher: string };
  /** The leaf, and each CA certificate that was served. */
  certificates: readonly Certificate[];
  /** Whether the chain verifies, dates included and the name apart. */
  trusted?: boolean;
  /** Why it does not; see `distrusts`. */
  distrust?: Distrust;
  /** Whether the certificate covers the name of the server. */
  nameMatches?: boolean;
  /** What covers it: the common name counts only where there is no subjectAltName. */
  nameSource?: 'san' | 'common_name';
  /** The names that it covers, in one text. */
  names?: string;
  /** The first thing that went wrong. The facts above are valid all the same. */
  failure?: Failure;
}

/** How long a server has to end a connection after the result is known. */
const leaveMs = 1000;

/**
 * Probes one database, one connection after the other, within `timeoutMs`. It sends no password, ends its connections so that the server counts no error
 * where the protocol allows that, and leaves none open. Throws nothing but the reason of the signal.
 *
 * @example await probeTls({ host: '10.0.0.4', port: 5432, protocol: 'postgres' }, options, { connect })
 */
export async function probeTls(
  target: ProbeTarget,
  options: ProbeOptions,
  { connect, turn = () => Promise.resolve(() => undefined) }: ProbeTools,
): Promise<ProbeResult> {
  const { timeoutMs, signal, plaintext } = options;
  const where = addressText(target);
  const protocol = protocols[target.protocol];
  let leftMs = timeoutMs;

  async function onConnection<T>(use: (connection: Connection) => Promise<T>): Promise<T | Failure> {
    const closed = await turn();
    const startedAt = performance.now();
    const deadline = startDeadline(leftMs, [signal]);
    const attempt: Attempt = { signal: deadline.signal };
    let socket: Socket | undefined;
    const close = () => socket?.destroy();
    try {
      attempt.signal.throwIfAborted();
      socket = await connect(target, attempt);
      // What goes wrong is seen by the reads.
      socket.on('error', () => undefined);
      attempt.signal.throwIfAborted();
      attempt.signal.addEventListener('abort', close, { once: true });
      const wireOf = (stream: Duplex) => openWire(stream, where, attempt);
      return await use({ socket, wire: wireOf(socket), wireOf });
    } catch (error) {
      signal.throwIfAborted();
      if (deadline.expired()) return timeoutFailure(where, timeoutMs, attempt);
      if (error instanceof Failure) return error;
      throw error;
    } finally {
      attempt.signal.removeEventListener('abort', close);
      close();
      deadline.clear();
      leftMs = Math.max(0, leftMs - (performance.now() - startedAt));
      closed();
    }
  }

  const seen = await onConnection((connection) => readTls(connection, protocol, target, options));
  const result: ProbeResult = seen instanceof Failure ? { certificates: [], failure: seen } : seen;
  if (!plaintext) return result;
  const accepted = await onConnection((connection) => tryPlaintext(connection, protocol));
  if (!(accepted instanceof Failure)) return { ...result, plaintextAccepted: accepted };
  return { failure: accepted, ...result };
}

interface Connection {
  socket: Socket;
  wire: Wire;
  /** A wire on the socket after the handshake. */
  wireOf: (stream: Duplex) => Wire;
}

async function readTls(
  { socket, wire, wireOf }: Connection,
  protocol: Protocol,
  { host, serverName = host }: ProbeTarget,
  { ca }: ProbeOptions,
): Promise<ProbeResult> {
  if (!(await protocol.requestTls(wire))) {
    await leave(socket, protocol.leave(wire, false));
    return { certificates: [], tlsAccepted: false };
  }
  if (socket.readableLength > 0) {
    const advice = `it is not a database of this protocol, or something between has inserted them (CVE-2021-23222); ${checkPeer}`;
    throw wire.fail('bad_response', `sent bytes before the TLS handshake; ${advice}`);
  }
  const { served, completed } = await shakeHands(socket, { ca, serverName }, wire);
  const result: ProbeResult = {
    tlsAccepted: true,
    certificates: seenCertificates(served),
    ...nameFacts(served, serverName),
  };
  if (completed === undefined) return result;
  const { socket: secured, version, cipher, distrust } = completed;
  await leave(secured, protocol.leave(wireOf(secured), true));
  return { ...result, tls: { version, cipher }, trusted: distrust === undefined, ...(distrust && { distrust }) };
}

type NameFacts = Pick<ProbeResult, 'nameMatches' | 'nameSource' | 'names'>;

/** By certificate and name: OpenSSL reads the complete certificate for an answer. */
const knownNames = createRecentlyUsed<NameFacts>(maxKept);

function nameFacts([leaf]: Handshake['served'], serverName: string): NameFacts {
  if (leaf === undefined) return {};
  return knownNames(`${leaf.fingerprint256} ${serverName}`, () => {
    const source = nameSource(leaf, serverName);
    return { nameMatches: source !== undefined, ...(source && { nameSource: source }), names: namesIn(leaf) };
  });
}

async function tryPlaintext({ socket, wire }: Connection, protocol: Protocol): Promise<boolean> {
  const accepted = await protocol.startWithoutTls(wire);
  await leave(socket, Promise.resolve());
  return accepted;
}

/**
 * Ends a connection whose result is known: what goes wrong from here on changes nothing. Waits for the server to close,
 * because it would log a connection that is reset.
 */
async function leave(stream: Duplex, leaving: Promise<void>): Promise<void> {
  const late = setTimeout(() => stream.destroy(), leaveMs);
  await leaving.catch(() => undefined);
  if (!stream.destroyed) {
    const closed = new Promise((resolve) => void stream.once('close', resolve));
    stream.end();
    stream.resume();
    await closed;
  }
  clearTimeout(late);
}

function timeoutFailure(where: string, timeoutMs: number, { waitingFor }: Attempt): Failure {
  const note = waitingFor === undefined ? '' : `; it waited for ${waitingFor}`;
  return new Failure('timeout', `no complete answer from ${where} within ${timeoutMs} ms${note}`);
}
