// The messages of PostgreSQL before TLS and authentication ("Message Formats", "SSL Session Encryption" of its manual).
import type { Failure } from '../model/failure.ts';
import { type Protocol, probeUser } from './protocol.ts';
import { checkPeer, type Wire } from './wire.ts';

/** Largest message that is read, in bytes: as for libpq. */
const maxMessageBytes = 30_000;

const sslRequest = message('', int32(80877103));
/** Protocol 3.0. */
const startup = message('', int32(196608), Buffer.from(`user\0${probeUser}\0database\0postgres\0\0`));
const terminate = message('X');

export const postgres: Protocol = {
  async requestTls(wire) {
    wire.write(sslRequest);
    const what = 'an answer to SSLRequest';
    const [answer = 0] = await wire.read(1, what);
    if (answer === code('S') || answer === code('N')) return answer === code('S');
    if (answer !== code('E')) throw notPostgres(wire);
    // Sent by a server that cannot start a session (manual, "SSL Session Encryption"), also without fields.
    throw toFailure(wire, await readFields(wire, what));
  },

  // A server does not log a connection that ends here: service monitors do that (ProcessStartupPacket in postmaster.c).
  leave: () => Promise.resolve(),

  async startWithoutTls(wire) {
    wire.write(startup);
    const what = 'an answer to a session without TLS';
    const [answer = 0] = await wire.read(1, what);
    if (answer === code('R')) {
      const length = await readLength(wire, what);
      if (length < 8 || length > maxMessageBytes) throw notPostgres(wire);
      const request = (await wire.read(4, what)).readUInt32BE();
      // AuthenticationOk. Where a password is requested, Terminate would be an error: libpq closes the connection, too.
      if (request === 0) wire.write(terminate);
      return true;
    }
    if (answer !== code('E')) throw notPostgres(wire);
    const fields = await readFields(wire, what);
    if (isRefusal(fields)) return false;
    // Authentication has failed: a password was wrong, or the system user is another one (auth_failed in auth.c).
    if (fields.get('C') === '28P01' || fields.get('R') === 'auth_failed') return true;
    throw toFailure(wire, fields);
  },
};

/** The fields of an ErrorResponse, after its first byte; empty for a text of protocol 2.0, which has none. */
async function readFields(wire: Wire, what: string): Promise<Map<string, string>> {
  const length = await readLength(wire, what);
  if (length > maxMessageBytes || length < 5) return new Map();
  const body = await wire.read(length - 4, what);
  const texts = body.toString('latin1').split('\0');
  return new Map(texts.map((text) => [text.slice(0, 1), text.slice(1)]));
}

async function readLength(wire: Wire, what: string): Promise<number> {
  return (await wire.read(4, what)).readUInt32BE();
}

/**
 * Whether sessions without TLS are refused. The text can be in the language of the server; the name of the function that
 * looks into pg_hba.conf is not. Others: PostgreSQL up to 13, poolers, and services on their own code.
 */
function isRefusal(fields: ReadonlyMap<string, string>): boolean {
  const text = fields.get('M') ?? '';
  if (/\b(?:SSL|TLS)\b.*\brequired\b/i.test(text)) return true;
  return (
    fields.get('C') === '28000' && (fields.get('R') === 'ClientAuthentication' || /no encryption|SSL off/.test(text))
  );
}

/** By SQLSTATE (manual, appendix "PostgreSQL Error Codes"); never with the text of the server. */
function toFailure(wire: Wire, fields: ReadonlyMap<string, string>): Failure {
  const state = fields.get('C') ?? '';
  if (!/^[\dA-Z]{5}$/.test(state)) return wire.fail('unavailable', `cannot start a session; ${checkPeer}`);
  const answered = `answered with SQLSTATE ${state}`;
  if (state === '53300') return wire.fail('unavailable', `${answered}: it has too many connections`);
  if (state === '57P03') return wire.fail('unavailable', `${answered}: it is starting up or shutting down`);
  if (/^(?:53|57|58|XX)/.test(state)) return wire.fail('unavailable', `${answered}; ${checkPeer}`);
  if (state === '3D000') return wire.fail('rejected', `${answered}: it has no database "postgres"`);
  return wire.fail('rejected', `${answered}; ${checkPeer}`);
}

function notPostgres(wire: Wire): Failure {
  return wire.fail('bad_response', `does not speak the protocol of PostgreSQL; ${checkPeer}`);
}

/** @param type one character; empty for a message that has none */
function message(type: string, ...parts: Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from(type), int32(body.length + 4), body]);
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function code(character: string): number {
  return character.charCodeAt(0);
}
