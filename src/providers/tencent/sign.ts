// Tencent Cloud API signature v3, TC3-HMAC-SHA256 (https://cloud.tencent.com/document/api/213/30654).
import { createHash, createHmac } from 'node:crypto';

/** What is signed. */
export interface SigningInput {
  secretId: string;
  secretKey: string;
  /** First label of the public host, e.g. `postgres`. */
  service: string;
  /** Unix seconds; the date of the scope is its UTC date. */
  timestamp: number;
  method: 'GET' | 'POST';
  /** Already URL-encoded, without "?"; empty for POST. */
  query: string;
  /** Headers to sign, names in lower case, values as sent; content-type and host must be among them. */
  headers: Readonly<Record<string, string>>;
  body: string;
}

/** The value of the Authorization header. */
export function signTc3(input: SigningInput): string {
  const names = Object.keys(input.headers).toSorted();
  const signedHeaders = names.join(';');
  const canonicalRequest = [
    input.method,
    '/',
    input.query,
    ...names.map((name) => `${name}:${input.headers[name]?.trim() ?? ''}`),
    '',
    signedHeaders,
    sha256(input.body),
  ].join('\n');
  const date = new Date(input.timestamp * 1000).toISOString().slice(0, 10);
  const scope = `${date}/${input.service}/tc3_request`;
  const stringToSign = ['TC3-HMAC-SHA256', String(input.timestamp), scope, sha256(canonicalRequest)].join('\n');
  const key = hmac(hmac(hmac(`TC3${input.secretKey}`, date), input.service), 'tc3_request');
  const signature = hmac(key, stringToSign).toString('hex');
  return `TC3-HMAC-SHA256 Credential=${input.secretId}/${scope}, SignedHeaders=${signedHeaders}, Signature=${signature}`;
}

function sha256(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text, 'utf8').digest();
}
