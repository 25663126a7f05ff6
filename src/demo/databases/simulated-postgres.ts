// PostgreSQL up to the password ("Message Flow", "Message Formats" of its manual), for no user that exists.
import type { Connection } from './connection.ts';

/** As in PostgreSQL (MAX_STARTUP_PACKET_LENGTH); also for the message with the password. */
const maxMessageBytes = 10_000;

// Request codes.
const sslRequest = 80877103;
const gssEncRequest = 80877104;
const protocol3 = 3;

/** Serves one connection; the caller ends it. @param plaintext whether sessions without TLS are accepted */
export async function servePostgres(connection: Connection, plaintext: boolean): Promise<void> {
  const { read, write, encrypted } = connection;
  for (;;) {
    const { code, body } = await readStartup(connection);
    if (code === gssEncRequest) write('N');
    else if (code === sslRequest && !encrypted()) {
      write(connection.offersTls ? 'S' : 'N');
      if (connection.offersTls) await connection.startTls();
    } else if (code >>> 16 === protocol3) {
      const parameters = readParameters(body);
      if (encrypted() || plaintext) break;
      return write(noEncryption(parameters));
    } else return;
  }
  write(message('R', int32(10), Buffer.from('SCRAM-SHA-256\0\0')));
  const header = await read(5);
  const length = header.readUInt32BE(1);
  if (length < 4 || length > maxMessageBytes) return;
  if (length > 4) await read(length - 4);
  write(errorResponse('28P01', 'password authentication failed', 'auth_failed'));
}

/** A message without a type. @throws {Error} for a length that PostgreSQL refuses */
async function readStartup({ read }: Connection): Promise<{ code: number; body: Buffer }> {
  const header = await read(8);
  const length = header.readUInt32BE(0);
  if (length < 8 || length > maxMessageBytes) throw new Error('invalid length of startup packet');
  return { code: header.readUInt32BE(4), body: length > 8 ? await read(length - 8) : Buffer.alloc(0) };
}

function readParameters(body: Buffer): Map<string, string> {
  const texts = body.toString('utf8').split('\0');
  return new Map(texts.flatMap((text, i) => (i % 2 === 0 ? [[text, texts[i + 1] ?? '']] : [])));
}

function noEncryption(parameters: ReadonlyMap<string, string>): Buffer {
  const user = parameters.get('user') ?? '';
  const database = parameters.get('database') ?? user;
  const text = `no pg_hba.conf entry for host "127.0.0.1", user "${user}", database "${database}", no encryption`;
  return errorResponse('28000', text, 'ClientAuthentication');
}

/** @param routine the function of PostgreSQL that reports it */
function errorResponse(state: string, text: string, routine: string): Buffer {
  return message('E', Buffer.from(`SFATAL\0VFATAL\0C${state}\0M${text}\0Fauth.c\0L543\0R${routine}\0\0`));
}

function message(type: string, ...parts: Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from(type), int32(body.length + 4), body]);
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
