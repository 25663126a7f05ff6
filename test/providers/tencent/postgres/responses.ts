// Helpers of the tests of this provider: credentials, an instance, and responses of the API.
import { readFileSync } from 'node:fs';
import type { HttpResponse } from '../../../../src/model/http.ts';
import { instanceOf } from '../../check-context.ts';

export const credentials = { secret_id: 'AKIDtwin', secret_key: 'secret-of-the-twin' };

export const instance = instanceOf('tencent_postgres', {
  id: 'postgres-abcdefg',
  region: 'ap-guangzhou',
  checks: ['ssl', 'kms'],
});

/** A file of `fixtures/`, byte for byte. */
export function fixture(name: string): string {
  return readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8');
}

/** A certificate of `test/ca-bundle/fixtures/`. */
export function pem(name: string): string {
  return readFileSync(new URL(`../../../ca-bundle/fixtures/${name}.pem`, import.meta.url), 'utf8');
}

/** A response of the API with these fields under `Response`. */
export function responseOf(fields: Record<string, unknown>, headers: Record<string, string> = {}): HttpResponse {
  return { status: 200, headers, body: Buffer.from(JSON.stringify({ Response: { ...fields, RequestId: 'x' } })) };
}

/** A response of the API with an error. */
export function errorOf(code: unknown, headers: Record<string, string> = {}): HttpResponse {
  return responseOf({ Error: { Code: code, Message: 'the text of the API' } }, headers);
}
