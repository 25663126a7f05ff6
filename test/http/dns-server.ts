// A name server on a UDP port of loopback, for tests: answers for the names it knows, or does not answer.
import dgram from 'node:dgram';
import { once } from 'node:events';

/** What it answers: addresses of both families with a TTL in seconds, an error of RFC 1035 section 4.1.1, or nothing. */
export interface Zone {
  v4?: readonly string[] | 'silent';
  /** Groups of four digits, e.g. `0:0:0:0:0:0:0:1`. */
  v6?: readonly string[] | 'silent';
  ttl?: number;
  /** The answers to the first two queries of each family are sent with the third query, which has none. */
  late?: boolean;
  /** 2: SERVFAIL, 3: NXDOMAIN, 5: REFUSED. */
  code?: number;
}

/** A running name server. */
export interface DnsServer {
  /** `127.0.0.1:PORT` */
  address: string;
  /** The names that it was asked for, once per query. */
  queries: string[];
  close: () => void;
}

/** @param zoneOf the answer for a name; undefined: none */
export async function startDns(zoneOf: (name: string) => Zone | undefined): Promise<DnsServer> {
  const socket = dgram.createSocket('udp4');
  const queries: string[] = [];
  const late = new Map<string, (() => void)[]>();
  socket.on('message', (query, { port, address }) => {
    const { name, end } = readName(query);
    queries.push(name);
    const type = query.readUInt16BE(end);
    const zone = zoneOf(name);
    const reply = answer(query.subarray(0, end + 4), type, zone);
    if (reply === undefined) return;
    const send = () => socket.send(reply, port, address);
    if (zone?.late !== true) {
      send();
      return;
    }
    const held = [...(late.get(`${name} ${type}`) ?? []), send];
    late.set(`${name} ${type}`, held);
    if (held.length === 3) for (const sendLate of held.slice(0, 2)) sendLate();
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return { address: `127.0.0.1:${socket.address().port}`, queries, close: () => void socket.close() };
}

function readName(query: Buffer): { name: string; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += length + 1;
  }
  return { name: labels.join('.'), end: at + 1 };
}

function answer(question: Buffer, type: number, zone: Zone | undefined): Buffer | undefined {
  const addresses = type === 1 ? zone?.v4 : zone?.v6;
  if (zone === undefined || addresses === 'silent') return undefined;
  const head = Buffer.from(question);
  head.writeUInt16BE(0x8180 | (zone.code ?? 0), 2);
  head.writeUInt16BE(addresses?.length ?? 0, 6);
  // Neither authority nor additional records, such as the EDNS one of the query.
  head.writeUInt32BE(0, 8);
  return Buffer.concat([head, ...(addresses ?? []).map((address) => record(type, zone.ttl ?? 30, address))]);
}

function record(type: number, ttl: number, address: string): Buffer {
  const data = type === 1 ? Buffer.from(address.split('.').map(Number)) : groups(address);
  const head = Buffer.alloc(12);
  head.writeUInt16BE(0xc00c, 0);
  head.writeUInt16BE(type, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt32BE(ttl, 6);
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
}

function groups(address: string): Buffer {
  return Buffer.concat(address.split(':').map((group) => Buffer.from(group.padStart(4, '0'), 'hex')));
}
