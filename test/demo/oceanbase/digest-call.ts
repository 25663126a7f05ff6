// Requests to the simulated OceanBase Cloud, with Digest headers computed here from RFC 7616, for its tests.
import { createHash } from 'node:crypto';
import { expect } from 'vitest';
import { parse, type RawResponse, send } from '../raw-request.ts';

export const credential = { accessKeyId: 'ak-demo', accessKeySecret: 'sk:demo, "quoted"' };

const aString: unknown = expect.any(String);
export const aUuid: unknown = expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);

/** What a 401 offers. */
export interface Challenge {
  nonce: string;
  opaque: string;
  stale: boolean;
  algorithms: string[];
}

/** The challenge of a 401; throws when its WWW-Authenticate lines do not have the documented form. */
export function challengeOf(response: RawResponse): Challenge {
  const lines = response.lines.filter(([name]) => name === 'www-authenticate').map(([, value]) => value);
  const form =
    /^Digest realm="OceanBase Cloud, API", qop="auth", nonce="([^"]+=)", opaque="([^"]+)", algorithm=([\w-]+), charset=UTF-8(, stale=true)?$/;
  const matches = lines.map((line) => form.exec(line));
  const [, nonce, opaque, , stale] = matches[0] ?? [];
  const alike = matches.every((match) => match?.[1] === nonce && match?.[2] === opaque && match?.[4] === stale);
  if (response.status !== 401 || !nonce || !opaque || !alike)
    throw new Error(`${response.status} ${lines.join(' | ')}`);
  return { nonce, opaque, stale: stale !== undefined, algorithms: matches.map((match) => match![3]!) };
}

/** What differs from a correct request. */
export interface Changes {
  algorithm?: 'SHA-256' | 'MD5';
  nc?: string;
  path?: string;
  uri?: string;
  secret?: string;
  headers?: Record<string, string>;
  method?: string;
}

/** RFC 7616 section 3.4.1: response = KD(H(A1), nonce ":" nc ":" cnonce ":" qop ":" H(A2)). */
export function sendDigest(
  url: string,
  { nonce, opaque }: Pick<Challenge, 'nonce' | 'opaque'>,
  changes: Changes & { path: string },
): Promise<RawResponse> {
  const { algorithm = 'SHA-256', nc = '00000001', method = 'GET' } = changes;
  const target = changes.path;
  const uri = changes.uri ?? target;
  const h = (text: string) =>
    createHash(algorithm === 'MD5' ? 'md5' : 'sha256')
      .update(text)
      .digest('hex');
  const ha1 = h(`${credential.accessKeyId}:OceanBase Cloud, API:${changes.secret ?? credential.accessKeySecret}`);
  const ha2 = h(`${method}:${uri}`);
  const response = h([ha1, nonce, nc, '0a4f113b', 'auth', ha2].join(':'));
  const authorization =
    `Digest username="${credential.accessKeyId}", realm="OceanBase Cloud, API", nonce="${nonce}", uri="${uri}", response="${response}", ` +
    `algorithm=${algorithm}, cnonce="0a4f113b", opaque="${opaque}", qop=auth, nc=${nc}`;
  return send(url, { method, path: target, headers: { ...changes.headers, authorization } });
}

/** The error code of a failure envelope, which must be complete. */
export function failure(response: RawResponse): unknown {
  const body = parse(response);
  expect(body).toEqual({ success: false, errorCode: aString, errorMessage: aString, requestId: aUuid });
  return body['errorCode'];
}
