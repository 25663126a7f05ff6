// Server-side TC3-HMAC-SHA256, written from the vendor's text alone, independent of the client in src/providers.
import { createHash, createHmac } from 'node:crypto';

/** Input of a signature, as received. */
export interface Tc3Request {
  secretKey: string;
  service: string;
  /** The text of X-TC-Timestamp, unix seconds. */
  timestamp: string;
  method: string;
  /** Query string without `?`; empty for POST. */
  query: string;
  /** Names in lower case, sorted, each with the received value. */
  signedHeaders: [name: string, value: string][];
  body: string;
}

/** The parts of `Authorization: TC3-HMAC-SHA256 Credential=ID/DATE/SERVICE/tc3_request, SignedHeaders=…, Signature=…`. */
export interface Tc3Authorization {
  secretId: string;
  date: string;
  service: string;
  headerNames: string[];
  signature: string;
}

const authorizationForm =
  /^TC3-HMAC-SHA256 Credential=([^/,\s]+)\/(\d{4}-\d\d-\d\d)\/([a-z0-9]+)\/tc3_request, ?SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})$/;

/** Parses an Authorization header; undefined for any other form. */
export function parseTc3Authorization(header: string): Tc3Authorization | undefined {
  const [, secretId, date, service, names, signature] = authorizationForm.exec(header) ?? [];
  if (!secretId || !date || !service || !names || !signature) return undefined;
  return { secretId, date, service, headerNames: names.split(';'), signature };
}

/** The UTC date of a timestamp in unix seconds, in the form of the credential scope. */
export function tc3Date(timestamp: string): string {
  return new Date(Number(timestamp) * 1000).toISOString().slice(0, 10);
}

/**
 * The signature in lower-case hex (vendor's text: "Signature v3", https://cloud.tencent.com/document/api/213/30654).
 * Header values are trimmed and lower-cased, as the text requires.
 */
export function tc3Signature(request: Tc3Request): string {
  const canonicalHeaders = request.signedHeaders.map(([name, value]) => `${name}:${value.trim().toLowerCase()}\n`);
  const canonicalRequest = [
    request.method,
    '/',
    request.query,
    canonicalHeaders.join(''),
    request.signedHeaders.map(([name]) => name).join(';'),
    sha256(request.body),
  ].join('\n');
  const date = tc3Date(request.timestamp);
  const scope = `${date}/${request.service}/tc3_request`;
  const stringToSign = ['TC3-HMAC-SHA256', request.timestamp, scope, sha256(canonicalRequest)].join('\n');
  const dateKey = hmac(`TC3${request.secretKey}`, date);
  const signingKey = hmac(hmac(dateKey, request.service), 'tc3_request');
  return hmac(signingKey, stringToSign).toString('hex');
}

function sha256(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text, 'utf8').digest();
}
