// Sends requests under HTTP Digest: a nonce is leased to one request at a time and used again without being asked.
import { Failure } from '../model/failure.ts';
import type { HttpRequest, HttpResponse, Send } from '../model/http.ts';
import { authorization, type Challenge, nextNonce, pickChallenge } from './digest.ts';

/** The user name and password of the Digest scheme. */
export interface DigestCredentials {
  username: string;
  password: string;
}

/**
 * One nonce with its counter. Servers that check the counter refuse requests that overtake each other, so no two
 * requests share one: N requests at a time cost N challenges, once.
 */
interface Lease {
  challenge: Challenge | undefined;
  count: number;
  cnonce: string;
}

// A request that meets stale nonces twice in a row meets a server that cannot be satisfied.
const maxChallenges = 2;

/**
 * Sends one request with whatever authentication it takes. A 401 that is answered means that the credential is refused.
 * @throws {Failure} what `send` throws; unavailable when the server calls every nonce stale
 */
export type DigestSend = (send: Send, request: HttpRequest, credentials: DigestCredentials) => Promise<HttpResponse>;

/** The nonces of one account at one origin. */
export function createDigestSession(randomBytes: (size: number) => Buffer): DigestSend {
  let free: Lease[] = [];
  let owner = '';

  /** The nonce used last is taken first: the others grow old together, and no more are kept alive than needed. */
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
    // Leased only when the request leaves: what waits for the rate limit holds no nonce.
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
        // A used nonce may be refused for many reasons, one from the answer just before only for a wrong password.
        const hopeless = challenge === undefined || (fresh && !challenge.stale) || challenges === maxChallenges;
        if (hopeless && challenge?.stale === true) {
          // Not the credential: the server says that it is fine, but forgets nonces faster than they are used.
          adopt(held, undefined);
          throw new Failure('unavailable', 'the API forgot two nonces in a row before they were used');
        }
        adopt(held, hopeless ? undefined : challenge);
        if (hopeless) return response;
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
