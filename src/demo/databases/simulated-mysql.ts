// The MySQL protocol up to the password, as OceanBase speaks it ("Connection Phase" of the MySQL source documentation).
import { randomBytes } from 'node:crypto';
import type { Connection } from './connection.ts';

const maxPacketBytes = 16 * 1024;

// Capability flags.
const longPassword = 0x1;
const longFlag = 0x4;
const connectWithDb = 0x8;
const protocol41 = 0x200;
const ssl = 0x800;
const transactions = 0x2000;
const secureConnection = 0x8000;
const pluginAuth = 0x80000;

const serverVersion = '5.7.25-OceanBase-v4.2.1.7';
const utf8mb4 = 45;
const autocommit = 2;

/** Serves one connection; the caller ends it. @param plaintext whether sessions without TLS are accepted */
export async function serveMysql(connection: Connection, plaintext: boolean): Promise<void> {
  const { offersTls, encrypted, write } = connection;
  write(packet(0, greeting(offersTls)));
  let response = await readPacket(connection);
  if (offersTls && (response.flags & ssl) !== 0) {
    await connection.startTls();
    response = await readPacket(connection);
  }
  const refuse = (code: number, state: string, text: string) =>
    write(packet((response.sequence + 1) & 0xff, error(code, state, text)));
  if ((response.flags & protocol41) === 0) return refuse(1043, '08S01', 'Bad handshake');
  if (!encrypted() && !plaintext) {
    const text = 'Connections using insecure transport are prohibited while --require_secure_transport=ON.';
    return refuse(3159, 'HY000', text);
  }
  refuse(1045, '28000', `Access denied for user '${userOf(response.body)}'@'127.0.0.1'`);
}

/** Protocol version 10. */
function greeting(offersTls: boolean): Buffer {
  const flags =
    longPassword |
    longFlag |
    connectWithDb |
    protocol41 |
    transactions |
    secureConnection |
    pluginAuth |
    (offersTls ? ssl : 0);
  // Without zeros, which would end it.
  const scramble = randomBytes(20).map((byte) => byte % 127 || 1);
  const fixed = Buffer.alloc(18);
  fixed.writeUInt16LE(flags & 0xffff, 0);
  fixed[2] = utf8mb4;
  fixed.writeUInt16LE(autocommit, 3);
  fixed.writeUInt16LE(flags >>> 16, 5);
  fixed[7] = scramble.length + 1;
  return Buffer.concat([
    Buffer.from(`\n${serverVersion}\0`),
    randomBytes(4),
    scramble.subarray(0, 8),
    Buffer.from([0]),
    fixed,
    scramble.subarray(8),
    Buffer.from('\0mysql_native_password\0'),
  ]);
}

/** SSLRequest or HandshakeResponse41. @throws {Error} for a length that is neither */
async function readPacket({ read }: Connection): Promise<{ sequence: number; flags: number; body: Buffer }> {
  const header = await read(4);
  const length = header.readUIntLE(0, 3);
  if (length < 32 || length > maxPacketBytes) throw new Error('invalid length of the packet');
  const body = await read(length);
  return { sequence: header.readUInt8(3), flags: body.readUInt32LE(0), body };
}

/** After flags, largest packet, character set and filler. */
function userOf(body: Buffer): string {
  const [user = ''] = body
    .subarray(32, 32 + 128)
    .toString('utf8')
    .split('\0');
  return user;
}

function error(code: number, state: string, text: string): Buffer {
  const head = Buffer.from([0xff, 0, 0]);
  head.writeUInt16LE(code, 1);
  return Buffer.concat([head, Buffer.from(`#${state}${text}`)]);
}

function packet(sequence: number, body: Buffer): Buffer {
  const header = Buffer.from([0, 0, 0, sequence]);
  header.writeUIntLE(body.length, 0, 3);
  return Buffer.concat([header, body]);
}
