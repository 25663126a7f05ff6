// HTTP Digest as a pure module: a challenge text in, an Authorization text out (RFC 7616, RFC 2617, RFC 2069).
import { createHash } from 'node:crypto';

/** A Digest challenge with an algorithm and a qop that this client supports. */
export interface Challenge {
  realm: string;
  nonce: string;
  opaque: string | undefined;
  algorithm: Algorithm;
  /** The name as the server wrote it; absent: MD5 by default, and not sent back. */
  algorithmName: string | undefined;
  /** `auth`, `auth-int`, or undefined for a server that offers none (RFC 2069). */
  qop: 'auth' | 'auth-int' | undefined;
  stale: boolean;
  userhash: boolean;
  utf8: boolean;
}

// Strongest first; SHA-256 above SHA-512-256, which widely used clients and servers compute differently.
const algorithms = ['SHA-256', 'SHA-256-SESS', 'SHA-512-256', 'SHA-512-256-SESS', 'MD5', 'MD5-SESS'] as const;
type Algorithm = (typeof algorithms)[number];

const hashNames = { 'SHA-256': 'sha256', 'SHA-512-256': 'sha512-256', MD5: 'md5' } as const;

/** One scheme of a WWW-Authenticate header with its parameters, names in lower case. */
interface SchemeParameters {
  scheme: string;
  parameters: Map<string, string>;
}

const token = /[!#$%&'*+.^_`|~0-9A-Za-z-]+/y;
const token68 = /[A-Za-z0-9._~+/-]+=*(?=[ \t]*(?:,|$))/y;
const quoted = /"((?:[^"\\]|\\.)*)"/y;
const bare = /[^\s,"]+/y;
const spaces = /[ \t]*/y;
const separators = /[ \t,]*/y;
const equals = /[ \t]*=[ \t]*/y;

/**
 * Parses all challenges of a header, also several in one line, by the grammar of RFC 9110 section 11.6.1: a token that
 * is not followed by "=" starts a new scheme. Text outside the grammar is skipped up to the next comma.
 */
export function parseChallenges(header: string): SchemeParameters[] {
  const found: SchemeParameters[] = [];
  let position = 0;

  function take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = position;
    const match = pattern.exec(header);
    if (match === null) return undefined;
    position = pattern.lastIndex;
    return match;
  }

  while (position < header.length) {
    take(separators);
    const start = position;
    const name = take(token)?.[0];
    if (name === undefined) {
      position = nextComma(header, position);
      continue;
    }
    const current = found.at(-1);
    if (current !== undefined && take(equals) !== undefined) {
      const value = take(quoted)?.[1]?.replace(/\\(.)/g, '$1') ?? take(bare)?.[0] ?? '';
      const key = name.toLowerCase();
      if (!current.parameters.has(key)) current.parameters.set(key, value);
      continue;
    }
    found.push({ scheme: name.toLowerCase(), parameters: new Map() });
    take(spaces);
    // Skips the token68 of "Negotiate <token68>", so that it is not read as a parameter.
    take(token68);
    if (position === start) position = nextComma(header, position);
  }
  return found;
}

function nextComma(text: string, from: number): number {
  const comma = text.indexOf(',', from);
  return comma === -1 ? text.length : comma + 1;
}

/** The strongest supported Digest challenge of a WWW-Authenticate header, if any. */
export function pickChallenge(header: string | undefined): Challenge | undefined {
  const usable = parseChallenges(header ?? '').flatMap((scheme) => readChallenge(scheme) ?? []);
  return usable.toSorted((a, b) => algorithms.indexOf(a.algorithm) - algorithms.indexOf(b.algorithm))[0];
}

function readChallenge({ scheme, parameters }: SchemeParameters): Challenge | undefined {
  const algorithmName = parameters.get('algorithm');
  const algorithm = algorithms.find((known) => known === (algorithmName ?? 'MD5').toUpperCase());
  const nonce = parameters.get('nonce');
  const offered = parameters
    .get('qop')
    ?.toLowerCase()
    .split(/[\s,]+/);
  const qop = (['auth', 'auth-int'] as const).find((known) => offered?.includes(known));
  if (scheme !== 'digest' || algorithm === undefined || nonce === undefined) return undefined;
  if (offered !== undefined && qop === undefined) return undefined;
  return {
    realm: parameters.get('realm') ?? '',
    nonce,
    opaque: parameters.get('opaque'),
    algorithm,
    algorithmName,
    qop,
    stale: parameters.get('stale')?.toLowerCase() === 'true',
    userhash: parameters.get('userhash')?.toLowerCase() === 'true',
    utf8: parameters.get('charset')?.toUpperCase() === 'UTF-8',
  };
}

/** Input of the Authorization header, in addition to the challenge. */
export interface DigestInput {
  username: string;
  password: string;
  method: string;
  /** The request target exactly as it goes over the wire: path and query. */
  uri: string;
  body: string;
  /** How many requests were sent with this nonce, this one included. */
  count: number;
  cnonce: string;
}

/** The value of the Authorization header for a challenge (RFC 7616 section 3.4). */
export function authorization(challenge: Challenge, input: DigestInput): string {
  const { realm, nonce, opaque, qop, userhash, algorithm, algorithmName } = challenge;
  const username = challenge.utf8 ? input.username.normalize('NFC') : input.username;
  const password = challenge.utf8 ? input.password.normalize('NFC') : input.password;
  const session = algorithm.endsWith('-SESS');
  const hashName = hashNames[algorithm.replace('-SESS', '') as keyof typeof hashNames];
  const hash = (text: string) => createHash(hashName).update(text, 'utf8').digest('hex');

  const count = input.count.toString(16).padStart(8, '0');
  const secret = hash(`${username}:${realm}:${password}`);
  const key = session ? hash(`${secret}:${nonce}:${input.cnonce}`) : secret;
  const target = hash(`${input.method}:${input.uri}${qop === 'auth-int' ? `:${hash(input.body)}` : ''}`);
  const proof =
    qop === undefined ? `${key}:${nonce}:${target}` : `${key}:${nonce}:${count}:${input.cnonce}:${qop}:${target}`;

  const parts = [
    `username=${quote(userhash ? hash(`${username}:${realm}`) : username)}`,
    `realm=${quote(realm)}`,
    `nonce=${quote(nonce)}`,
    `uri=${quote(input.uri)}`,
    `response="${hash(proof)}"`,
  ];
  if (algorithmName !== undefined) parts.push(`algorithm=${algorithmName}`);
  if (opaque !== undefined) parts.push(`opaque=${quote(opaque)}`);
  if (qop !== undefined) parts.push(`qop=${qop}`, `nc=${count}`);
  // Without qop no cnonce is sent (RFC 2069), except for -sess, which hashes it into the key.
  if (qop !== undefined || session) parts.push(`cnonce=${quote(input.cnonce)}`);
  if (userhash) parts.push('userhash=true');
  return `Digest ${parts.join(', ')}`;
}

/** The nextnonce of an Authentication-Info header, if any (RFC 7616 section 3.5). */
export function nextNonce(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  // The header is a parameter list without a scheme; with one prepended, the same parser reads it.
  return parseChallenges(`Info ${header}`)[0]?.parameters.get('nextnonce') || undefined;
}

function quote(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}
