// A small HTTP server with Digest, written from RFC 7616 alone, with the variations of real servers.
import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Loopback, serveHttp } from './loopback.ts';

/** How the server behaves. */
export interface Behaviour {
  realm?: string;
  password?: string;
  algorithm?: 'MD5' | 'SHA-256' | 'MD5-sess' | 'SHA-256-sess';
  qop?: 'auth' | 'none';
  /** Each nonce is valid once; the response has the next one. */
  oneTime?: boolean;
  /** Whether a 401 for an expired nonce has stale=true. */
  omitsStale?: boolean;
  /** Every 401 has stale=true. */
  alwaysStale?: boolean;
  /** Called with each accepted request; returns true when it sends the response itself. */
  intercept?: (request: IncomingMessage, response: ServerResponse) => boolean;
}

/** One request as received. */
export interface Exchange {
  target: string;
  status: number;
  /** Empty without an Authorization header. */
  nonce: string;
  nc: string;
  cnonce: string;
}

/** A running server. */
export interface DigestServer extends Loopback {
  exchanges: Exchange[];
  behaviour: Behaviour;
  /** Drops all nonces, like a restart. */
  dropNonces: () => void;
}

export const username = 'ak-1';

/** Starts it; its behaviour can be changed while it runs. */
export async function startDigestServer(behaviour: Behaviour = {}): Promise<DigestServer> {
  const lastCounts = new Map<string, number>();
  let issued = 0;
  const exchanges: Exchange[] = [];
  const issue = () => {
    const nonce = Buffer.from(`nonce ${issued++}`).toString('base64');
    lastCounts.set(nonce, 0);
    return nonce;
  };

  const loopback = await serveHttp((request, response) => {
    const parameters = read(request);
    const { nonce = '', nc = '', cnonce = '' } = parameters;
    const verdict = verify(request, parameters);
    const exchange: Exchange = { target: request.url ?? '', status: verdict === 'good' ? 200 : 401, nonce, nc, cnonce };
    exchanges.push(exchange);
    if (verdict === 'good') {
      if (behaviour.intercept?.(request, response) === true) {
        exchange.status = 0;
        return;
      }
      if (behaviour.oneTime === true) {
        lastCounts.delete(nonce);
        response.setHeader('Authentication-Info', `qop=auth, nextnonce="${issue()}"`);
      }
      response.end('{}');
      return;
    }
    const stale = behaviour.alwaysStale === true || (verdict === 'stale' && behaviour.omitsStale !== true);
    const { realm = 'r', algorithm = 'SHA-256', qop = 'auth' } = behaviour;
    const challenge =
      `Digest realm="${realm}", nonce="${issue()}", algorithm=${algorithm}, opaque="o=="` +
      `${qop === 'none' ? '' : `, qop="${qop}"`}${stale ? ', stale=true' : ''}`;
    response.writeHead(401, { 'WWW-Authenticate': Buffer.from(challenge).toString('latin1') }).end();
  });

  function verify(request: IncomingMessage, parameters: Record<string, string>): 'good' | 'bad' | 'stale' {
    const { realm = 'r', password = 'secret', algorithm = 'SHA-256', qop = 'auth' } = behaviour;
    if (parameters['username'] !== username || parameters['realm'] !== realm || parameters['opaque'] !== 'o==')
      return 'bad';
    if (parameters['uri'] !== request.url || parameters['algorithm'] !== algorithm) return 'bad';
    const hash = (text: string) =>
      createHash(algorithm.startsWith('MD5') ? 'md5' : 'sha256')
        .update(text)
        .digest('hex');
    const { nonce = '', nc = '', cnonce = '' } = parameters;
    const base = hash(`${username}:${realm}:${password}`);
    const ha1 = algorithm.endsWith('-sess') ? hash(`${base}:${nonce}:${cnonce}`) : base;
    const ha2 = hash(`${request.method}:${request.url}`);
    const expected = hash(qop === 'none' ? `${ha1}:${nonce}:${ha2}` : `${ha1}:${nonce}:${nc}:${cnonce}:auth:${ha2}`);
    if (parameters['response'] !== expected) return 'bad';
    const last = lastCounts.get(nonce);
    if (last === undefined) return 'stale';
    if (qop === 'none') return 'good';
    const count = Number.parseInt(nc, 16);
    if (!/^[0-9a-f]{8}$/.test(nc) || count !== last + 1) return 'bad';
    lastCounts.set(nonce, count);
    return 'good';
  }

  return Object.assign(loopback, { exchanges, behaviour, dropNonces: () => lastCounts.clear() });
}

function read(request: IncomingMessage): Record<string, string> {
  const header = Buffer.from(request.headers.authorization ?? '', 'latin1').toString('utf8');
  const pairs = header.matchAll(/([a-z]+)=(?:"((?:[^"\\]|\\.)*)"|([^",\s]+))/g);
  return Object.fromEntries(
    [...pairs].map(([, name, quoted, bare]) => [name, quoted?.replaceAll(/\\(.)/g, '$1') ?? bare]),
  ) as Record<string, string>;
}
