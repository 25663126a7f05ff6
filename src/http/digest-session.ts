// Sends requests with HTTP Digest: a nonce is leased to one request at a time and reused without a new challenge.
import { Failure } from '../model/failure.ts';
import type { HttpRequest, HttpResponse, Send } from '../model/http.ts';
import { authorization, type Challenge, nextNonce, pickChallenge } from './digest.ts';

/** The user name and password of the Digest scheme. */
export interface DigestCredentials {
  username: string;
  password: string;
}

/**
 * One nonce with its counter. Servers that check the counter reject requests that arrive out of order, so concurrent
 * requests never share a nonce: N concurrent requests cost N challenges, once.
 */
interface Lease {
  challenge: Challenge | undefined;
  count: number;
  cnonce: string;
}

// After two stale nonces in a row, a third attempt would not succeed either.
const maxChallenges = 2;

/**
 * Sends one request, authenticated as the server requires. Returns a 401 only when the server refused the credential.
 * @throws {Failure} what `send` throws; unavailable when the server reports every nonce as stale
 */
export type DigestSend = (send: Send, request: HttpRequest, credentials: DigestCredentials) => Promise<HttpResponse>;

/** The nonces of one account at one origin. */
export function createDigestSession(randomBytes: (size: number) => Buffer): DigestSend {
  let free: Lease[] = [];
  let owner = '';

  /** Last in, first out: only as many nonces stay in use as there are concurrent requests; the others expire. */
  function take(user: string): Lease {
    if (user !== owner) free = [];
    owner = user;
    return free.pop() ?? { challenge: undefined, count: 0, cnonce: '' };
  }

  function adopt(lease: Lease, challenge: Challenge | undefined): void {
    lease.challenge = challenge;
    lease.count = 0;
    // One cnonce for the life of a nonce: the -sess algorithms hash the first one into the key.
    lease.cnonce = randomBytes(16).toString('hex');
  }

  return async (send, request, credentials) => {
    const user = JSON.stringify([credentials.username, credentials.password]);
    let taken: Lease | undefined;
    // Leased when the request is sent: a request that waits for the rate limit has no nonce.
    const lease = (): Lease => (taken ??= take(user));
    let fresh = false;
    try {
      for (let challenges = 0; ; challenges++) {
        const response = await send(() => sign(lease(), request, credentials));
        const held = lease();
        if (response.status !== 401) {
          const nonce = nextNonce(fromWire(response.headers['authentication-info']));
          if (nonce !== undefined && held.challenge !== undefined) adopt(held, { ...held.challenge, nonce });
          return response;
        }
        const challenge = pickChallenge(fromWire(response.headers['www-authenticate']));
        // A reused nonce can be refused for many reasons; a fresh one, only for a wrong credential.
        const giveUp = challenge === undefined || (fresh && !challenge.stale) || challenges === maxChallenges;
        if (giveUp && challenge?.stale === true) {
          // Not `auth`: stale=true says that the credential is valid (RFC 7616 section 3.3).
          adopt(held, undefined);
          throw new Failure('unavailable', 'the API reported two new nonces in a row as stale');
        }
        adopt(held, giveUp ? undefined : challenge);
        if (giveUp) return response;
        fresh = true;
      }
    } finally {
      if (taken?.challenge !== undefined && user === owner) free.push(taken);
    }
  };
}

function sign(lease: Lease, request: HttpRequest, { username, password }: DigestCredentials): HttpRequest {
  if (lease.challenge === undefined) return request;
  lease.count++;
  const { pathname, search } = new URL(request.url);
  const header = authorization(lease.challenge, {
    username,
    password,
    method: request.method,
    uri: pathname + search,
    body: request.body ?? '',
    count: lease.count,
    cnonce: lease.cnonce,
  });
  return { ...request, headers: { ...request.headers, Authorization: toWire(header) } };
}

// Node reads and writes header bytes as Latin-1; a realm or a user name beyond ASCII is UTF-8 (RFC 7616 section 4).
function fromWire(header: string | undefined): string | undefined {
  return header === undefined ? undefined : Buffer.from(header, 'latin1').toString('utf8');
}

function toWire(header: string): string {
  return Buffer.from(header, 'utf8').toString('latin1');
}
