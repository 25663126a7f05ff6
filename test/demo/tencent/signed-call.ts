// Requests to the simulated Tencent Cloud, signed here, for its tests.
import { expect } from 'vitest';
import { tc3Date, tc3Signature } from '../../../src/demo/tencent/tc3-signature.ts';
import { parse, type RawResponse, record, send } from '../raw-request.ts';

/** The moment of the requests, unix milliseconds. */
export const nowMs = Date.UTC(2026, 0, 31, 23, 59, 30);
export const credential = { secretId: 'AKIDdemo', secretKey: 'demo-secret-key' };

/** What differs from a correct request for the SSL configuration of `postgres-orders`. */
export interface Changes {
  action?: string;
  body?: string;
  secretKey?: string;
  secretId?: string;
  service?: string;
  /** Of the credential scope only: the signature uses the correct one. */
  scope?: string;
  signedNames?: string[];
  timestampMs?: number;
  /** Headers that replace or extend those of a correct client; undefined removes one. */
  headers?: Record<string, string | undefined>;
  /** The same, after signing. */
  tampered?: Record<string, string | undefined>;
  tamperedBody?: string;
}

/** A correctly signed request, with the modifications of the case. */
export function signedCall(url: string, changes: Changes = {}): Promise<RawResponse> {
  const timestamp = String(Math.floor((changes.timestampMs ?? nowMs) / 1000));
  const body = changes.body ?? JSON.stringify({ DBInstanceId: 'postgres-orders' });
  const headers: Record<string, string | undefined> = {
    'content-type': 'application/json',
    host: new URL(url).host,
    'x-tc-action': changes.action ?? 'DescribeDBInstanceSSLConfig',
    'x-tc-version': '2017-03-12',
    'x-tc-region': 'ap-guangzhou',
    'x-tc-timestamp': timestamp,
    'x-tc-language': 'en-US',
    ...changes.headers,
  };
  const names = changes.signedNames ?? ['content-type', 'host'];
  const service = changes.service ?? 'postgres';
  const signature = tc3Signature({
    secretKey: changes.secretKey ?? credential.secretKey,
    service,
    timestamp,
    method: 'POST',
    query: '',
    signedHeaders: names.map((name) => [name, headers[name] ?? '']),
    body,
  });
  const scope = changes.scope ?? `${tc3Date(timestamp)}/${service}/tc3_request`;
  const authorization = `TC3-HMAC-SHA256 Credential=${changes.secretId ?? credential.secretId}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`;
  const sent = Object.entries({ ...headers, authorization, ...changes.tampered }).filter(
    ([, value]) => value !== undefined,
  );
  return send(url, { method: 'POST', headers: Object.fromEntries(sent), body: changes.tamperedBody ?? body });
}

/** `Response` of a response, whose status is always 200. */
export function response(raw: RawResponse): Record<string, unknown> {
  expect(raw.status).toBe(200);
  const content = record(parse(raw)['Response']);
  expect(content['RequestId']).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  return content;
}

/** `Response.Error`, or undefined. */
export function error(raw: RawResponse): { Code: unknown; Message: unknown } | undefined {
  const { Error: failure } = response(raw);
  if (failure === undefined) return undefined;
  const { Code, Message, ...rest } = record(failure);
  expect(rest).toEqual({});
  return { Code, Message };
}
