// The packets of the MySQL protocol up to authentication ("Connection Phase" of the MySQL source documentation).
import type { Failure, Reason } from '../model/failure.ts';
import { type Protocol, probeUser } from './protocol.ts';
import { checkPeer, type Wire } from './wire.ts';

/** Largest packet that is read, in bytes; real ones have some hundred. */
const maxPacketBytes = 16 * 1024;
/** Packets of an authentication that are read at most. */
const maxRounds = 5;

const protocolVersion = 10;
// First bytes of packets.
const okHeader = 0x00;
const moreDataHeader = 0x01;
const switchHeader = 0xfe;
const errorHeader = 0xff;

// Capability flags.
const longPassword = 0x1;
const protocol41 = 0x200;
const ssl = 0x800;
const secureConnection = 0x8000;
const pluginAuth = 0x80000;

/** The first fields of SSLRequest and HandshakeResponse41: capability flags, largest packet, character set, filler. */
function responseHead(secured: boolean): Buffer {
  const head = Buffer.alloc(32);
  head.writeUInt32LE(longPassword | protocol41 | secureConnection | pluginAuth | (secured ? ssl : 0), 0);
  head.writeUInt32LE(maxPacketBytes, 4);
  // utf8mb4_general_ci
  head[8] = 45;
  return head;
}

/** Login without a password: the authentication response is empty. */
const login = Buffer.from(`${probeUser}\0\0mysql_native_password\0`);
const comQuit = Buffer.from([1]);

/** Errors of a server that does not go as far as authentication, with the reason and what to do. */
const beforeAuthentication: Readonly<Record<number, [Reason, string]>> = {
  1040: ['unavailable', 'it has too many connections'],
  1043: ['bad_response', checkPeer],
  1053: ['unavailable', 'it is shutting down'],
  1129: [
    'rejected',
    'it has blocked this host after interrupted connections; run FLUSH HOSTS, raise max_connect_errors',
  ],
  1130: ['rejected', 'no user may connect from this host; allow it, e.g. in an allowlist'],
};

export const mysql: Protocol = {
  async requestTls(wire) {
    const capabilities = await readGreeting(wire);
    if ((capabilities & ssl) === 0) return false;
    wire.write(packet(1, responseHead(true)));
    return true;
  },

  // A connection that ends before authentication is an interrupted one for MySQL and MariaDB: after max_connect_errors
  // (100) of them the server blocks the host. A login that is denied does not count.
  async leave(wire, secured) {
    await logIn(wire, secured);
  },

  async startWithoutTls(wire) {
    await readGreeting(wire);
    const error = await logIn(wire, false);
    // ER_SECURE_TRANSPORT_REQUIRED
    if (error === 3159) return false;
    if (error !== undefined && error in beforeAuthentication) throw toFailure(wire, error);
    return true;
  },
};

/** @returns the lower capability flags of the server */
async function readGreeting(wire: Wire): Promise<number> {
  const { body } = await readPacket(wire, 'a greeting');
  if (body[0] === errorHeader) throw toFailure(wire, readError(wire, body));
  const versionEnd = body.indexOf(0, 1);
  // After the version: thread id, first part of the scramble, filler.
  const flagsAt = versionEnd + 1 + 4 + 8 + 1;
  if (body[0] !== protocolVersion || versionEnd < 0 || body.length < flagsAt + 2) throw notMysql(wire);
  return body.readUInt16LE(flagsAt);
}

/**
 * Logs in without a password, and out if that succeeds.
 * @returns the number of the error that the server answers with; undefined without one
 */
async function logIn(wire: Wire, secured: boolean): Promise<number | undefined> {
  wire.write(packet(secured ? 2 : 1, Buffer.concat([responseHead(secured), login])));
  for (let round = 0; round < maxRounds; round++) {
    const { sequence, body } = await readPacket(wire, 'an answer to the login');
    if (body[0] === errorHeader) return readError(wire, body);
    if (body[0] === okHeader) wire.write(packet(0, comQuit));
    else if (body[0] !== switchHeader && body[0] !== moreDataHeader) throw notMysql(wire);
    // The server wants another method: with that, too, the response is empty.
    if (body[0] !== switchHeader) return undefined;
    wire.write(packet((sequence + 1) & 0xff, Buffer.alloc(0)));
  }
  return undefined;
}

/** @throws {Failure} bad_response for one that is too long */
async function readPacket(wire: Wire, what: string): Promise<{ sequence: number; body: Buffer }> {
  const header = await wire.read(4, what);
  const length = header.readUIntLE(0, 3);
  if (length === 0 || length > maxPacketBytes) throw notMysql(wire);
  return { sequence: header.readUInt8(3), body: await wire.read(length, what) };
}

function readError(wire: Wire, body: Buffer): number {
  if (body.length < 3) throw notMysql(wire);
  return body.readUInt16LE(1);
}

/** By number ("Server Error Message Reference"); never with the text of the server. */
function toFailure(wire: Wire, error: number): Failure {
  const [reason, advice] = beforeAuthentication[error] ?? ['rejected', checkPeer];
  return wire.fail(reason, `answered with error ${error}: ${advice}`);
}

function notMysql(wire: Wire): Failure {
  return wire.fail('bad_response', `does not speak the MySQL protocol; ${checkPeer}`);
}

function packet(sequence: number, body: Buffer): Buffer {
  const header = Buffer.alloc(4);
  header.writeUIntLE(body.length, 0, 3);
  header.writeUInt8(sequence, 3);
  return Buffer.concat([header, body]);
}
