// The checks of Tencent Cloud before it looks up an instance: headers, clock, signature, token.
import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { parseTc3Authorization, tc3Date, tc3Signature } from './tc3-signature.ts';
import { missingParameter, noSuchVersion, type TencentFailure, tencentFailure } from './tencent-failures.ts';

/** The credential that the simulation accepts; see {@link checkToken} for `token`. */
export interface TencentCredential {
  secretId: string;
  secretKey: string;
  token?: string;
}

const timestampToleranceS = 300;

/** A request header, or `''`. */
export function header(request: IncomingMessage, name: string): string {
  const value = request.headers[name];
  return Array.isArray(value) ? value.join(', ') : (value ?? '');
}

/**
 * Common parameters (https://www.tencentcloud.com/document/product/409/16764): all present, the version of the
 * product, a JSON body.
 */
export function checkHeaders(request: IncomingMessage, version: string): TencentFailure | undefined {
  for (const name of ['X-TC-Version', 'X-TC-Action', 'X-TC-Region', 'X-TC-Timestamp']) {
    if (!header(request, name.toLowerCase())) return missingParameter(name);
  }
  const requested = header(request, 'x-tc-version');
  if (requested !== version) return noSuchVersion(requested);
  return /^application\/json *(;|$)/i.test(header(request, 'content-type'))
    ? undefined
    : tencentFailure('InvalidRequest');
}

/** At most 300 s before or after the server's clock (https://www.tencentcloud.com/document/product/409/34882). */
export function checkTimestamp(request: IncomingMessage, serverTimeMs: number): TencentFailure | undefined {
  const timestamp = header(request, 'x-tc-timestamp');
  const offS = Math.abs(Number(timestamp) - serverTimeMs / 1000);
  return /^\d+$/.test(timestamp) && offS <= timestampToleranceS
    ? undefined
    : tencentFailure('AuthFailure.SignatureExpire');
}

/** Recomputes the signature over the headers in SignedHeaders, with the received values. */
export function checkSignature(
  request: IncomingMessage,
  body: string,
  credential: TencentCredential,
  service: string,
): TencentFailure | undefined {
  const authorization = parseTc3Authorization(header(request, 'authorization'));
  const names = authorization?.headerNames ?? [];
  if (!authorization || !names.includes('content-type') || !names.includes('host')) {
    return tencentFailure('AuthFailure.InvalidAuthorization');
  }
  if (authorization.secretId !== credential.secretId) return tencentFailure('AuthFailure.SecretIdNotFound');
  const timestamp = header(request, 'x-tc-timestamp');
  const expected = tc3Signature({
    secretKey: credential.secretKey,
    service,
    timestamp,
    method: 'POST',
    query: '',
    // Sorted, and empty for a missing header: if the client did otherwise, the signatures differ.
    signedHeaders: names.toSorted().map((name) => [name, header(request, name)]),
    body,
  });
  const scopeHolds = authorization.date === tc3Date(timestamp) && authorization.service === service;
  const signatureHolds = timingSafeEqual(Buffer.from(authorization.signature), Buffer.from(expected));
  return scopeHolds && signatureHolds ? undefined : tencentFailure('AuthFailure.SignatureFailure');
}

/** The token of temporary credentials; requests with permanent ones have no such header. */
export function checkToken(request: IncomingMessage, token = ''): TencentFailure | undefined {
  return header(request, 'x-tc-token') === token ? undefined : tencentFailure('AuthFailure.TokenFailure');
}
