// Server-side verification of HTTP Digest, written from RFC 7616 alone, independent of the client in src/http.
import { createHash, timingSafeEqual } from 'node:crypto';
import type { NonceBook } from './nonce-book.ts';

/** The algorithms that the simulation can offer. */
export type DigestAlgorithm = 'SHA-256' | 'MD5';

/** Input of the `response` of RFC 7616 section 3.4.1 (qop=auth); `nc` as sent. */
export interface DigestParts {
  algorithm: DigestAlgorithm;
  username: string;
  realm: string;
  password: string;
  method: string;
  uri: string;
  nonce: string;
  nc: string;
  cnonce: string;
}

/** What the server expects in an Authorization header. */
export interface DigestExpectation {
  method: string;
  /** The request target, byte for byte. */
  target: string;
  username: string;
  password: string;
  realm: string;
  opaque: string;
  algorithms: DigestAlgorithm[];
  nonces: NonceBook;
}

/** `status` is 400 when the uri differs from the target (RFC 7616 section 3.4.6), else 401; `why` is for display. */
export type DigestVerdict =
  | { accepted: true; nonce: string }
  | { accepted: false; status: 400 | 401; stale: boolean; why: string };

const hashNames: Record<DigestAlgorithm, string> = { 'SHA-256': 'sha256', MD5: 'md5' };
const parameterForm = /[ \t]*([\w!#$%&'*+.^`|~-]+)=(?:"((?:[^"\\]|\\.)*)"|([\w!#$%&'*+.^`|~-]+))[ \t]*(?:,|$)/y;

// RFC 7616 section 3.4: a sender MUST quote the former and MUST NOT quote the latter.
const quotedNames = ['username', 'realm', 'nonce', 'uri', 'response', 'cnonce', 'opaque'];
const tokenNames = ['algorithm', 'qop', 'nc'];

/** The correct `response`, in lower-case hex. */
export function digestResponse(parts: DigestParts): string {
  const hash = (text: string) => createHash(hashNames[parts.algorithm]).update(text, 'utf8').digest('hex');
  const secret = hash(`${parts.username}:${parts.realm}:${parts.password}`);
  const request = hash(`${parts.method}:${parts.uri}`);
  return hash(`${secret}:${parts.nonce}:${parts.nc}:${parts.cnonce}:auth:${request}`);
}

/** Verifies an Authorization header. Accepting it advances the count of its nonce. */
export function verifyDigest(header: string | undefined, expected: DigestExpectation): DigestVerdict {
  if (header === undefined) return refuse('no Authorization header');
  const parameters = parseDigestHeader(header);
  if (!parameters) return refuse('not a well-formed Digest header');
  const get = (name: string) => parameters.get(name) ?? '';
  if (get('uri') !== expected.target) {
    return { accepted: false, status: 400, stale: false, why: 'uri is not the request target' };
  }
  const problem = problemOf(get, expected);
  if (problem) return refuse(problem);

  const nonce = get('nonce');
  const state = expected.nonces.stateOf(nonce);
  if (state === 'foreign') return refuse('unknown nonce');
  // The algorithm may be omitted; MD5 is the default.
  const algorithm = expected.algorithms.find((name) => name === (parameters.get('algorithm') ?? 'MD5'));
  if (!algorithm) return refuse('algorithm was not offered');
  const { username, password, realm, method, target: uri } = expected;
  const parts = { algorithm, username, password, realm, method, uri, nonce, nc: get('nc'), cnonce: get('cnonce') };
  if (!equal(get('response'), digestResponse(parts))) return refuse('wrong response');
  // After the password: stale=true states that the credentials are valid (RFC 7616 section 3.3).
  if (state === 'stale') return { accepted: false, status: 401, stale: true, why: 'stale nonce' };
  if (!expected.nonces.advance(nonce, Number.parseInt(get('nc'), 16))) return refuse('nonce count did not increase');
  return { accepted: true, nonce };
}

/** The first problem of the parameters other than `response`, if any. */
function problemOf(get: (name: string) => string, expected: DigestExpectation): string | undefined {
  if (get('realm') !== expected.realm) return 'wrong realm';
  if (get('opaque') !== expected.opaque) return 'wrong opaque';
  if (get('qop') !== 'auth') return 'wrong qop';
  if (!/^[0-9a-f]{8}$/.test(get('nc'))) return 'nc is not eight lower-case hex digits';
  if (!get('cnonce')) return 'no cnonce';
  if (get('username') !== expected.username) return 'unknown user';
  return undefined;
}

/**
 * The parameters of `Digest a="…", b=c` by lower-case name, quotes and backslashes removed; undefined for another
 * scheme, a malformed list, a duplicate name, or a value that is quoted or unquoted against the RFC.
 */
function parseDigestHeader(header: string): Map<string, string> | undefined {
  const list = /^digest +(.+)$/i.exec(header)?.[1];
  if (!list) return undefined;
  const parameters = new Map<string, string>();
  let offset = 0;
  while (offset < list.length) {
    parameterForm.lastIndex = offset;
    const [matched, name, quoted, token] = parameterForm.exec(list) ?? [];
    if (!matched || !name) return undefined;
    const key = name.toLowerCase();
    if (parameters.has(key) || (quoted === undefined ? quotedNames : tokenNames).includes(key)) return undefined;
    parameters.set(key, quoted?.replaceAll(/\\(.)/g, '$1') ?? token ?? '');
    offset += matched.length;
  }
  return parameters;
}

function refuse(why: string): DigestVerdict {
  return { accepted: false, status: 401, stale: false, why };
}

function equal(theirs: string, ours: string): boolean {
  const [left, right] = [Buffer.from(theirs), Buffer.from(ours)];
  return left.length === right.length && timingSafeEqual(left, right);
}
